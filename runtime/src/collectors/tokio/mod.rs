//! Async runtimes: how long their loops lag, what their workers do, what waits.
#[cfg(not(feature = "tokio"))]
#[path = "disabled.rs"]
mod inner;
#[cfg(feature = "tokio")]
#[path = "enabled.rs"]
mod inner;
pub(crate) use self::inner::TOKIO;
#[cfg(feature = "tokio")]
pub use self::inner::{LoopLag, Tokio, Watch, watch};
