//! Units of measurement, by the words that metric names use.

use core::fmt;

use crate::metric::kind::Kind;

/// A unit in Prometheus' spelling: `seconds`, `bytes`, `ratio`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Unit(&'static str);

impl Unit {
    /// Seconds.
    pub const SECONDS: Self = Self("seconds");
    /// Bytes.
    pub const BYTES: Self = Self("bytes");

    /// A unit by its word.
    pub(crate) const fn new(word: &'static str) -> Self {
        Self(word)
    }

    /// The word that ends a metric's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }

    /// The unit that the last word of a metric's name tells.
    pub(crate) fn of_name(name: &str, kind: Kind) -> Option<Self> {
        let name = if kind == Kind::Counter { name.strip_suffix("_total").unwrap_or(name) } else { name };
        [Self::SECONDS, Self::BYTES]
            .into_iter()
            .find(|unit| name.strip_suffix(unit.0).is_some_and(|stem| stem.ends_with('_')))
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
