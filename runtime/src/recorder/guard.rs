//! The guard of an installation: its store follows a policy, and the rounds do in which idle series end.

use std::sync::Arc;

use crate::{
    Error, Policy, Report,
    config::{Commit, Reload, Reloadable},
    recorder::rounds::Rounds,
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

#[cfg(all(test, not(loom)))]
mod tests;

#[cfg(all(test, not(loom)))]
mod idle;

#[cfg(all(test, not(loom)))]
mod totals;
