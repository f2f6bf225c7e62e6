//! When collectors run: each on a thread of its own, so that one that hangs delays nobody. It does not look into what
//! they find.

use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use crate::{
    collectors::{Collector, fence::Fence, wanted::Timed},
    error::{Error, Kind},
    time::{Clock, Machine},
};

/// How often those who wait look whether a collector has passed its limit meanwhile.
const GLANCE: Duration = Duration::from_millis(50);

/// Collectors that run. They end when this is dropped.
pub(crate) struct Schedule {
    fences: Arc<[Arc<Fence>]>,
    signal: Arc<Signal>,
}

/// What the threads and their owner tell each other.
#[derive(Default)]
struct Signal {
    progress: Mutex<Progress>,
    changed: Condvar,
}

#[derive(Default)]
struct Progress {
    stopping: bool,
    /// Threads that have not ended.
    alive: usize,
    /// Threads that have collected once.
    ready: usize,
}

impl Schedule {
    /// Starts all collectors, each of which collects at once and then at its interval.
    ///
    /// # Errors
    /// If the operating system has no thread left; those that were started end then.
    pub(crate) fn start(collectors: Vec<Timed>) -> Result<Self, Error> {
        let clock: Arc<dyn Clock> = Arc::new(Machine::new());
        let fence = |collector: &dyn Collector| Arc::new(Fence::new(collector, clock.clone()));
        let fences: Arc<[_]> = collectors.iter().map(|(collector, _)| fence(&**collector)).collect();
        let schedule = Self { fences, signal: Arc::default() };
        for ((collector, interval), fence) in collectors.into_iter().zip(schedule.fences.iter()) {
            schedule.signal.lock().alive += 1;
            let begun = Begun { fence: fence.clone(), signal: schedule.signal.clone() };
            let work = move || begun.work(collector, interval);
            thread::Builder::new().name(format!("tachometer-{}", fence.name())).spawn(work).map_err(|error| {
                let message =
                    format!("cannot start the thread of collector `{}`; raise the process's limits", fence.name());
                Error::new(Kind::Environment, message).with_source(error)
            })?;
        }
        Ok(schedule)
    }

    pub(crate) fn fences(&self) -> Arc<[Arc<Fence>]> {
        self.fences.clone()
    }

    /// Waits until every collector has collected once, or until so much time has passed.
    pub(crate) fn wait_for_first(&self, at_most: Duration) {
        let all = self.fences.len();
        self.signal.wait(Instant::now() + at_most, |progress| progress.ready == all);
    }

    /// Ends all collectors. One that hangs is left to itself.
    ///
    /// # Errors
    /// If a collection that is within its own limit takes longer than this one.
    pub(crate) fn stop(&self, within: Duration) -> Result<(), Error> {
        self.signal.stop();
        let deadline = Instant::now().checked_add(within);
        loop {
            let hanging = self.fences.iter().filter(|fence| fence.is_late()).count();
            let glance = Instant::now() + GLANCE;
            let until = deadline.map_or(glance, |deadline| deadline.min(glance));
            if self.signal.wait(until, |progress| progress.alive <= hanging) {
                return Ok(());
            }
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                let message = format!(
                    "a collector did not end within {within:?} and still runs; give it more time, or accept the loss"
                );
                return Err(Error::new(Kind::TimedOut, message));
            }
        }
    }
}

impl Drop for Schedule {
    fn drop(&mut self) {
        self.signal.stop();
    }
}

impl Signal {
    fn lock(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stop(&self) {
        self.lock().stopping = true;
        self.changed.notify_all();
    }

    fn tell(&self, change: impl FnOnce(&mut Progress)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }

    /// Whether it became so before the deadline.
    fn wait(&self, deadline: Instant, is_so: impl Fn(&Progress) -> bool) -> bool {
        let mut progress = self.lock();
        while !is_so(&progress) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            progress = self.changed.wait_timeout(progress, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }
}

/// A thread's place in the count, given up when the thread ends, however it does.
struct Begun {
    fence: Arc<Fence>,
    signal: Arc<Signal>,
}

impl Begun {
    fn work(self, mut collector: Box<dyn Collector>, interval: Duration) {
        let begin = Instant::now();
        self.fence.run(&mut *collector);
        self.signal.tell(|progress| progress.ready += 1);
        loop {
            let next = next(begin.elapsed(), interval);
            let until = begin.checked_add(next).unwrap_or_else(|| Instant::now() + Duration::from_secs(86_400));
            if self.signal.wait(until, |progress| progress.stopping) {
                return;
            }
            self.fence.run(&mut *collector);
        }
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        self.fence.close();
        self.signal.tell(|progress| progress.alive -= 1);
    }
}

/// When the next collection is due, on the beat that the first one has set: a long one leaves beats out, it does not
/// move them.
fn next(now: Duration, interval: Duration) -> Duration {
    let into_the_beat = now.as_nanos() % interval.as_nanos().max(1);
    let left = interval.as_nanos() - into_the_beat;
    now + Duration::from_nanos(u64::try_from(left).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beat_does_not_move() {
        let [now, interval] = [12_300, 5_000].map(Duration::from_millis);
        assert_eq!(next(now, interval), Duration::from_secs(15));
        assert_eq!(next(Duration::ZERO, interval), interval);
        assert_eq!(next(interval, interval), 2 * interval);
    }
}
