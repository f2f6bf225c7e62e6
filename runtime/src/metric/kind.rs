//! The kinds of metrics.

use core::fmt;

/// What a metric measures, as Prometheus understands it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// A total that only rises.
    Counter,
    /// A value that rises and falls.
    Gauge,
    /// Counts of observations by upper bound, with their sum.
    Histogram,
    /// Quantiles of what was observed lately, and the sum and number of all observations.
    Summary,
}

impl Kind {
    /// The word on a `# TYPE` line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
            Self::Summary => "summary",
        }
    }
}

impl Kind {
    /// What its samples are called besides the metric itself, in one format or another.
    pub(crate) const fn suffixes(self) -> &'static [&'static str] {
        match self {
            Self::Counter | Self::Gauge => &[],
            Self::Histogram => &["_bucket", "_sum", "_count", "_created"],
            Self::Summary => &["_sum", "_count", "_created"],
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
