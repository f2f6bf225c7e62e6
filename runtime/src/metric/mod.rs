//! The vocabulary of metrics: names, labels, units, kinds and values, each valid by construction.
//!
//! The rules are `const fn`, so that the macros' expansions and the store apply the same ones. Nothing here knows
//! where values live or how they are printed.

pub mod bounds;
pub mod kind;
pub mod label;
pub(crate) mod message;
pub mod name;
#[cfg(feature = "runtime")]
pub mod unit;
