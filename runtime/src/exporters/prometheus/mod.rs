//! The formats that Prometheus reads. Nothing here knows how they travel.

pub(crate) mod chunks;
mod labels;
mod number;
pub(crate) mod text;
