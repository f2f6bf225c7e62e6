//! The vocabulary of metrics, each word valid by construction. Knows nothing of where values live.
#[cfg(feature = "runtime")]
pub mod block;
pub mod bounds;
pub mod kind;
pub mod label;
pub mod matcher;
pub(crate) mod message;
pub mod name;
pub mod unit;
