//! A family as a snapshot keeps it: its texts and numbers one behind the other, so that a series is few allocations. It knows
//! neither snapshots nor how families are walked.

use std::sync::Arc;

use crate::{
    families::{Details, Distribution, Exemplar, Exponential, Quantiles, Value},
    metric::{block::LabelBlock, kind::Kind, unit::Unit},
};

#[derive(Clone)]
pub(super) struct FamilyData {
    pub(super) name: String,
    pub(super) original_name: String,
    pub(super) kind: Kind,
    pub(super) help: String,
    pub(super) unit: Option<Unit>,
    /// The label blocks of all series, one behind the other.
    pub(super) text: String,
    /// The bucket counts of all series, one behind the other.
    pub(super) counts: Vec<u64>,
    /// The indices and counts of all buckets of native histograms, one behind the other.
    pub(super) bins: Vec<(i32, u64)>,
    pub(super) series: Vec<SeriesData>,
}

#[derive(Clone)]
pub(super) struct SeriesData {
    pub(super) labels_start: usize,
    pub(super) labels_end: usize,
    pub(super) classic: bool,
    pub(super) value: Stored,
    pub(super) started: u64,
    pub(super) exemplars: Vec<Exemplar>,
}

#[derive(Clone)]
pub(super) enum Stored {
    Counter(u64),
    FloatCounter(f64),
    Gauge(f64),
    Histogram {
        bounds: Arc<[f64]>,
        counts_start: usize,
        sum: f64,
    },
    /// Apart, as it is larger than all others.
    Summary(Box<Quantiles>),
    NativeHistogram(Box<Native>),
}

/// A native histogram, whose buckets are among its family's: first the positive ones.
#[derive(Clone)]
pub(super) struct Native {
    schema: i32,
    zero_threshold: f64,
    zero_count: u64,
    bins_start: usize,
    positive: usize,
    negative: usize,
    sum: f64,
    /// The bounds beside them, and where the counts of their buckets begin.
    classic: Option<(Arc<[f64]>, usize)>,
}

impl FamilyData {
    pub(super) fn push(&mut self, labels: LabelBlock<'_>, value: Value<'_>, details: &Details<'_>) {
        let labels_start = self.text.len();
        self.text.push_str(labels.as_str());
        let value = match value {
            Value::Counter(count) => Stored::Counter(count),
            Value::FloatCounter(count) => Stored::FloatCounter(count),
            Value::Gauge(value) => Stored::Gauge(value),
            Value::Histogram(distribution) => {
                let (bounds, counts_start) = self.keep(distribution);
                Stored::Histogram { bounds, counts_start, sum: distribution.sum }
            }
            Value::Summary(quantiles) => Stored::Summary(Box::new(quantiles)),
            Value::NativeHistogram(native) => Stored::NativeHistogram(Box::new(self.keep_native(native))),
        };
        let labels_end = self.text.len();
        self.series.push(SeriesData {
            labels_start,
            labels_end,
            classic: labels.is_classic(),
            value,
            started: details.started_millis(),
            exemplars: details.exemplars.to_vec(),
        });
    }

    /// Keeps the counts of buckets: their bounds, and where they begin.
    fn keep(&mut self, Distribution { bounds, counts, .. }: Distribution<'_>) -> (Arc<[f64]>, usize) {
        let counts_start = self.counts.len();
        self.counts.extend_from_slice(counts);
        (self.share(bounds), counts_start)
    }

    fn keep_native(&mut self, native: Exponential<'_>) -> Native {
        let Exponential { schema, zero_threshold, zero_count, positive, negative, sum, classic } = native;
        let bins_start = self.bins.len();
        self.bins.extend_from_slice(positive);
        self.bins.extend_from_slice(negative);
        let (positive, negative) = (positive.len(), negative.len());
        let classic = classic.map(|classic| self.keep(classic));
        Native { schema, zero_threshold, zero_count, bins_start, positive, negative, sum, classic }
    }

    /// The series of a family have the same bounds as a rule, which are then kept once.
    fn share(&self, bounds: &[f64]) -> Arc<[f64]> {
        let last = match self.series.last().map(|series| &series.value) {
            Some(Stored::Histogram { bounds: last, .. }) => Some(last),
            Some(Stored::NativeHistogram(native)) => native.classic.as_ref().map(|(last, _)| last),
            _ => None,
        };
        last.filter(|last| ***last == *bounds).map_or_else(|| bounds.into(), Arc::clone)
    }

    fn distribution<'a>(&'a self, bounds: &'a [f64], counts_start: usize, sum: f64) -> Distribution<'a> {
        Distribution::new(bounds, &self.counts[counts_start..=counts_start + bounds.len()], sum)
    }

    fn exponential<'a>(&'a self, native: &'a Native) -> Exponential<'a> {
        let Native { schema, zero_threshold, zero_count, bins_start, positive, negative, sum, ref classic } = *native;
        let (positive, behind) = self.bins[bins_start..].split_at(positive);
        let negative = &behind[..negative];
        let classic = classic.as_ref().map(|(bounds, start)| self.distribution(bounds, *start, sum));
        Exponential { schema, zero_threshold, zero_count, positive, negative, sum, classic }
    }

    pub(super) fn labels(&self, series: &SeriesData) -> LabelBlock<'_> {
        LabelBlock::new(&self.text[series.labels_start..series.labels_end], series.classic)
    }

    pub(super) fn value<'a>(&'a self, series: &'a SeriesData) -> Value<'a> {
        match series.value {
            Stored::Counter(count) => Value::Counter(count),
            Stored::FloatCounter(count) => Value::FloatCounter(count),
            Stored::Gauge(value) => Value::Gauge(value),
            Stored::Histogram { ref bounds, counts_start, sum } => {
                Value::Histogram(self.distribution(bounds, counts_start, sum))
            }
            Stored::Summary(ref quantiles) => Value::Summary(**quantiles),
            Stored::NativeHistogram(ref native) => Value::NativeHistogram(self.exponential(native)),
        }
    }
}
