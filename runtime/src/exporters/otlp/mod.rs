//! The messages of OTLP, with the feature `otlp`.
#[cfg(feature = "otlp")]
#[path = "enabled.rs"]
mod inner;

#[cfg(feature = "otlp")]
pub(crate) use self::inner::*;
