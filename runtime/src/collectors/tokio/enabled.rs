//! Tokio's runtimes: the lag of each is measured, and a collector reports it beside what the runtime counts itself.

mod collector;
mod lags;
mod probe;
#[cfg(test)]
mod tests;
mod unstable;
mod watched;
mod watcher;
mod window;

pub use self::{
    collector::Tokio,
    probe::LoopLag,
    watched::{Watch, watch},
};

use crate::collectors::Make;

/// It also watches the runtime that the installation is made in, if it is made in one.
pub(crate) const TOKIO: Make = Some(|| Some(Box::new(Tokio::with_current())));
