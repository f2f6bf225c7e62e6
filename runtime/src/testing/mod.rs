//! What tests look at: a recorder of their own, and assertions that say what was recorded instead.
//!
//! ```
//! use tachometer::{measured, testing};
//!
//! #[measured(name = "checkout", labels(payment), result)]
//! fn checkout(payment: &str) -> Result<u32, String> {
//!     if payment == "cash" { Ok(7) } else { Err("declined".to_owned()) }
//! }
//!
//! let recorded = testing::record(|| checkout("cash"));
//!
//! assert_eq!(*recorded.value(), Ok(7));
//! recorded.assert_counter("checkout_total", &[("payment", "cash"), ("result", "ok")], 1);
//! recorded.assert_counter("checkout_total", &[("result", "error")], 0);
//! recorded.assert_observations("checkout_duration_seconds", &[], 1);
//! recorded.assert_gauge("checkout_in_flight", &[], 0);
//! ```
//!
//! Everything that records is recorded there: annotated functions, handles whenever they were made, names that come at
//! run time, and the macros of the `metrics` crate. It is seen nowhere else, be there an installation or not, and tests
//! may run at the same time. A recorder of another crate's that the closure sets itself is respected.
//!
//! # Threads and tasks
//!
//! A recorder is that of a thread, so a new one needs to be told: [`spawn`] starts a thread, and [`wrap`] and
//! [`wrap_future`] make a closure or a future take the recorder along to any pool or executor.
//!
//! ```
//! # use tachometer::{Counter, testing};
//! static JOBS: Counter = Counter::new("jobs_total");
//!
//! let recorded = testing::record(|| {
//!     let thread = testing::spawn(|| JOBS.increment(2));
//!     std::thread::scope(|scope| {
//!         scope.spawn(testing::wrap(|| JOBS.increment(3)));
//!     });
//!     thread.join()
//! });
//! recorded.assert_counter("jobs_total", &[], 5);
//! ```
//!
//! Code that spawns tasks itself is run as a whole by a runtime of one thread, within the recording:
//!
//! ```
//! # use tachometer::{counted, testing};
//! #[counted(name = "postcards_total")]
//! async fn postcard() {}
//!
//! async fn post() {
//!     let _ = tokio::spawn(postcard()).await;
//! }
//!
//! let runtime = tokio::runtime::Builder::new_current_thread().build()?;
//! testing::record(|| runtime.block_on(post())).assert_counter("postcards_total", &[], 1);
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! [`record_async`] is [`record`] for a future, under any executor:
//!
//! ```
//! # use tachometer::{counted, testing};
//! #[counted(name = "mails_total")]
//! async fn mail() {}
//!
//! # async fn example() {
//! let recorded = testing::record_async(async {
//!     tokio::spawn(testing::wrap_future(mail())).await
//! })
//! .await;
//! recorded.assert_counter("mails_total", &[], 1);
//! # }
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(example());
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! # In between
//!
//! [`snapshot`] shows what has been recorded up to now, from within:
//!
//! ```
//! # use tachometer::{in_flight, testing};
//! #[in_flight(name = "uploads_in_flight")]
//! fn upload() {
//!     testing::snapshot().assert_gauge("uploads_in_flight", &[], 1);
//! }
//!
//! testing::record(upload).assert_gauge("uploads_in_flight", &[], 0);
//! ```

mod asserts;

mod recorder;

use std::{future::Future, ops::Deref, thread};

pub use self::{
    asserts::Observations,
    recorder::{Recorder, Wrapped},
};
use crate::Snapshot;

/// What a closure or a future has returned, and the [`Snapshot`] of what was recorded until then.
#[must_use = "a recording that nobody looks at proves nothing"]
#[derive(Debug, Clone)]
pub struct Recorded<T> {
    value: T,
    recorder: Recorder,
    snapshot: Snapshot,
}

/// Runs a closure under a recorder of its own. A panic passes through.
#[track_caller]
pub fn record<T>(body: impl FnOnce() -> T) -> Recorded<T> {
    let recorder = Recorder::new();
    let value = recorder.run(body);
    Recorded { value, recorder, snapshot: recorder.snapshot() }
}

/// Runs a future under a recorder of its own, under whatever executor polls it.
pub async fn record_async<F: Future>(future: F) -> Recorded<F::Output> {
    let recorder = Recorder::new();
    let value = recorder.wrap_future(future).await;
    Recorded { value, recorder, snapshot: recorder.snapshot() }
}

/// What has been recorded up to now.
///
/// # Panics
/// Outside of a recording.
#[track_caller]
#[must_use]
pub fn snapshot() -> Snapshot {
    current().snapshot()
}

/// Starts a thread that records where this one does.
///
/// # Panics
/// Outside of a recording, and where no thread can be started.
#[track_caller]
pub fn spawn<T: Send + 'static>(body: impl FnOnce() -> T + Send + 'static) -> thread::JoinHandle<T> {
    thread::spawn(wrap(body))
}

/// The same closure, which records where this thread does now, wherever it is called.
///
/// # Panics
/// Outside of a recording.
#[track_caller]
pub fn wrap<T>(body: impl FnOnce() -> T) -> impl FnOnce() -> T {
    current().wrap(body)
}

/// The same future, which records where this thread does now, whoever polls it.
///
/// # Panics
/// Outside of a recording.
#[track_caller]
pub fn wrap_future<F: Future>(future: F) -> Wrapped<F> {
    current().wrap_future(future)
}

#[track_caller]
fn current() -> Recorder {
    let outside = "there is no recording on this thread; call this within `testing::record`, on a thread of \
                   `testing::spawn`, or in what `testing::wrap` has made";
    Recorder::current().unwrap_or_else(|| panic!("{outside}"))
}

impl<T> Recorded<T> {
    /// What was returned.
    #[must_use]
    pub fn value(&self) -> &T {
        &self.value
    }

    /// What was returned, by value.
    #[must_use]
    pub fn into_value(self) -> T {
        self.value
    }

    /// The recorder, for what goes on after the end: a thread that was not joined records into it.
    #[must_use]
    pub fn recorder(&self) -> Recorder {
        self.recorder
    }
}

impl<T> Deref for Recorded<T> {
    type Target = Snapshot;

    fn deref(&self) -> &Snapshot {
        &self.snapshot
    }
}
