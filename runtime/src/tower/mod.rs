//! HTTP requests measured: rate, errors and duration, of a program's own server by route, and of its clients by server.
//!
//! It sees requests and responses of any `tower` service, and neither the endpoint nor the store.

mod body;
mod claim;
mod client;
mod exchange;
mod grpc;
mod layers;
mod named;
mod names;
mod pattern;
mod plan;
mod route;
mod server;
mod service;
mod settings;

/// The buckets of durations, which are OpenTelemetry's.
const BUCKETS: &[f64] = &[0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// The histograms of requests, with their buckets unless they are those of the unit, for a recorder that has to know
/// them before the first request.
pub(crate) fn histograms() -> impl Iterator<Item = (&'static str, Option<&'static [f64]>)> {
    [&names::SERVER, &names::CLIENT].into_iter().flat_map(|side| {
        [(side.duration.name, Some(BUCKETS)), (side.request_size.name, None), (side.response_size.name, None)]
    })
}

pub use self::{
    body::{CountedBody, MeasuredBody},
    client::HttpClientMetrics,
    server::HttpMetrics,
    service::{Counted, MeasuredFuture, MeasuredService, RequestBodies, Untouched},
};
