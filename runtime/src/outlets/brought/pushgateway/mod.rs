//! A Pushgateway, with the feature `pushgateway`.
#[cfg_attr(feature = "pushgateway", path = "enabled.rs")]
#[cfg_attr(not(feature = "pushgateway"), path = "disabled.rs")]
mod inner;

#[cfg(feature = "pushgateway")]
pub use self::inner::Pushgateway;
pub(super) use self::inner::of_settings;
