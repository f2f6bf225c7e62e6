//! The handle of a distribution.

use crate::{
    call::target,
    handle::{
        declared::{Declared, Shape},
        foreign::{self, Dropped},
        lazy::Lazy,
        metric::Series,
        number::{Count, Number},
        timing::Timing,
    },
    metric::{bounds::Native, kind::Kind},
};

/// A distribution: how often values fell into each of its buckets, and their sum.
///
/// Values are [numbers](Number), or durations, which become seconds. What is not finite is not recorded but counted in
/// `tachometer_dropped_records_total`; a sum that passes the largest number stays there. Buckets that are not [given](Self::buckets) follow from the unit that the name
/// ends in: those of a duration for `_seconds`, of a size for `_bytes`, and 1, 2, 5 to 1,000 for all others. With
/// [native](Self::native) ones nobody has to choose.
///
/// Otherwise it is as a [`Counter`](crate::Counter) is.
///
/// ```
/// use std::time::Duration;
/// use tachometer::Histogram;
///
/// static WAIT: Histogram = Histogram::new("lock_wait_seconds").help("How long a lock was waited for.");
/// static BATCH: Histogram = Histogram::new("batch_items").help("Items of a batch.").buckets(&[1.0, 8.0, 64.0]);
///
/// # #[cfg(feature = "runtime")] {
/// # use tachometer::families::Value;
/// let telemetry = tachometer::builder().no_listener().install()?;
/// WAIT.record(Duration::from_millis(3));
/// BATCH.record_many(5, 2);
/// {
///     let _timing = WAIT.time();
///     // ... what is to be timed ...
/// }
/// let snapshot = telemetry.snapshot();
/// let Some(Value::Histogram(batch)) = snapshot.get("batch_items", &[]) else { panic!() };
/// assert_eq!((batch.counts, batch.sum), (&[0, 2, 0, 0][..], 10.0));
/// let Some(Value::Histogram(wait)) = snapshot.get("lock_wait_seconds", &[]) else { panic!() };
/// assert_eq!(wait.count(), 2);
/// # }
/// # Ok::<(), tachometer::Error>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "a histogram that nobody records into measures nothing"]
pub struct Histogram(pub(crate) Lazy<Series>);

impl Histogram {
    /// The histogram of this name, without labels.
    ///
    /// # Panics
    /// If the name breaks the naming rules; in a static that is a compile error.
    #[track_caller]
    pub const fn new(name: &'static str) -> Self {
        Self(Lazy::new(Declared::new(Shape::of(Kind::Histogram), name)))
    }

    /// The same for a name that is taken as it is written, because it was there before: any unit will do, and only
    /// what Prometheus would refuse is refused.
    ///
    /// # Panics
    /// If the name is none to Prometheus; in a static that is a compile error.
    #[track_caller]
    pub const fn as_is(name: &'static str) -> Self {
        Self(Lazy::new(Declared::as_written(Shape::of(Kind::Histogram), name)))
    }

    /// With this HELP. Without effect after the first use.
    pub const fn help(mut self, help: &'static str) -> Self {
        self.0.declared.help = help;
        self
    }

    /// With these upper bounds, inclusive and increasing, without `+Inf`. Without effect after the first use.
    ///
    /// # Panics
    /// If the bounds break these rules; in a static that is a compile error.
    #[track_caller]
    pub const fn buckets(mut self, buckets: &'static [f64]) -> Self {
        self.0.declared = self.0.declared.with_buckets(buckets);
        self
    }

    /// With native buckets, which need no bounds; beside [bounds](Self::buckets) where both are given. Without effect after
    /// the first use.
    ///
    /// # Panics
    /// If there is no such resolution, or the number of buckets is out of bounds; in a static that is a compile error.
    #[track_caller]
    pub const fn native(mut self, native: Native) -> Self {
        self.0.declared = self.0.declared.with_native(native);
        self
    }

    /// Records a value.
    #[doc(alias = "observe")]
    pub fn record(&self, value: impl Number) {
        if let Some(series) = self.0.recorded() {
            series.observe(target::current(), value.float(), 1);
        }
    }

    /// Records a value so many times.
    pub fn record_many(&self, value: impl Number, count: impl Count) {
        let target = target::current();
        match count.count() {
            Some(count) => {
                if let Some(series) = self.0.recorded() {
                    series.observe(target, value.float(), count);
                }
            }
            None => foreign::drop_value(target, Dropped::Negative),
        }
    }

    /// Records the seconds from now until what this returns is dropped or [stopped](Timing::stop).
    ///
    /// It is recorded where it began: a stretch that begins before the installation is not.
    #[doc(alias = "start_timer")]
    pub fn time(&self) -> Timing {
        Timing::of(self.0.share())
    }
}
