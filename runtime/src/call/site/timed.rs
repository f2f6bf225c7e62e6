//! The histogram of how long a site's calls took, as it is declared.

use super::Named;
use crate::{
    call::rolled::Rolled,
    metric::{
        bounds::{self, Ladder, Native},
        name::Name,
    },
    slo::Slo,
};

/// A histogram of durations.
#[derive(Debug, Clone, Copy)]
pub struct Timed {
    pub(super) name: Named,
    pub(super) help: &'static str,
    pub(super) result: bool,
    pub(super) error: bool,
    pub(super) buckets: Ladder<'static>,
    pub(super) slo: Option<Slo>,
    pub(super) rolled: Option<&'static Rolled>,
}

impl Timed {
    /// The histogram of all functions without a name of their own.
    pub const FUNCTION: Self = Self {
        name: Named::Shared("function_calls_duration_seconds"),
        help: "How long calls of functions took.",
        result: false,
        error: false,
        buckets: Ladder::OfUnit,
        slo: None,
        rolled: None,
    };

    #[doc(hidden)]
    #[must_use]
    pub const fn new(name: Name, help: &'static str) -> Self {
        Self {
            name: Named::Own(name),
            help,
            result: false,
            error: false,
            buckets: Ladder::OfUnit,
            slo: None,
            rolled: None,
        }
    }

    /// With the label `result`.
    #[must_use]
    pub const fn result(mut self) -> Self {
        self.result = true;
        self
    }

    /// With the labels `result` and `error`.
    #[must_use]
    pub const fn error(mut self) -> Self {
        self.error = true;
        self.result()
    }

    /// With these upper bounds, which have been checked.
    #[must_use]
    pub const fn buckets(mut self, buckets: &'static [f64]) -> Self {
        self.buckets = self.buckets.with_bounds(buckets);
        self
    }

    /// With these native buckets, which have been checked.
    #[must_use]
    pub const fn native(mut self, native: Native) -> Self {
        self.buckets = self.buckets.with_native(native);
        self
    }

    /// With the labels of this objective, if it has a latency.
    ///
    /// # Panics
    /// While the constant is evaluated, if its threshold is no bucket of the histogram, which are given before, unless that
    /// is the one of all functions without a name.
    #[track_caller]
    pub const fn slo(mut self, slo: Slo) -> Self {
        self.slo = Some(match self.buckets {
            // What all functions share has the buckets that the program sets, which its installation knows.
            Ladder::OfUnit if matches!(self.name, Named::Shared(_)) => slo,
            Ladder::OfUnit => slo.within(bounds::SECONDS),
            Ladder::Bounds(bounds) | Ladder::Both(bounds, _) => slo.within(bounds),
            Ladder::Native(_) => slo.without_bounds(),
        });
        self
    }
}
