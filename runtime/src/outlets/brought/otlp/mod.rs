//! A receiver of OTLP, with the feature `otlp`.
#[cfg_attr(feature = "otlp", path = "enabled.rs")]
#[cfg_attr(not(feature = "otlp"), path = "disabled.rs")]
mod inner;

#[cfg(feature = "otlp")]
pub use self::inner::Otlp;
pub(super) use self::inner::of_environment;
