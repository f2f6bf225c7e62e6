//! What the operating system says of the process, its container and its machine.
#[cfg(not(feature = "process"))]
#[path = "disabled.rs"]
mod inner;
#[cfg(feature = "process")]
#[path = "enabled.rs"]
mod inner;
pub(crate) use self::inner::{CGROUP, PROCESS, SYSTEM};
#[cfg(feature = "process")]
pub use self::inner::{Cgroup, Process, System};
