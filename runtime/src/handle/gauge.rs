//! The handle of a value that rises and falls.

use crate::{
    call::target,
    handle::{
        declared::{Declared, Shape},
        held::Held,
        lazy::Lazy,
        metric::Series,
        number::Number,
    },
    metric::kind::Kind,
};

/// A value that rises and falls: a queue's length, a temperature.
///
/// Values are [numbers](Number), or durations, which become seconds. What is there for as long as something lasts is
/// [held](Self::hold). What it is set to before [`install`](crate::install) is not
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

    /// The same for a name that is taken as it is written, because it was there before: any unit will do, and only
    /// what Prometheus would refuse is refused.
    ///
    /// # Panics
    /// If the name is none to Prometheus; in a static that is a compile error.
    #[track_caller]
    pub const fn as_is(name: &'static str) -> Self {
        Self(Lazy::new(Declared::as_written(Shape::of(Kind::Gauge), name)))
    }

    /// With this HELP. Without effect after the first use.
    pub const fn help(mut self, help: &'static str) -> Self {
        self.0.declared.help = help;
        self
    }

    /// Sets the value.
    pub fn set(&self, value: impl Number) {
        if let Some(series) = self.0.recorded() {
            series.set(target::current(), value.float());
        }
    }

    /// Adds to the value. What is not finite is not added but counted in `tachometer_dropped_records_total`.
    #[doc(alias = "inc")]
    pub fn increment(&self, amount: impl Number) {
        if let Some(series) = self.0.recorded() {
            series.shift(target::current(), amount.float());
        }
    }

    /// Takes from the value, as [`increment`](Self::increment) adds to it.
    #[doc(alias = "dec")]
    pub fn decrement(&self, amount: impl Number) {
        if let Some(series) = self.0.recorded() {
            series.shift(target::current(), -amount.float());
        }
    }

    /// Adds to the value until what this returns is dropped.
    ///
    /// ```
    /// use tachometer::{Gauge, Held};
    ///
    /// static CONNECTIONS: Gauge = Gauge::new("connections_open").help("Connections that are open.");
    ///
    /// struct Connection {
    ///     _open: Held,
    /// }
    ///
    /// # #[cfg(feature = "runtime")] {
    /// # use tachometer::families::Value;
    /// # let telemetry = tachometer::builder().no_listener().install()?;
    /// let connection = Connection { _open: CONNECTIONS.hold(1) };
    /// assert_eq!(telemetry.snapshot().get("connections_open", &[]), Some(Value::Gauge(1.0)));
    /// std::thread::spawn(|| drop(connection)).join().expect("nothing panics");
    /// assert_eq!(telemetry.snapshot().get("connections_open", &[]), Some(Value::Gauge(0.0)));
    /// # }
    /// # Ok::<(), tachometer::Error>(())
    /// ```
    #[doc(alias = "track")]
    #[doc(alias = "guard")]
    pub fn hold(&self, amount: impl Number) -> Held {
        Held::of(self.0.share(), amount.float())
    }
}
