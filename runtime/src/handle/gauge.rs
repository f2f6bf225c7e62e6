//! The handle of a value that rises and falls.

use metrics::IntoF64;

use crate::{
    call::target,
    handle::{
        declared::{Declared, Shape},
        lazy::Lazy,
        metric::Series,
    },
    metric::kind::Kind,
};

/// A value that rises and falls: a queue's length, a temperature.
///
/// Values are numbers, or durations, which become seconds. What it is set to before [`install`](crate::install) is not
/// recorded. Otherwise it is as a [`Counter`](crate::Counter) is.
///
/// ```
/// use tachometer::Gauge;
///
/// static QUEUED: Gauge = Gauge::new("jobs_queued").help("Jobs that wait.");
///
/// # #[cfg(feature = "runtime")] {
/// # use tachometer::families::Value;
/// let telemetry = tachometer::builder().no_listener().install()?;
/// QUEUED.set(10);
/// QUEUED.increment(2);
/// QUEUED.decrement(0.5);
/// assert_eq!(telemetry.snapshot().get("jobs_queued", &[]), Some(Value::Gauge(11.5)));
/// # }
/// # Ok::<(), tachometer::Error>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "a gauge that nobody sets measures nothing"]
pub struct Gauge(pub(crate) Lazy<Series>);

impl Gauge {
    /// The gauge of this name, without labels.
    ///
    /// # Panics
    /// If the name breaks the naming rules; in a static that is a compile error.
    #[track_caller]
    pub const fn new(name: &'static str) -> Self {
        Self(Lazy::new(Declared::new(Shape::of(Kind::Gauge), name)))
    }

    /// With this HELP. Without effect after the first use.
    pub const fn help(mut self, help: &'static str) -> Self {
        self.0.declared.help = help;
        self
    }

    /// Sets the value.
    pub fn set(&self, value: impl IntoF64) {
        self.0.get().set(target::current(), value.into_f64());
    }

    /// Adds to the value.
    pub fn increment(&self, amount: impl IntoF64) {
        self.0.get().shift(target::current(), amount.into_f64());
    }

    /// Takes from the value.
    pub fn decrement(&self, amount: impl IntoF64) {
        self.0.get().shift(target::current(), -amount.into_f64());
    }
}
