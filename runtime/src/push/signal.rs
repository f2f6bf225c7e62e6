//! What an outlet's thread and its owner tell each other. It knows neither.

use std::{
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// What one outlet is asked for, and what it has answered.
#[derive(Debug, Default)]
pub(crate) struct Signal {
    told: Mutex<Told>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Told {
    /// Until when the last push may take, once there is to be one.
    stop: Option<Duration>,
    /// How many pushes were asked for out of turn, and until when the latest may take.
    asked: u64,
    until: Duration,
    /// How many of them are done, and whether the latest of these succeeded.
    answered: u64,
    succeeded: bool,
    ended: bool,
}

impl Told {
    /// What is asked for and not done.
    fn open(&self) -> Asked {
        match self.stop {
            Some(until) => Asked::Stop(until),
            None if self.asked > self.answered => Asked::Flush(self.asked, self.until),
            None => Asked::Nothing,
        }
    }
}

/// What an outlet is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// Nothing but to go on.
    Nothing,
    /// A push now, which is over by this time.
    Flush(u64, Duration),
    /// A last push, which is over by this time.
    Stop(Duration),
}

impl Signal {
    fn lock(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn asked(&self) -> Asked {
        self.lock().open()
    }

    /// Asks for a push; the answer to this one and to all before it is [waited for](Self::answer) by its number.
    pub(super) fn flush(&self, until: Duration) -> u64 {
        let mut told = self.lock();
        told.asked += 1;
        told.until = told.until.max(until);
        self.changed.notify_all();
        told.asked
    }

    pub(super) fn stop(&self, until: Duration) {
        self.lock().stop.get_or_insert(until);
        self.changed.notify_all();
    }

    /// Says that the pushes up to this number are done.
    pub(super) fn answer_with(&self, number: u64, succeeded: bool) {
        let mut told = self.lock();
        (told.answered, told.succeeded) = (number, succeeded);
        self.changed.notify_all();
    }

    pub(super) fn end(&self) {
        self.lock().ended = true;
        self.changed.notify_all();
    }

    /// Waits so long at most, as long as nothing else is asked for.
    pub(super) fn wait(&self, at_most: Duration, seen: Asked) {
        let is_same = |told: &mut Told| told.open() == seen;
        drop(self.changed.wait_timeout_while(self.lock(), at_most, is_same).unwrap_or_else(PoisonError::into_inner));
    }

    /// Whether the push of this number succeeded; none if that is not known by then.
    pub(super) fn answer(&self, number: u64, by: Instant) -> Option<bool> {
        let told = self.until(by, |told| told.answered >= number || told.ended);
        (told.answered >= number).then_some(told.succeeded)
    }

    /// Whether the outlet has ended by then.
    pub(super) fn has_ended(&self, by: Instant) -> bool {
        self.until(by, |told| told.ended).ended
    }

    fn until(&self, by: Instant, is_so: impl Fn(&Told) -> bool) -> MutexGuard<'_, Told> {
        let left = by.saturating_duration_since(Instant::now());
        let waited = self.changed.wait_timeout_while(self.lock(), left, |told| !is_so(told));
        waited.unwrap_or_else(PoisonError::into_inner).0
    }
}
