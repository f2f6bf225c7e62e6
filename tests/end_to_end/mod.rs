//! The real quickstart, asked over real sockets and scraped by a real Prometheus.
//!
//! These tests know the program's output, its exit codes and its addresses; nothing of the crates behind it.

mod command_line;
mod configuration;
#[cfg(unix)]
mod flood;
mod judges;
mod prometheus;
mod recorder;
mod settings;
mod stopping;
mod support;
mod values;
