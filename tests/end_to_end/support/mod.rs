//! What the end-to-end tests stand on: programs that die with the test, a small HTTP client, samples, deadlines.

pub(crate) mod deadline;
pub(crate) mod http;
pub(crate) mod judge;
pub(crate) mod prometheus;
pub(crate) mod sample;
pub(crate) mod shop;
