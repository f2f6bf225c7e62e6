//! The GPUs and what they do. With a script they stand still; else they move with time. It knows no C.

use std::{sync::LazyLock, time::Instant};

use crate::script;

const GIB: u64 = 1 << 30;

/// Of each GPU, in bytes.
pub(crate) const MEMORY: u64 = 80 * GIB;
/// What of it the driver keeps.
pub(crate) const RESERVED: u64 = GIB;

static BEGIN: LazyLock<Instant> = LazyLock::new(Instant::now);

/// One GPU at one moment.
pub(crate) struct Gpu {
    pub(crate) number: u32,
    /// In percent.
    pub(crate) busy: u32,
    pub(crate) used: u64,
    pub(crate) free: u64,
    pub(crate) celsius: u32,
    pub(crate) milliwatts: u32,
    pub(crate) millijoules: u64,
    pub(crate) megahertz: u32,
    /// The reasons as NVML's bits.
    pub(crate) throttled: u64,
    pub(crate) throttled_nanos: u64,
    seconds: f64,
}

/// The GPU with this number, if there is one.
pub(crate) fn gpu(number: usize) -> Option<Gpu> {
    let number = u32::try_from(number).ok().filter(|&number| number < script::gpus())?;
    let seconds = if script::is_there() { 0.0 } else { seconds() };
    // From 0 to 1 and back in three minutes; each GPU at another place of the wave.
    let wave = if script::is_there() { 0.0 } else { (seconds / 30.0 + f64::from(number)).sin() / 2.0 + 0.5 };
    let busy = 40 + 20 * number.min(1) + (wave * 38.0) as u32;
    let used = (20 + 10 * u64::from(number.min(1))) * GIB + (wave * 40.0 * GIB as f64) as u64;
    Some(Gpu {
        number,
        busy,
        used,
        free: MEMORY - RESERVED - used,
        celsius: 35 + busy / 2,
        milliwatts: 120_000 + busy * 5_000,
        millijoules: 1_000_000 + (seconds * 400_000.0) as u64,
        megahertz: 1_200 + busy * 7,
        throttled: if busy > 80 { 4 } else { 0 },
        throttled_nanos: (seconds * 5e7) as u64,
        seconds,
    })
}

/// Time since the library was loaded.
pub(crate) fn seconds() -> f64 {
    BEGIN.elapsed().as_secs_f64()
}

impl Gpu {
    pub(crate) fn uuid(&self) -> String {
        format!("GPU-fa4e0000-0000-0000-0000-{:012}", script::identity(self.number))
    }

    /// The value of a field, by NVML's numbers.
    pub(crate) fn field(&self, id: u32) -> Option<u64> {
        match id {
            // The memory's temperature.
            82 => Some(u64::from(self.celsius) + 8),
            // Rows that were replaced, because of errors that were corrected and others; to be replaced; not replaced.
            142 => Some(2),
            143..=145 => Some(0),
            // Bytes sent and received over PCIe.
            197 => Some(5_000_000_000 + (self.seconds * 3e7) as u64),
            198 => Some(7_000_000_000 + (self.seconds * 6e7) as u64),
            // What is to be done.
            230 => Some(0),
            _ => None,
        }
    }
}
