//! The quickstart as a process of its own, which dies with the test.

use std::net::SocketAddr;

use rustix::process::Signal;

use super::program::{self, End, Program};

/// A quickstart that has printed its addresses.
pub(crate) struct Shop {
    program: Program,
    /// The first line that it printed.
    pub(crate) first_line: String,
    /// Where the shop itself listens.
    pub(crate) address: SocketAddr,
}

impl Shop {
    /// Starts it with its metrics on any free port.
    #[track_caller]
    pub(crate) fn open(arguments: &[&str]) -> Self {
        Self::open_with(arguments, &[("METRICS_PORT", "0")])
    }

    /// Starts it in an environment that has nothing but these variables.
    #[track_caller]
    pub(crate) fn open_with(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut program = Program::start("quickstart", arguments, environment);
        let (first_line, address) = (program.line(), program.line());
        let address = address.strip_prefix("shop listening on http://").and_then(|address| address.parse().ok());
        Self { program, first_line, address: address.expect("the second line is the shop's address") }
    }

    /// Runs it where it is expected to end by itself.
    #[track_caller]
    pub(crate) fn run(arguments: &[&str], environment: &[(&str, &str)]) -> End {
        Program::run("quickstart", arguments, environment)
    }

    /// Where the metrics are, by the first line that it printed.
    #[track_caller]
    pub(crate) fn metrics(&self) -> SocketAddr {
        program::address_of_metrics(&self.first_line)
    }

    /// What it has written to its standard error so far.
    pub(crate) fn errors(&self) -> String {
        self.program.errors()
    }

    /// Sends a signal and waits; panics if the program has not ended in time.
    #[track_caller]
    pub(crate) fn stop(self, signal: Signal) -> End {
        self.program.stop(signal)
    }
}
