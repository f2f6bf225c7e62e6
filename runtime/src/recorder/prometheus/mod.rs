//! The second mode: metrics-exporter-prometheus' recorder in the place of the store.
mod beside;
#[cfg(not(feature = "prometheus-recorder"))]
#[path = "disabled.rs"]
mod inner;
#[cfg(feature = "prometheus-recorder")]
#[path = "enabled.rs"]
mod inner;

pub(crate) use self::{beside::Beside, inner::*};
