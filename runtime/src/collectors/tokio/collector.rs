//! Reports the runtimes that are watched. It measures nothing itself.

use std::collections::HashMap;

use tokio::runtime::Id;

use super::{
    lags::BOUNDS,
    unstable,
    watched::{self, Runtime, Watch},
};
use crate::{
    collectors::{Batch, Collector, Descriptor},
    error::Error,
};

const WORKERS: Descriptor = Descriptor::gauge("tokio_workers", "Worker threads.").labels(&["runtime"]);
const TASKS: Descriptor =
    Descriptor::gauge("tokio_tasks_alive", "Tasks that were spawned and have not ended.").labels(&["runtime"]);
const QUEUE: Descriptor = Descriptor::gauge(
    "tokio_global_queue_depth",
    "Tasks that wait in the queue that all workers share; those in queues of single workers are not among them.",
)
.labels(&["runtime"]);
const BUSY: Descriptor = Descriptor::counter(
    "tokio_worker_busy_seconds_total",
    "Time in which a worker was not parked, known when it parks again: a worker that is stuck shows none.",
)
.labels(&["runtime", "worker"]);
const PARKS: Descriptor =
    Descriptor::counter("tokio_worker_parks_total", "How often a worker had nothing to do and parked.")
        .labels(&["runtime", "worker"]);
const LAG: Descriptor = Descriptor::histogram(
    "tokio_loop_lag_seconds",
    "How late the loop comes to a task that is ready, with the beats that a blocked loop has missed.",
    BOUNDS,
)
.labels(&["runtime"]);
const P50: Descriptor = Descriptor::gauge(
    "tokio_loop_lag_p50_seconds",
    "Lag of the loop that half of the last minute's beats did not exceed.",
)
.labels(&["runtime"]);
const P95: Descriptor = Descriptor::gauge(
    "tokio_loop_lag_p95_seconds",
    "Lag of the loop that 95 % of the last minute's beats did not exceed.",
)
.labels(&["runtime"]);
const P99: Descriptor = Descriptor::gauge(
    "tokio_loop_lag_p99_seconds",
    "Lag of the loop that 99 % of the last minute's beats did not exceed.",
)
.labels(&["runtime"]);
const MAX: Descriptor =
    Descriptor::gauge("tokio_loop_lag_max_seconds", "Longest lag of the loop in the last minute.").labels(&["runtime"]);
const STALLS: Descriptor =
    Descriptor::counter("tokio_loop_stalls_total", "How often the loop lagged for 100 ms or more.")
        .labels(&["runtime"]);
const DELAY: Descriptor = Descriptor::histogram(
    "tokio_schedule_delay_seconds",
    "How long a task that was spawned from outside waited until it ran. Only with `Watch::schedule_delay`.",
    BOUNDS,
)
.labels(&["runtime"]);

const METRICS: [Descriptor; 18] = [
    WORKERS,
    TASKS,
    QUEUE,
    BUSY,
    PARKS,
    LAG,
    P50,
    P95,
    P99,
    MAX,
    STALLS,
    DELAY,
    unstable::SPAWNED,
    unstable::BLOCKING,
    unstable::BLOCKING_QUEUE,
    unstable::LOCAL_QUEUE,
    unstable::POLLS,
    unstable::STEALS,
];

/// The collector `tokio`: the runtimes that are [watched](super::watch).
///
/// It is part of every installation, with the feature `tokio`. If the installation is made inside of a runtime, in an
/// async `main` for example, that runtime is watched without being asked for, as `main`, until somebody watches it under
/// a name of their own.
///
#[doc = include_str!("metrics.md")]
///
/// [`LoopLag`](super::LoopLag) tells how lag is measured. It is absent before a runtime's first beat, and everything is
/// when the runtime has ended.
#[derive(Debug, Default)]
pub struct Tokio {
    _current: Option<Watch>,
    /// Which runtime each name stood for at the last collection.
    last: HashMap<String, Id>,
}

impl Tokio {
    /// Reports what is watched, and nothing else.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Also watches the runtime that this is called in, if nobody does yet.
    pub(super) fn with_current() -> Self {
        Self { _current: watched::watch_current(), last: HashMap::new() }
    }
}

impl Collector for Tokio {
    fn name(&self) -> &str {
        "tokio"
    }

    fn descriptors(&self) -> &[Descriptor] {
        &METRICS
    }

    fn collect(&mut self, out: &mut Batch) -> Result<(), Error> {
        let runtimes = watched::all();
        for runtime in &runtimes {
            let id = runtime.handle.id();
            // What is made again under a name has not fallen; it begins.
            out.begins(self.last.get(&runtime.name).is_some_and(|last| *last != id));
            counts(runtime, out);
            lag(runtime, out);
        }
        self.last = runtimes.iter().map(|runtime| (runtime.name.clone(), runtime.handle.id())).collect();
        Ok(())
    }
}

fn counts(runtime: &Runtime, out: &mut Batch) {
    let (name, metrics) = (runtime.name.as_str(), &runtime.metrics);
    out.set(&WORKERS, &[name], metrics.num_workers());
    out.set(&TASKS, &[name], metrics.num_alive_tasks());
    out.set(&QUEUE, &[name], metrics.global_queue_depth());
    // Tokio has no counters of 64 bits elsewhere.
    #[cfg(target_has_atomic = "64")]
    for worker in 0..metrics.num_workers() {
        let label = worker.to_string();
        out.set(&BUSY, &[name, &label], metrics.worker_total_busy_duration(worker));
        out.set(&PARKS, &[name, &label], metrics.worker_park_count(worker));
    }
    unstable::collect(name, metrics, out);
}

fn lag(runtime: &Runtime, out: &mut Batch) {
    let name = runtime.name.as_str();
    let Some(quantiles) = runtime.lag.moment() else { return };
    for (metric, value) in
        [(&P50, quantiles.get(0.5)), (&P95, quantiles.get(0.95)), (&P99, quantiles.get(0.99)), (&MAX, quantiles.max())]
    {
        out.set(metric, &[name], value);
    }
    {
        let lags = runtime.lag.lags();
        let (counts, sum) = lags.totals();
        out.histogram(&LAG, &[name], counts, sum);
        out.set(&STALLS, &[name], lags.stalls());
    }
    if let Some(delay) = &*runtime.delay() {
        let lags = delay.lags();
        let (counts, sum) = lags.totals();
        out.histogram(&DELAY, &[name], counts, sum);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collectors::descriptor::table;

    #[test]
    fn the_table_is_current() {
        table::assert_current("tokio/metrics.md", &METRICS);
    }
}
