//! What Tokio tells only to programs that are built with `--cfg tokio_unstable`.

use tokio::runtime::RuntimeMetrics;

use crate::collectors::{Batch, Descriptor};

pub(super) const SPAWNED: Descriptor =
    Descriptor::counter("tokio_tasks_spawned_total", "Tasks that were spawned. Only with `--cfg tokio_unstable`.")
        .labels(&["runtime"]);
pub(super) const BLOCKING: Descriptor = Descriptor::gauge(
    "tokio_blocking_threads",
    "Threads for work that blocks, by whether they have some. Only with `--cfg tokio_unstable`.",
)
.labels(&["runtime", "state"]);
pub(super) const BLOCKING_QUEUE: Descriptor = Descriptor::gauge(
    "tokio_blocking_queue_depth",
    "Work that blocks and waits for a thread. Only with `--cfg tokio_unstable`.",
)
.labels(&["runtime"]);
pub(super) const LOCAL_QUEUE: Descriptor = Descriptor::gauge(
    "tokio_worker_local_queue_depth",
    "Tasks that wait in a worker's own queue. Only with `--cfg tokio_unstable`.",
)
.labels(&["runtime", "worker"]);
pub(super) const POLLS: Descriptor =
    Descriptor::counter("tokio_worker_polls_total", "Polls of tasks. Only with `--cfg tokio_unstable`.")
        .labels(&["runtime", "worker"]);
pub(super) const STEALS: Descriptor = Descriptor::counter(
    "tokio_worker_steals_total",
    "Tasks that a worker took from another one. Only with `--cfg tokio_unstable`.",
)
.labels(&["runtime", "worker"]);

#[cfg(all(tokio_unstable, target_has_atomic = "64"))]
pub(super) fn collect(runtime: &str, metrics: &RuntimeMetrics, out: &mut Batch) {
    out.set(&SPAWNED, &[runtime], metrics.spawned_tasks_count());
    let (all, idle) = (metrics.num_blocking_threads(), metrics.num_idle_blocking_threads());
    out.set(&BLOCKING, &[runtime, "idle"], idle);
    // The two are not read at one moment.
    out.set(&BLOCKING, &[runtime, "busy"], all.saturating_sub(idle));
    out.set(&BLOCKING_QUEUE, &[runtime], metrics.blocking_queue_depth());
    for worker in 0..metrics.num_workers() {
        let label = worker.to_string();
        out.set(&LOCAL_QUEUE, &[runtime, &label], metrics.worker_local_queue_depth(worker));
        out.set(&POLLS, &[runtime, &label], metrics.worker_poll_count(worker));
        out.set(&STEALS, &[runtime, &label], metrics.worker_steal_count(worker));
    }
}

/// Nothing.
#[cfg(not(all(tokio_unstable, target_has_atomic = "64")))]
pub(super) fn collect(_: &str, _: &RuntimeMetrics, _: &mut Batch) {}

#[cfg(all(test, tokio_unstable))]
mod tests {
    use crate::collectors::{Collector, tokio::inner::Tokio};

    use super::*;

    #[test]
    fn what_is_unstable_is_reported() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("there is room");
        runtime.block_on(async { tokio::task::spawn_blocking(|| ()).await.expect("it does not panic") });
        let mut batch = Batch::new(Tokio::new().descriptors().into());
        collect("one", &runtime.metrics(), &mut batch);
        assert!(batch.take_faults().is_empty());
        assert_eq!(batch.len(), 7);
    }
}
