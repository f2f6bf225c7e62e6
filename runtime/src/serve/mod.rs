//! The HTTP endpoint. It sees families, and knows nothing of the store behind them.
#[cfg(not(feature = "server"))]
#[path = "disabled.rs"]
mod inner;
#[cfg(feature = "server")]
#[path = "enabled.rs"]
mod inner;
#[cfg(feature = "tower")]
pub(crate) use self::inner::mount::router;
pub(crate) use self::inner::{AVAILABLE, Bound, Gate, Served, Server};
