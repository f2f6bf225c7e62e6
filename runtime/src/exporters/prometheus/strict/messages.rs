//! A reader of the protobuf format that tells its families as the readers of text do. It refuses what any judge would
//! refuse, and knows nothing of how the format is written but its messages.

use std::collections::BTreeMap;

use prost::Message;

use super::{
    super::protobuf::messages::{Histogram, LabelPair, Metric, MetricFamily, MetricType, Summary},
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
    let sample = |suffix: &str, more: Option<(&str, f64)>, value: f64| {
        let mut labels = labels.clone();
        let more = more.map(|(name, value)| (name.to_owned(), read_bound(value)));
        let replaced = more.and_then(|(name, value)| labels.insert(name, value));
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
        assert!(labels.insert(name, value).is_none(), "{pair:?} stands twice");
    }
    labels
}

fn read_summary(summary: &Summary, sample: impl Fn(&str, Option<(&str, f64)>, f64) -> Sample) -> Vec<Sample> {
    let quantiles = summary.quantile.iter().map(|it| (it.quantile.expect("its number"), it.value.expect("its value")));
    let mut samples: Vec<_> =
        quantiles.map(|(quantile, value)| sample("", Some(("quantile", quantile)), value)).collect();
    samples.push(sample("_sum", None, summary.sample_sum.expect("a sum")));
    samples.push(sample("_count", None, summary.sample_count.expect("a count") as f64));
    samples
}

fn read_histogram(histogram: &Histogram, sample: impl Fn(&str, Option<(&str, f64)>, f64) -> Sample) -> Vec<Sample> {
    let count = histogram.sample_count.expect("a count");
    let buckets = histogram.bucket.iter();
    let buckets = buckets.map(|it| (it.upper_bound.expect("its bound"), it.cumulative_count.expect("its count")));
    let mut buckets: Vec<_> = buckets.collect();
    // Whoever reads it adds the last one.
    if buckets.last().is_none_or(|(bound, _)| *bound < f64::INFINITY) {
        buckets.push((f64::INFINITY, count));
    }
    let buckets = buckets.into_iter().map(|(bound, count)| sample("_bucket", Some(("le", bound)), count as f64));
    let mut samples: Vec<_> = buckets.collect();
    samples.push(sample("_sum", None, histogram.sample_sum.expect("a sum")));
    samples.push(sample("_count", None, count as f64));
    samples
}

fn read_bound(bound: f64) -> String {
    if bound == f64::INFINITY { "+Inf".to_owned() } else { format!("{bound:?}") }
}
