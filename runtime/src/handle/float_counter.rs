//! The handle of a total that only rises, by fractions too.

use crate::{
    call::target::{self, Target},
    handle::{
        backend,
        declared::{Declared, Shape},
        foreign::{self, Dropped},
        lazy::Lazy,
        metric::Series,
        number::Number,
    },
    metric::kind::Kind,
};

/// A total that only rises, and by fractions of its unit too: seconds spent, joules used.
///
/// It adds whole multiples of its [`scale`](Self::scale), 10⁻⁹ of a unit if it does not say otherwise, and so adds
/// exactly, in any order. It holds up to 2⁶⁴ of them (1.8 × 10¹⁰ units of 10⁻⁹) and goes round there. What is not a
/// number, negative, or more than that is not recorded but counted in `tachometer_dropped_records_total`. Under another
/// crate's recorder, whose counters are whole, it sends whole units and carries the rest.
///
/// Otherwise it is as a [`Counter`](crate::Counter) is.
///
/// ```
/// use tachometer::FloatCounter;
///
/// static ENERGY: FloatCounter = FloatCounter::new("gpu_energy_joules_total").help("Energy used.").scale(1e-6);
///
/// # #[cfg(feature = "runtime")] {
/// # use tachometer::families::Value;
/// let telemetry = tachometer::builder().no_listener().install()?;
/// ENERGY.add(0.1);
/// ENERGY.add(0.2);
/// assert_eq!(telemetry.snapshot().get("gpu_energy_joules_total", &[]), Some(Value::FloatCounter(0.3)));
/// # }
/// # Ok::<(), tachometer::Error>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "a counter that nobody adds to measures nothing"]
pub struct FloatCounter(pub(crate) Lazy<Series>);

/// What a counter of fractions is.
pub(crate) const SHAPE: Shape = Shape { fractions: true, ..Shape::of(Kind::Counter) };

impl FloatCounter {
    /// The counter of this name, which ends in `_total`, without labels.
    ///
    /// # Panics
    /// If the name breaks the naming rules; in a static that is a compile error.
    #[track_caller]
    pub const fn new(name: &'static str) -> Self {
        Self(Lazy::new(Declared::new(SHAPE, name)))
    }

    /// The same for a name that is taken as it is written, because it was there before: no `_total` is asked for, and only
    /// what Prometheus would refuse is refused.
    ///
    /// # Panics
    /// If the name is none to Prometheus; in a static that is a compile error.
    #[track_caller]
    pub const fn as_is(name: &'static str) -> Self {
        Self(Lazy::new(Declared::as_written(SHAPE, name)))
    }

    /// With this HELP. Without effect after the first use.
    pub const fn help(mut self, help: &'static str) -> Self {
        self.0.declared.help = help;
        self
    }

    /// In multiples of this fraction of the unit, from 10⁻¹² to 1, to which each amount is rounded. Without effect
    /// after the first use.
    ///
    /// # Panics
    /// If a unit is no whole multiple of it; in a static that is a compile error.
    #[track_caller]
    pub const fn scale(mut self, scale: f64) -> Self {
        self.0.declared = self.0.declared.with_scale(scale);
        self
    }

    /// Adds to the total, as [`add`](Self::add) does.
    #[doc(alias = "inc")]
    pub fn increment(&self, amount: impl Number) {
        self.add(amount);
    }

    /// Adds to the total: a number, or a time in seconds.
    pub fn add(&self, amount: impl Number) {
        let target = target::current();
        let Some(series) = self.0.recorded() else { return };
        let amount = amount.float();
        series.roll(amount, 1);
        match (quanta(series, amount), target) {
            (_, Target::Nobody) => {}
            (Ok(quanta), Target::Ours) => backend::count(series, quanta),
            (Ok(quanta), _) => foreign::count_quanta(series, target, quanta),
            (Err(why), _) => foreign::drop_value(target, why),
        }
    }
}

/// The amount in quanta of the series' metric.
fn quanta(series: &Series, amount: f64) -> Result<u64, Dropped> {
    if amount.is_nan() {
        return Err(Dropped::NotANumber);
    }
    if amount < 0.0 {
        return Err(Dropped::Negative);
    }
    let scale = series.metric.scale.map_or(1, std::num::NonZero::get);
    let quanta = (amount * scale as f64).round();
    // As a float, the largest integer is 2⁶⁴, which is one too many.
    if quanta < u64::MAX as f64 { Ok(quanta as u64) } else { Err(Dropped::TooLarge) }
}
