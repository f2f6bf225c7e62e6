//! Values that nobody records and somebody has to fetch: of the process, of its container, of async runtimes, of
//! GPUs, and whatever else a [`Collector`] of your own finds.
//!
//! A collector runs on a schedule, on a thread of its own, never in a scrape and never on an async runtime. What it has
//! found replaces what it had found before, all at once. So the values of one collector belong to one instant, and what
//! could not be read this time is absent rather than 0 or old.
//!
//! ```
//! use tachometer::{Error, collectors::{Batch, Collector, Descriptor}};
//!
//! const JOBS: Descriptor = Descriptor::gauge("spool_jobs", "Jobs that wait for a printer.").labels(&["queue"]);
//!
//! struct Spool(std::path::PathBuf);
//!
//! impl Collector for Spool {
//!     fn name(&self) -> &str { "spool" }
//!     fn descriptors(&self) -> &[Descriptor] { &[JOBS] }
//!     fn collect(&mut self, out: &mut Batch) -> Result<(), Error> {
//!         for queue in std::fs::read_dir(&self.0)? {
//!             let queue = queue?;
//!             let jobs = std::fs::read_dir(queue.path()).map(Iterator::count).ok();
//!             out.set(&JOBS, &[&queue.file_name().to_string_lossy()], jobs); // `None` is no series
//!         }
//!         Ok(())
//!     }
//! }
//!
//! # let folder = std::env::temp_dir().join(format!("spool-of-{}", std::process::id()));
//! # std::fs::create_dir_all(folder.join("cellar"))?;
//! # let path = folder.clone();
//! let telemetry = tachometer::builder().collect(Spool(path)).no_listener().install()?;
//! # assert!(telemetry.render().contains("\nspool_jobs{queue=\"cellar\"} 0\n"), "{}", telemetry.render());
//! # std::fs::remove_dir_all(folder)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What they say of themselves
//!
#![doc = include_str!("health.md")]
//!
//! | `reason` | when | what is absent |
//! |---|---|---|
//! | `error` | a collection returned an error | all of its values |
//! | `panicked` | a collection panicked; the next one is tried all the same | all of its values |
//! | `timed_out` | a collection took longer than [`Collector::limit`]; until it ends, nothing else of it is run | all of its values |
//! | `reading` | one reading failed and others did not, see [`Batch::failed`] | its series |
//! | `invalid` | a value made no sense: NaN, a negative counter, a metric that was not declared, labels that do not fit, a series that is there twice | its series |
//! | `decreased` | a counter fell; from then on it counts from there | its series, once |
//! | `conflict` | somebody else records a metric of this name, and only theirs is shown | the metric |
//!
//! Each different complaint is logged once.

pub use self::{
    batch::{Batch, IntoReading, MAX_SERIES, Reading},
    descriptor::Descriptor,
};

use std::time::Duration;

use crate::error::Error;

pub mod gpu;

pub mod process;

pub mod tokio;

mod descriptor;

mod batch;

mod fault;

pub(crate) mod fence;

pub(crate) mod merged;

pub(crate) mod schedule;

pub(crate) mod wanted;

/// Something that fetches values on a schedule. [`Builder::collect`](crate::Builder::collect) takes it.
///
/// It is run on a thread of its own. Whatever happens to it there, panics and hangs included, changes nothing for the
/// program, for scrapes, or for other collectors.
pub trait Collector: Send + 'static {
    /// What it is called, which is the label `collector` of its health.
    fn name(&self) -> &str;

    /// All metrics that it may report. Asked for once, when it is installed.
    fn descriptors(&self) -> &[Descriptor];

    /// Fetches all values of this instant.
    ///
    /// # Errors
    /// If there is nothing to show at all; then whatever is in the batch is thrown away.
    fn collect(&mut self, out: &mut Batch) -> Result<(), Error>;

    /// How often it is run; `None` is the installation's interval, 5 s unless
    /// [`Config::collection_interval`](crate::Config::collection_interval) says otherwise.
    fn interval(&self) -> Option<Duration> {
        None
    }

    /// How long one collection may take. From then on its earlier values are absent, and what it finds is not shown.
    fn limit(&self) -> Duration {
        Duration::from_secs(5)
    }
}

/// Makes a collector, unless the operating system has nothing for it; absent from a build without its feature.
pub(crate) type Make = Option<fn() -> Option<Box<dyn Collector>>>;

/// A collector that this crate can bring.
pub(crate) struct Brought {
    pub(crate) name: &'static str,
    pub(crate) feature: &'static str,
    pub(crate) make: Make,
}

/// All of them.
pub(crate) static BROUGHT: [Brought; 5] = [
    Brought { name: "process", feature: "process", make: process::PROCESS },
    Brought { name: "cgroup", feature: "process", make: process::CGROUP },
    Brought { name: "system", feature: "process", make: process::SYSTEM },
    Brought { name: "gpu", feature: "gpu", make: gpu::GPU },
    Brought { name: "tokio", feature: "tokio", make: tokio::TOKIO },
];
