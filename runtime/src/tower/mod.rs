//! Requests to a program's own HTTP server, measured: rate, errors and duration by route.
//!
//! It sees requests and responses of any `tower` service, and neither the endpoint nor the store.

mod body;
mod exchange;
mod service;

/// The histogram of requests, and its buckets, for a recorder that has to know them before the first request.
pub(crate) const HISTOGRAM: (&str, &[f64]) = (exchange::NAME, exchange::BUCKETS);

pub use self::{
    body::MeasuredBody,
    service::{HttpMetrics, MeasuredFuture, MeasuredService},
};
