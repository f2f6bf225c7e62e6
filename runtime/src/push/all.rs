//! All outlets of an installation: each on a thread of its own, asked together and waited for together.

use std::{
    collections::HashSet,
    fmt,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use super::{
    outlet::Outlet,
    report::Report,
    runner::{Runner, Take, Taken},
    signal::Signal,
    time::Clock,
};
use crate::{
    error::{Error, Kind},
    time::Machine,
};

/// The outlets that a program wants.
#[derive(Default)]
pub(crate) struct Wanted(pub(crate) Vec<Box<dyn Outlet>>);

/// Outlets that run. Those of none are nothing at all.
pub(crate) struct Outlets {
    all: Vec<(String, Arc<Signal>)>,
    clock: Option<Arc<dyn Clock>>,
}

impl Wanted {
    /// Adds what others ask for; the program's own outlet of a name is in the place of theirs.
    pub(crate) fn add(&mut self, outlets: Vec<Box<dyn Outlet>>) {
        for outlet in outlets {
            if self.0.iter().any(|own| own.name() == outlet.name()) {
                tracing::info!(
                    "outlet `{}` is one that the program pushes to itself, and what settings say of it is without effect",
                    outlet.name()
                );
            } else {
                self.0.push(outlet);
            }
        }
    }

    /// An outlet that needs more than a text, if there is one.
    pub(crate) fn of_values(&self) -> Option<&str> {
        self.0.iter().find(|outlet| !outlet.is_of_text()).map(|outlet| outlet.name())
    }

    /// Whether no two outlets are called the same, and none is called nothing.
    ///
    /// # Errors
    /// If that is not so.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let mut names = HashSet::new();
        for outlet in &self.0 {
            let name = outlet.name();
            if name.is_empty() {
                return Err(Error::new(Kind::Setting, "an outlet's name is empty; give it one"));
            }
            if !names.insert(name) {
                let message =
                    format!("two outlets are called `{name}`, which tells them apart; give each a name of its own");
                return Err(Error::new(Kind::Setting, message));
            }
        }
        Ok(())
    }
}

impl Outlets {
    /// Starts all of them.
    ///
    /// # Errors
    /// If the operating system has no thread left; those that were started end then.
    pub(crate) fn start(
        wanted: Wanted,
        take: impl Fn() -> Taken + Send + Sync + 'static,
        report: impl Report + 'static,
    ) -> Result<Self, Error> {
        let mut outlets = Self { all: Vec::new(), clock: None };
        if wanted.0.is_empty() {
            return Ok(outlets);
        }
        let clock: Arc<dyn Clock> = Arc::new(Machine::new());
        outlets.clock = Some(Arc::clone(&clock));
        let (take, report): (Take, Arc<dyn Report>) = (Arc::new(take), Arc::new(report));
        for outlet in wanted.0 {
            let (name, signal) = (outlet.name().to_owned(), Arc::new(Signal::default()));
            outlets.all.push((name.clone(), Arc::clone(&signal)));
            let (take, clock, report) = (Arc::clone(&take), Arc::clone(&clock), Arc::clone(&report));
            let runner = Runner::new(outlet, take, clock, report, signal);
            let started = thread::Builder::new().name(format!("tachometer-{name}")).spawn(move || runner.work());
            started.map_err(|error| {
                let message = format!("cannot start the thread of outlet `{name}`; raise the process's limits");
                Error::new(Kind::Environment, message).with_source(error)
            })?;
        }
        Ok(outlets)
    }

    /// Pushes all of them now, side by side.
    ///
    /// # Errors
    /// Which of them did not succeed within this time.
    pub(crate) fn flush(&self, within: Duration) -> Result<(), Error> {
        let Some(clock) = &self.clock else { return Ok(()) };
        let (by, until) = (by(within), clock.now().saturating_add(within));
        let asked: Vec<_> = self.all.iter().map(|(name, signal)| (name, signal, signal.flush(until))).collect();
        let answers: Vec<_> = asked.iter().map(|(name, signal, number)| (*name, signal.answer(*number, by))).collect();
        if let Some((name, _)) = answers.iter().find(|(_, answer)| answer.is_none()) {
            return Err(late(name, within));
        }
        match answers.iter().find(|(_, answer)| *answer == Some(false)) {
            Some((name, _)) => {
                let message = format!("outlet `{name}` could not push; the program's log says why");
                Err(Error::new(Kind::Other, message))
            }
            None => Ok(()),
        }
    }

    /// Asks all of them for a last push.
    pub(crate) fn stop(&self, within: Duration) {
        let Some(clock) = &self.clock else { return };
        let until = clock.now().saturating_add(within);
        self.all.iter().for_each(|(_, signal)| signal.stop(until));
    }

    /// Waits until all of them have ended. One that hangs is left to itself.
    ///
    /// # Errors
    /// Which of them has not ended within this time.
    pub(crate) fn wait(&self, within: Duration) -> Result<(), Error> {
        let by = by(within);
        let late_ones: Vec<_> = self.all.iter().filter(|(_, signal)| !signal.has_ended(by)).collect();
        late_ones.first().map_or(Ok(()), |(name, _)| Err(late(name, within)))
    }
}

/// Without a last push, unless there has been one.
impl Drop for Outlets {
    fn drop(&mut self) {
        self.stop(Duration::ZERO);
    }
}

fn by(within: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(within).unwrap_or_else(|| now + Duration::from_secs(u32::MAX.into()))
}

fn late(name: &str, within: Duration) -> Error {
    let message =
        format!("outlet `{name}` did not end its push within {within:?}; give it more time, or accept the loss");
    Error::new(Kind::TimedOut, message)
}

impl fmt::Debug for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|outlet| outlet.name())).finish()
    }
}
