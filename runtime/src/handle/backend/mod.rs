//! The way from a handle to its value: the store, or nothing where this crate has none.
#[cfg(feature = "runtime")]
#[path = "enabled.rs"]
mod inner;
#[cfg(not(feature = "runtime"))]
#[path = "disabled.rs"]
mod inner;
pub(crate) use inner::*;
