//! What calls of a site are added to besides its metrics.

use super::{Counted, Declaration, Site, Timed};
use crate::{call::rolled::Rolled, metric::kind::Kind};

impl Counted {
    /// Whose calls are added to this as well, as ones.
    #[doc(hidden)]
    #[must_use]
    pub const fn rolling(mut self, rolled: &'static Rolled) -> Self {
        self.rolled = Some(rolled);
        self
    }
}

impl Timed {
    /// Whose durations are added to this as well, in seconds.
    #[doc(hidden)]
    #[must_use]
    pub const fn rolling(mut self, rolled: &'static Rolled) -> Self {
        self.rolled = Some(rolled);
        self
    }
}

impl Declaration {
    /// With what follows from its metrics.
    pub(super) const fn settled(mut self) -> Self {
        self.is_rolled = matches!(self.counter, Some(Counted { rolled: Some(_), .. }))
            || matches!(self.timer, Some(Timed { rolled: Some(_), .. }));
        self.only_counted = self.timer.is_none() && self.gauge.is_none() && !self.is_rolled;
        self
    }
}

impl Site {
    /// Adds a call that took so long to what its metrics are added to, of which there is [one](Declaration::is_rolled).
    #[cold]
    pub(crate) fn roll(&self, nanos: u64) {
        for metric in [self.counter_metric(), self.timer_metric()].into_iter().flatten() {
            let value = if metric.kind == Kind::Counter { 1.0 } else { nanos as f64 / 1e9 };
            if let Some(rolled) = metric.rolled {
                rolled.add(|| metric.own_name(), value);
            }
        }
    }
}
