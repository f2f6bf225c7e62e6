//! A reader of the protobuf format that tells its families as the readers of text do. It refuses what any judge would
//! refuse, and knows nothing of how the format is written but its messages.
//!
//! Of a native histogram it tells what text says of it, and before that a sample a bucket, by index.

use std::collections::BTreeMap;

use prost::Message;

use super::{
    super::protobuf::messages::{BucketSpan, Histogram, LabelPair, Metric, MetricFamily, MetricType, Summary},
    Family, Sample,
};

/// All families of a list of messages.
///
/// # Panics
/// If the bytes are not such a list.
pub(super) fn read(mut bytes: &[u8]) -> Vec<Family> {
    let mut families = Vec::new();
    while !bytes.is_empty() {
        let family = MetricFamily::decode_length_delimited(&mut bytes).expect("a message behind its length");
        families.push(read_family(&family));
    }
    families
}

fn read_family(family: &MetricFamily) -> Family {
    let name = family.name.clone().expect("a family has a name");
    let kind = family.r#type.map(|kind| MetricType::try_from(kind).expect("a kind that there is"));
    let kind = kind.expect("a family has a kind");
    let samples = family.metric.iter().flat_map(|metric| read_metric(&name, kind, metric)).collect();
    let help = family.help.clone().expect("a family has a help");
    let kind = match kind {
        MetricType::Counter => "counter",
        MetricType::Gauge => "gauge",
        MetricType::Summary => "summary",
        MetricType::Histogram => "histogram",
    };
    Family { name, kind: kind.to_owned(), help, unit: family.unit.clone(), samples }
}

fn read_metric(name: &str, kind: MetricType, metric: &Metric) -> Vec<Sample> {
    let labels = read_labels(&metric.label);
    let sample = |suffix: &str, more: Option<(&str, String)>, value: f64| {
        let mut labels = labels.clone();
        let replaced = more.and_then(|(name, value)| labels.insert(name.to_owned(), value));
        assert_eq!(replaced, None, "a reader needs this label for itself");
        Sample { name: [name, suffix].concat(), labels, value }
    };
    let Metric { counter, gauge, summary, histogram, .. } = metric;
    match (kind, counter, gauge, summary, histogram) {
        (MetricType::Counter, Some(counter), None, None, None) => {
            vec![sample("", None, counter.value.expect("a counter has a value"))]
        }
        (MetricType::Gauge, None, Some(gauge), None, None) => {
            vec![sample("", None, gauge.value.expect("a gauge has a value"))]
        }
        (MetricType::Summary, None, None, Some(summary), None) => read_summary(summary, sample),
        (MetricType::Histogram, None, None, None, Some(histogram)) => read_histogram(histogram, sample),
        _ => panic!("{kind:?} {name} holds {metric:?}"),
    }
}

fn read_labels(pairs: &[LabelPair]) -> BTreeMap<String, String> {
    let mut labels = BTreeMap::new();
    for pair in pairs {
        let (name, value) = pair.name.clone().zip(pair.value.clone()).expect("a label has a name and a value");
        assert!(!name.is_empty() && !name.starts_with("__"), "{pair:?} is called as none may be");
        assert!(labels.insert(name, value).is_none(), "{pair:?} stands twice");
    }
    labels
}

fn read_summary(summary: &Summary, sample: impl Fn(&str, Option<(&str, String)>, f64) -> Sample) -> Vec<Sample> {
    let quantiles = summary.quantile.iter().map(|it| (it.quantile.expect("its number"), it.value.expect("its value")));
    let quantile = |(quantile, value)| sample("", Some(("quantile", number(quantile))), value);
    let mut samples: Vec<_> = quantiles.map(quantile).collect();
    samples.push(sample("_sum", None, summary.sample_sum.expect("a sum")));
    samples.push(sample("_count", None, summary.sample_count.expect("a count") as f64));
    samples
}

fn read_histogram(histogram: &Histogram, sample: impl Fn(&str, Option<(&str, String)>, f64) -> Sample) -> Vec<Sample> {
    let count = histogram.sample_count.expect("a count");
    let mut samples = Vec::new();
    let mut bucket = |label: &str, value: String, count: u64| {
        samples.push(sample("_bucket", Some((label, value)), count as f64));
    };
    if let Some(schema) = histogram.schema {
        assert!((-4..=8).contains(&schema) && histogram.bucket.is_empty(), "{histogram:?}");
        let negative = read_spans(&histogram.negative_span, &histogram.negative_delta);
        let positive = read_spans(&histogram.positive_span, &histogram.positive_delta);
        let (threshold, zeros) = histogram.zero_threshold.zip(histogram.zero_count).expect("zeros");
        assert!(threshold > 0.0 || !histogram.positive_span.is_empty(), "it is not known to be native");
        let buckets = negative.iter().chain(&positive).fold(zeros, |sum, (_, count)| sum.wrapping_add(*count));
        assert_eq!(buckets, count);
        negative.iter().for_each(|(index, count)| bucket("negative", index.to_string(), *count));
        bucket("zero", number(threshold), zeros);
        positive.iter().for_each(|(index, count)| bucket("positive", index.to_string(), *count));
    }
    for it in &histogram.bucket {
        let bound = it.upper_bound.expect("its bound");
        bucket("le", number(bound), it.cumulative_count.expect("its count"));
    }
    // Whoever reads it adds the last one.
    if histogram.bucket.last().is_none_or(|it| it.upper_bound < Some(f64::INFINITY)) {
        bucket("le", number(f64::INFINITY), count);
    }
    samples.push(sample("_sum", None, histogram.sample_sum.expect("a sum")));
    samples.push(sample("_count", None, count as f64));
    samples
}

/// The buckets that are not empty, by index.
fn read_spans(spans: &[BucketSpan], deltas: &[i64]) -> Vec<(i32, u64)> {
    let (mut index, mut count, mut deltas) = (0, 0_u64, deltas.iter());
    let mut buckets = Vec::new();
    for (at, span) in spans.iter().enumerate() {
        let (offset, length) = span.offset.zip(span.length).expect("a span has both");
        assert!(at == 0 || offset > 0, "{span:?} is no span of its own");
        index += offset;
        for _ in 0..length {
            count = count.wrapping_add_signed(*deltas.next().expect("a difference a bucket"));
            buckets.push((index, count));
            index += 1;
        }
    }
    assert_eq!(deltas.next(), None, "a bucket a difference");
    buckets.retain(|(_, count)| *count > 0);
    buckets
}

fn number(value: f64) -> String {
    if value == f64::INFINITY { "+Inf".to_owned() } else { format!("{value:?}") }
}
