//! Which trace a thread is in, as another crate says. Nothing here knows what for.
#[cfg(not(feature = "opentelemetry"))]
#[path = "disabled.rs"]
mod inner;
#[cfg(feature = "opentelemetry")]
#[path = "enabled.rs"]
mod inner;

pub(crate) use self::inner::SOURCE;
