//! Rolling windows that belong to a metric, which has their name: all that is recorded in it is added to them as well.

use std::sync::Arc;

use super::Rolling;
use crate::{
    call::rolled::Rolls,
    handle::{
        counter::Counter, family::Family, float_counter::FloatCounter, gauge::Gauge, histogram::Histogram,
        summary::Summary,
    },
};

impl Rolls for Rolling {
    /// What is not finite is left out, and counted where the metric leaves it out as well.
    fn roll(&self, value: f64, times: u64) {
        if value.is_finite() && times > 0 {
            self.add_many(value, times);
        }
    }
}

/// The windows of the metric of this name.
#[doc(hidden)]
#[must_use]
pub fn attached(name: &str) -> Arc<dyn Rolls> {
    Rolling::named(name)
}

macro_rules! attached {
    ($($handle:ident: $what:literal;)*) => {
        $(impl $handle {
            #[doc = concat!("Adds ", $what, " to [`Rolling::named`] by the metric's name as well, with and without an")]
            /// installation. Without effect after the first use.
            pub const fn rolling(mut self) -> Self {
                self.0.declared.rolling = Some(attached);
                self
            }
        })*
    };
}

attached! {
    Counter: "each amount";
    FloatCounter: "each amount";
    Gauge: "each value that it is set to";
    Histogram: "each value";
    Summary: "each value";
}

impl<M, L> Family<M, L> {
    /// Adds what is recorded in any of its series to [`Rolling::named`] by the metric's name as well, with and without an
    /// installation. Without effect after the first use.
    ///
    /// ```
    /// use tachometer::{Family, Histogram, Rolling};
    ///
    /// static LATENCY: Family<Histogram, (&str,)> = Family::new("backend_latency_seconds", &["backend"]).rolling();
    ///
    /// LATENCY.with("north").record(0.25);
    /// LATENCY.with("south").record(0.75);
    /// assert_eq!(Rolling::named("backend_latency_seconds").average(Rolling::ONE_MINUTE), Some(0.5));
    /// ```
    pub const fn rolling(mut self) -> Self {
        self.members.declared.rolling = Some(attached);
        self
    }
}
