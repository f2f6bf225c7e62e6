//! Instrumentation.

#![cfg_attr(not(feature = "runtime"), expect(dead_code, reason = "call sites declare what only the store reads"))]

pub use crate::{
    call::{adopt::adopt_global, labels::LabelValue, outcome::Outcome},
    error::Error,
};
#[cfg(feature = "runtime")]
pub use crate::{
    config::Config,
    recorder::{
        builder::{BuildInfo, Builder, builder, install},
        telemetry::Telemetry,
    },
    snapshot::{FamilySnapshot, SeriesSnapshot, Snapshot},
    termination::Termination,
};
pub use tachometer_macros::{counted, in_flight, measured, timed};

pub mod metric;

mod call;

#[cfg(feature = "runtime")]
mod store;

#[cfg(feature = "runtime")]
pub mod families;

#[cfg(feature = "runtime")]
mod snapshot;

#[cfg(feature = "runtime")]
mod exporters;

#[cfg(feature = "runtime")]
mod serve;

#[cfg(feature = "runtime")]
mod config;

#[cfg(feature = "runtime")]
mod recorder;

#[cfg(feature = "runtime")]
mod termination;

mod error;

#[cfg(feature = "runtime")]
mod clock;

#[cfg(feature = "runtime")]
mod sync;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
use __private as private;
