//! What is added to a gauge for as long as something lasts.

use std::{fmt, sync::Arc};

use metrics::Gauge;

use crate::{
    call::target,
    handle::{
        backend::{self, Hold},
        foreign::{self, Dropped, Foreign},
        local::{self, Record, Test},
        metric::Series,
        origin::Origin,
    },
};

/// An amount that a gauge has more for as long as this lives; see [`Gauge::hold`](crate::Gauge::hold).
///
/// It borrows nothing, so that it can stand in a struct and be sent to another thread. What it has added it takes away
/// again, from the same series of the same recorder, whatever recorder is current by then: a hold from before the
/// installation has added nothing and takes nothing away. While it lives its series does not expire.
#[must_use = "the gauge falls again when this is dropped; bind it to a name such as `_held`"]
pub struct Held {
    /// None where it has begun within our own work, of which nothing is recorded.
    series: Option<Arc<Series>>,
    amount: f64,
    to: To,
}

/// Where the amount was added.
enum To {
    Nothing,
    Store(Hold),
    Test(Test),
    Facade(Gauge),
}

impl Held {
    pub(crate) fn of(series: Option<Arc<Series>>, amount: f64) -> Self {
        let to = series.as_ref().map_or(To::Nothing, |series| To::added(series, amount));
        Self { series, amount, to }
    }
}

impl To {
    /// Adds to the series. What is not finite could not be taken away again.
    fn added(series: &Series, amount: f64) -> Self {
        if !amount.is_finite() {
            foreign::drop_value(target::current(), Dropped::NotANumber);
            return Self::Nothing;
        }
        match Origin::of(series) {
            Origin::Store => backend::hold(series, amount).map_or(Self::Nothing, Self::Store),
            Origin::Test(test) => {
                local::record_in(&test, series, Record::Shift(amount));
                Self::Test(test)
            }
            Origin::Facade(Foreign::Gauge(gauge)) => {
                gauge.increment(amount);
                Self::Facade(gauge)
            }
            Origin::Nobody | Origin::Facade(_) => Self::Nothing,
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let Some(series) = &self.series else { return };
        match &self.to {
            To::Nothing => {}
            To::Store(hold) => backend::release(hold, self.amount),
            To::Test(test) => local::record_in(test, series, Record::Shift(-self.amount)),
            To::Facade(gauge) => gauge.decrement(self.amount),
        }
    }
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held").field("series", &self.series).field("amount", &self.amount).finish_non_exhaustive()
    }
}
