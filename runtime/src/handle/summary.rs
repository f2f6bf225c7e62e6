//! The handle of quantiles of the last minute.

use crate::{
    call::target,
    handle::{
        declared::{Declared, Shape},
        lazy::Lazy,
        metric::Series,
        number::Number,
    },
    metric::kind::Kind,
};

/// Quantiles of the last minute: the median, the 90th and the 99th percentile of what was recorded.
///
/// A value is shown with an error of up to 1 %, and forgotten after 50 to 60 seconds; without any the quantiles are
/// NaN. Sum and count are those of all values that were ever recorded. Values are numbers, or durations, which become
/// seconds. What is not finite is not recorded but counted in `tachometer_dropped_records_total`; what is nearer to
/// 0 than 10⁻⁹ is 0. A summary has up to 2,048 bins of 1 %, enough for all values from 10⁻⁹ to 10⁸; where values of
/// one are farther apart than that, quantiles are less exact.
///
/// Quantiles of several processes or series cannot be put together afterwards. Where that may be wanted, take a
/// [`Histogram`](crate::Histogram), whose recording is also quicker. Under another crate's recorder this is a histogram
/// of the facade, and a histogram that is recorded through the facade under this one's name is part of it.
///
/// Otherwise it is as a [`Counter`](crate::Counter) is.
///
/// ```
/// use std::time::Duration;
/// use tachometer::Summary;
///
/// static WAIT: Summary = Summary::new("answer_wait_seconds").help("How long an answer was waited for.");
///
/// # #[cfg(feature = "runtime")] {
/// # use tachometer::families::Value;
/// let telemetry = tachometer::builder().no_listener().install()?;
/// WAIT.record(Duration::from_millis(200));
/// WAIT.record(0.4);
/// let snapshot = telemetry.snapshot();
/// let Some(Value::Summary(wait)) = snapshot.get("answer_wait_seconds", &[]) else { panic!() };
/// let (quantile, value) = wait.values[0];
/// assert_eq!((quantile, wait.count), (0.5, 2));
/// assert!((value - 0.2).abs() < 0.01 * 0.2);
/// # }
/// # Ok::<(), tachometer::Error>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "a summary that nobody records into measures nothing"]
pub struct Summary(pub(crate) Lazy<Series>);

impl Summary {
    /// The summary of this name, without labels.
    ///
    /// # Panics
    /// If the name breaks the naming rules; in a static that is a compile error.
    #[track_caller]
    pub const fn new(name: &'static str) -> Self {
        Self(Lazy::new(Declared::new(Shape::of(Kind::Summary), name)))
    }

    /// The same for a name that is taken as it is written, because it was there before: any unit will do, and only
    /// what Prometheus would refuse is refused.
    ///
    /// # Panics
    /// If the name is none to Prometheus; in a static that is a compile error.
    #[track_caller]
    pub const fn as_is(name: &'static str) -> Self {
        Self(Lazy::new(Declared::as_written(Shape::of(Kind::Summary), name)))
    }

    /// With this HELP. Without effect after the first use.
    pub const fn help(mut self, help: &'static str) -> Self {
        self.0.declared.help = help;
        self
    }

    /// Records a value.
    pub fn record(&self, value: impl Number) {
        if let Some(series) = self.0.recorded() {
            series.observe(target::current(), value.float(), 1);
        }
    }
}
