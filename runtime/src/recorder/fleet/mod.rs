//! A fleet of processes, of which this one may be the parent or a child.
#[cfg(not(all(feature = "fleet", target_os = "linux")))]
#[path = "disabled.rs"]
mod inner;
#[cfg(all(feature = "fleet", target_os = "linux"))]
#[path = "enabled.rs"]
mod inner;

pub(crate) use self::inner::*;
