//! The handle of a total that only rises, in whole units.

use crate::{
    call::target,
    handle::{
        declared::{Declared, Shape},
        foreign::{self, Dropped},
        lazy::Lazy,
        metric::Series,
        number::Count,
    },
    metric::kind::Kind,
};

/// A total that only rises: requests served, bytes received.
///
/// A handle can be a static, a field of a `#[derive(Metrics)]` struct, or a member of a [`Family`](crate::Family). It
/// may be made before [`install`](crate::install) and records from then on; what it is given before that is not
/// recorded. Handles of one name and the same labels are one series, and so are clones. A static is shown from its
/// first use on, and `increment(0)` is one.
///
/// ```
/// use tachometer::Counter;
///
/// static EVICTIONS: Counter = Counter::new("cache_evictions_total").help("Entries that had to go.");
///
/// EVICTIONS.increment(3);
/// # #[cfg(feature = "runtime")] {
/// # use tachometer::families::Value;
/// let telemetry = tachometer::builder().no_listener().install()?;
/// EVICTIONS.increment(2);
/// assert_eq!(telemetry.snapshot().get("cache_evictions_total", &[]), Some(Value::Counter(2)));
/// # }
/// # Ok::<(), tachometer::Error>(())
/// ```
///
/// A name is checked when a constant is made of it:
///
/// ```compile_fail,E0080
/// static EVICTIONS: tachometer::Counter = tachometer::Counter::new("cache_evictions"); // lacks `_total`
/// ```
///
/// A name that dashboards know already is kept [as it is](Self::as_is):
///
/// ```
/// static REQUESTS: tachometer::Counter = tachometer::Counter::as_is("http_requests");
/// # REQUESTS.increment(1);
/// ```
#[derive(Debug, Clone)]
#[must_use = "a counter that nobody increments measures nothing"]
pub struct Counter(pub(crate) Lazy<Series>);

impl Counter {
    /// The counter of this name, which ends in `_total`, without labels.
    ///
    /// # Panics
    /// If the name breaks the naming rules; in a static that is a compile error.
    #[track_caller]
    pub const fn new(name: &'static str) -> Self {
        Self(Lazy::new(Declared::new(Shape::of(Kind::Counter), name)))
    }

    /// The same for a name that is taken as it is written, because it was there before: no `_total` is asked for, and only
    /// what Prometheus would refuse is refused.
    ///
    /// # Panics
    /// If the name is none to Prometheus; in a static that is a compile error.
    #[track_caller]
    pub const fn as_is(name: &'static str) -> Self {
        Self(Lazy::new(Declared::as_written(Shape::of(Kind::Counter), name)))
    }

    /// With this HELP. Without effect after the first use.
    pub const fn help(mut self, help: &'static str) -> Self {
        self.0.declared.help = help;
        self
    }

    /// Adds to the total, which goes round at 2⁶⁴.
    ///
    /// The amount is any unsigned integer, or a literal.
    #[doc(alias = "inc")]
    #[inline]
    pub fn increment(&self, amount: impl Count) {
        let target = target::current();
        match amount.count() {
            Some(amount) => {
                if let Some(series) = self.0.recorded() {
                    series.count(target, amount);
                }
            }
            None => foreign::drop_value(target, Dropped::Negative),
        }
    }
}
