//! A list of Redis, with the feature `redis`.
#[cfg_attr(feature = "redis", path = "enabled.rs")]
#[cfg_attr(not(feature = "redis"), path = "disabled.rs")]
mod inner;

#[cfg(feature = "redis")]
pub use self::inner::Redis;
pub(super) use self::inner::of_settings;
