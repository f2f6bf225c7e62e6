//! Ways out that the program takes itself: snapshots that are sent somewhere again and again, and once more at the end.
//!
//! What is sent, and where to, is an [`Outlet`]; [`outlets`](crate::outlets) has those that this crate brings. One is handed
//! to [`Builder::push`](crate::Builder::push) and has a thread of its own from `install` on, so that it is pushed for the
//! life of the process, in programs without an async runtime too, with and without the endpoint, and so that one that hangs
//! (in a resolver, a file system, a server that says nothing) delays no other. Without an outlet there is no thread.
//!
//! ```
//! use std::{fs, io::Write, path::PathBuf, time::Duration};
//! use tachometer::push::{Outlet, Push, PushError};
//!
//! /// Appends each snapshot to a file, one a line.
//! struct Journal(PathBuf);
//!
//! impl Outlet for Journal {
//!     fn name(&self) -> &str {
//!         "journal"
//!     }
//!
//!     fn interval(&self) -> Option<Duration> {
//!         Some(Duration::from_secs(15))
//!     }
//!
//!     fn push(&mut self, push: &mut Push<'_>) -> Result<(), PushError> {
//!         let mut file = fs::File::options().create(true).append(true).open(&self.0)?;
//!         Ok(writeln!(file, "{}", push.snapshot().to_json())?)
//!     }
//! }
//!
//! # let folder = std::env::temp_dir().join(format!("tachometer-journal-{}", std::process::id()));
//! # fs::create_dir_all(&folder)?;
//! # let path = folder.join("journal.json");
//! let telemetry = tachometer::builder().no_listener().push(Journal(path.clone())).install()?;
//! telemetry.shutdown(Duration::from_secs(5))?; // with a last push
//! assert!(fs::read_to_string(&path)?.contains("tachometer_outlet_pushed_total"));
//! # fs::remove_dir_all(folder)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # When
//!
//! The first push is somewhere within the first interval, at random, so that a thousand processes that start together do
//! not push together; the others follow it in step. A push that fails is tried again, after pauses that double from a second
//! to thirty, each shortened at random, or after the pause that the other side asks for, as long as its
//! [`timeout`](Outlet::timeout) lasts. [`Telemetry::flush`](crate::Telemetry::flush) pushes now.
//! [`Telemetry::shutdown`](crate::Telemetry::shutdown) and `Drop` push once more, all outlets side by side, within their one
//! deadline; an outlet that does not end by then is left to itself, and `shutdown` says so.
//!
//! # What outlets say of themselves
//!
//! | metric | labels | |
//! |---|---|---|
//! | `tachometer_outlet_pushed_total` | `outlet` | snapshots that have arrived |
//! | `tachometer_outlet_failed_total` | `outlet` | attempts that failed |
//! | `tachometer_outlet_dropped_total` | `outlet` | snapshots that were given up |
//! | `tachometer_outlet_dropped_points_total` | `outlet`, `reason` | values within snapshots that were left out (`not_finite`), or that the other side did not take (`rejected`) |
//! | `tachometer_outlet_duration_seconds` | `outlet` | time that the last attempt took |
//! | `tachometer_outlet_buffer_bytes` | `outlet` | what waits to be sent |
//! | `tachometer_outlet_last_success_timestamp_seconds` | `outlet` | when a push last succeeded; absent before |
//!
//! Of failures the program's log has the first one, and that it works again.

mod all;
pub(crate) mod backoff;
mod outlet;
mod report;
mod runner;
mod signal;
#[cfg(test)]
mod tests;
mod time;

pub use self::outlet::{DroppedPoints, Outlet, Push, PushError};
pub(crate) use self::{
    all::{Outlets, Wanted},
    report::{ABOUT, Report},
    runner::Taken,
};
#[cfg(test)]
pub(crate) use self::{report::fake::Told, runner::Runner};
