//! The example `env-server`: its metrics, and what they are worth when its loops are busy or stand still.

mod command_line;
mod metrics;
mod server;
mod serving;

use super::support::{deadline, http, program, prometheus, sample};
