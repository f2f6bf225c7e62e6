//! The recorder of a test on this thread, and what it has in place of the program's own state.
#[cfg(feature = "testing")]
#[path = "enabled.rs"]
mod inner;
#[cfg(not(feature = "testing"))]
#[path = "disabled.rs"]
mod inner;
pub(crate) use inner::*;
