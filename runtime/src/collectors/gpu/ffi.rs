//! The little of NVML that needs unsafe code: what the wrapper leaves raw. It knows neither metrics nor threads.

use std::{ffi::OsStr, mem::MaybeUninit};

use nvml_wrapper::{
    Device, Nvml,
    error::{NvmlError, nvml_try},
};

/// Memory in bytes. What the driver keeps for itself is not told by older ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Memory {
    pub(super) used: u64,
    pub(super) free: u64,
    pub(super) total: u64,
    pub(super) reserved: Option<u64>,
}

/// Loads the library with this name, or the driver's own, and begins.
///
/// # Errors
/// If there is no such library, it is not NVML, or its driver does not answer.
pub(super) fn open(library: Option<&OsStr>) -> Result<Nvml, NvmlError> {
    let mut builder = Nvml::builder();
    if let Some(library) = library {
        builder.lib_path(library);
    }
    let nvml = builder.init()?;
    if let Err(missing) = &nvml.lib().nvmlShutdown {
        let missing = NvmlError::FailedToLoadSymbol(missing.to_string());
        // Leaked: the wrapper panics when it is dropped, because it cannot be shut down.
        let _: &'static mut Nvml = Box::leak(Box::new(nvml));
        return Err(missing);
    }
    Ok(nvml)
}

/// Whether these are one GPU. A GPU that is lost cannot be asked who it is.
pub(super) fn same(one: &Device<'_>, other: &Device<'_>) -> bool {
    // SAFETY: the handles are compared, and not used.
    unsafe { one.handle() == other.handle() }
}

/// The memory of a GPU, also from drivers before 510, which the wrapper does not ask.
///
/// # Errors
/// Those of the driver.
pub(super) fn memory(device: &Device<'_>) -> Result<Memory, NvmlError> {
    match device.memory_info() {
        Ok(info) => Ok(Memory { used: info.used, free: info.free, total: info.total, reserved: Some(info.reserved) }),
        Err(NvmlError::FailedToLoadSymbol(missing)) => {
            let ask = device.nvml().lib().nvmlDeviceGetMemoryInfo.as_ref();
            let ask = ask.map_err(|_| NvmlError::FailedToLoadSymbol(missing))?;
            let mut memory = MaybeUninit::zeroed();
            // SAFETY: the handle is of this library, which is loaded and has begun as long as the device can be
            // named; `memory` is a place for what the function writes, by the type of its parameter, and all of its
            // fields are integers, for which zeros are values.
            let memory = unsafe {
                nvml_try(ask(device.handle(), memory.as_mut_ptr()))?;
                memory.assume_init()
            };
            Ok(Memory { used: memory.used, free: memory.free, total: memory.total, reserved: None })
        }
        Err(error) => Err(error),
    }
}
