//! Series as points, each encoded once, with what is needed to put them into requests.

use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use prost::Message;

use super::{
    messages::{
        Buckets, DataTail, Exemplar, ExemplarValue, ExponentialPoint, HistogramPoint, KeyValue, MetricHead, Number,
        NumberPoint, Quantile, SummaryPoint,
    },
    names::Names,
    totals::{Ack, Total, Totals, coarsened},
};
use crate::{
    families::{self, Details, Families, Family, Value, Visitor},
    metric::block::LabelBlock,
    snapshot::Snapshot,
};

/// Whether totals are told since a series began, or since they last arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Temporality {
    #[default]
    Cumulative,
    Delta,
}

/// What native histograms become; those with bounds of their own beside the native buckets are explicit with these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Histograms {
    /// Exponential ones, which is what they are.
    #[default]
    AsTheyAre,
    /// Those with explicit bounds.
    Explicit,
}

impl Histograms {
    /// A metric has buckets of one kind: of a histogram with both it is the wanted one.
    fn of(self, value: Value<'_>) -> Value<'_> {
        match value {
            Value::NativeHistogram(families::Exponential { classic: Some(classic), .. }) if self == Self::Explicit => {
                Value::Histogram(classic)
            }
            Value::NativeHistogram(native) => Value::NativeHistogram(families::Exponential { classic: None, ..native }),
            other => other,
        }
    }
}

/// How many buckets an exponential histogram has at most on each side of 0; there are scales for all.
const BUCKETS: i64 = 160;

/// A snapshot's series, encoded.
#[derive(Debug, Default)]
pub(crate) struct Points {
    pub(super) heads: Vec<Head>,
    pub(super) points: Vec<Point>,
    pub(super) bytes: Vec<u8>,
    /// What points say once they have arrived, by their numbers; none unless differences are told.
    acks: Vec<(usize, Ack)>,
    left_out: u64,
    without_total: Option<String>,
}

/// What the points of one metric have in common.
#[derive(Debug)]
pub(super) struct Head {
    /// The fields before the data.
    pub(super) bytes: Vec<u8>,
    /// The number of the field that the data are.
    pub(super) field: u8,
    /// The fields behind the points.
    pub(super) tail: Vec<u8>,
}

/// One point: its metric, and where it ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Point {
    pub(super) head: usize,
    pub(super) end: usize,
}

impl Points {
    /// All series of a snapshot; differences from these totals, if there are any.
    pub(crate) fn of(snapshot: &Snapshot, histograms: Histograms, mut totals: Option<&mut Totals>) -> Self {
        if let Some(totals) = totals.as_deref_mut() {
            totals.begin();
        }
        let common = snapshot.common_labels();
        let common = common.iter().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
        let (names, time) = (Names::of(snapshot), nanos(snapshot.taken_at()));
        let mut writer =
            Writer { points: Self::default(), names, common, time, histograms, totals, family: None, head: None };
        snapshot.visit(&mut writer);
        writer.points
    }

    pub(crate) fn len(&self) -> usize {
        self.points.len()
    }

    /// How many values are NaN or infinite, and therefore in no point.
    pub(crate) fn left_out(&self) -> u64 {
        self.left_out
    }

    /// A counter whose name does not end in `_total`, which is its name at no receiver that writes for Prometheus.
    pub(crate) fn without_total(&self) -> Option<&str> {
        self.without_total.as_deref()
    }

    /// What the points of these numbers have said, once they have arrived.
    pub(crate) fn acks(&self, points: std::ops::Range<usize>) -> impl Iterator<Item = Ack> {
        let begin = self.acks.partition_point(|(point, _)| *point < points.start);
        self.acks[begin..].iter().take_while(move |(point, _)| *point < points.end).map(|(_, ack)| ack.clone())
    }
}

/// Encodes what it is shown.
struct Writer<'a> {
    points: Points,
    names: Names,
    common: Vec<(String, String)>,
    time: u64,
    histograms: Histograms,
    totals: Option<&'a mut Totals>,
    family: Option<Open>,
    /// The latest head is of this family, and its data are this field.
    head: Option<u8>,
}

/// The family whose series come.
struct Open {
    name: Arc<str>,
    head: MetricHead,
}

const GAUGE: u8 = 5;
const SUM: u8 = 7;
const HISTOGRAM: u8 = 9;
const EXPONENTIAL: u8 = 10;
const SUMMARY: u8 = 11;

impl Visitor for Writer<'_> {
    fn family(&mut self, family: &Family<'_>) {
        let (name, unit) = self.names.give(family);
        if family.kind == crate::metric::kind::Kind::Counter && !family.original_name.ends_with("_total") {
            self.points.without_total.get_or_insert_with(|| family.original_name.to_owned());
        }
        let head = MetricHead { name, description: family.help.to_owned(), unit: unit.to_owned() };
        self.family = Some(Open { name: family.name.into(), head });
        self.head = None;
    }

    fn series(&mut self, labels: LabelBlock<'_>, value: Value<'_>, details: &Details<'_>) {
        let value = self.histograms.of(value);
        let total = self.totals.as_ref().and_then(|_| Total::of(&value));
        let Some(total) = total else {
            let start = (details.started_millis() * 1_000_000).min(self.time);
            return self.point(labels, &value, start, details);
        };
        let (family, labels_text) = (self.family.as_ref().map(|open| Arc::clone(&open.name)), labels.as_str());
        let Some(family) = family else { return };
        let known = self.totals.as_mut().and_then(|totals| totals.known(&family, labels_text)).cloned();
        let (rise, start) = match &known {
            Some(known) => (total.since(&known.value), known.at),
            None => (total.clone(), details.started_millis() * 1_000_000),
        };
        if known.is_some() && rise.is_zero() {
            return;
        }
        let (before, bounds) = (self.points.len(), bounds_of(&value));
        self.point(labels, &rise.as_value(bounds, &value), start.min(self.time), details);
        if self.points.len() > before {
            let ack = Ack { family, labels: labels_text.into(), value: total, at: self.time };
            self.points.acks.push((before, ack));
        }
    }
}

fn bounds_of<'a>(value: &Value<'a>) -> &'a [f64] {
    match value {
        Value::Histogram(distribution) => distribution.bounds,
        _ => &[],
    }
}

impl Total {
    /// As a value, with what it leaves out from the series' own.
    fn as_value<'a>(&'a self, bounds: &'a [f64], whole: &Value<'a>) -> Value<'a> {
        match (self, whole) {
            (Self::Count(count), _) => Value::Counter(*count),
            (Self::Float(count), _) => Value::FloatCounter(*count),
            (Self::Buckets { counts, sum }, _) => Value::Histogram(families::Distribution::new(bounds, counts, *sum)),
            (Self::Native { schema, zeros, positive, negative, sum }, Value::NativeHistogram(whole)) => {
                Value::NativeHistogram(families::Exponential {
                    schema: *schema,
                    zero_threshold: whole.zero_threshold,
                    zero_count: *zeros,
                    positive,
                    negative,
                    sum: *sum,
                    classic: None,
                })
            }
            (Self::Native { .. }, _) => *whole,
        }
    }
}

impl Writer<'_> {
    fn point(&mut self, labels: LabelBlock<'_>, value: &Value<'_>, start: u64, details: &Details<'_>) {
        let time = self.time;
        let attributes = self.attributes(labels);
        let exemplars =
            || details.exemplars.iter().filter(|exemplar| exemplar.value.is_finite()).map(Exemplar::of).collect();
        let number = |value, start| NumberPoint {
            start,
            time,
            value: Some(value),
            exemplars: exemplars(),
            attributes: attributes.clone(),
        };
        match value {
            Value::Counter(count) => {
                let value = i64::try_from(*count).map_or(Number::Double(*count as f64), Number::Int);
                self.push(SUM, &number(value, start));
            }
            Value::FloatCounter(count) if count.is_finite() => self.push(SUM, &number(Number::Double(*count), start)),
            Value::Gauge(value) if value.is_finite() => self.push(GAUGE, &number(Number::Double(*value), 0)),
            Value::FloatCounter(_) | Value::Gauge(_) => self.points.left_out += 1,
            Value::Histogram(value) => {
                let point = HistogramPoint {
                    start,
                    time,
                    count: value.count(),
                    sum: finite(value.sum),
                    bucket_counts: value.counts.to_vec(),
                    explicit_bounds: value.bounds.to_vec(),
                    exemplars: exemplars(),
                    attributes,
                };
                self.push(HISTOGRAM, &point);
            }
            Value::NativeHistogram(value) if self.histograms == Histograms::Explicit => {
                let (explicit_bounds, bucket_counts) = explicit(value);
                let (count, sum) = (value.count(), finite(value.sum));
                let exemplars = exemplars();
                let point =
                    HistogramPoint { start, time, count, sum, bucket_counts, explicit_bounds, exemplars, attributes };
                self.push(HISTOGRAM, &point);
            }
            Value::NativeHistogram(value) => {
                let point = exponential(value, start, time, exemplars(), attributes);
                self.push(EXPONENTIAL, &point);
            }
            Value::Summary(value) if value.sum.is_finite() => {
                // Of a minute without observations there are none.
                let known = value.values.iter().filter(|(_, value)| value.is_finite());
                let quantiles = known.map(|&(quantile, value)| Quantile { quantile, value }).collect();
                let (count, sum) = (value.count, value.sum);
                self.push(SUMMARY, &SummaryPoint { start, time, count, sum, quantiles, attributes });
            }
            Value::Summary(_) => self.points.left_out += 1,
        }
    }

    /// The labels of a series, those of all series among them.
    fn attributes(&self, labels: LabelBlock<'_>) -> Vec<KeyValue> {
        let own = || labels.iter();
        let common = self.common.iter().filter(|(name, _)| !own().any(|(taken, _)| taken == name.as_str()));
        let common = common.map(|(name, value)| KeyValue::new(name.as_str(), value.as_str()));
        common.chain(own().map(|(name, value)| KeyValue::new(name, value))).collect()
    }

    /// Appends a point whose metric's data are this field.
    fn push(&mut self, field: u8, point: &impl Message) {
        if self.head != Some(field) {
            let Some(open) = &self.family else { return };
            let temporality = if self.totals.is_some() { 1 } else { 2 };
            let tail = match field {
                GAUGE | SUMMARY => DataTail::default(),
                _ => DataTail { temporality, is_monotonic: field == SUM },
            };
            self.points.heads.push(Head { bytes: open.head.encode_to_vec(), field, tail: tail.encode_to_vec() });
            self.head = Some(field);
        }
        // The points are field 1 of the data of every kind.
        self.points.bytes.push(0x0a);
        point.encode_length_delimited(&mut self.points.bytes).expect("a vector grows");
        let head = self.points.heads.len() - 1;
        self.points.points.push(Point { head, end: self.points.bytes.len() });
    }
}

impl Exemplar {
    fn of(exemplar: &families::Exemplar) -> Self {
        Self {
            time: nanos(exemplar.at),
            value: Some(ExemplarValue::Double(exemplar.value)),
            span_id: exemplar.trace.span_id().to_be_bytes().to_vec(),
            trace_id: exemplar.trace.trace_id().to_be_bytes().to_vec(),
        }
    }
}

fn exponential(
    value: &families::Exponential<'_>,
    start: u64,
    time: u64,
    exemplars: Vec<Exemplar>,
    attributes: Vec<KeyValue>,
) -> ExponentialPoint {
    let span = |buckets: &[(i32, u64)]| match (buckets.first(), buckets.last()) {
        (Some((first, _)), Some((last, _))) => i64::from(*last) - i64::from(*first) + 1,
        _ => 0,
    };
    let mut scale = value.schema;
    let (mut positive, mut negative) = (value.positive.to_vec(), value.negative.to_vec());
    // Here buckets stand side by side, empty ones as well.
    while span(&positive).max(span(&negative)) > BUCKETS {
        scale -= 1;
        positive = coarsened(&positive, 1).unwrap_or_default();
        negative = coarsened(&negative, 1).unwrap_or_default();
    }
    ExponentialPoint {
        attributes,
        start,
        time,
        count: value.count(),
        sum: finite(value.sum),
        scale,
        zero_count: value.zero_count,
        positive: dense(&positive),
        negative: dense(&negative),
        exemplars,
        zero_threshold: value.zero_threshold,
    }
}

/// Buckets side by side. Of Prometheus' numbers the upper end of a bucket is a power, of these the lower one.
fn dense(buckets: &[(i32, u64)]) -> Option<Buckets> {
    let (first, last) = (buckets.first()?.0, buckets.last()?.0);
    let mut bucket_counts = vec![0; usize::try_from(last - first).ok()? + 1];
    for (index, count) in buckets {
        bucket_counts[usize::try_from(index - first).ok()?] = *count;
    }
    Some(Buckets { offset: first - 1, bucket_counts })
}

/// The buckets that hold something, by their upper bounds.
fn explicit(value: &families::Exponential<'_>) -> (Vec<f64>, Vec<u64>) {
    let power = |index: i32| (f64::from(index) * (-f64::from(value.schema)).exp2()).exp2();
    let below = value.negative.iter().rev().map(|(index, count)| (-power(index - 1), *count));
    let zero = (value.zero_count > 0 || !value.negative.is_empty()).then_some((value.zero_threshold, value.zero_count));
    let above = value.positive.iter().map(|(index, count)| (power(*index), *count));
    let (mut bounds, mut counts, mut rest) = (Vec::new(), Vec::new(), 0);
    for (bound, count) in below.chain(zero).chain(above) {
        if bound.is_finite() && bounds.last().is_none_or(|last| *last < bound) {
            bounds.push(bound);
            counts.push(count);
        } else {
            rest += count;
        }
    }
    counts.push(rest);
    (bounds, counts)
}

fn finite(sum: f64) -> Option<f64> {
    sum.is_finite().then_some(sum)
}

pub(super) fn nanos(time: SystemTime) -> u64 {
    u64::try_from(time.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos()).unwrap_or(u64::MAX)
}
