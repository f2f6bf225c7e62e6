//! The timer of a histogram: a stretch of time that is recorded when it ends, wherever that is.

use std::{
    fmt, mem,
    sync::Arc,
    time::{Duration, Instant},
};

use crate::handle::{
    backend,
    foreign::Foreign,
    local::{self, Record},
    metric::Series,
    origin::Origin,
};

/// Records how long it has lived, in seconds, when it is dropped; see [`Histogram::time`](crate::Histogram::time).
///
/// It borrows nothing, so that it can stand in a struct and be sent to another thread.
///
/// ```
/// use tachometer::{Family, Histogram, Timing};
///
/// static STEPS: Family<Histogram, (&'static str,)> = Family::new("step_seconds", &["step"]);
///
/// struct Request {
///     queued: Timing,
/// }
///
/// # #[cfg(feature = "runtime")] {
/// # use tachometer::families::Value;
/// # let telemetry = tachometer::builder().no_listener().install()?;
/// let request = Request { queued: STEPS.with("queued").time() };
/// let waited = std::thread::spawn(|| request.queued.stop()).join().expect("nothing panics");
/// # let snapshot = telemetry.snapshot();
/// # let Some(Value::Histogram(steps)) = snapshot.get("step_seconds", &[("step", "queued")]) else { panic!() };
/// # assert_eq!((steps.count(), steps.sum), (1, waited.as_secs_f64()));
/// # }
/// # Ok::<(), tachometer::Error>(())
/// ```
#[must_use = "it records when it is dropped; bind it to a name such as `_timing`"]
pub struct Timing {
    /// None where it has begun within our own work, of which nothing is recorded.
    series: Option<Arc<Series>>,
    origin: Origin,
    began: Instant,
}

impl Timing {
    pub(crate) fn of(series: Option<Arc<Series>>) -> Self {
        let origin = series.as_ref().map_or(Origin::Nobody, |series| Origin::of(series));
        // Last of all, so that our own work is not measured.
        Self { series, origin, began: Instant::now() }
    }

    /// Ends it, and tells how long it has lived, also where nothing is recorded.
    pub fn stop(mut self) -> Duration {
        self.end()
    }

    /// Ends it without a record.
    pub fn discard(mut self) {
        self.origin = Origin::Nobody;
    }

    fn end(&mut self) -> Duration {
        let took = self.began.elapsed();
        let Some(series) = &self.series else { return took };
        if !matches!(self.origin, Origin::Nobody) {
            series.roll(took.as_secs_f64(), 1);
        }
        match mem::replace(&mut self.origin, Origin::Nobody) {
            Origin::Store => backend::observe_nanos(series, u64::try_from(took.as_nanos()).unwrap_or(u64::MAX)),
            Origin::Test(test) => local::record_in(&test, series, Record::Observe(took.as_secs_f64(), 1)),
            Origin::Facade(Foreign::Histogram(histogram)) => histogram.record(took),
            Origin::Nobody | Origin::Facade(_) => {}
        }
        took
    }
}

impl Drop for Timing {
    fn drop(&mut self) {
        if !matches!(self.origin, Origin::Nobody) {
            self.end();
        }
    }
}

impl fmt::Debug for Timing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timing").field("series", &self.series).field("began", &self.began).finish_non_exhaustive()
    }
}
