//! The endpoint's routes for a program's own router, which it can name with the feature `tower`.
#[cfg(feature = "tower")]
#[path = "enabled.rs"]
mod inner;

#[cfg(feature = "tower")]
pub use self::inner::routes;
