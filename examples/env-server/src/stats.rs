//! What all loops are doing at one instant: one value, which the endpoint and the log show alike.

use std::{
    fmt,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use tachometer::{
    Error,
    collectors::{Batch, Collector, Descriptor, tokio::LoopLag},
    metric::kind::Kind,
};

/// How often the endpoint's values are taken anew.
const INTERVAL: Duration = Duration::from_millis(250);

/// The quantiles of lag that are shown, as labels say them.
const QUANTILES: [(&str, f64); 3] = [("p50", 0.5), ("p95", 0.95), ("p99", 0.99)];

const INFO: Descriptor = Descriptor::as_is(
    "verifiers_env_server_info",
    Kind::Gauge,
    "Which environment is served by which build; always 1.",
)
.labels(&["env_id", "version"]);
const ACTIVE: Descriptor =
    Descriptor::gauge("verifiers_env_active_tasks", "Rollouts that are active now, over all workers.");
const WORKERS: Descriptor =
    Descriptor::as_is("verifiers_env_workers_total", Kind::Gauge, "Workers that are configured, up or not.");
const WORKER_ACTIVE: Descriptor =
    Descriptor::gauge("verifiers_env_worker_active_tasks", "Rollouts that are active now, of each worker.")
        .labels(&["worker_id"]);
const LAG: Descriptor = Descriptor::as_is(
    "verifiers_env_loop_lag_seconds",
    Kind::Gauge,
    "How late the event loop came to what was due, in the last minute: of the router and of each worker.",
)
.labels(&["worker_id", "quantile"]);

const METRICS: [Descriptor; 5] = [INFO, ACTIVE, WORKERS, WORKER_ACTIVE, LAG];

/// Where the router and its workers leave what they have to say.
pub(crate) struct Board {
    router: OnceLock<LoopLag>,
    workers: Box<[Desk]>,
    latest: Mutex<Option<(Instant, Arc<Snapshot>)>>,
}

/// A worker's place on it.
#[derive(Default)]
struct Desk {
    active: AtomicU64,
    /// Empty until the worker reports.
    lag: OnceLock<LoopLag>,
}

/// A rollout that is active until this is dropped.
pub(crate) struct Active {
    board: Arc<Board>,
    worker: usize,
}

/// The quantiles of one loop's lag, in the order of [`QUANTILES`].
type Lags = [Duration; QUANTILES.len()];

/// Everything at one instant.
#[derive(Debug)]
pub(crate) struct Snapshot {
    /// None before the first beat of the loop, as for workers.
    router: Option<Lags>,
    workers: Vec<WorkerStats>,
}

#[derive(Debug, Clone, Copy)]
struct WorkerStats {
    active: u64,
    lags: Option<Lags>,
}

impl Board {
    pub(crate) fn new(workers: usize) -> Self {
        let workers = (0..workers).map(|_| Desk::default()).collect();
        Self { router: OnceLock::new(), workers, latest: Mutex::default() }
    }

    /// The router's loop runs.
    pub(crate) fn router_is_up(&self, lag: LoopLag) {
        self.router.get_or_init(|| lag);
    }

    /// A worker's loop runs.
    pub(crate) fn worker_is_up(&self, worker: usize, lag: LoopLag) {
        self.workers[worker].lag.get_or_init(|| lag);
    }

    /// A rollout is given to a worker.
    pub(crate) fn begin(self: &Arc<Self>, worker: usize) -> Active {
        self.workers[worker].active.fetch_add(1, Relaxed);
        Active { board: Arc::clone(self), worker }
    }

    /// How many rollouts a worker has.
    pub(crate) fn active(&self, worker: usize) -> u64 {
        self.workers[worker].active.load(Relaxed)
    }

    /// What the endpoint shows. Where nobody takes snapshots for it, one is taken now.
    pub(crate) fn latest(&self) -> Arc<Snapshot> {
        self.latest_at(Instant::now())
    }

    fn latest_at(&self, now: Instant) -> Arc<Snapshot> {
        let latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let fresh = latest.filter(|(taken, _)| now.saturating_duration_since(*taken) < 2 * INTERVAL);
        fresh.map_or_else(|| self.take_at(now), |(_, snapshot)| snapshot)
    }

    /// Looks at all desks, for everyone who asks for the latest.
    fn take_at(&self, now: Instant) -> Arc<Snapshot> {
        let lags = |lag: &OnceLock<LoopLag>| lag.get()?.quantiles(QUANTILES.map(|(_, share)| share));
        let stats = |desk: &Desk| WorkerStats { active: desk.active.load(Relaxed), lags: lags(&desk.lag) };
        let workers = self.workers.iter().map(stats).collect();
        let snapshot = Arc::new(Snapshot { router: lags(&self.router), workers });
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        *latest = Some((now, Arc::clone(&snapshot)));
        snapshot
    }
}

impl Drop for Active {
    fn drop(&mut self) {
        self.board.workers[self.worker].active.fetch_sub(1, Relaxed);
    }
}

impl Snapshot {
    /// Computed from the workers that are shown beside it, so that they always add up.
    fn active(&self) -> u64 {
        self.workers.iter().map(|worker| worker.active).sum()
    }

    /// The lags that there are, each with the label of its loop.
    fn lags(&self) -> impl Iterator<Item = (String, Lags)> + '_ {
        let router = self.router.map(|lags| ("router".to_owned(), lags));
        let worker = |(id, worker): (usize, &WorkerStats)| Some((id.to_string(), worker.lags?));
        router.into_iter().chain(self.workers.iter().enumerate().filter_map(worker))
    }
}

/// The line in the log.
impl fmt::Display for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let each: Vec<_> = self.workers.iter().map(|worker| worker.active.to_string()).collect();
        write!(f, "active_tasks={} workers={} worker_active_tasks={}", self.active(), each.len(), each.join(","))?;
        for (id, lags) in self.lags() {
            let of = if id == "router" { id } else { format!("worker_{id}") };
            let lags: Vec<_> = QUANTILES.iter().zip(lags).map(|((name, _), lag)| format!("{name}={lag:.1?}")).collect();
            write!(f, " {of}_lag=({})", lags.join(" "))?;
        }
        Ok(())
    }
}

/// Shows the board at the endpoint.
pub(crate) struct Stats {
    pub(crate) board: Arc<Board>,
    pub(crate) env_id: String,
}

impl Collector for Stats {
    fn name(&self) -> &str {
        "env_server"
    }

    fn descriptors(&self) -> &[Descriptor] {
        &METRICS
    }

    fn collect(&mut self, out: &mut Batch) -> Result<(), Error> {
        let snapshot = self.board.take_at(Instant::now());
        out.set(&INFO, &[&self.env_id, env!("CARGO_PKG_VERSION")], 1_u64);
        out.set(&ACTIVE, &[], snapshot.active());
        out.set(&WORKERS, &[], snapshot.workers.len());
        for (id, worker) in snapshot.workers.iter().enumerate() {
            out.set(&WORKER_ACTIVE, &[&id.to_string()], worker.active);
        }
        for (id, lags) in snapshot.lags() {
            for ((quantile, _), lag) in QUANTILES.iter().zip(lags) {
                out.set(&LAG, &[&id, quantile], lag);
            }
        }
        Ok(())
    }

    fn interval(&self) -> Option<Duration> {
        Some(INTERVAL)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_that_has_not_reported_has_no_tasks_and_no_lag() {
        let board = Arc::new(Board::new(2));
        let stats = Stats { board: Arc::clone(&board), env_id: "toy".to_owned() };
        let builder = tachometer::builder().no_listener().no_default_collectors().collect(stats);
        let page = builder.install().expect("it is the only one of its process").render();
        for line in [
            "verifiers_env_active_tasks 0",
            "verifiers_env_workers_total 2",
            "verifiers_env_worker_active_tasks{worker_id=\"0\"} 0",
            "verifiers_env_worker_active_tasks{worker_id=\"1\"} 0",
            concat!("verifiers_env_server_info{env_id=\"toy\",version=\"", env!("CARGO_PKG_VERSION"), "\"} 1"),
        ] {
            assert!(page.lines().any(|printed| printed == line), "{line} is missing:\n{page}");
        }
        assert!(!page.contains("verifiers_env_loop_lag_seconds"), "{page}");
        assert_eq!(board.latest().to_string(), "active_tasks=0 workers=2 worker_active_tasks=0,0");
    }

    #[test]
    fn the_total_is_that_of_the_workers() {
        let board = Arc::new(Board::new(3));
        let (begun, now) = ([0, 2, 2].map(|worker| board.begin(worker)), Instant::now());
        assert_eq!(board.take_at(now).to_string(), "active_tasks=3 workers=3 worker_active_tasks=1,0,2");
        drop(begun);
        assert_eq!(board.take_at(now).to_string(), "active_tasks=0 workers=3 worker_active_tasks=0,0,0");
    }

    #[test]
    fn the_log_shows_what_the_endpoint_shows() {
        let (board, now) = (Arc::new(Board::new(1)), Instant::now());
        let shown = board.take_at(now);
        let _begun = board.begin(0);
        assert!(Arc::ptr_eq(&board.latest_at(now + INTERVAL), &shown));
        assert_eq!(board.latest_at(now + 2 * INTERVAL).active(), 1, "nobody has taken one for long");
    }
}
