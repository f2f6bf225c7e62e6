//! What the programs in `fuzz/` call. It is there under `--cfg tachometer_fuzzing` alone, so that nothing of it is public, and knows
//! nothing of fuzzers.

use crate::{config, exporters::prometheus::fuzz, fleet, serve::Gate};

/// Negotiates by a header.
pub fn accept(data: &[u8]) {
    fuzz::accept(data);
}

/// Writes families as text 0.0.4 and 1.0.0, and reads them back.
pub fn text(data: &[u8]) {
    fuzz::text(data);
}

/// Writes families as OpenMetrics, and reads them back.
pub fn openmetrics(data: &[u8]) {
    fuzz::openmetrics(data);
}

/// Writes families as protobuf, and reads them back.
pub fn protobuf(data: &[u8]) {
    fuzz::protobuf(data);
}

/// Reads a configuration file.
pub fn settings(data: &[u8]) {
    config::fuzz::settings(data);
}

/// Reads a file of tokens.
pub fn tokens(data: &[u8]) {
    Gate::fuzz_tokens(data);
}

/// Reads a `web.yml`.
pub fn web(data: &[u8]) {
    Gate::fuzz_web(data);
}

/// Reads what a child process may send.
pub fn frames(data: &[u8]) {
    fleet::fuzz::frames(data);
}
