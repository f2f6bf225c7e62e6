//! What an encoder may know of a set of metrics: families, and the series in each.
//!
//! The live store and an owned [`Snapshot`](crate::Snapshot) both implement [`Families`], so that every encoder is
//! written once. Nothing here knows where values come from or how they are printed.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::{
    Report,
    metric::{block::LabelBlock, kind::Kind, unit::Unit},
};

pub(crate) mod trace;

pub(crate) mod window;

use self::trace::TraceContext;

/// A set of metric families that can be walked.
pub trait Families {
    /// The labels that stand on every series, besides its own. A series' own label of the same name wins.
    fn common_labels(&self) -> LabelBlock<'_>;

    /// Walks all families by name, and in each the series in the order of their admission.
    ///
    /// A family without series is not visited. The same state is always walked in the same order.
    fn visit(&self, visitor: &mut dyn Visitor);

    /// The kind of the family that is printed under this name, if there is one. Walks all of them, unless there is a shorter
    /// way.
    fn kind_of(&self, name: &str) -> Option<Kind> {
        let mut wanted = Wanted { name, kind: None };
        self.visit(&mut wanted);
        wanted.kind
    }

    /// What rolling windows with names hold now, by name, if the reader may know it.
    fn rolling(&self) -> Vec<RollingValues> {
        Vec::new()
    }

    /// What the program measures, as JSON, if whoever reads them may know it.
    fn catalog(&self) -> Option<String> {
        None
    }

    /// What the guard knows of them, if there is one, and if whoever reads them may know it.
    fn cardinality(&self) -> Option<Report> {
        None
    }
}

/// What a [`Rolling`](crate::Rolling) with a name holds at one moment.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RollingValues {
    /// Its name, behind its category and a `/` if it has one.
    pub name: String,
    /// What was added last.
    pub current: Option<f64>,
    /// What was added in each of its windows, the shortest first.
    pub windows: Vec<WindowValues>,
}

/// What was added in one window. All but the count is none where that was nothing.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct WindowValues {
    /// How long the window is.
    pub length: Duration,
    /// How many values.
    pub count: u64,
    /// Their average.
    pub average: Option<f64>,
    /// The smallest.
    pub min: Option<f64>,
    /// The largest.
    pub max: Option<f64>,
    /// How many per second.
    pub rate: Option<f64>,
    /// The median, up to 5 % too small or too large.
    pub p50: Option<f64>,
    /// The value that 99 % do not exceed, likewise.
    pub p99: Option<f64>,
}

/// What walks over [`Families`].
pub trait Visitor {
    /// A family begins; the series that follow are its own.
    fn family(&mut self, family: &Family<'_>);

    /// One series of the family that was named last.
    fn series(&mut self, labels: LabelBlock<'_>, value: Value<'_>, details: &Details<'_>);
}

/// Looks for one family among all.
struct Wanted<'a> {
    name: &'a str,
    kind: Option<Kind>,
}

impl Visitor for Wanted<'_> {
    fn family(&mut self, family: &Family<'_>) {
        if family.name == self.name {
            self.kind = Some(family.kind);
        }
    }

    fn series(&mut self, _: LabelBlock<'_>, _: Value<'_>, _: &Details<'_>) {}
}

/// What is known of a family besides its series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Family<'a> {
    /// The name as Prometheus' classic format prints it: `[a-zA-Z_:][a-zA-Z0-9_:]*`.
    pub name: &'a str,
    /// The name as the program wrote it; differs from `name` only where that is not a classic one.
    pub original_name: &'a str,
    /// What the values mean.
    pub kind: Kind,
    /// One sentence for people; never empty.
    pub help: &'a str,
    /// The unit of the values, where it is known.
    pub unit: Option<Unit>,
}

/// The value of one series at one moment.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Value<'a> {
    /// A total that only rises.
    Counter(u64),
    /// A total that only rises, by fractions of its unit too.
    FloatCounter(f64),
    /// A value that rises and falls; may be NaN or infinite.
    Gauge(f64),
    /// A distribution.
    Histogram(Distribution<'a>),
    /// Quantiles of the last minute.
    Summary(Quantiles),
    /// A distribution over buckets that each are wider than the one below by the same factor.
    NativeHistogram(Exponential<'a>),
}

impl Value<'_> {
    /// How many samples a text has of it.
    pub(crate) fn samples(&self) -> usize {
        match self {
            Self::Counter(_) | Self::FloatCounter(_) | Self::Gauge(_) => 1,
            Self::Histogram(distribution) => distribution.counts.len() + 2,
            Self::Summary(quantiles) => quantiles.values.len() + 2,
            // The formats of text show of its buckets those of its bounds, or the one that holds all.
            Self::NativeHistogram(native) => native.classic.map_or(1, |classic| classic.counts.len()) + 2,
        }
    }
}

/// A summary's quantiles, and its totals.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Quantiles {
    /// The quantiles 0.5, 0.9 and 0.99, and the value of each: of what was observed in the last minute, up to 1 % too
    /// small or too large; NaN if there was nothing.
    pub values: [(f64, f64); 3],
    /// The sum of all observations.
    pub sum: f64,
    /// How many observations there are.
    pub count: u64,
}

/// What is known of a series besides its labels and its value.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[non_exhaustive]
pub struct Details<'a> {
    /// Values with the traces that they were recorded in, at most one a bucket, by bucket; at most ten of a native
    /// histogram.
    pub exemplars: &'a [Exemplar],
    /// Milliseconds since 1970; 0 where it is not known.
    started: u64,
    /// The bins of a summary's window, by their [numbers](window).
    window: &'a [(i32, u64)],
}

/// A value, and the trace that it was recorded in.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Exemplar {
    /// The bucket of a histogram, counted from 0; 0 for a counter. Of a native histogram only that no two have the same.
    pub bucket: usize,
    /// The trace.
    pub trace: TraceContext,
    /// What was observed, or added to a counter.
    pub value: f64,
    /// When, by the system's clock.
    pub at: SystemTime,
}

impl<'a> Details<'a> {
    pub(crate) fn new(started: u64, exemplars: &'a [Exemplar]) -> Self {
        Self { exemplars, started, window: &[] }
    }

    /// With the bins of a summary's window.
    pub(crate) fn with_window(self, window: &'a [(i32, u64)]) -> Self {
        Self { window, ..self }
    }

    /// What a summary has observed in the last minute, where that is known, so that it can be added to what another process
    /// has: the numbers of bins, increasing, and how many values are in each. Bin k above 0 ends at
    /// (1.01 / 0.99)^(k - 2048) and begins where the one below ends, bin -k the same below 0, and bin 0 is around it.
    #[must_use]
    pub fn window(&self) -> &'a [(i32, u64)] {
        self.window
    }

    /// When the series was first seen, to a tenth of a second, where that is known: its totals count from then on.
    #[must_use]
    pub fn started(&self) -> Option<SystemTime> {
        (self.started > 0).then(|| UNIX_EPOCH + Duration::from_millis(self.started))
    }

    pub(crate) fn started_millis(&self) -> u64 {
        self.started
    }

    /// The same in seconds since 1970.
    pub(crate) fn started_seconds(&self) -> Option<f64> {
        (self.started > 0).then(|| self.started as f64 / 1e3)
    }
}

/// A histogram's buckets and sum.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Distribution<'a> {
    /// The upper bounds, inclusive and increasing, `+Inf` not among them.
    pub bounds: &'a [f64],
    /// Observations per bucket, not cumulative; one more than `bounds`, the last above all of them.
    pub counts: &'a [u64],
    /// The sum of all observations.
    pub sum: f64,
}

impl<'a> Distribution<'a> {
    pub(crate) fn new(bounds: &'a [f64], counts: &'a [u64], sum: f64) -> Self {
        debug_assert_eq!(counts.len(), bounds.len() + 1);
        Self { bounds, counts, sum }
    }

    /// How many observations there are: the sum of the buckets, always.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.counts.iter().fold(0, |sum, count| sum.wrapping_add(*count))
    }
}

/// The buckets of a native histogram, and its sum; beside them those of bounds, if it has both.
///
/// The bucket of index i holds the values above 2^((i - 1) / 2^schema) up to and with 2^(i / 2^schema), as Prometheus
/// numbers them; what is not finite is in none, and not in the sum.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Exponential<'a> {
    /// The resolution, from -4 to 8: each bucket ends 2^(2^-schema) times as far from 0 as the one below.
    pub schema: i32,
    /// How far from 0 values are at most that count as 0; above 0.
    pub zero_threshold: f64,
    /// How many these are.
    pub zero_count: u64,
    /// The indices of the buckets of positive values, increasing, and how many observations are in each; never 0.
    pub positive: &'a [(i32, u64)],
    /// The same of negative values, by their distance from 0.
    pub negative: &'a [(i32, u64)],
    /// The sum of all observations.
    pub sum: f64,
    /// The same observations over the bounds that were declared beside the native buckets; none without such bounds.
    ///
    /// What is being recorded at the moment may be in its last bucket only.
    pub classic: Option<Distribution<'a>>,
}

impl Exponential<'_> {
    /// How many observations there are: the sum of the buckets and of the zeros, always.
    #[must_use]
    pub fn count(&self) -> u64 {
        let counts = self.positive.iter().chain(self.negative).map(|(_, count)| *count);
        counts.fold(self.zero_count, u64::wrapping_add)
    }
}
