//! One outlet on its thread: when it is pushed, what is tried again, and what is counted. It waits by the clock alone.

use std::{
    any::Any,
    panic::{self, AssertUnwindSafe},
    sync::Arc,
    time::Duration,
};

use super::{
    backoff::{Backoff, Dice},
    outlet::{DroppedPoints, Outlet, Push, PushError, Said},
    report::{BUFFER, DROPPED, FAILED, POINTS, PUSHED, Report, SECONDS, SUCCESS},
    signal::{Asked, Signal},
    time::Clock,
};
use crate::Snapshot;

/// The pauses between attempts, unless the other side says otherwise.
const PAUSES: Backoff = Backoff { first: Duration::from_secs(1), longest: Duration::from_secs(30) };

/// As good as never.
const NEVER: Duration = Duration::from_secs(u32::MAX as u64);

/// A picture of all values.
pub(crate) struct Taken {
    pub(crate) snapshot: Snapshot,
    /// All that there is, where somebody else writes it.
    pub(crate) text: Option<String>,
}

impl From<Snapshot> for Taken {
    fn from(snapshot: Snapshot) -> Self {
        Self { snapshot, text: None }
    }
}

/// Takes one.
pub(crate) type Take = Arc<dyn Fn() -> Taken + Send + Sync>;

/// One outlet and when it is pushed.
pub(crate) struct Runner {
    outlet: Box<dyn Outlet>,
    name: String,
    interval: Option<Duration>,
    take: Take,
    clock: Arc<dyn Clock>,
    report: Arc<dyn Report>,
    signal: Arc<Signal>,
    dice: Dice,
    /// When the next push is due.
    due: Duration,
    /// No attempt is sooner than this.
    held_until: Duration,
    is_failing: bool,
}

/// Who pushes, and what that may take.
#[derive(Clone, Copy)]
struct Bounds {
    until: Duration,
    is_asked_for: bool,
    is_last: bool,
}

impl Runner {
    pub(crate) fn new(
        outlet: Box<dyn Outlet>,
        take: Take,
        clock: Arc<dyn Clock>,
        report: Arc<dyn Report>,
        signal: Arc<Signal>,
    ) -> Self {
        let (name, interval) =
            (outlet.name().to_owned(), outlet.interval().map(|time| time.max(Duration::from_millis(1))));
        let mut dice = Dice::new();
        let due = interval.map_or(NEVER, |interval| clock.now() + dice.share(interval, 0.0));
        for counter in [PUSHED, FAILED, DROPPED] {
            report.count(counter, &name, None, 0);
        }
        report.set(BUFFER, &name, 0.0);
        Self {
            outlet,
            name,
            interval,
            take,
            clock,
            report,
            signal,
            dice,
            due,
            held_until: Duration::ZERO,
            is_failing: false,
        }
    }

    /// Pushes until it is asked to stop, and then once more.
    pub(super) fn work(mut self) {
        while self.turn() {}
    }

    /// Waits for what comes next and does it; whether there is more to come.
    pub(crate) fn turn(&mut self) -> bool {
        self.clock.wait(self.due, &self.signal, Asked::Nothing);
        let now = self.clock.now();
        match self.signal.asked() {
            Asked::Stop(until) => {
                let until = until.min(now + self.outlet.timeout());
                self.push(Bounds { until, is_asked_for: true, is_last: true });
                return false;
            }
            Asked::Flush(number, until) => {
                let succeeded = self.push(Bounds { until, is_asked_for: true, is_last: false });
                self.signal.answer_with(number, succeeded);
            }
            Asked::Nothing if now >= self.due => {
                let interval = self.interval.unwrap_or(NEVER);
                if now >= self.held_until {
                    let until = now + self.outlet.timeout().min(interval);
                    self.push(Bounds { until, is_asked_for: false, is_last: false });
                }
                // In step: a long push leaves beats out, it does not move them.
                let beats = self.clock.now().saturating_sub(self.due).as_nanos() / interval.as_nanos() + 1;
                self.due += interval.saturating_mul(u32::try_from(beats).unwrap_or(u32::MAX));
            }
            Asked::Nothing => {}
        }
        true
    }

    /// Pushes a snapshot taken now, with all attempts; whether it succeeded.
    fn push(&mut self, bounds: Bounds) -> bool {
        let asked = self.signal.asked();
        let taken = (self.take)();
        for attempt in 0.. {
            let Err(failure) = self.attempt(&taken, attempt, bounds) else {
                return true;
            };
            if failure.is_tried {
                self.report.count(FAILED, &self.name, None, 1);
                self.tell(&failure);
            }
            let now = self.clock.now();
            let pause = failure.after.unwrap_or_else(|| self.dice.share(PAUSES.pause(attempt), 0.5));
            if let Some(after) = failure.after.filter(|_| !failure.is_kept) {
                self.held_until = now + after;
            }
            if !failure.retries || now + pause >= bounds.until || !self.pause(now + pause, asked) {
                if !failure.is_kept {
                    self.report.count(DROPPED, &self.name, None, 1);
                }
                return false;
            }
        }
        false
    }

    /// Waits for the next attempt; whether there shall be one. What is asked for meanwhile is done with what is newer.
    fn pause(&self, until: Duration, asked: Asked) -> bool {
        self.clock.wait(until, &self.signal, asked);
        self.signal.asked() == asked
    }

    fn attempt(&mut self, taken: &Taken, attempt: u32, bounds: Bounds) -> Result<(), PushError> {
        let begun = self.clock.now();
        let clock = &self.clock;
        let time_left = || bounds.until.saturating_sub(clock.now());
        let Bounds { is_asked_for, is_last, .. } = bounds;
        let said = Said::default();
        let mut push = Push { taken, attempt, time_left: &time_left, now: begun, is_asked_for, is_last, said };
        let outcome = panic::catch_unwind(AssertUnwindSafe(|| self.outlet.push(&mut push)));
        let Said { pushed, dropped, points, buffered } = push.said;
        self.report.set(SECONDS, &self.name, self.clock.now().saturating_sub(begun).as_secs_f64());
        let outcome =
            outcome.unwrap_or_else(|payload| Err(PushError::give_up(format!("it panicked: {}", text_of(&*payload)))));
        let pushed = pushed.unwrap_or(u64::from(outcome.is_ok()));
        for (counter, amount) in [(PUSHED, pushed), (DROPPED, dropped)] {
            if amount > 0 {
                self.report.count(counter, &self.name, None, amount);
            }
        }
        for why in DroppedPoints::ALL {
            if points[why as usize] > 0 {
                self.report.count(POINTS, &self.name, Some(why.as_str()), points[why as usize]);
            }
        }
        if let Some(bytes) = buffered {
            self.report.set(BUFFER, &self.name, bytes as f64);
        }
        if outcome.is_ok() && pushed > 0 {
            self.succeeded();
        }
        outcome
    }

    fn succeeded(&mut self) {
        self.report.set(SUCCESS, &self.name, self.clock.since_epoch().as_secs_f64());
        if std::mem::take(&mut self.is_failing) {
            tracing::info!("outlet `{}` works again", self.name);
        }
    }

    /// Of failures in a row the log has the first one.
    fn tell(&mut self, failure: &PushError) {
        let PushError { error, retries, .. } = failure;
        let further = if *retries { "it is tried again" } else { "this snapshot is given up" };
        if std::mem::replace(&mut self.is_failing, true) {
            tracing::debug!("outlet `{}` failed again, {further}: {}", self.name, chain(&**error));
        } else {
            tracing::warn!("outlet `{}` failed, {further}: {}", self.name, chain(&**error));
        }
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        self.signal.end();
    }
}

/// An error and what it comes from.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let cause = error.to_string();
        if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
        source = error.source();
    }
    text
}

fn text_of(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("with something that is no text")
}
