//! The life of an installation: all or nothing at its start, one at a time, and again after its end.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::{
    Error,
    call::{pending, site, target},
    clock,
    collectors::{BROUGHT, schedule::Schedule, wanted::Wanted},
    config::{Commit, Config, Reload, Reloadable, Reloader, Settings, Sources, Watch},
    error::Kind,
    facade::Facade,
    recorder::{builder::BuildInfo, guard::Guard, live::Live, sites, telemetry::Running},
    serve::{Bound, Gate, Server},
    store::{fork, registry},
};

/// How long the first scrape may have to wait for the first values of the collectors.
const FIRST: Duration = Duration::from_millis(250);

/// The process that an installation is alive in. A forked child has none, whatever it inherits.
static OWNER: Mutex<Option<u32>> = Mutex::new(None);

/// The right to be the process's one installation; ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Claim(());

impl Claim {
    /// Fails while another installation is alive.
    pub(crate) fn take() -> Result<Self, Error> {
        let mut owner = owner();
        if *owner == Some(std::process::id()) {
            return Err(Error::new(
                Kind::Installed,
                "tachometer is installed already; keep the `Telemetry` of the first call, or shut it down before the next",
            ));
        }
        *owner = Some(std::process::id());
        Ok(Self(()))
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        let mut owner = owner();
        if *owner == Some(std::process::id()) {
            *owner = None;
        }
    }
}

fn owner() -> MutexGuard<'static, Option<u32>> {
    OWNER.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts everything that the settings ask for. On an error nothing is left behind that a next attempt would meet.
pub(crate) fn start(
    sources: Sources,
    config: Config,
    listen: Option<SocketAddr>,
    build: &BuildInfo,
    wanted: Wanted,
) -> Result<Running, Error> {
    let settings = Settings::new(&config, listen);
    sites::check(site::all())?;
    let collectors = wanted.checked(&settings.collectors, &BROUGHT, |name| sites::owner(name, site::all()))?;
    let gate = Arc::new(Gate::open(&settings.credentials)?);
    let bound = settings.listen.map(Server::bind).transpose()?;
    let schedule = Schedule::start(collectors)?;
    // Takes a moment, in which the collectors begin.
    clock::calibrate();
    schedule.wait_for_first(FIRST);
    let store = registry::global();
    let guard = Guard { store, rounds: Arc::default() };
    guard.follow(&settings.reloadable.policy);
    let live = Live::new(store, &settings.labels, schedule.fences());
    let (reloads, handshakes) = (live.clone(), live.clone());
    gate.count_by(move |file| reloads.reload_failed(file, 1), move || handshakes.handshake_failed(1));
    let mut reloaded: Vec<Box<dyn Reload>> = vec![Box::new(Ladders(store)), Box::new(guard.clone())];
    store.set_ladders(settings.reloadable.buckets.clone());
    // All that is known is there before the first answer; and it is there before the recorder is set, since a call in
    // between would find no series of its own and make a slower one.
    sites::register(site::all());
    set_recorder(store)?;
    pending::show_in_store();
    fork::watch(bound.as_ref().and_then(Bound::descriptor));
    live.set_build_info(build);
    live.expect_keys(&gate);
    if bound.is_some() {
        live.expect_scrapes();
    }
    let server = match bound {
        Some(bound) => {
            let counted = live.clone();
            let answered = move |route, status| counted.answered(route, status);
            let server = bound.start(&settings.reloadable, live.view(), Arc::clone(&gate), answered)?;
            reloaded.push(server.reload());
            Some(server)
        }
        None => None,
    };
    let told = live.clone();
    let reloader = Arc::new(Reloader::new(sources, config, reloaded, move |is_ok| told.reloaded(is_ok)));
    let is_watched = reloader.has_files();
    let watch = (is_watched && !settings.reload_interval.is_zero())
        .then(|| Watch::start(Arc::clone(&reloader), settings.reload_interval))
        .transpose()?;
    if is_watched {
        live.expect_reloads();
    }
    let process = std::process::id();
    Ok(Running { live, gate, server, reloader, _watch: watch, guard, schedule, process })
}

/// The store, as far as settings can change it while it is in use.
struct Ladders(&'static registry::Store);

impl Reload for Ladders {
    fn prepare<'a>(&'a self, settings: &'a Reloadable) -> Result<Commit<'a>, Error> {
        Ok(Box::new(|| self.0.set_ladders(settings.buckets.clone())))
    }
}

/// Makes the store the program's recorder, unless an earlier installation has.
fn set_recorder(store: &'static registry::Store) -> Result<(), Error> {
    if target::is_ours_set() {
        return Ok(());
    }
    metrics::set_global_recorder(Facade::new(store)).map_err(|_| {
        Error::new(
            Kind::RecorderTaken,
            "another recorder of the `metrics` facade is installed already; install tachometer first, or record into \
             the other one with `tachometer::adopt_global()`",
        )
    })?;
    if let Err(error) = target::set_ours() {
        tracing::warn!("no thread can be started, so calls are recorded by a slower way: {error}");
    }
    Ok(())
}
