//! What a histogram's buckets are: a list of upper bounds, or a resolution that native ones follow from.

use std::{fmt, time::Duration};

use crate::metric::{bounds, message::Message};

/// The buckets of a histogram.
///
/// Lists of upper bounds become one, and so does [`Native`].
///
/// ```
/// use tachometer::metric::bounds::{Buckets, Native};
///
/// assert_eq!(Buckets::from([0.1, 1.0]), Buckets::Bounds(vec![0.1, 1.0]));
/// assert_eq!(Buckets::from(Native::new()), Buckets::Native(Native::new()));
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Buckets {
    /// These upper bounds: finite, each above the one before, at most 256; `+Inf` is added.
    Bounds(Vec<f64>),
    /// Native ones.
    Native(Native),
    /// Native ones, with such bounds beside them for formats and readers that know no others.
    Both(Vec<f64>, Native),
}

/// The buckets of a native histogram, which nobody has to choose: each is wider than the one below by the same factor,
/// and only those with values in them are kept and sent.
///
/// Where they arrive, a quantile is as exact as the factor says, whatever the values are, and series of different
/// resolutions add up. The formats of text have no native buckets: they show count, sum and the one bucket that holds
/// all, or those of bounds that are given [beside](Self::beside). The snapshot and its JSON have all buckets.
///
/// | schema | each bucket ends further from 0 than the one below by |
/// |---|---|
/// | 8 | 0.27 % |
/// | 5 | 2.2 % |
/// | 4 | 4.4 % |
/// | 3 (the default) | 9.1 % |
/// | 2 | 19 % |
/// | 0 | as much again |
/// | -4 | 65,535 times as much again |
///
/// A series whose values need more buckets than it may have goes on with wider ones: each step halves the resolution and
/// loses no value. Only at schema -4 it may have more, as there are 146 buckets in all. After [an hour](Self::min_reset) it
/// begins anew, with the buckets of its first resolution and the time as its beginning.
///
/// ```
/// use tachometer::{Histogram, metric::bounds::Native};
///
/// static WAIT: Histogram = Histogram::new("lock_wait_seconds").native(Native::new().schema(5));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Native {
    pub(crate) schema: i32,
    pub(crate) max_buckets: usize,
    /// Seconds; 0 is never.
    pub(crate) min_reset: u32,
}

/// After so many seconds a series that has got wider buckets begins anew.
pub(crate) const MIN_RESET: u32 = 3600;

/// The finest resolution: 2⁸ buckets from one power of two to the next.
pub(crate) const FINEST: i32 = 8;

/// The coarsest resolution: one bucket from a power of two to the 2⁴th after it.
pub(crate) const COARSEST: i32 = -4;

/// How many buckets a native histogram may be allowed to have.
pub(crate) const MOST_BUCKETS: usize = 1024;

impl Native {
    /// Buckets of schema 3, which end 1.09 times as far from 0 as the one below, and at most 160 of them.
    #[must_use]
    pub const fn new() -> Self {
        Self { schema: 3, max_buckets: 160, min_reset: MIN_RESET }
    }

    /// With this resolution, from -4 to 8: each bucket ends 2^(2^-schema) times as far from 0 as the one below.
    ///
    /// Whoever takes the buckets refuses any other.
    #[must_use]
    pub const fn schema(mut self, schema: i32) -> Self {
        self.schema = schema;
        self
    }

    /// With so many buckets at most, from 1 to 1,024.
    ///
    /// A series takes 8 bytes for each bucket, which it makes in groups of eight where values come, and 1 KiB beside them:
    /// 2 KiB as a rule. At the very most it has three times as many buckets as this number for each resolution that it
    /// has gone through, and a base for each of them if another series had the place before. The guard takes it to need
    /// this number of buckets. Whoever takes the buckets refuses any other number.
    #[must_use]
    pub const fn max_buckets(mut self, max_buckets: usize) -> Self {
        self.max_buckets = max_buckets;
        self
    }

    /// A series that has got wider buckets gets back those of its first resolution, but not before it has counted for this
    /// long: it begins anew at 0, as after a restart of the program. An hour unless this says otherwise; zero is never.
    ///
    /// What it has counted until then goes to the retired total of the metric, see [`MetricReport`](crate::MetricReport).
    /// It is looked at when metrics are read.
    #[must_use]
    pub const fn min_reset(mut self, time: Duration) -> Self {
        let seconds = time.as_secs() + if time.subsec_nanos() > 0 { 1 } else { 0 };
        self.min_reset = if seconds > u32::MAX as u64 { u32::MAX } else { seconds as u32 };
        self
    }

    /// These buckets, and beside them those of upper bounds, so that one histogram has both kinds.
    ///
    /// ```
    /// use tachometer::metric::bounds::{Buckets, Native};
    ///
    /// let both = Native::new().schema(4).beside([0.1, 1.0]);
    /// assert_eq!(both, Buckets::Both(vec![0.1, 1.0], Native::new().schema(4)));
    /// ```
    #[must_use]
    pub fn beside(self, bounds: impl Into<Vec<f64>>) -> Buckets {
        Buckets::Both(bounds.into(), self)
    }

    /// What is wrong with it.
    pub(crate) const fn mistake(self) -> Option<Message> {
        if self.schema < COARSEST || self.schema > FINEST {
            let sign = if self.schema < 0 { "-" } else { "" };
            let message = Message::new("there is no `schema` ").text(sign).number(self.schema.unsigned_abs() as usize);
            return Some(message.text(" of native buckets; write one from -4 (coarse) to 8 (fine)"));
        }
        if self.max_buckets == 0 || self.max_buckets > MOST_BUCKETS {
            let message = Message::new("native buckets cannot be at most ").number(self.max_buckets);
            return Some(message.text("; write a `max_buckets` from 1 to 1024"));
        }
        None
    }

    /// The same, checked.
    ///
    /// # Panics
    /// While the constant is evaluated, if there is no such resolution, or the number of buckets is out of bounds.
    #[doc(hidden)]
    #[track_caller]
    #[must_use]
    pub const fn checked(self) -> Self {
        if let Some(mistake) = self.mistake() {
            mistake.panic();
        }
        self
    }
}

impl Default for Native {
    fn default() -> Self {
        Self::new()
    }
}

/// As a setting has it: `native, schema=3, max_buckets=160`.
impl fmt::Display for Native {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "native, schema={}, max_buckets={}", self.schema, self.max_buckets)?;
        if self.min_reset == MIN_RESET { Ok(()) } else { write!(f, ", min_reset={}", self.min_reset) }
    }
}

/// A resolution that native buckets can have.
///
/// # Panics
/// While the constant is evaluated, if it is none.
#[track_caller]
#[must_use]
pub const fn checked_schema(schema: i32) -> i32 {
    Native::new().schema(schema).checked().schema
}

/// How many native buckets there may be.
///
/// # Panics
/// While the constant is evaluated, if that is none or too many.
#[track_caller]
#[must_use]
pub const fn checked_max_buckets(max_buckets: usize) -> usize {
    Native::new().max_buckets(max_buckets).checked().max_buckets
}

impl Buckets {
    /// The same, borrowed.
    pub(crate) fn ladder(&self) -> Ladder<'_> {
        match self {
            Self::Bounds(bounds) => Ladder::Bounds(bounds),
            Self::Native(native) => Ladder::Native(*native),
            Self::Both(bounds, native) => Ladder::Both(bounds, *native),
        }
    }

    /// What is wrong with them.
    pub(crate) fn mistake(&self) -> Option<Message> {
        match self {
            Self::Bounds(bounds) => bounds::mistake(bounds),
            Self::Native(native) => native.mistake(),
            Self::Both(bounds, native) => bounds::mistake(bounds).or_else(|| native.mistake()),
        }
    }
}

impl From<Vec<f64>> for Buckets {
    fn from(bounds: Vec<f64>) -> Self {
        Self::Bounds(bounds)
    }
}

impl From<&[f64]> for Buckets {
    fn from(bounds: &[f64]) -> Self {
        Self::Bounds(bounds.to_vec())
    }
}

impl<const N: usize> From<[f64; N]> for Buckets {
    fn from(bounds: [f64; N]) -> Self {
        Self::Bounds(bounds.to_vec())
    }
}

impl<const N: usize> From<&[f64; N]> for Buckets {
    fn from(bounds: &[f64; N]) -> Self {
        Self::Bounds(bounds.to_vec())
    }
}

impl From<Native> for Buckets {
    fn from(native: Native) -> Self {
        Self::Native(native)
    }
}

/// Buckets as a declaration has them, which may be a constant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Ladder<'a> {
    /// None are declared: those that a setting has, or else those of the unit.
    OfUnit,
    Bounds(&'a [f64]),
    Native(Native),
    Both(&'a [f64], Native),
}

impl<'a> Ladder<'a> {
    /// With these bounds, beside the native buckets if there are some.
    pub(crate) const fn with_bounds(self, bounds: &'a [f64]) -> Self {
        match self {
            Self::OfUnit | Self::Bounds(_) => Self::Bounds(bounds),
            Self::Native(native) | Self::Both(_, native) => Self::Both(bounds, native),
        }
    }

    /// With these native buckets, beside the bounds if there are some.
    pub(crate) const fn with_native(self, native: Native) -> Self {
        match self {
            Self::OfUnit | Self::Native(_) => Self::Native(native),
            Self::Bounds(bounds) | Self::Both(bounds, _) => Self::Both(bounds, native),
        }
    }

    /// The bounds, if there are some.
    pub(crate) const fn bounds(self) -> Option<&'a [f64]> {
        match self {
            Self::OfUnit | Self::Native(_) => None,
            Self::Bounds(bounds) | Self::Both(bounds, _) => Some(bounds),
        }
    }

    /// The same, kept.
    pub(crate) fn to_owned(self) -> Option<Buckets> {
        match self {
            Self::OfUnit => None,
            Self::Bounds(bounds) => Some(Buckets::Bounds(bounds.to_vec())),
            Self::Native(native) => Some(Buckets::Native(native)),
            Self::Both(bounds, native) => Some(native.beside(bounds)),
        }
    }
}

impl fmt::Display for Ladder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OfUnit => f.write_str("[]"),
            Self::Bounds(bounds) => write!(f, "{bounds:?}"),
            Self::Native(native) => write!(f, "{native}"),
            Self::Both(bounds, native) => write!(f, "{bounds:?}, {native}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resolution_and_number_are_bounded() {
        let mistake = |native: Native| native.mistake().map(|mistake| mistake.as_str().to_owned());
        for native in
            [Native::new(), Native::new().schema(-4).max_buckets(1), Native::new().schema(8).max_buckets(1024)]
        {
            assert_eq!(mistake(native), None);
        }
        let schema = |schema| mistake(Native::new().schema(schema)).expect("there is none");
        assert_eq!(schema(9), "there is no `schema` 9 of native buckets; write one from -4 (coarse) to 8 (fine)");
        assert_eq!(schema(-5), "there is no `schema` -5 of native buckets; write one from -4 (coarse) to 8 (fine)");
        let most = |most| mistake(Native::new().max_buckets(most)).expect("that is out of bounds");
        assert_eq!(most(0), "native buckets cannot be at most 0; write a `max_buckets` from 1 to 1024");
        assert_eq!(most(1025), "native buckets cannot be at most 1025; write a `max_buckets` from 1 to 1024");
        std::panic::catch_unwind(|| Native::new().schema(i32::MIN).checked()).expect_err("it is refused");
    }
}
