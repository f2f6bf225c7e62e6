//! A parent in the hands of the program.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    io::Write,
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    process::{self, Command},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use super::{Limits, roster::Roster, socket::Socket, worker::Worker};
use crate::{
    Policy,
    error::{Error, Kind},
    fleet::{
        child::member::draw,
        merge::{gauge::GaugeMode, modes::Modes, whole::Whole},
        shared::Shared,
        state::{
            file::{Saver, put_aside},
            kept,
        },
        variable::{self, VARIABLE},
        wire::greeting::Membership,
    },
    metric::matcher::Matcher,
    time::Machine,
};

/// A parent that has not begun to listen.
#[derive(Debug, Default)]
#[must_use = "nothing listens before `build`"]
pub struct ParentBuilder {
    socket: Option<PathBuf>,
    state_file: Option<PathBuf>,
    modes: Modes,
    said: Said,
}

/// What the program says of the limits; the rest is as settings say.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Said {
    children: Option<usize>,
    series_per_child: Option<usize>,
    frame_bytes: Option<usize>,
    interval: Option<Duration>,
    pull_timeout: Option<Duration>,
}

/// A process that exports its children. Clones are the same one.
///
/// It listens for children from [`build`](ParentBuilder::build) on, and exports them from the installation on that
/// [`Builder::fleet`](crate::Builder::fleet) hands it to.
#[derive(Debug, Clone)]
pub struct Parent {
    core: Arc<Core>,
}

#[derive(Debug)]
struct Core {
    socket: Socket,
    state_file: Option<PathBuf>,
    modes: Modes,
    said: Said,
    /// None before the first installation.
    shared: Mutex<Option<Arc<Shared>>>,
    wake: Arc<UnixStream>,
    hear: Mutex<Option<UnixStream>>,
    stop: Arc<AtomicBool>,
    process: u32,
}

impl ParentBuilder {
    /// Where to listen: a path in a folder that belongs to this user alone (rights 700), of at most 107 bytes. Without one
    /// it is a new folder among the temporary files.
    pub fn socket(mut self, path: impl Into<PathBuf>) -> Self {
        self.socket = Some(path.into());
        self
    }

    /// How these gauges are shown where several processes have them; [`GaugeMode::Sum`] unless it is said. `process_*` is
    /// [`GaugeMode::PerChild`].
    pub fn gauges(mut self, metrics: Matcher, mode: GaugeMode) -> Self {
        self.modes.set(metrics, mode);
        self
    }

    /// How many children there may be at a time, rather than what `METRICS_FLEET_CHILDREN` says.
    pub fn children(mut self, most: usize) -> Self {
        self.said.children = Some(most);
        self
    }

    /// How many series each child may have, rather than what `METRICS_FLEET_SERIES_PER_CHILD` says.
    pub fn series_per_child(mut self, most: usize) -> Self {
        self.said.series_per_child = Some(most);
        self
    }

    /// How long a frame of a child may be, rather than what `METRICS_FLEET_FRAME_BYTES` says; from 64 KiB to 64 MiB.
    pub fn frame_bytes(mut self, most: usize) -> Self {
        self.said.frame_bytes = Some(most.clamp(64 << 10, 64 << 20));
        self
    }

    /// How often children tell their values, rather than what `METRICS_FLEET_INTERVAL` says: the most that a child which is
    /// killed may lose.
    pub fn interval(mut self, interval: Duration) -> Self {
        self.said.interval = Some(interval.clamp(Duration::from_millis(20), Duration::from_secs(3600)));
        self
    }

    /// How long a scrape waits for children, rather than what `METRICS_FLEET_PULL_TIMEOUT` says. A child that takes longer is
    /// not waited for again before it has told something.
    pub fn pull_timeout(mut self, timeout: Duration) -> Self {
        self.said.pull_timeout = Some(timeout);
        self
    }

    /// Where the totals are kept, rather than where `METRICS_FLEET_STATE_FILE` says, so that they outlive this process: a file
    /// that is replaced once an interval. What it lacks
    /// of a child that lives the child tells again. One that is damaged is put aside, and totals begin at 0.
    pub fn state_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.state_file = Some(path.into());
        self
    }

    /// Listens.
    ///
    /// # Errors
    /// [`Error::is_setting`] if the socket's path is too long, or others could reach it; [`Error::is_address`] if another
    /// parent listens there.
    pub fn build(self) -> Result<Parent, Error> {
        let socket = Socket::bind(self.socket.as_deref())?;
        let pair = UnixStream::pair().and_then(|(wake, hear)| {
            wake.set_nonblocking(true)?;
            hear.set_nonblocking(true)?;
            Ok((wake, hear))
        });
        let (wake, hear) = pair.map_err(|error| {
            let message = "cannot make a socket of the fleet; raise the process's limits";
            Error::new(Kind::Environment, message).with_source(error)
        })?;
        let core = Core {
            socket,
            state_file: self.state_file,
            modes: self.modes,
            said: self.said,
            shared: Mutex::new(None),
            wake: Arc::new(wake),
            hear: Mutex::new(Some(hear)),
            stop: Arc::default(),
            process: process::id(),
        };
        Ok(Parent { core: Arc::new(core) })
    }
}

impl Parent {
    /// A parent whose settings the program has a say in.
    pub fn builder() -> ParentBuilder {
        ParentBuilder::default()
    }

    /// Where it listens.
    #[must_use]
    pub fn socket(&self) -> &Path {
        &self.core.socket.path
    }

    /// Has the process that this command starts join, as the `slot`-th of its role: `install` does so there by itself. Roles
    /// and slots are labels of what is shown by child, so a child that takes another one's place takes its slot.
    ///
    /// A `tokio::process::Command` is one of these, too: `parent.enlist(command.as_std_mut(), "mail", 0)`.
    ///
    /// # Errors
    /// [`Error::is_setting`] if the role has more than 128 bytes, `:` or a control character in it.
    pub fn enlist(&self, command: &mut Command, role: &str, slot: u32) -> Result<(), Error> {
        command.env(VARIABLE, self.variable(role, slot)?.1);
        Ok(())
    }

    /// The variable of the environment that has a child of this process join, and its value.
    ///
    /// # Errors
    /// As [`enlist`](Self::enlist).
    pub fn variable(&self, role: &str, slot: u32) -> Result<(&'static str, OsString), Error> {
        Ok((VARIABLE, variable::write(self.socket(), role, slot)?))
    }

    /// Begins to take in children, with settings that lie under what the program said; or goes on with others.
    pub(crate) fn begin(
        &self,
        settings: &Limits,
        state_file: Option<&Path>,
        common: &[(String, String)],
        policy: impl Fn() -> Policy + Send + 'static,
    ) -> Result<Arc<Shared>, Error> {
        let core = &*self.core;
        let mut place = core.shared.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(shared) = &*place {
            shared.look(|whole, _| whole.set_common(common));
            return Ok(Arc::clone(shared));
        }
        let limits = core.said.over(settings);
        let mut whole = Whole::new(core.modes.clone(), limits.series_per_child);
        let wake = Arc::clone(&core.wake);
        // A byte that does not fit is one too many.
        let wake = move || drop((&*wake).write(&[1]));
        let mut roster = Roster::new(Membership { parent: draw(), lineage: draw(), saved: 0 }, limits.children);
        let saver = core
            .state_file
            .as_deref()
            .or(state_file)
            .map(|path| restored(path, &mut whole, &mut roster, limits.children));
        whole.set_common(common);
        let shared = Arc::new(Shared::new(whole, Arc::new(Machine::new()), wake));
        let failed = |error: std::io::Error| {
            let message = "cannot start the thread of the fleet; raise the process's limits";
            Error::new(Kind::Environment, message).with_source(error)
        };
        let hear = core.hear.lock().unwrap_or_else(PoisonError::into_inner).take();
        let hear = hear.ok_or_else(|| failed(std::io::Error::other("it has been started before")))?;
        let worker = Worker {
            shared: Arc::clone(&shared),
            listener: core.socket.listener.try_clone().map_err(failed)?,
            wake: hear,
            stop: Arc::clone(&core.stop),
            limits,
            roster,
            policy: Box::new(policy),
            connections: BTreeMap::new(),
            last: 0,
            pull: None,
            pulled: 0,
            rests_until: Duration::ZERO,
            saver: saver.transpose()?,
            saved_at: Duration::ZERO,
        };
        thread::Builder::new().name("tachometer-fleet".to_owned()).spawn(move || worker.work()).map_err(failed)?;
        shared.set_patience(Some(limits.pull_timeout));
        *place = Some(Arc::clone(&shared));
        Ok(shared)
    }
}

/// Takes over what a file holds. What is in it and cannot be used is put aside with it.
fn restored(path: &Path, whole: &mut Whole, roster: &mut Roster, most: usize) -> Result<Saver, Error> {
    let (saver, held) = Saver::open(path)?;
    let Some(held) = held else { return Ok(saver) };
    let empty = || Whole::new(whole.modes().clone(), whole.most_of_child());
    let (mut read, mut members) = (empty(), Roster::new(roster.own, most));
    match kept::read(&held, &mut read, &mut members, Duration::ZERO) {
        Ok(()) => (*whole, *roster) = (read, members),
        Err(_) => put_aside(path)?,
    }
    Ok(saver)
}

impl Drop for Core {
    fn drop(&mut self) {
        if self.process == process::id() {
            self.stop.store(true, Ordering::Release);
            let _ = (&*self.wake).write(&[1]);
        }
    }
}

impl Said {
    fn over(self, settings: &Limits) -> Limits {
        Limits {
            children: self.children.unwrap_or(settings.children),
            series_per_child: self.series_per_child.unwrap_or(settings.series_per_child),
            frame_bytes: self.frame_bytes.unwrap_or(settings.frame_bytes),
            interval: self.interval.unwrap_or(settings.interval),
            pull_timeout: self.pull_timeout.unwrap_or(settings.pull_timeout),
        }
    }
}
