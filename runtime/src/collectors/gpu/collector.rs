//! The collector: it asks the thread that owns the driver, and tells when that does not answer. It makes no call of
//! the driver.

use std::{
    env,
    ffi::OsString,
    path::PathBuf,
    process,
    sync::{
        Arc,
        mpsc::{self, Receiver, RecvTimeoutError, Sender, TryRecvError},
    },
    thread,
    time::{Duration, Instant},
};

use super::{
    health::Health,
    metrics::{ALIASES, METRICS, PCIE_THROUGHPUT},
    outcome::State,
    worker::{self, Answer, Setup},
};
use crate::{
    collectors::{Batch, Collector, Descriptor},
    error::{Error, Kind},
};

/// Names another library than the driver's own.
const LIBRARY: &str = "TACHOMETER_NVML_LIB";

/// How long the driver may take for a round.
const PATIENCE: Duration = Duration::from_secs(3);

/// How long the library may take to be given up when the collector ends: longer than a wait for an XID takes.
const FAREWELL: Duration = Duration::from_millis(1500);

/// The collector `gpu`: NVIDIA's GPUs, as their driver sees them.
///
/// It is part of every installation, with the feature `gpu`, and loads NVML, the driver's library, when the program runs.
/// Where there is none it says so once in the log, `gpu_collector_state` is `no_library`, and no GPU has any series; from
/// time to time it looks again. To set it up otherwise, give one to [`Builder::collect`](crate::Builder::collect), which
/// then takes its place:
///
/// ```
/// use std::time::Duration;
/// use tachometer::collectors::gpu::Gpu;
///
/// let gpus = Gpu::new().interval(Duration::from_secs(1)).aliases();
/// let telemetry = tachometer::builder().collect(gpus).no_listener().install()?;
/// # Ok::<(), tachometer::Error>(())
/// ```
///
#[doc = include_str!("metrics.md")]
///
/// `gpu` is the number that the driver gives, `uuid` is what stays. These are all GPUs of the machine or container, whatever
/// `CUDA_VISIBLE_DEVICES` leaves to this process; CUDA numbers what is left from 0 on, in an order of its own. To find the GPU
/// that a program works on, join by `uuid`, which CUDA tells (`cudaDeviceProp::uuid`, or `nvidia-smi -L`) and which the
/// variable may hold itself. What a GPU does not support, and what could not be
/// read, is absent: a GPU with MIG has no utilization, one without fans no fan. To ask a GPU is to keep it awake, which
/// laptops may not want.
///
/// # When the driver fails
///
/// | state | when | then |
/// |---|---|---|
/// | `ok` | there is a GPU | a GPU that is lost has `gpu_up` 0 and nothing else, also when the driver forgets it; the library is loaded again |
/// | `no_library` | NVML is not there, or what is there is not NVML | it is looked for again, after up to 12 rounds |
/// | `no_driver` | NVML is there, and the driver does not answer | the same |
/// | `version_mismatch` | the driver was updated, and the kernel has the old one | the same; a reboot helps |
/// | `no_device` | the driver knows no GPU | it is asked again in each round |
/// | `wedged` | the driver takes longer than [`patience`](Self::patience) | no GPU has series until it answers |
///
/// The driver is called from a thread of its own and from another one that waits for XIDs. A call that never returns
/// holds only these; scrapes, other collectors and async runtimes go on, and so does the end of the program, which waits
/// for them for 1.5 s at most.
#[derive(Debug)]
pub struct Gpu {
    library: Option<OsString>,
    interval: Option<Duration>,
    patience: Duration,
    metrics: Vec<Descriptor>,
    health: Arc<Health>,
    state: Option<State>,
    thread: Option<Thread>,
}

/// The thread that owns the driver, from outside.
#[derive(Debug)]
struct Thread {
    ask: Sender<Batch>,
    answers: Receiver<Answer>,
    /// Whether it owes an answer.
    owes: bool,
}

/// Why there is no answer.
enum Silence {
    Late,
    Ended,
}

impl Default for Gpu {
    fn default() -> Self {
        Self::new()
    }
}

impl Gpu {
    /// All GPUs that the driver knows. If the variable `TACHOMETER_NVML_LIB` is set, it names the library to load.
    #[must_use]
    pub fn new() -> Self {
        Self {
            library: env::var_os(LIBRARY).filter(|library| !library.is_empty()),
            interval: None,
            patience: PATIENCE,
            metrics: METRICS.to_vec(),
            health: Arc::default(),
            state: None,
            thread: None,
        }
    }

    /// Loads this library instead of the driver's own, `libnvidia-ml.so.1`.
    #[must_use]
    pub fn library(mut self, path: impl Into<PathBuf>) -> Self {
        self.library = Some(path.into().into_os_string());
        self
    }

    /// How often GPUs are read, if not as often as everything else.
    #[must_use]
    pub fn interval(mut self, interval: Duration) -> Self {
        self.interval = Some(interval);
        self
    }

    /// How long the driver may take for all GPUs, 3 s unless this says otherwise. Whatever takes longer is `wedged`.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Also reports `gpu_pcie_throughput_bytes_per_second`, which makes the driver measure for 20 ms in each direction
    /// of each GPU. `gpu_pcie_bytes_total` costs nothing, where it is supported.
    #[must_use]
    pub fn pcie_throughput(mut self) -> Self {
        self.add(&[PCIE_THROUGHPUT]);
        self
    }

    /// Also reports `gpu_memory_mb` and `gpu_utilization_pct`, of all GPUs together and without labels, for dashboards
    /// that ask for these names.
    #[must_use]
    pub fn aliases(mut self) -> Self {
        self.add(&ALIASES);
        self
    }

    fn add(&mut self, metrics: &[Descriptor]) {
        if !self.metrics.contains(&metrics[0]) {
            self.metrics.extend_from_slice(metrics);
        }
    }

    fn start(&self) -> Result<Thread, Error> {
        let setup = Setup {
            library: self.library.clone(),
            process: process::id(),
            pcie_throughput: self.metrics.contains(&PCIE_THROUGHPUT),
            aliases: self.metrics.contains(&ALIASES[0]),
            health: self.health.clone(),
        };
        let (ask, asked) = mpsc::channel();
        let (answer, answers) = mpsc::channel();
        let work = move || worker::work(&setup, &asked, &answer);
        thread::Builder::new().name("tachometer-nvml".to_owned()).spawn(work).map_err(|error| {
            Error::new(Kind::Environment, "cannot start the thread of the GPUs' driver; raise the process's limits")
                .with_source(error)
        })?;
        Ok(Thread { ask, answers, owes: false })
    }

    /// Writes a line when the state is another one than before.
    fn tell(&mut self, state: State, why: Option<&str>) {
        if self.state.replace(state) == Some(state) {
            return;
        }
        let (state, why) = (state.as_str(), why.unwrap_or_default());
        match self.state {
            Some(State::Ok) => tracing::info!("GPUs are read"),
            Some(State::NoLibrary) => tracing::info!("no GPU is read, because there is no NVML: {why}"),
            Some(State::NoDevice) => tracing::info!("no GPU is read, because the driver knows none"),
            Some(State::Wedged) => tracing::warn!(
                "no GPU is read, because the driver does not answer within {:?}; its series are absent until it does",
                self.patience
            ),
            _ => tracing::warn!("no GPU is read ({state}): {why}"),
        }
    }
}

impl Collector for Gpu {
    fn name(&self) -> &str {
        "gpu"
    }

    fn descriptors(&self) -> &[Descriptor] {
        &self.metrics
    }

    fn collect(&mut self, out: &mut Batch) -> Result<(), Error> {
        let thread = match self.thread.take() {
            Some(thread) => thread,
            None => self.start()?,
        };
        let thread = self.thread.insert(thread);
        match thread.round(Batch::new(self.metrics.as_slice().into()), self.patience) {
            Ok(Answer { batch, state, why }) => {
                *out = batch;
                self.tell(state, why.as_deref());
                self.health.report(state, out);
            }
            Err(Silence::Late) => {
                self.tell(State::Wedged, None);
                self.health.report(State::Wedged, out);
            }
            Err(Silence::Ended) => {
                self.thread = None;
                let message = "the thread of the GPUs' driver panicked; it is started again";
                return Err(Error::new(Kind::Environment, message));
            }
        }
        Ok(())
    }

    fn interval(&self) -> Option<Duration> {
        self.interval
    }

    /// The driver's patience is this collector's own; beyond that, something is wrong with the collector itself.
    fn limit(&self) -> Duration {
        self.patience.saturating_add(Duration::from_secs(2))
    }
}

impl Thread {
    /// Has all GPUs read. What was asked for earlier and comes only now is old, and thrown away.
    fn round(&mut self, batch: Batch, patience: Duration) -> Result<Answer, Silence> {
        if self.owes {
            match self.answers.try_recv() {
                Ok(_) => self.owes = false,
                Err(TryRecvError::Empty) => return Err(Silence::Late),
                Err(TryRecvError::Disconnected) => return Err(Silence::Ended),
            }
        }
        self.ask.send(batch).map_err(|_| Silence::Ended)?;
        self.owes = true;
        let answer = self.answers.recv_timeout(patience).map_err(|error| match error {
            RecvTimeoutError::Timeout => Silence::Late,
            RecvTimeoutError::Disconnected => Silence::Ended,
        })?;
        self.owes = false;
        Ok(answer)
    }
}

/// The library is given up before the program ends, unless the driver hangs: what it does at the end of a program must
/// not meet its own functions at work.
impl Drop for Thread {
    fn drop(&mut self) {
        if self.owes {
            return;
        }
        self.ask = mpsc::channel().0;
        let deadline = Instant::now() + FAREWELL;
        while let Some(left) = deadline.checked_duration_since(Instant::now()) {
            if matches!(self.answers.recv_timeout(left), Err(RecvTimeoutError::Disconnected)) {
                return;
            }
        }
    }
}
