//! The ways out: each encoder is written once over [`Families`](crate::families::Families) or a snapshot of them, and
//! does no input or output of its own.

#[cfg(any(test, tachometer_fuzzing))]
pub(crate) mod fake;
mod json;
pub(crate) mod prometheus;
pub(crate) mod shown;
