//! The way from a handle to the store of a test.
#[cfg(feature = "testing")]
#[path = "enabled.rs"]
mod inner;
#[cfg(not(feature = "testing"))]
#[path = "disabled.rs"]
mod inner;
pub(crate) use inner::*;
