//! The guard of an installation: its store follows a policy, and the rounds do in which idle series end.

use std::sync::Arc;

use crate::{
    Error, Policy, Report,
    config::{Commit, Reload, Reloadable},
    recorder::{rounds::Rounds, telemetry::without_store},
    store::registry::Store,
};

/// The guard, as far as policies change it while it is in use.
#[derive(Clone)]
pub(crate) struct Guard {
    pub(super) store: &'static Store,
    pub(super) rounds: Arc<Rounds>,
}

impl Guard {
    /// Holds all metrics to a policy that makes sense.
    pub(crate) fn follow(&self, policy: &Policy) {
        self.rounds.follow(policy);
        self.store.set_policy(policy.clone());
    }

    /// What it knows.
    pub(crate) fn report(&self) -> Report {
        self.store.cardinality()
    }
}

impl Reload for Guard {
    fn prepare<'a>(&'a self, settings: &'a Reloadable) -> Result<Commit<'a>, Error> {
        let policy = &settings.policy;
        policy.check()?;
        // All threads look their series up again after a change.
        let is_new = *self.store.policy() != *policy;
        Ok(Box::new(move || {
            if is_new {
                self.follow(policy);
            }
        }))
    }
}

/// In the place of a guard where another crate's recorder is used, which has none: it refuses what is said of it.
pub(crate) struct Unguarded;

impl Unguarded {
    /// # Errors
    /// If the settings say anything of the guard.
    pub(crate) fn check(settings: &Reloadable) -> Result<(), Error> {
        settings.said_of_guard().map_or(Ok(()), |said| Err(without_store(&format!("{said} is for the guard of"))))
    }
}

impl Reload for Unguarded {
    fn prepare<'a>(&'a self, settings: &'a Reloadable) -> Result<Commit<'a>, Error> {
        Self::check(settings).map(|()| -> Commit<'a> { Box::new(|| ()) })
    }
}

#[cfg(all(test, not(loom)))]
mod tests;

#[cfg(all(test, not(loom)))]
mod totals;
