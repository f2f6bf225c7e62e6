//! The outlets that this crate brings: where snapshots are pushed to.
#![doc = include_str!("outlets.md")]
pub(crate) mod brought;
#[cfg(feature = "otlp")]
pub use self::brought::otlp::Otlp;
#[cfg(feature = "pushgateway")]
pub use self::brought::pushgateway::Pushgateway;
#[cfg(feature = "redis")]
pub use self::brought::redis::Redis;
pub use self::brought::{log::Log, textfile::Textfile};
