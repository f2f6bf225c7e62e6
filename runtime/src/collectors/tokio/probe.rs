//! How late a runtime's loop comes to what is due, from what a task on the runtime and a thread outside of it see. It
//! does not know what is made of the figures.

use std::{
    fmt,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Waker},
    thread,
    time::{Duration, Instant},
};

use tokio::runtime::{Handle, RuntimeMetrics};

use super::{lags::Lags, watcher, window::Quantiles};
use crate::error::{Error, Kind};

/// How often it is looked whether a loop is at work, on average: two looks fall into any 200 ms, so that 100 ms are left
/// of which the loop is late for sure.
pub(super) const BEAT: Duration = Duration::from_millis(82);

/// How often a task is spawned from outside, where that is asked for.
const SPAWN_BEAT: Duration = Duration::from_millis(100);

/// The lag of a runtime's loop: how late it comes to a task that is ready to run.
///
/// About twelve times a second a thread looks whether the loop is at work, which costs the loop nothing. If it is, a task
/// on the runtime is made ready, and looks how late it is run. One beat of 4 also wakes a loop that rests, of 16 when it
/// has been in time for long, and counts as often. What is late because something blocks the loop for a second is not counted as one lag of a second but as the
/// twelve that would have been seen meanwhile: so a loop that is blocked for a fifth of the time does not look fine at its
/// 95th percentile. A loop that is stuck right now shows the lag that it has so far. Whatever blocks a loop for 200 ms is
/// seen, however calm it was before; of what blocks it for 100 to 200 ms, a part.
///
/// Quantiles are those of the last minute, to 2.5 %, and nobody's reading changes them. With several worker threads the
/// lag is that of whichever worker comes first: one blocked worker of many shows only while the others are busy, too.
///
/// The measuring ends with the runtime, or when the last clone of this is dropped.
///
/// ```
/// use tachometer::collectors::tokio::LoopLag;
///
/// let runtime = tokio::runtime::Builder::new_current_thread().build()?;
/// let lag = LoopLag::spawn(runtime.handle())?;
/// runtime.block_on(async {
///     // ... the work of a worker ...
/// #   while lag.p99().is_none() { tokio::task::yield_now().await }
/// });
/// println!("{:?}", lag.p99());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct LoopLag {
    shared: Arc<Shared>,
}

/// The lags that were found, and whether the loop is still looked at.
pub(super) struct Shared {
    lags: Mutex<Lags>,
    begin: Instant,
    ended: AtomicBool,
    /// Wakes the task on the runtime.
    task: Mutex<Option<Waker>>,
}

impl LoopLag {
    /// Begins to measure. The runtime needs neither timer nor I/O for it.
    ///
    /// # Errors
    /// If the operating system has no thread left.
    pub fn spawn(runtime: &Handle) -> Result<Self, Error> {
        let shared = Arc::new(Shared::new(BEAT));
        runtime.spawn(Probe(Guard(Arc::downgrade(&shared))));
        watcher::watch(Looked { shared: Arc::downgrade(&shared), metrics: runtime.metrics() })?;
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
    fn new(beat: Duration) -> Self {
        let lags = Mutex::new(Lags::new(beat));
        Self { lags, begin: Instant::now(), ended: AtomicBool::new(false), task: Mutex::default() }
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

    fn task(&self) -> MutexGuard<'_, Option<Waker>> {
        self.task.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wake(&self) {
        // Not under the lock: the runtime may drop the task for it.
        let task = self.task().clone();
        task.into_iter().for_each(Waker::wake);
    }
}

/// The task has to notice that its figures are no longer wanted.
impl Drop for Shared {
    fn drop(&mut self) {
        self.wake();
    }
}

/// A runtime as it is looked at from outside.
pub(super) struct Looked {
    shared: Weak<Shared>,
    metrics: RuntimeMetrics,
}

impl Looked {
    /// Looks once; tells whether there is anything to look at any more.
    pub(super) fn look(&self) -> bool {
        let Some(shared) = self.shared.upgrade().filter(|shared| shared.is_running()) else { return false };
        // Until the task has been run for the first time, the runtime has not begun.
        let now = shared.now();
        if shared.task().is_some() && shared.lags().beat(now, self.is_resting()) {
            shared.wake();
        }
        true
    }

    /// Whether all workers are parked. That a number of what a worker has done is odd means that it is.
    #[cfg(target_has_atomic = "64")]
    fn is_resting(&self) -> bool {
        (0..self.metrics.num_workers()).all(|worker| self.metrics.worker_park_unpark_count(worker) % 2 == 1)
    }

    /// Tokio does not tell.
    #[cfg(not(target_has_atomic = "64"))]
    fn is_resting(&self) -> bool {
        false
    }
}

/// What stands for a probe on a runtime. When it ends, by whatever way, its figures are over.
struct Guard(Weak<Shared>);

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(shared) = self.0.upgrade() {
            shared.ended.store(true, Ordering::Relaxed);
        }
    }
}

/// The task on the runtime: each time that it is run it notes when.
struct Probe(Guard);

impl Future for Probe {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let Some(shared) = self.0.0.upgrade() else { return Poll::Ready(()) };
        let now = shared.now();
        // Before anything can be due again, so that it is not slept through.
        *shared.task() = Some(context.waker().clone());
        shared.lags().happened(now);
        Poll::Pending
    }
}

/// Spawns a task on the runtime ten times a second, from a thread of its own, until the runtime ends or nobody keeps what
/// is returned.
///
/// # Errors
/// If the operating system has no thread left.
pub(super) fn by_spawning(runtime: &Handle, lag: &LoopLag) -> Result<Arc<Shared>, Error> {
    let shared = Arc::new(Shared::new(SPAWN_BEAT));
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
