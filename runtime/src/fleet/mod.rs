//! A parent process that exports its children: workers behind one port, whose totals stay exact however often they end and are
//! started again. Linux.
//!
//! The parent listens at a socket of its own, and the children that it starts find it by a variable of their environment:
//!
//! ```no_run
//! use std::process::Command;
//! use tachometer::fleet::Parent;
//!
//! let parent = Parent::builder().build()?;
//! let telemetry = tachometer::builder().fleet(&parent).install()?;
//! for slot in 0..4 {
//!     let mut worker = Command::new("worker");
//!     parent.enlist(&mut worker, "mail", slot)?;
//!     worker.spawn()?;
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A child calls [`install`](crate::install) as any program does. It opens no listener then, runs of this crate's collectors
//! `process` and `tokio` alone, and tells the parent: once a second (`METRICS_FLEET_INTERVAL`), when the parent is scraped, when
//! a signal comes that [`Termination`](crate::Termination) listens for, when it panics, and at the end of its
//! [`Telemetry`](crate::Telemetry). A process that is not started by the parent itself, behind a shell for example,
//! [joins](join) by the path of the socket; what a child starts does not join, though it inherits the variable.
//!
//! # What is shown
//!
//! All that shows the parent's metrics (the endpoint, snapshots, outlets) shows those of the fleet: series of one name and one
//! label set are one, of the parent and of all children that ever were.
//!
//! | metric | is |
//! |---|---|
//! | counter, histogram, sum and count of a summary | the sum over all processes, and stays when they end |
//! | histograms of different buckets | side by side: those that came later have the label `buckets` |
//! | native histogram | the sum, in the coarsest resolution that any process ever had |
//! | quantiles of a summary | those of all values of the last minute |
//! | gauge | of the living: their sum, or as [`GaugeMode`] says |
//! | `process_*` | of each child by itself, by the labels `role` and `worker`, the slot |
//! | exemplar, start time | the newest, the earliest |
//!
//! The guard's limits hold over all children together: labels of theirs that would have too many values become `other`.
//!
//! # What can be lost
//!
//! A child that ends by `SIGTERM` with its `Telemetry` dropped loses nothing. One that is killed, or calls
//! [`exit`](std::process::exit), loses what it recorded since it last told: one interval at most.
//! `tachometer_fleet_unreported_seconds_total` says how long these times were.
//!
//! # What is told of the fleet
//!
//! | metric | labels | |
//! |---|---|---|
//! | `tachometer_fleet_children` | `state` | children that are `live`; `late`, whose last values are shown; `away`, whose connection has ended and whose process has not |
//! | `tachometer_fleet_child_stale_seconds` | `role`, `worker` | time since a child's last values came |
//! | `tachometer_fleet_ended_total` | | children that have ended |
//! | `tachometer_fleet_unreported_seconds_total` | | time from their last values to their end, where these were not said to be the last |
//! | `tachometer_fleet_cut_off_total` | `reason` | connections that were closed: `garbage`, `too_much`, `too_often`, `silent` |
//! | `tachometer_fleet_refused_total` | `reason` | processes that were not let in: `children`, `user`, `greeting`, `banned`, `files` |
//! | `tachometer_fleet_conflicts_total` | `reason` | what was not taken as it was told: other `kind`s or `buckets`, totals that `went_back`, too many `series` or `metrics` |
//! | `tachometer_fleet_folded_total` | `reason` | series of which the guard has changed a label |
//!
//! A scrape waits for children for a quarter of a second (`METRICS_FLEET_PULL_TIMEOUT`), and for one that did not answer not
//! again before it has told something: a child that is stopped or hangs delays no more than one scrape.

mod child;

mod joined;

mod merge;

pub(crate) mod parent;

mod shared;

mod state;

mod told;

mod variable;

mod wire;

#[cfg(any(test, tachometer_fuzzing))]
pub(crate) mod fuzz;

pub use self::{
    merge::gauge::GaugeMode,
    parent::builder::{Parent, ParentBuilder},
    variable::join,
};

pub(crate) use self::{
    child::sender::{Child, Place},
    joined::Joined,
    parent::Limits,
    shared::Shared,
    variable::place,
};
