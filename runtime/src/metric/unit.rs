//! Units of measurement, by the words that metric names use.

use core::fmt;

/// A unit in Prometheus' spelling: `seconds`, `bytes`, `ratio`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Unit(&'static str);

impl Unit {
    /// Seconds.
    pub const SECONDS: Self = Self("seconds");
    /// Bytes.
    pub const BYTES: Self = Self("bytes");

    /// The word that ends a metric's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }

    /// The unit that a name's suffix tells.
    pub(crate) fn of_suffix(suffix: &str) -> Option<Self> {
        match suffix {
            "seconds" => Some(Self::SECONDS),
            "bytes" => Some(Self::BYTES),
            _ => None,
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl From<metrics::Unit> for Unit {
    fn from(unit: metrics::Unit) -> Self {
        Self(unit.as_str())
    }
}
