//! Measures how late a runtime's loop comes to what is due: on the runtime itself, by its timer, and on request from
//! outside, by its queue. It does not know what is made of the figures.

use std::{
    fmt,
    panic::{self, AssertUnwindSafe},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use tokio::runtime::Handle;

use super::{
    lags::{Lags, Pace},
    window::Quantiles,
};
use crate::error::{Error, Kind};

/// How often the timer of a runtime is looked at that is not calm, on average. Each look wakes the runtime, which is
/// nearly all that this costs.
const BEAT: Duration = Duration::from_millis(100);

/// Tokio's timer rounds up to its next millisecond, which is no lag.
const TICK: Duration = Duration::from_millis(1);

/// How often a task is spawned from outside, where that is asked for.
const SPAWN_BEAT: Duration = Duration::from_millis(100);

/// The lag of a runtime's loop: how much later than it should a task runs whose timer has rung.
///
/// A task on the runtime sleeps for about 100 ms, over and over, and looks how late it is. What is late because something
/// blocks the loop for a second is not counted as one lag of a second but as the ten that would have been seen meanwhile:
/// so a loop that is blocked for a fifth of the time does not look fine at its 95th percentile. A loop that is stuck
/// right now shows the lag that it has so far. The coarseness of the timer, 1 ms, is taken off. A loop that was never 10 ms
/// late for five seconds is looked at a quarter as often, and what is seen then counts four times, until it is late again.
///
/// Quantiles are those of the last minute, to 2.5 %, and nobody's reading changes them. With several worker threads the
/// lag is that of whichever worker comes to the timer; one blocked worker of many shows where it holds the timer.
///
/// The measuring ends with the runtime, or when the last clone of this is dropped.
///
/// ```
/// use tachometer::collectors::tokio::LoopLag;
///
/// let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
/// let lag = LoopLag::spawn(runtime.handle())?;
/// runtime.block_on(async {
///     // ... the work of a worker ...
/// #   while lag.p99().is_none() { tokio::time::sleep(std::time::Duration::from_millis(5)).await }
/// });
/// println!("{:?}", lag.p99());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct LoopLag {
    shared: Arc<Shared>,
}

/// The lags that a probe has found, and whether it still looks.
pub(super) struct Shared {
    lags: Mutex<Lags>,
    begin: Instant,
    ended: AtomicBool,
}

impl LoopLag {
    /// Begins to measure.
    ///
    /// # Errors
    /// [`Error::is_setting`] if the runtime has no timer.
    pub fn spawn(runtime: &Handle) -> Result<Self, Error> {
        check_timer(runtime)?;
        let shared = Arc::new(Shared::new(Lags::new(BEAT, TICK)));
        let pace = Pace::new(BEAT, Arc::as_ptr(&shared).addr() as u64);
        runtime.spawn(by_timer(Guard(Arc::downgrade(&shared)), pace));
        Ok(Self { shared })
    }

    /// The lag that half of all beats of the last minute did not exceed; `None` before the first beat, or of a runtime
    /// that has ended.
    #[must_use]
    pub fn p50(&self) -> Option<Duration> {
        self.quantile(0.5)
    }

    /// The lag that 95 of 100 beats of the last minute did not exceed; `None` as for [`p50`](Self::p50).
    #[must_use]
    pub fn p95(&self) -> Option<Duration> {
        self.quantile(0.95)
    }

    /// The lag that 99 of 100 beats of the last minute did not exceed; `None` as for [`p50`](Self::p50).
    #[must_use]
    pub fn p99(&self) -> Option<Duration> {
        self.quantile(0.99)
    }

    /// The lag that this share of all beats of the last minute did not exceed, from 0 to 1; `None` as for
    /// [`p50`](Self::p50).
    #[must_use]
    pub fn quantile(&self, share: f64) -> Option<Duration> {
        self.moment()?.get(share)
    }

    /// The lags that these shares of all beats of the last minute did not exceed, all of one moment, so that a larger share
    /// has no smaller lag; `None` as for [`p50`](Self::p50).
    ///
    /// ```
    /// # use tachometer::collectors::tokio::LoopLag;
    /// # fn of(lag: &LoopLag) {
    /// if let Some([p50, p99]) = lag.quantiles([0.5, 0.99]) {
    ///     println!("half of the time at most {p50:?}, nearly always at most {p99:?}");
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn quantiles<const N: usize>(&self, shares: [f64; N]) -> Option<[Duration; N]> {
        let moment = self.moment()?;
        moment.max()?;
        Some(shares.map(|share| moment.get(share).unwrap_or_default()))
    }

    /// The longest lag of the last minute; `None` as for [`p50`](Self::p50).
    #[must_use]
    pub fn max(&self) -> Option<Duration> {
        self.moment()?.max()
    }

    /// Whether the runtime still runs.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.shared.is_running()
    }

    /// Those of one moment; `None` after the end.
    pub(super) fn moment(&self) -> Option<Quantiles> {
        self.is_running().then(|| self.shared.lags().quantiles(self.shared.now()))
    }

    pub(super) fn lags(&self) -> MutexGuard<'_, Lags> {
        self.shared.lags()
    }
}

impl fmt::Debug for LoopLag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoopLag").field("p95", &self.p95()).field("is_running", &self.is_running()).finish()
    }
}

impl Shared {
    fn new(lags: Lags) -> Self {
        Self { lags: Mutex::new(lags), begin: Instant::now(), ended: AtomicBool::new(false) }
    }

    fn now(&self) -> Duration {
        self.begin.elapsed()
    }

    pub(super) fn lags(&self) -> MutexGuard<'_, Lags> {
        self.lags.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_running(&self) -> bool {
        !self.ended.load(Ordering::Relaxed)
    }
}

/// What a probe holds of its figures. When the probe ends, by whatever way, they are over.
struct Guard(Weak<Shared>);

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(shared) = self.0.upgrade() {
            shared.ended.store(true, Ordering::Relaxed);
        }
    }
}

async fn by_timer(guard: Guard, mut pace: Pace) {
    loop {
        let pause = {
            let Some(shared) = guard.0.upgrade() else { return };
            let mut lags = shared.lags();
            let weight = lags.weight();
            let pause = pace.next() * weight;
            lags.expect(shared.now() + pause, weight);
            pause
        };
        tokio::time::sleep(pause).await;
        let Some(shared) = guard.0.upgrade() else { return };
        let now = shared.now();
        shared.lags().happened(now);
    }
}

/// Spawns a task on the runtime ten times a second, from a thread of its own, until the runtime ends or nobody keeps what
/// is returned.
///
/// # Errors
/// If the operating system has no thread left.
pub(super) fn by_spawning(runtime: &Handle, lag: &LoopLag) -> Result<Arc<Shared>, Error> {
    let shared = Arc::new(Shared::new(Lags::new(SPAWN_BEAT, Duration::ZERO)));
    let (guard, runtime, loop_lag) = (Guard(Arc::downgrade(&shared)), runtime.clone(), Arc::downgrade(&lag.shared));
    let probe = move || {
        // The runtime's end is seen by its own probe.
        while loop_lag.upgrade().is_some_and(|probe| probe.is_running()) {
            {
                let Some(shared) = guard.0.upgrade() else { return };
                // As long as one waits, no other is sent after it.
                if !shared.lags().is_waiting() {
                    let now = shared.now();
                    shared.lags().expect(now, 1);
                    let arrives = guard.0.clone();
                    runtime.spawn(async move {
                        if let Some(shared) = arrives.upgrade() {
                            let now = shared.now();
                            shared.lags().happened(now);
                        }
                    });
                }
            }
            thread::sleep(SPAWN_BEAT);
        }
    };
    thread::Builder::new().name("tachometer-spawn".to_owned()).spawn(probe).map_err(|error| {
        let message = "cannot start the thread that measures the delay of spawned tasks; raise the process's limits";
        Error::new(Kind::Environment, message).with_source(error)
    })?;
    Ok(shared)
}

/// There is no other way to ask a runtime for its timer than to use it.
fn check_timer(runtime: &Handle) -> Result<(), Error> {
    let _context = runtime.enter();
    panic::catch_unwind(AssertUnwindSafe(|| drop(tokio::time::sleep(BEAT)))).map_err(|_| {
        let message = "the loop lag of a runtime without a timer cannot be measured; build the runtime with \
                       `enable_time` or `enable_all`";
        Error::new(Kind::Setting, message)
    })
}
