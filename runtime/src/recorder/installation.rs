//! The life of an installation: all or nothing at its start, one at a time, and again after its end.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use crate::{
    Error,
    call::{pending, site, target},
    clock,
    collectors::{self, BROUGHT, fence::Fence, schedule::Schedule},
    config::{Commit, Config, Reload, Reloadable, Reloader, Settings, Sources, Watch},
    credentials::Offer,
    error::Kind,
    facade::Facade,
    push,
    recorder::{
        builder::BuildInfo,
        fleet::{self, Role},
        guard::{Guard, Unguarded},
        listening::Listening,
        live::Live,
        objectives,
        prometheus::{Prometheus, Upkeep, Wanted},
        sites,
        telemetry::Running,
    },
    serve::{Bound, Gate, Served, Server},
    store::{exemplars, fork, registry},
    termination,
};

/// How long the first scrape may have to wait for the first values of the collectors.
const FIRST: Duration = Duration::from_millis(250);

/// How often files of tokens, users and certificates are looked at.
const KEYS: Duration = Duration::from_secs(1);

/// The installation that is alive. A forked child has none, whatever it inherits.
static OWNER: Mutex<Option<Owner>> = Mutex::new(None);

/// Woken when an installation has ended.
static ENDED: Condvar = Condvar::new();

/// An installation that is alive in a process.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Owner {
    process: u32,
    number: u64,
}

/// The right to be the process's one installation; ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Claim {
    /// No other one's.
    pub(crate) number: u64,
}

impl Claim {
    /// Fails while another installation is alive.
    pub(crate) fn take() -> Result<Self, Error> {
        static LATEST: AtomicU64 = AtomicU64::new(0);
        let mut owner = owner();
        let process = std::process::id();
        if owner.is_some_and(|owner| owner.process == process) {
            return Err(Error::new(
                Kind::Installed,
                "tachometer is installed already; keep the `Telemetry` of the first call, or shut it down before the next; \
                 where there is no first one, as among the tests of a process, let each call `Builder::install_shared`",
            ));
        }
        let number = LATEST.fetch_add(1, Ordering::Relaxed);
        *owner = Some(Owner { process, number });
        Ok(Self { number })
    }

    /// Returns when the installation with the claim of this number, which is ending, has ended.
    pub(crate) fn wait_for_end_of(number: u64) {
        let is_alive = Some(Owner { process: std::process::id(), number });
        drop(ENDED.wait_while(owner(), |owner| *owner == is_alive).unwrap_or_else(PoisonError::into_inner));
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        let mut owner = owner();
        if *owner == Some(Owner { process: std::process::id(), number: self.number }) {
            *owner = None;
            ENDED.notify_all();
        }
    }
}

fn owner() -> MutexGuard<'static, Option<Owner>> {
    OWNER.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts everything that the settings ask for. On an error nothing is left behind that a next attempt would meet.
pub(crate) fn start(
    sources: Sources,
    config: Config,
    listen: Option<SocketAddr>,
    build: &BuildInfo,
    (collectors, outlets, role): (collectors::wanted::Wanted, push::Wanted, Role),
    prometheus: Option<Wanted>,
) -> Result<Running, Error> {
    let mut settings = Settings::new(&config, listen);
    role.narrow(&mut settings.collectors);
    let offer = offered(&settings.reloadable, prometheus.is_none())?;
    let collectors = collectors.checked(&settings.collectors, &BROUGHT, |name| sites::owner(name, site::all()))?;
    let gate = Arc::new(Gate::open(&settings.credentials, offer)?);
    let bound = bind(&settings)?;
    warn_of(&settings, &gate);
    let schedule = Schedule::start(collectors)?;
    // Takes a moment, in which the collectors begin.
    let recorder = Recorder::new(prometheus, &settings)?;
    schedule.wait_for_first(FIRST);
    recorder.admit_tenants(&gate);
    let live = recorder.live(&settings, schedule.fences(), &role)?;
    let (reloads, handshakes) = (live.clone(), live.clone());
    gate.count_by(move |file| reloads.reload_failed(file, 1), move || handshakes.handshake_failed(1));
    let served = Served::new(&settings.reloadable, Arc::clone(&gate));
    let mut reloaded = recorder.reloads(&settings);
    reloaded.push(served.reload());
    let upkeep = recorder.keep_up()?;
    // All that is known is there before the first answer.
    recorder.install()?;
    let listener = Listener::watched(bound.as_ref());
    live.set_build_info(build);
    live.expect(&gate, bound.is_some());
    let listening = Listening::new(settings.listen, bound, settings.listen_required, &served, &live)?;
    let told = live.clone();
    let reloader = Arc::new(Reloader::new(sources, config, reloaded, move |is_ok| told.reloaded(is_ok)));
    let mut watches = watch_keys(&gate, &live)?;
    watches.extend(watch_settings(&reloader, settings.reload_interval, &live)?);
    let child = role.tell(&live.shown())?;
    termination::also(fleet::tell_now);
    let (guard, outlets, process) = (recorder.guard(), live.push_to(outlets)?, std::process::id());
    listener.keep();
    live.warn_of_names();
    Ok(Running {
        live,
        served,
        listening,
        reloader,
        _watches: watches,
        guard,
        _upkeep: upkeep,
        schedule,
        outlets,
        child,
        process,
    })
}

/// What readers are offered, if the program's sites and its settings go together.
fn offered(settings: &Reloadable, by_store: bool) -> Result<Offer, Error> {
    sites::check(site::all())?;
    objectives::check(site::all(), &settings.buckets, by_store)?;
    if by_store {
        return Ok(Offer::Series);
    }
    Unguarded::check(settings)?;
    Ok(Offer::Text)
}

/// Binds the address that is listened on, if one is. One that is taken is an error only if the settings say so.
fn bind(settings: &Settings) -> Result<Option<Bound>, Error> {
    match settings.listen.map(Server::bind).transpose() {
        Err(error) if error.is_address() && !settings.listen_required => {
            tracing::warn!("{error:?}; the program goes on without its metrics being served, and it is tried again");
            Ok(None)
        }
        bound => bound,
    }
}

/// Looks at the files of settings on a thread of its own, if there are any and they may change.
fn watch_settings(reloader: &Arc<Reloader>, interval: Duration, live: &Live) -> Result<Option<Watch>, Error> {
    if !reloader.has_files() {
        return Ok(None);
    }
    live.expect_reloads();
    if interval.is_zero() {
        return Ok(None);
    }
    let reloader = Arc::clone(reloader);
    Watch::start("config", interval, move || reloader.poll()).map(Some)
}

/// Says what is allowed and seldom meant.
fn warn_of(settings: &Settings, gate: &Gate) {
    for (name, _) in settings.labels.iter().filter(|(name, _)| ["instance", "job"].contains(&name.as_str())) {
        tracing::warn!(
            "the label `{name}` is put on every series, and Prometheus puts one of this name there, too: it shows this one as \
             `exported_{name}`; call it otherwise, or set `honor_labels: true` in Prometheus"
        );
    }
    if let Some(address) = settings.listen.filter(|address| !address.ip().is_loopback())
        && gate.is_open()
    {
        tracing::warn!(
            "every client that reaches {address} sees all metrics; set METRICS_TOKEN or METRICS_WEB_CONFIG, or METRICS_HOST=127.0.0.1 \
             to serve this machine alone"
        );
    }
}

/// Looks at the files of tokens, users and certificates, each kind on a thread of its own.
fn watch_keys(gate: &Arc<Gate>, live: &Live) -> Result<Vec<Watch>, Error> {
    let watch = |kind: &'static str| {
        live.looked(kind);
        let (gate, live) = (Arc::clone(gate), live.clone());
        Watch::start(kind, KEYS, move || {
            gate.look(kind);
            live.looked(kind);
        })
    };
    gate.files().map(watch).collect()
}

/// The endpoint's socket, which forked children close. Unless the installation succeeds, its number is another file's soon.
struct Listener {
    is_kept: bool,
}

impl Listener {
    fn watched(bound: Option<&Bound>) -> Self {
        fork::watch(bound.and_then(Bound::descriptor));
        Self { is_kept: false }
    }

    fn keep(mut self) {
        self.is_kept = true;
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if !self.is_kept {
            fork::forget_listener();
        }
    }
}

/// Where everything is recorded.
enum Recorder {
    Store(Guard),
    Prometheus(Arc<Prometheus>),
}

impl Recorder {
    fn new(prometheus: Option<Wanted>, settings: &Settings) -> Result<Self, Error> {
        if let Some(wanted) = prometheus {
            let histograms = sites::histograms(site::all(), &settings.reloadable.buckets);
            return wanted.build(settings, &histograms).map(Self::Prometheus);
        }
        clock::calibrate();
        let guard = Guard { store: registry::global(), rounds: Arc::default() };
        guard.follow(&settings.reloadable.policy);
        guard.store.set_ladders(settings.reloadable.buckets.clone());
        exemplars::set_age(settings.reloadable.exemplar_age);
        Ok(Self::Store(guard))
    }

    /// The tenants of the tokens file, and of each that comes in its place, have a series whoever came before them.
    fn admit_tenants(&self, gate: &Gate) {
        if let Self::Store(guard) = self {
            let guard = guard.clone();
            gate.tell_tenants(move |label, tenants| guard.reserve(label, tenants));
        }
    }

    fn live(&self, settings: &Settings, fences: Arc<[Arc<Fence>]>, role: &Role) -> Result<Live, Error> {
        Ok(match self {
            Self::Store(guard) => {
                let store = guard.store;
                let fleet = role.begin(&settings.fleet, &settings.labels, || store.policy().clone())?;
                Live::of_store(store, &settings.labels, fences, fleet)
            }
            Self::Prometheus(prometheus) => Live::of_prometheus(Arc::clone(prometheus), &settings.labels, fences),
        })
    }

    /// What takes over settings while the program runs.
    fn reloads(&self, settings: &Settings) -> Vec<Box<dyn Reload>> {
        match self {
            Self::Store(guard) => vec![Box::new(Ladders(guard.store)), Box::new(guard.clone())],
            Self::Prometheus(prometheus) => vec![prometheus.reload(settings), Box::new(Unguarded)],
        }
    }

    fn keep_up(&self) -> Result<Option<Upkeep>, Error> {
        match self {
            Self::Store(_) => Ok(None),
            Self::Prometheus(prometheus) => prometheus.keep_up().map(Some),
        }
    }

    /// Makes it the one that the program records into, and shows what is known before the first record.
    fn install(&self) -> Result<(), Error> {
        match self {
            Self::Store(guard) => {
                // Before the recorder is set: a call in between would find no series of its own and make a slower one.
                sites::register(site::all());
                set_recorder(guard.store)?;
                pending::show_in_store();
                Ok(())
            }
            Self::Prometheus(prometheus) => prometheus.install(),
        }
    }

    fn guard(self) -> Option<Guard> {
        match self {
            Self::Store(guard) => Some(guard),
            Self::Prometheus(_) => None,
        }
    }
}

/// The store, as far as settings can change it while it is in use.
struct Ladders(&'static registry::Store);

impl Reload for Ladders {
    fn prepare<'a>(&'a self, settings: &'a Reloadable) -> Result<Commit<'a>, Error> {
        Ok(Box::new(|| {
            self.0.set_ladders(settings.buckets.clone());
            exemplars::set_age(settings.exemplar_age);
        }))
    }
}

/// Makes the store the program's recorder, unless an earlier installation has.
fn set_recorder(store: &'static registry::Store) -> Result<(), Error> {
    if target::is_ours_set() {
        return Ok(());
    }
    metrics::set_global_recorder(Facade::new(store)).map_err(|_| {
        let message = if Prometheus::is_installed() {
            "an earlier installation has made the recorder of `with_prometheus` that of the `metrics` facade, which is \
             never replaced; call `with_prometheus` for this one as well"
        } else {
            "another recorder of the `metrics` facade is installed already; install tachometer first, or record into \
             the other one with `tachometer::adopt_global()`; if it is metrics-exporter-prometheus', hand its builder to \
             `Builder::with_prometheus` instead of installing it (feature `prometheus-recorder`)"
        };
        Error::new(Kind::RecorderTaken, message)
    })?;
    if let Err(error) = target::set_ours() {
        tracing::warn!("no thread can be started, so calls are recorded by a slower way: {error}");
    }
    Ok(())
}
