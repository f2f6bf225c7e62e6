//! What the end-to-end tests stand on: programs that die with the test, a small HTTP client, samples, deadlines.

pub(crate) mod client;
pub(crate) mod cross_encoder;
pub(crate) mod deadline;
pub(crate) mod executor;
pub(crate) mod http;
pub(crate) mod judge;
pub(crate) mod program;
pub(crate) mod prometheus;
pub(crate) mod sample;
pub(crate) mod shop;
