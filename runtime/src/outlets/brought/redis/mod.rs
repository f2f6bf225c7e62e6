//! A list of Redis, with the feature `redis`.
#[cfg(feature = "redis")]
#[path = "enabled.rs"]
mod inner;

#[cfg(feature = "redis")]
pub use self::inner::Redis;
