//! The routes for a router of the program's own; without the feature `tower` there are none.
#[cfg(feature = "tower")]
#[path = "enabled.rs"]
mod inner;

#[cfg(feature = "tower")]
pub(crate) use self::inner::router;
