//! A server with an endpoint, and what it shows.

use std::{collections::BTreeSet, net::SocketAddr};

use rustix::process::Signal;

use super::{
    deadline::eventually,
    http,
    program::{self, End, Program},
    sample::{self, Sample},
};

pub(super) const TOTAL: &str = "verifiers_env_active_tasks";
pub(super) const ACTIVE: &str = "verifiers_env_worker_active_tasks";
pub(super) const LAG: &str = "verifiers_env_loop_lag_seconds";

/// An env-server that has printed its address.
pub(super) struct Server {
    pub(super) program: Program,
    pub(super) address: SocketAddr,
}

impl Server {
    /// Starts it with its metrics on any free port.
    #[track_caller]
    pub(super) fn start(arguments: &[&str]) -> Self {
        Self::start_at(&[&["--metrics-port", "0"], arguments].concat(), &[])
    }

    /// Starts it with these arguments and variables, which make it listen somewhere.
    #[track_caller]
    pub(super) fn start_at(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut program = Program::start("env-server", arguments, environment);
        let address = program::address_of_metrics(&program.line());
        Self { program, address }
    }

    /// The same, all of whose loops have shown their lag: each worker is there.
    #[track_caller]
    pub(super) fn start_whole(workers: usize, arguments: &[&str]) -> Self {
        let number = workers.to_string();
        let server = Self::start(&[&["--workers", number.as_str()], arguments].concat());
        eventually(|| match server.page().lags().count() {
            lags if lags == 3 * (workers + 1) => Ok(()),
            lags => Err(format!("{lags} series of lag of {workers} workers")),
        });
        server
    }

    #[track_caller]
    pub(super) fn page(&self) -> Page {
        Page(sample::of_text(&http::get(self.address, "/metrics")))
    }

    /// Waits until so many rollouts are active.
    #[track_caller]
    pub(super) fn becomes_active(&self, expected: f64) {
        eventually(|| match self.page().total() {
            total if total == expected => Ok(()),
            total => Err(format!("{total} active rollouts instead of {expected}: {}", self.program.errors())),
        });
    }

    #[track_caller]
    pub(super) fn stop(self, signal: Signal) -> End {
        self.program.stop(signal)
    }
}

/// What one scrape has seen.
pub(super) struct Page(pub(super) Vec<Sample>);

impl Page {
    pub(super) fn of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Sample> {
        self.0.iter().filter(move |sample| sample.name == name)
    }

    #[track_caller]
    pub(super) fn total(&self) -> f64 {
        self.of(TOTAL).next().expect("the total is there").value
    }

    /// The active rollouts of each worker, in the order of their ids.
    pub(super) fn active(&self) -> Vec<f64> {
        self.of(ACTIVE).map(|sample| sample.value).collect()
    }

    pub(super) fn lags(&self) -> impl Iterator<Item = &Sample> {
        self.of(LAG)
    }

    /// A quantile of one loop's lag.
    pub(super) fn lag(&self, worker: &str, quantile: &str) -> Option<f64> {
        let mut lags = self.lags();
        let found = lags.find(|lag| lag.label("worker_id") == worker && lag.label("quantile") == quantile);
        found.map(|lag| lag.value)
    }

    /// The metrics of the server itself, without those of the framework: names and labels of all series.
    pub(super) fn series(&self) -> BTreeSet<String> {
        self.0.iter().filter(|sample| sample.name.starts_with("verifiers_")).map(Sample::series).collect()
    }
}
