//! The runtimes of the process that are watched, by name. It does not know what is reported of them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::{Handle, RuntimeMetrics};

use super::probe::{self, LoopLag, Shared};
use crate::error::{Error, Kind};

/// All runtimes that are watched, in the order in which that began.
static RUNTIMES: Mutex<Vec<Arc<Runtime>>> = Mutex::new(Vec::new());

/// One of them.
pub(super) struct Runtime {
    pub(super) name: String,
    pub(super) metrics: RuntimeMetrics,
    pub(super) lag: LoopLag,
    pub(super) handle: Handle,
    delay: Mutex<Option<Arc<Shared>>>,
    /// Watched because it was there, and not because anybody asked for it.
    unasked: bool,
}

/// A runtime that is watched. It is not any more when this is dropped.
#[derive(Debug)]
#[must_use = "the runtime is watched until this is dropped"]
pub struct Watch {
    runtime: Arc<Runtime>,
}

/// Watches a runtime: from now on [`Tokio`](super::Tokio) reports it under this name, the label `runtime`.
///
/// This may come before or after the installation. A runtime that ends is forgotten, and its name can be used again: a
/// runtime that is made again goes on under it, with counters that begin at 0 as after a restart.
///
/// ```
/// use tachometer::collectors::tokio;
///
/// # let runtime = ::tokio::runtime::Builder::new_current_thread().build()?;
/// let watch = tokio::watch(runtime.handle(), "worker-1")?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// - [`Error::is_conflict`]: another runtime that is watched has this name.
/// - The operating system has no thread left.
pub fn watch(runtime: &Handle, name: impl Into<String>) -> Result<Watch, Error> {
    begin(runtime, name.into(), false)
}

/// Watches the runtime that this thread is in, if it is in one that nobody watches yet.
pub(super) fn watch_current() -> Option<Watch> {
    let runtime = Handle::try_current().ok()?;
    if running().iter().any(|other| other.handle.id() == runtime.id()) {
        return None;
    }
    match begin(&runtime, "main".to_owned(), true) {
        Ok(watch) => Some(watch),
        Err(error) => {
            tracing::warn!("the current runtime is not watched: {error}");
            None
        }
    }
}

/// All runtimes that are watched and run.
pub(super) fn all() -> Vec<Arc<Runtime>> {
    running().clone()
}

fn begin(handle: &Handle, name: String, unasked: bool) -> Result<Watch, Error> {
    let mut runtimes = running();
    // Who asks for a runtime by name has a better one than we.
    let is_replaced = |other: &Runtime| other.unasked && other.handle.id() == handle.id();
    if runtimes.iter().any(|other| other.name == name && !is_replaced(other)) {
        let message = format!("a runtime is watched as `{name}` already; give this one another name");
        return Err(Error::new(Kind::Conflict, message));
    }
    let lag = LoopLag::spawn(handle)?;
    runtimes.retain(|other| !is_replaced(other));
    let (metrics, handle) = (handle.metrics(), handle.clone());
    let runtime = Arc::new(Runtime { name, metrics, lag, handle, delay: Mutex::default(), unasked });
    runtimes.push(runtime.clone());
    Ok(Watch { runtime })
}

fn running() -> MutexGuard<'static, Vec<Arc<Runtime>>> {
    let mut runtimes = RUNTIMES.lock().unwrap_or_else(PoisonError::into_inner);
    runtimes.retain(|runtime| runtime.lag.is_running());
    runtimes
}

impl Watch {
    /// The lag of the runtime's loop.
    #[must_use]
    pub fn lag(&self) -> &LoopLag {
        &self.runtime.lag
    }

    /// Also measures how long a task that is spawned from outside waits until it runs, ten times a second, reported as
    /// `tokio_schedule_delay_seconds`.
    ///
    /// It is not measured unasked, because who measures it changes what there is to measure: each spawned task wakes a
    /// worker, which then looks after what a blocked worker has left lying, the timer for example. A runtime that stalls
    /// may stall no more while it is watched like this. It also costs a thread.
    ///
    /// # Errors
    /// If the operating system has no thread left.
    pub fn schedule_delay(self) -> Result<Self, Error> {
        {
            let mut delay = self.runtime.delay();
            if delay.is_none() {
                *delay = Some(probe::by_spawning(&self.runtime.handle, &self.runtime.lag)?);
            }
        }
        Ok(self)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        running().retain(|runtime| !Arc::ptr_eq(runtime, &self.runtime));
    }
}

impl Runtime {
    /// The figures of the tasks that are spawned from outside, where that was asked for.
    pub(super) fn delay(&self) -> MutexGuard<'_, Option<Arc<Shared>>> {
        self.delay.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Runtime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runtime").field("name", &self.name).field("lag", &self.lag).finish_non_exhaustive()
    }
}
