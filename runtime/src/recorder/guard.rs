//! The guard of an installation: its store follows a policy, and the rounds do in which idle series end.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::{
    Error, Policy, Report,
    cardinality::policy::Reserved,
    config::{Commit, Reload, Reloadable},
    metric::label,
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
        let _turn = turn();
        self.rounds.follow(policy);
        let reserved = self.store.policy().reserved.clone();
        self.store.set_policy(Policy { reserved, ..policy.clone() });
    }

    /// Admits these values of a label in all metrics, whatever the policy says of others.
    pub(crate) fn reserve(&self, name: &str, values: Vec<String>) {
        let reserved = (!values.is_empty()).then(|| {
            let values = values.into_iter().collect();
            Arc::new(Reserved { label: label::sanitize(name).into_owned(), values })
        });
        let _turn = turn();
        let policy = self.store.policy().clone();
        if policy.reserved != reserved {
            self.store.set_policy(Policy { reserved, ..policy });
        }
    }

    /// What it knows.
    pub(crate) fn report(&self) -> Report {
        self.store.cardinality()
    }
}

/// Lets one at a time say what the store follows: people its policy, and others what is reserved.
fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Reload for Guard {
    fn prepare<'a>(&'a self, settings: &'a Reloadable) -> Result<Commit<'a>, Error> {
        let policy = &settings.policy;
        policy.check()?;
        // All threads look their series up again after a change.
        let now = Policy { reserved: None, ..self.store.policy().clone() };
        let is_new = now != *policy;
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

#[cfg(all(test, not(tachometer_loom)))]
mod tests;

#[cfg(all(test, not(tachometer_loom)))]
mod idle;

#[cfg(all(test, not(tachometer_loom)))]
mod totals;

#[cfg(all(test, not(tachometer_loom)))]
mod unmatched;

#[cfg(all(test, not(tachometer_loom)))]
mod within;
