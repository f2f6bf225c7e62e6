//! All that a block can do with metrics: register and update them, watch rolling windows, and have them leave the program
//! by HTTP and Redis.

use std::{
    collections::BTreeMap,
    net::{SocketAddr, ToSocketAddrs},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde_json::Value;
use tachometer::{
    BuildInfo, Builder, Telemetry, catalog::Options, collectors::process::Process, dynamic, outlets::Redis,
};

use crate::{
    Failure,
    config::{BlockConfig, RedisConfig},
    document,
    rolling::Windows,
};

/// Labels of an update.
pub type Labels<'a> = &'a [(&'a str, &'a str)];

const TASKS: &str = "aios_tasks_processed_total";
const QUEUE: &str = "aios_queue_length";
const LATENCY: &str = "aios_latency_seconds";

/// How tasks end as a rule: these series are there from the start.
const STATUSES: [&str; 2] = ["success", "failed"];

/// A block's metrics. Nothing is open before [`start_http`](Self::start_http).
#[derive(Debug)]
pub struct Block {
    config: BlockConfig,
    windows: Arc<Windows>,
    registered: Mutex<BTreeMap<String, Registered>>,
    running: Mutex<Option<Telemetry>>,
}

/// What was registered under a name.
#[derive(Debug, Clone, PartialEq)]
enum Registered {
    Counter(String),
    Gauge(String),
    Histogram(String, Vec<f64>),
}

impl Registered {
    fn kind(&self) -> &'static str {
        match self {
            Self::Counter(_) => "counter",
            Self::Gauge(_) => "gauge",
            Self::Histogram(..) => "histogram",
        }
    }
}

impl Block {
    /// A block with the three metrics that each one has.
    pub fn new(config: BlockConfig) -> Result<Self, Failure> {
        let windows = Arc::new(Windows::new(config.windows));
        let block = Self { config, windows, registered: Mutex::default(), running: Mutex::default() };
        block.register_counter(TASKS, "Tasks that were worked off, by how they ended.")?;
        block.register_gauge(QUEUE, "Tasks that wait.")?;
        block.register_histogram(LATENCY, "Time that a task took.", None)?;
        Ok(block)
    }

    /// Registers a counter; one that is there already is the same.
    pub fn register_counter(&self, name: &str, help: &str) -> Result<(), Failure> {
        self.register(name, Registered::Counter(help.to_owned()))
    }

    /// The same of a gauge.
    pub fn register_gauge(&self, name: &str, help: &str) -> Result<(), Failure> {
        self.register(name, Registered::Gauge(help.to_owned()))
    }

    /// The same of a histogram, with these upper bounds or else the block's.
    pub fn register_histogram(&self, name: &str, help: &str, bounds: Option<&[f64]>) -> Result<(), Failure> {
        let bounds = bounds.unwrap_or(&self.config.buckets).to_vec();
        self.register(name, Registered::Histogram(help.to_owned(), bounds))
    }

    /// Adds to a counter, fractions too; 1 without an amount.
    pub fn update_counter(&self, name: &str, amount: Option<f64>, labels: Labels<'_>) -> Result<(), Failure> {
        match self.found(name)? {
            Registered::Counter(_) => dynamic::float_counter(name, labels)?.add(amount.unwrap_or(1.0)),
            other => return Err(wrong(name, &other, "counter")),
        }
        Ok(())
    }

    /// Sets a gauge.
    pub fn update_gauge(&self, name: &str, value: f64, labels: Labels<'_>) -> Result<(), Failure> {
        match self.found(name)? {
            Registered::Gauge(_) => dynamic::gauge(name, labels)?.set(value),
            other => return Err(wrong(name, &other, "gauge")),
        }
        Ok(())
    }

    /// Records a value in a histogram.
    pub fn update_histogram(&self, name: &str, value: f64, labels: Labels<'_>) -> Result<(), Failure> {
        match self.found(name)? {
            Registered::Histogram(_, bounds) => dynamic::histogram_with_buckets(name, labels, bounds)?.record(value),
            other => return Err(wrong(name, &other, "histogram")),
        }
        Ok(())
    }

    /// Says that a task has ended: so, after so many seconds, with so many that wait.
    pub fn record_task_done(&self, status: &str, latency: Option<f64>, queue_len: Option<u64>) -> Result<(), Failure> {
        self.update_counter(TASKS, None, &[("status", status)])?;
        self.windows.observe_in("tasks", status, 1.0, None)?;
        if let Some(latency) = latency {
            self.update_histogram(LATENCY, latency, &[])?;
            self.windows.observe("latency_seconds", latency, None)?;
        }
        if let Some(length) = queue_len {
            self.update_gauge(QUEUE, length as f64, &[])?;
            self.windows.observe("queue_length", length as f64, None)?;
        }
        Ok(())
    }

    /// The rolling windows, by name and by category and name.
    pub fn rolling(&self) -> &Windows {
        &self.windows
    }

    /// By name: what came last, how many in the short window, and the averages of all three.
    pub fn extended_metrics(&self) -> Value {
        self.windows.told()
    }

    /// All values as a block's document; without metrics before the start.
    pub fn snapshot(&self) -> Option<Value> {
        let snapshot = self.running().as_ref()?.snapshot();
        let BlockConfig { block_id, instance_id, .. } = &self.config;
        Some(document::of(block_id, instance_id, &snapshot, &self.extended_metrics()))
    }

    /// Opens the endpoint, and pushes to Redis from here on, if that is enabled. Nothing is left open where it fails.
    pub fn start_http(&self) -> Result<SocketAddr, Failure> {
        let BlockConfig { host, port, .. } = &self.config;
        let address = (host.trim_matches(['[', ']']), *port).to_socket_addrs().ok().and_then(|mut all| all.next());
        let address = address.ok_or_else(|| {
            format!(
                "environment variable METRICS_HOST is `{host}`; write an IP address, or a name that resolves to one"
            )
        })?;
        self.start(tachometer::builder().listen(address))?;
        let running = self.running();
        running
            .as_ref()
            .and_then(Telemetry::local_addr)
            .ok_or_else(|| "metrics are switched off by METRICS_ENABLED".into())
    }

    /// Pushes to Redis, where that is enabled, without an endpoint.
    pub fn start_redis(&self) -> Result<(), Failure> {
        self.start(tachometer::builder().no_listener())
    }

    /// Ends all that was started: what waits for Redis is sent, threads are joined, within this time.
    pub fn shutdown(&self, within: Duration) -> Result<(), Failure> {
        let running = self.running().take();
        Ok(running.map_or(Ok(()), |telemetry| telemetry.shutdown(within))?)
    }

    fn running(&self) -> MutexGuard<'_, Option<Telemetry>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn start(&self, builder: Builder) -> Result<(), Failure> {
        let mut running = self.running();
        if running.is_some() {
            return Err("the block has been started already; shut it down first".into());
        }
        let mut builder = collecting(builder);
        if let Some(redis) = &self.config.redis {
            builder = builder.push(self.outlet(redis)?);
        }
        *running = Some(builder.install()?);
        self.show_all()
    }

    /// Prints what flags such as `--print-rules` ask for, and ends the program then.
    pub fn print_if_asked(&self, options: &Options) -> Result<(), Failure> {
        let mut builder = collecting(tachometer::builder());
        if let Some(redis) = &self.config.redis {
            builder = builder.push(self.outlet(redis)?);
        }
        // What cannot be shown is not in what is printed, where that is seen.
        drop(builder.print_if_asked(options, || drop(self.show_all()))?);
        Ok(())
    }

    fn show_all(&self) -> Result<(), Failure> {
        self.registered().iter().try_for_each(|(name, registered)| show(name, registered))?;
        for status in STATUSES {
            drop(dynamic::float_counter(TASKS, &[("status", status)])?);
        }
        Ok(())
    }

    fn outlet(&self, redis: &RedisConfig) -> Result<Redis, Failure> {
        let RedisConfig { host, port, db, password, queue, interval, batch, backoff } = redis;
        let user = password.as_ref().map(|password| format!(":{}@", encoded(password))).unwrap_or_default();
        let windows = Arc::clone(&self.windows);
        let (block_id, instance_id) = (self.config.block_id.clone(), self.config.instance_id.clone());
        let outlet = Redis::new(&format!("redis://{user}{host}:{port}/{db}"))?
            .key(queue)
            .interval(*interval)
            .batch(*batch)
            .backoff(backoff[0], backoff[1])
            .document(move |snapshot| {
                document::of(&block_id, &instance_id, snapshot, &windows.told()).to_string().into_bytes()
            });
        Ok(outlet)
    }

    fn registered(&self) -> MutexGuard<'_, BTreeMap<String, Registered>> {
        self.registered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn found(&self, name: &str) -> Result<Registered, Failure> {
        let found = self.registered().get(name).cloned();
        found.ok_or_else(|| format!("there is no metric `{name}`; register it first").into())
    }

    fn register(&self, name: &str, wanted: Registered) -> Result<(), Failure> {
        let mut registered = self.registered();
        if let Some(known) = registered.get(name) {
            let is_same = known.kind() == wanted.kind();
            return if is_same { Ok(()) } else { Err(wrong(name, known, wanted.kind())) };
        }
        if self.running().is_some() {
            show(name, &wanted)?;
        }
        registered.insert(name.to_owned(), wanted);
        Ok(())
    }
}

/// With what is collected in any case.
fn collecting(builder: Builder) -> Builder {
    let build = BuildInfo::default().version(env!("CARGO_PKG_VERSION"));
    builder.build_info(build).collect(Process::new().cpu_percent())
}

/// Shows a metric with its HELP, and at 0 where it has no labels of its own.
fn show(name: &str, registered: &Registered) -> Result<(), Failure> {
    match registered {
        Registered::Counter(help) => metrics::describe_counter!(name.to_owned(), help.clone()),
        Registered::Gauge(help) => {
            metrics::describe_gauge!(name.to_owned(), help.clone());
            drop(dynamic::gauge(name, &[])?);
        }
        Registered::Histogram(help, bounds) => {
            metrics::describe_histogram!(name.to_owned(), help.clone());
            drop(dynamic::histogram_with_buckets(name, &[], bounds.clone())?);
        }
    }
    Ok(())
}

fn wrong(name: &str, known: &Registered, wanted: &str) -> Failure {
    format!("metric `{name}` is registered as a {}, not as a {wanted}; choose another name", known.kind()).into()
}

/// A password as a URL holds it.
fn encoded(password: &str) -> String {
    password
        .bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
