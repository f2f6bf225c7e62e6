//! NVIDIA's GPUs, as their driver sees them.
#[cfg(not(feature = "gpu"))]
#[path = "disabled.rs"]
mod inner;
#[cfg(feature = "gpu")]
#[path = "enabled.rs"]
mod inner;
pub(crate) use self::inner::GPU;
#[cfg(feature = "gpu")]
pub use self::inner::Gpu;
