//! GPUs by NVML, the library of NVIDIA's driver, which a thread of its own loads, asks and gives up again. Whoever waits
//! for that thread does so for a limited time.

mod collector;
mod events;
mod ffi;
mod health;
mod metrics;
mod outcome;
mod readings;
mod session;
mod worker;

pub use self::collector::Gpu;

use crate::collectors::Collector;

/// The collector, which finds out by itself whether there is a driver.
pub(crate) fn defaults() -> Vec<Box<dyn Collector>> {
    vec![Box::new(Gpu::new())]
}
