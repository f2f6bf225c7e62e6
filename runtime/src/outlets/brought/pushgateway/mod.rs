//! A Pushgateway, with the feature `pushgateway`.
#[cfg(feature = "pushgateway")]
#[path = "enabled.rs"]
mod inner;

#[cfg(feature = "pushgateway")]
pub use self::inner::Pushgateway;
