//! The life of an installation: all or nothing at its start, one at a time, and again after its end.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::{
    Error,
    call::{pending, site, target},
    clock,
    config::Settings,
    error::Kind,
    recorder::{builder::BuildInfo, facade::Facade, live::Live, sites, telemetry::Running},
    serve::{Gate, Server},
    store::{fork, registry},
};

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
pub(crate) fn start(settings: &Settings, build: &BuildInfo) -> Result<Running, Error> {
    sites::check(site::all())?;
    let gate = Arc::new(Gate::open(&settings.credentials)?);
    let bound = settings.listen.map(Server::bind).transpose()?;
    clock::calibrate();
    let store = registry::global();
    let live = Live::new(store, &settings.labels);
    let (reloads, handshakes) = (live.clone(), live.clone());
    gate.count_by(move |file| reloads.reload_failed(file, 1), move || handshakes.handshake_failed(1));
    let mut descriptor = None;
    let server = match bound {
        Some(bound) => {
            descriptor = bound.descriptor();
            let counted = live.clone();
            Some(bound.start(live.view(), Arc::clone(&gate), move |route, status| counted.answered(route, status))?)
        }
        None => None,
    };
    // Before the recorder is set: a call in between would find no series of its own and make a slower one.
    sites::register(site::all());
    set_recorder(store)?;
    pending::show_in_store();
    fork::watch(descriptor);
    live.set_build_info(build);
    if server.is_some() {
        live.expect_scrapes();
    }
    gate.files().for_each(|file| live.reload_failed(file, 0));
    if gate.is_encrypted() {
        live.handshake_failed(0);
    }
    Ok(Running::new(live, gate, server))
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
