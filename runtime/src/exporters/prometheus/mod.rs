//! The formats that Prometheus reads. Nothing here knows how they travel.

mod chunks;
mod labels;
mod number;
pub(crate) mod text;
