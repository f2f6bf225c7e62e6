//! The real examples, asked over real sockets and scraped by a real Prometheus.
//!
//! These tests know the programs' output, their exit codes and their addresses; nothing of the crates behind them.

mod access;
mod attack;
mod binary;
mod block;
mod command_line;
mod configuration;
#[cfg(target_os = "linux")]
mod consumer;
mod env_server;
mod executor;
#[cfg(unix)]
mod flood;
mod gpu;
mod inference_server;
mod judges;
mod observability;
mod prometheus;
mod recorder;
mod rules;
mod settings;
mod stopping;
mod support;
mod values;
