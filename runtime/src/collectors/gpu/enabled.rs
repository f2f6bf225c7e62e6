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

use crate::collectors::Make;

/// It finds out by itself whether there is a driver.
pub(crate) const GPU: Make = Some(|| Some(Box::new(Gpu::new())));
