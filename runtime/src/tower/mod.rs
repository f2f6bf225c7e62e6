//! Requests to a program's own HTTP server, measured: rate, errors and duration by route.
//!
//! It sees requests and responses of any `tower` service, and neither the endpoint nor the store.

mod body;
mod exchange;
mod service;

pub use self::{
    body::MeasuredBody,
    service::{HttpMetrics, MeasuredFuture, MeasuredService},
};
