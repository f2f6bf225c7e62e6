//! Prometheus' protobuf format: a list of messages, one a family, each with its length before it. It knows nothing of
//! HTTP.
//!
//! A family may be larger than a piece of the output, so that it never is one message in memory: its series are written
//! one by one, and its length is filled in when the last one has been.

pub(super) mod messages;
mod native;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use prost::Message;

use self::messages::{
    Bucket, Counter, Exemplar, Gauge, Histogram, LabelPair, Metric, MetricFamily, MetricType, Quantile, Summary,
    Timestamp,
};
use super::{
    chunks::{Chunks, Gap},
    labels::{BUCKET, Common, Needed, QUANTILE},
    negotiation::Escaping,
    openmetrics,
};
use crate::{
    families::{self, Details, Distribution, Families, Family, Quantiles, Value, Visitor},
    metric::{block::LabelBlock, kind::Kind},
};

/// Writes families as messages.
pub(super) struct Protobuf {
    escaping: Escaping,
    out: Chunks,
    common: Common,
    open: Option<Open>,
    /// A part of a family: one series. It is kept from one series to the next, which fills it again.
    series: MetricFamily,
}

/// A family whose last series has not come yet.
struct Open {
    /// Where its length belongs, and how long it is so far.
    gap: Gap,
    len: usize,
    unit: Option<&'static str>,
}

impl Protobuf {
    /// All of `families`, in pieces that end with a message of some kind.
    pub(super) fn write(escaping: Escaping, families: &dyn Families, out: Chunks) -> Vec<Vec<u8>> {
        let common = Common::new(families.common_labels(), escaping);
        let series = MetricFamily { metric: vec![Metric::default()], ..MetricFamily::default() };
        let mut protobuf = Self { escaping, out, common, open: None, series };
        families.visit(&mut protobuf);
        protobuf.end_family();
        protobuf.out.finish()
    }

    /// What comes last in a family, and its length.
    fn end_family(&mut self) {
        let Some(Open { gap, mut len, unit }) = self.open.take() else { return };
        if let Some(unit) = unit {
            let end = MetricFamily { unit: Some(unit.to_owned()), ..MetricFamily::default() };
            len += append(&mut self.out, &end);
        }
        let mut length = Vec::with_capacity(LENGTH);
        prost::encode_length_delimiter(len, &mut length).expect("a vector grows");
        self.out.fill(&gap, &length);
    }

    /// The series that is being filled, with its labels.
    fn metric(&mut self, labels: LabelBlock<'_>, needed: Option<Needed>) -> &mut Metric {
        let metric = &mut self.series.metric[0];
        let goes_with = match needed {
            Some(needed) => self.common.goes_with_needed(labels, needed),
            None => self.common.goes_with(labels),
        };
        let mut count = 0;
        let mut push = |name: &str, value: &str| {
            if metric.label.len() == count {
                metric.label.push(LabelPair::default());
            }
            let pair = &mut metric.label[count];
            refill(&mut pair.name, name);
            refill(&mut pair.value, value);
            count += 1;
        };
        if goes_with {
            self.common.pairs().iter().for_each(|(name, value)| push(name, value));
            labels.iter().for_each(|(name, value)| push(&name, &value));
        } else {
            self.common.join(labels, needed).iter().for_each(|(name, value)| push(name, value));
        }
        metric.label.truncate(count);
        metric
    }
}

/// The longest that a length can be, in bytes.
const LENGTH: usize = 10;

/// Appends a part of a family; tells how long it is.
fn append(out: &mut Chunks, part: &MetricFamily) -> usize {
    let len = part.encoded_len();
    part.encode(out.room(len)).expect("a vector grows");
    len
}

fn refill(slot: &mut Option<String>, text: &str) {
    let slot = slot.get_or_insert_default();
    slot.clear();
    slot.push_str(text);
}

impl Visitor for Protobuf {
    fn family(&mut self, family: &Family<'_>) {
        self.end_family();
        let name = match self.escaping {
            Escaping::Underscores => family.name,
            Escaping::AllowUtf8 => family.original_name,
        };
        let (kind, base) = match family.kind {
            Kind::Counter => (MetricType::Counter, name.strip_suffix("_total").unwrap_or(name)),
            Kind::Gauge => (MetricType::Gauge, name),
            Kind::Histogram => (MetricType::Histogram, name),
            Kind::Summary => (MetricType::Summary, name),
        };
        let begin = MetricFamily {
            name: Some(name.to_owned()),
            help: Some(family.help.to_owned()),
            r#type: Some(kind.into()),
            ..MetricFamily::default()
        };
        let gap = self.out.gap(LENGTH);
        let len = append(&mut self.out, &begin);
        self.open = Some(Open { gap, len, unit: openmetrics::unit(family, base) });
        let metric = &mut self.series.metric[0];
        *metric = Metric { label: std::mem::take(&mut metric.label), ..Metric::default() };
    }

    fn series(&mut self, labels: LabelBlock<'_>, value: Value<'_>, details: &Details<'_>) {
        match value {
            Value::Counter(count) => self.metric(labels, None).counter = Some(counter(count as f64, details)),
            Value::FloatCounter(value) => self.metric(labels, None).counter = Some(counter(value, details)),
            Value::Gauge(value) => self.metric(labels, None).gauge = Some(Gauge { value: Some(value) }),
            Value::Histogram(value) => {
                let metric = self.metric(labels, Some(BUCKET));
                metric.histogram.get_or_insert_default().fill(&value, details);
            }
            Value::NativeHistogram(value) => {
                let metric = self.metric(labels, Some(BUCKET));
                metric.histogram.get_or_insert_default().fill_native(&value, details);
            }
            Value::Summary(value) => {
                let metric = self.metric(labels, Some(QUANTILE));
                metric.summary.get_or_insert_default().fill(&value, details);
            }
        }
        let len = append(&mut self.out, &self.series);
        if let Some(open) = &mut self.open {
            open.len += len;
        }
    }
}

fn counter(value: f64, details: &Details<'_>) -> Counter {
    let exemplar = details.exemplars.first().map(Exemplar::of);
    Counter { value: Some(value), exemplar, created_timestamp: began(details) }
}

impl Histogram {
    fn fill(&mut self, value: &Distribution<'_>, details: &Details<'_>) {
        self.fill_buckets(value, details);
        *self = Self {
            sample_count: Some(value.count()),
            sample_sum: Some(value.sum),
            bucket: std::mem::take(&mut self.bucket),
            created_timestamp: began(details),
            ..Self::default()
        };
    }

    /// The bucket without a bound is left out, because it holds what the count says, unless it has an exemplar.
    fn fill_buckets(&mut self, value: &Distribution<'_>, details: &Details<'_>) {
        self.bucket.clear();
        let mut count = 0_u64;
        for (at, &more) in value.counts.iter().enumerate() {
            count = count.wrapping_add(more);
            let exemplar = details.exemplars.iter().find(|exemplar| exemplar.bucket == at).map(Exemplar::of);
            let bound = value.bounds.get(at).copied();
            if bound.is_some() || exemplar.is_some() {
                let upper_bound = Some(bound.unwrap_or(f64::INFINITY));
                self.bucket.push(Bucket { cumulative_count: Some(count), upper_bound, exemplar });
            }
        }
    }
}

impl Summary {
    fn fill(&mut self, value: &Quantiles, details: &Details<'_>) {
        let quantile = |(quantile, value)| Quantile { quantile: Some(quantile), value: Some(value) };
        self.quantile.clear();
        self.quantile.extend(value.values.map(quantile));
        self.sample_count = Some(value.count);
        self.sample_sum = Some(value.sum);
        self.created_timestamp = began(details);
    }
}

impl Exemplar {
    fn of(exemplar: &families::Exemplar) -> Self {
        let label = |name: &str, value: String| LabelPair { name: Some(name.to_owned()), value: Some(value) };
        let (trace, span) = (exemplar.trace.trace_id(), exemplar.trace.span_id());
        Self {
            label: vec![label("trace_id", format!("{trace:032x}")), label("span_id", format!("{span:016x}"))],
            value: Some(exemplar.value),
            timestamp: Some(Timestamp::of(exemplar.at)),
        }
    }
}

impl Timestamp {
    fn of(time: SystemTime) -> Self {
        let since = time.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        Self { seconds: since.as_secs() as i64, nanos: since.subsec_nanos() as i32 }
    }
}

/// When a series began, which costs no series of its own here and is therefore always written.
fn began(details: &Details<'_>) -> Option<Timestamp> {
    details.started().map(Timestamp::of)
}

#[cfg(test)]
mod tests;
