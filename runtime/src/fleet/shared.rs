//! What the parent's thread and those who read share: the merged values, and the question for newer ones.

use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::merge::whole::Whole;
use crate::time::Clock;

/// What is shared.
pub(crate) struct Shared {
    whole: Mutex<Whole>,
    clock: Arc<dyn Clock>,
    pulls: Mutex<Pulls>,
    changed: Condvar,
    /// Wakes the thread.
    wake: Box<dyn Fn() + Send + Sync>,
}

/// Questions for newer values.
#[derive(Debug, Default)]
struct Pulls {
    /// The latest question.
    asked: u64,
    /// Up to which one all have answered, or are late.
    answered: u64,
    /// How long a reader waits; none while nothing answers.
    patience: Option<Duration>,
}

impl Shared {
    pub(crate) fn new(whole: Whole, clock: Arc<dyn Clock>, wake: impl Fn() + Send + Sync + 'static) -> Self {
        Self { whole: Mutex::new(whole), clock, pulls: Mutex::default(), changed: Condvar::new(), wake: Box::new(wake) }
    }

    /// Looks at the merged values, or changes them.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&mut Whole, Duration) -> T) -> T {
        let now = self.clock.now();
        // A panic leaves totals that were added to, each of which is a total.
        look(&mut self.whole.lock().unwrap_or_else(PoisonError::into_inner), now)
    }

    pub(crate) fn now(&self) -> Duration {
        self.clock.now()
    }

    fn pulls(&self) -> MutexGuard<'_, Pulls> {
        self.pulls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks the children for newer values, and waits until they have answered, or are known to be late: those that are known
    /// already are not waited for.
    pub(crate) fn pull(&self) {
        let (number, patience) = {
            let mut pulls = self.pulls();
            let Some(patience) = pulls.patience else { return };
            pulls.asked += 1;
            (pulls.asked, patience)
        };
        (self.wake)();
        // The thread says itself when children are late; this is for when it is.
        let until = Instant::now() + patience * 2;
        let left = until.saturating_duration_since(Instant::now());
        let is_open = |pulls: &mut Pulls| pulls.answered < number && pulls.patience.is_some();
        drop(self.changed.wait_timeout_while(self.pulls(), left, is_open));
    }

    /// The latest question.
    pub(crate) fn asked(&self) -> u64 {
        self.pulls().asked
    }

    /// All questions up to this one are answered.
    pub(crate) fn answer(&self, number: u64) {
        let mut pulls = self.pulls();
        pulls.answered = pulls.answered.max(number);
        drop(pulls);
        self.changed.notify_all();
    }

    /// Questions are answered from now on, within this time; or no more.
    pub(crate) fn set_patience(&self, patience: Option<Duration>) {
        self.pulls().patience = patience;
        self.changed.notify_all();
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}
