//! NVIDIA's GPUs, as their driver sees them.
#[cfg(not(feature = "gpu"))]
#[path = "disabled.rs"]
mod inner;
#[cfg(feature = "gpu")]
#[path = "enabled.rs"]
mod inner;
#[cfg(feature = "gpu")]
pub use self::inner::Gpu;
pub(crate) use self::inner::defaults;
