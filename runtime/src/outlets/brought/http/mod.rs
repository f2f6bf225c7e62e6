//! An HTTP client, where an outlet needs one.
#[cfg(any(feature = "otlp", feature = "pushgateway"))]
#[path = "client.rs"]
mod inner;

#[cfg(any(feature = "otlp", feature = "pushgateway"))]
pub(super) use self::inner::*;
