//! What errors of the driver mean. It calls nothing.

use nvml_wrapper::error::NvmlError;

/// How the collector is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Ok,
    NoLibrary,
    NoDriver,
    NoDevice,
    VersionMismatch,
    Wedged,
}

impl State {
    pub(super) const ALL: [Self; 6] =
        [Self::Ok, Self::NoLibrary, Self::NoDriver, Self::NoDevice, Self::VersionMismatch, Self::Wedged];

    /// The state as a label value.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::NoLibrary => "no_library",
            Self::NoDriver => "no_driver",
            Self::NoDevice => "no_device",
            Self::VersionMismatch => "version_mismatch",
            Self::Wedged => "wedged",
        }
    }

    /// What the library's failure to begin, or to answer at all, says of it.
    pub(super) fn of(error: &NvmlError) -> Self {
        match error {
            NvmlError::LibloadingError(_) | NvmlError::FailedToLoadSymbol(_) | NvmlError::LibraryNotFound => {
                Self::NoLibrary
            }
            NvmlError::LibRmVersionMismatch => Self::VersionMismatch,
            _ => Self::NoDriver,
        }
    }
}

/// What one failed call means for the readings around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The GPU has no such thing. That is no error.
    Unsupported,
    /// The driver is too old for the function.
    Unknown,
    /// The process may not ask for it, and will not be allowed to.
    Forbidden,
    /// This reading failed.
    Failed,
    /// The GPU, or the driver, is not what it was when the library was loaded.
    Lost,
}

/// NVML has codes that the wrapper has no names for.
const NOT_READY: u32 = 27;
const GPU_NOT_FOUND: u32 = 28;

impl Meaning {
    pub(super) fn of(error: &NvmlError) -> Self {
        match error {
            // `NoData` and `NotFound`: there is nothing yet, of processes for example.
            NvmlError::NotSupported | NvmlError::NoData | NvmlError::NotFound => Self::Unsupported,
            NvmlError::FailedToLoadSymbol(_) | NvmlError::FunctionNotFound => Self::Unknown,
            NvmlError::NoPermission => Self::Forbidden,
            NvmlError::GpuLost
            | NvmlError::ResetRequired
            | NvmlError::Uninitialized
            | NvmlError::DriverNotLoaded
            | NvmlError::LibRmVersionMismatch
            | NvmlError::UnexpectedVariant(GPU_NOT_FOUND) => Self::Lost,
            _ => Self::Failed,
        }
    }
}

/// The error as a label value: one of a few, whatever the driver answers.
pub(super) fn name_of(error: &NvmlError) -> &'static str {
    match error {
        NvmlError::LibloadingError(_) | NvmlError::LibraryNotFound => "library_not_found",
        NvmlError::FailedToLoadSymbol(_) | NvmlError::FunctionNotFound => "function_not_found",
        NvmlError::Uninitialized => "uninitialized",
        NvmlError::InvalidArg => "invalid_argument",
        NvmlError::NotSupported => "not_supported",
        NvmlError::NoPermission => "no_permission",
        NvmlError::NotFound => "not_found",
        NvmlError::InsufficientSize(_) => "insufficient_size",
        NvmlError::InsufficientPower => "insufficient_power",
        NvmlError::DriverNotLoaded => "driver_not_loaded",
        NvmlError::Timeout => "timeout",
        NvmlError::IrqIssue => "irq_issue",
        NvmlError::CorruptedInfoROM => "corrupted_inforom",
        NvmlError::GpuLost => "gpu_lost",
        NvmlError::ResetRequired => "reset_required",
        NvmlError::OperatingSystem => "operating_system",
        NvmlError::LibRmVersionMismatch => "version_mismatch",
        NvmlError::InUse => "in_use",
        NvmlError::InsufficientMemory => "insufficient_memory",
        NvmlError::NoData => "no_data",
        NvmlError::Unknown => "unknown",
        NvmlError::UnexpectedVariant(NOT_READY) => "not_ready",
        NvmlError::UnexpectedVariant(GPU_NOT_FOUND) => "gpu_not_found",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_without_a_name_have_a_meaning() {
        assert_eq!(Meaning::of(&NvmlError::UnexpectedVariant(28)), Meaning::Lost);
        assert_eq!(Meaning::of(&NvmlError::UnexpectedVariant(27)), Meaning::Failed);
        assert_eq!(name_of(&NvmlError::UnexpectedVariant(27)), "not_ready");
        assert_eq!(name_of(&NvmlError::UnexpectedVariant(4_000_000_000)), "other");
    }

    #[test]
    fn a_library_that_is_none_and_a_driver_that_is_none_are_told_apart() {
        assert_eq!(State::of(&NvmlError::FailedToLoadSymbol(String::new())), State::NoLibrary);
        assert_eq!(State::of(&NvmlError::NoPermission), State::NoDriver);
        assert_eq!(State::of(&NvmlError::LibRmVersionMismatch), State::VersionMismatch);
    }
}
