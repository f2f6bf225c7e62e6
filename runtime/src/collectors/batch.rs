//! What one collection has found: values that belong to one instant. It knows no earlier batch and no store.

use std::{collections::HashMap, fmt, sync::Arc, time::Duration};

use crate::{
    collectors::{descriptor::Descriptor, fault::Reason},
    families::{Details, Distribution, Family, Value, Visitor},
    metric::{
        block::{self, LabelBlock},
        kind::Kind,
    },
};

/// More series than these make no batch of one collector; what is above is left out and counted.
pub const MAX_SERIES: usize = 10_000;

/// The values that a [`Collector`](super::Collector) has found.
///
/// What is not set is absent from the next scrape on. Counters are absolute: the total so far, not what came since the
/// last collection. A value that makes no sense is left out, counted in `tachometer_collector_errors_total` and warned
/// of once: NaN, a negative counter, labels that do not fit the descriptor, a series that is there already.
pub struct Batch {
    descriptors: Arc<[Descriptor]>,
    /// One for each descriptor.
    columns: Vec<Column>,
    series: usize,
    /// Whether what is added now counts something that was made anew.
    begins: bool,
    /// What is wrong with it, in the order in which it happened.
    faults: Vec<(Reason, String)>,
}

/// The series of one metric.
#[derive(Default)]
struct Column {
    series: Vec<Series>,
    /// Where in `series` each label block stands.
    places: HashMap<Box<str>, usize>,
    /// The buckets of all series, one behind the other.
    counts: Vec<u64>,
}

struct Series {
    value: Stored,
    labels: Box<str>,
    /// Left out of this batch, though the next one is held against it.
    hidden: bool,
    /// Counts something that was made anew, so that it is not held against the earlier batch.
    begins: bool,
}

#[derive(Clone, Copy)]
enum Stored {
    Whole(u64),
    Fraction(f64),
    Gauge(f64),
    Histogram { counts_start: usize, sum: f64 },
}

/// What a batch takes as a value: an integer, a float, a time in seconds, or an `Option` of one of them, of which
/// `None` leaves the series out.
pub trait IntoReading {
    /// The value, if there is one.
    fn into_reading(self) -> Option<Reading>;
}

/// A value of a counter or gauge.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading(Number);

#[derive(Debug, Clone, Copy, PartialEq)]
enum Number {
    Whole(u64),
    Fraction(f64),
}

impl Batch {
    pub(crate) fn new(descriptors: Arc<[Descriptor]>) -> Self {
        let columns = descriptors.iter().map(|_| Column::default()).collect();
        Self { descriptors, columns, series: 0, begins: false, faults: Vec::new() }
    }

    /// Sets the value of the series with these label values, in the order of the descriptor's label names.
    ///
    /// `None` leaves it out: a reading that is not supported has no value, and 0 would be one.
    pub fn set(&mut self, metric: &Descriptor, labels: &[&str], value: impl IntoReading) {
        let Some(Reading(number)) = value.into_reading() else { return };
        let Some(column) = self.column(metric) else { return };
        let stored = match (metric.kind(), number) {
            (Kind::Counter, Number::Whole(value)) => Stored::Whole(value),
            (Kind::Counter, Number::Fraction(value)) if value >= 0.0 && value.is_finite() => Stored::Fraction(value),
            (Kind::Gauge, Number::Whole(value)) => Stored::Gauge(value as f64),
            (Kind::Gauge, Number::Fraction(value)) if !value.is_nan() => Stored::Gauge(value),
            (kind, Number::Whole(value)) => return self.nonsense(metric, labels, format_args!("a {kind} of {value}")),
            (kind, Number::Fraction(value)) => {
                return self.nonsense(metric, labels, format_args!("a {kind} of {value}"));
            }
        };
        self.push(column, labels, stored, &[]);
    }

    /// Sets the series of a histogram: how many observations each bucket has, not cumulative, the last one above all
    /// bounds; and the sum of all observations.
    pub fn histogram(&mut self, metric: &Descriptor, labels: &[&str], counts: &[u64], sum: f64) {
        let Some(column) = self.column(metric) else { return };
        let buckets = self.descriptors[column].bounds().len() + 1;
        if metric.kind() != Kind::Histogram || counts.len() != buckets || sum.is_nan() {
            let what = format_args!("a {} of {} buckets for {buckets}, sum {sum}", metric.kind(), counts.len());
            return self.nonsense(metric, labels, what);
        }
        let counts_start = self.columns[column].counts.len();
        self.push(column, labels, Stored::Histogram { counts_start, sum }, counts);
    }

    /// Says that a reading failed while others did not: it is counted, warned of once, and its series is absent.
    pub fn failed(&mut self, what: impl fmt::Display) {
        self.faults.push((Reason::Reading, what.to_string()));
    }

    /// How many series have been set.
    #[must_use]
    pub fn len(&self) -> usize {
        self.series
    }

    /// Says whether what is set from here on belongs to something that was made anew under a name that it had before: its
    /// counters may be lower than in the last batch, as after a restart, and that is no error.
    pub fn begins(&mut self, begins: bool) {
        self.begins = begins;
    }

    /// Whether nothing has been set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.series == 0
    }

    /// What was wrong with it so far.
    pub(crate) fn take_faults(&mut self) -> Vec<(Reason, String)> {
        std::mem::take(&mut self.faults)
    }

    /// Leaves out each counter that is lower than it was in an earlier batch. It counts from there in the next one: a
    /// total that stays low has been reset.
    pub(crate) fn hide_fallen(&mut self, earlier: &Self) {
        for at in 0..self.columns.len().min(earlier.columns.len()) {
            let (column, before) = (&mut self.columns[at], &earlier.columns[at]);
            for series in column.series.iter_mut().filter(|series| !series.begins) {
                let Some(&place) = before.places.get(&series.labels) else { continue };
                let buckets = self.descriptors[at].bounds().len() + 1;
                if fell((before.series[place].value, &before.counts), (series.value, &column.counts), buckets) {
                    series.hidden = true;
                    self.series -= 1;
                    let name = self.descriptors[at].name();
                    let message = format!("counter `{name}{{{}}}` fell; it is left out once", series.labels);
                    self.faults.push((Reason::Decreased, message));
                }
            }
        }
    }

    /// The metrics that have series, as places for [`visit`](Self::visit).
    pub(crate) fn metrics(&self) -> impl Iterator<Item = (usize, &Descriptor)> + '_ {
        let shown = |at: &usize| self.columns[*at].series.iter().any(|series| !series.hidden);
        (0..self.columns.len()).filter(shown).map(|at| (at, &self.descriptors[at]))
    }

    /// Shows one metric and its series.
    pub(crate) fn visit(&self, metric: usize, visitor: &mut dyn Visitor) {
        let (descriptor, column) = (&self.descriptors[metric], &self.columns[metric]);
        visitor.family(&Family {
            name: descriptor.name(),
            original_name: descriptor.name(),
            kind: descriptor.kind(),
            help: descriptor.help(),
            unit: descriptor.known_unit(),
        });
        for series in column.series.iter().filter(|series| !series.hidden) {
            let value = match series.value {
                Stored::Whole(value) => Value::Counter(value),
                Stored::Fraction(value) => Value::FloatCounter(value),
                Stored::Gauge(value) => Value::Gauge(value),
                Stored::Histogram { counts_start, sum } => {
                    let counts = &column.counts[counts_start..=counts_start + descriptor.bounds().len()];
                    Value::Histogram(Distribution::new(descriptor.bounds(), counts, sum))
                }
            };
            visitor.series(LabelBlock::new(&series.labels, true), value, &Details::default());
        }
    }

    fn column(&mut self, metric: &Descriptor) -> Option<usize> {
        let column = self.descriptors.iter().position(|declared| declared == metric);
        if column.is_none() {
            let message = format!("metric `{}` is not declared like this; add it to `descriptors`", metric.name());
            self.faults.push((Reason::Invalid, message));
        }
        column
    }

    fn push(&mut self, column: usize, labels: &[&str], value: Stored, counts: &[u64]) {
        let descriptor = self.descriptors[column];
        let names = descriptor.label_names();
        if names.len() != labels.len() {
            let what = format_args!("{} label values for the names {names:?}", labels.len());
            return self.nonsense(&descriptor, labels, what);
        }
        if self.series == MAX_SERIES {
            return self.nonsense(&descriptor, labels, format_args!("more than {MAX_SERIES} series in one batch"));
        }
        let (block, _) = block::of(names.iter().copied().zip(labels.iter().copied()));
        let labels_text: Box<str> = block.into();
        let into = &mut self.columns[column];
        if into.places.contains_key(&labels_text) {
            return self.nonsense(&descriptor, labels, format_args!("a series that is there already"));
        }
        into.places.insert(labels_text.clone(), into.series.len());
        into.series.push(Series { value, labels: labels_text, hidden: false, begins: self.begins });
        into.counts.extend_from_slice(counts);
        self.series += 1;
    }

    #[cold]
    fn nonsense(&mut self, metric: &Descriptor, labels: &[&str], what: fmt::Arguments<'_>) {
        let message = format!("metric `{}` with the label values {labels:?} was given {what}", metric.name());
        self.faults.push((Reason::Invalid, message));
    }
}

fn fell((before, counts_before): (Stored, &[u64]), (now, counts): (Stored, &[u64]), buckets: usize) -> bool {
    match (before, now) {
        (Stored::Whole(before), Stored::Whole(now)) => now < before,
        (Stored::Fraction(before), Stored::Fraction(now)) => now < before,
        (Stored::Whole(before), Stored::Fraction(now)) => now < before as f64,
        (Stored::Fraction(before), Stored::Whole(now)) => (now as f64) < before,
        (Stored::Histogram { counts_start: before, .. }, Stored::Histogram { counts_start: now, .. }) => {
            let (before, now) = (&counts_before[before..before + buckets], &counts[now..now + buckets]);
            before.iter().zip(now).any(|(before, now)| now < before)
        }
        _ => false,
    }
}

impl fmt::Debug for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch").field("series", &self.series).field("faults", &self.faults).finish_non_exhaustive()
    }
}

impl IntoReading for Reading {
    fn into_reading(self) -> Option<Self> {
        Some(self)
    }
}

impl IntoReading for u64 {
    fn into_reading(self) -> Option<Reading> {
        Some(Reading(Number::Whole(self)))
    }
}

impl IntoReading for u32 {
    fn into_reading(self) -> Option<Reading> {
        u64::from(self).into_reading()
    }
}

impl IntoReading for usize {
    fn into_reading(self) -> Option<Reading> {
        (self as u64).into_reading()
    }
}

impl IntoReading for f64 {
    fn into_reading(self) -> Option<Reading> {
        Some(Reading(Number::Fraction(self)))
    }
}

/// In seconds.
impl IntoReading for Duration {
    fn into_reading(self) -> Option<Reading> {
        self.as_secs_f64().into_reading()
    }
}

impl<T: IntoReading> IntoReading for Option<T> {
    fn into_reading(self) -> Option<Reading> {
        self.and_then(T::into_reading)
    }
}
