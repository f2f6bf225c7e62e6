//! What stands around one collector: it may panic, fail, hang or talk nonsense, and nobody else notices more than that
//! its values are absent. It does not know when it is run.

use std::{
    any::Any,
    collections::HashSet,
    panic::{self, AssertUnwindSafe},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::{
    collectors::{Collector, batch::Batch, descriptor::Descriptor, fault::Reason},
    error::Error,
    time::Clock,
};

/// How many different complaints of one collector are written to the log; all are counted.
const COMPLAINTS: usize = 64;

/// The health of all collectors, which is reported like what they collect.
pub(crate) const HEALTH: [Descriptor; 3] = [DURATION, ERRORS, SUCCESS];

const DURATION: Descriptor = Descriptor::gauge(
    "tachometer_collector_duration_seconds",
    "Time that the last collection took, whether it succeeded or not.",
)
.labels(&["collector"]);

const ERRORS: Descriptor = Descriptor::counter(
    "tachometer_collector_errors_total",
    "Collections that failed, and values of others that could not be read or made no sense.",
)
.labels(&["collector", "reason"]);

const SUCCESS: Descriptor = Descriptor::gauge(
    "tachometer_collector_last_success_timestamp_seconds",
    "When a collection last succeeded, in seconds since 1970.",
)
.labels(&["collector"]);

/// One collector's values and health, for whoever reads them.
pub(crate) struct Fence {
    name: String,
    descriptors: Arc<[Descriptor]>,
    limit: Duration,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// What readers are shown.
    shown: Option<Arc<Batch>>,
    /// The last batch that was whole, against which counters are held.
    last: Option<Arc<Batch>>,
    /// When the collection that is under way began.
    begun: Option<Duration>,
    /// Whether that one has been counted as timed out.
    late: bool,
    /// The metrics of what is shown whose conflicts have been counted.
    conflicted: HashSet<&'static str>,
    took: Option<Duration>,
    succeeded: Option<Duration>,
    errors: [u64; Reason::ALL.len()],
    told: HashSet<String>,
}

/// Complaints that are yet to be logged, which must not be done under a lock: the log is the program's.
#[must_use]
struct Complaints(Vec<String>);

impl Fence {
    pub(crate) fn new(collector: &dyn Collector, clock: Arc<dyn Clock>) -> Self {
        Self {
            name: collector.name().to_owned(),
            descriptors: collector.descriptors().into(),
            limit: collector.limit(),
            clock,
            state: Mutex::default(),
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn descriptors(&self) -> &[Descriptor] {
        &self.descriptors
    }

    /// Runs one collection. Its batch takes the place of the previous one; without a batch there is none.
    pub(crate) fn run(&self, collector: &mut dyn Collector) {
        let begun = self.clock.now();
        {
            let mut state = self.state();
            (state.begun, state.late) = (Some(begun), false);
        }
        let mut batch = Batch::new(self.descriptors.clone());
        let outcome = panic::catch_unwind(AssertUnwindSafe(|| collector.collect(&mut batch)));
        let ended = self.clock.now();
        let complaints = {
            let mut state = self.state();
            let mut found = state.expire(ended, self.limit);
            (state.begun, state.took) = (None, Some(ended.saturating_sub(begun)));
            let batch = match outcome {
                Ok(Ok(())) if state.late => None,
                Ok(Ok(())) => {
                    if let Some(last) = &state.last {
                        batch.hide_fallen(last);
                    }
                    found.extend(batch.take_faults());
                    Some(Arc::new(batch))
                }
                Ok(Err(error)) => {
                    found.push((Reason::Error, described(&error)));
                    None
                }
                Err(payload) => {
                    found.push((Reason::Panicked, format!("it panicked: {}", text_of(&*payload))));
                    None
                }
            };
            if batch.is_some() {
                state.last.clone_from(&batch);
                state.succeeded = Some(self.clock.since_epoch());
            }
            state.shown = batch;
            state.conflicted.clear();
            state.count(found)
        };
        complaints.log(&self.name);
    }

    /// What there is to be shown: nothing while a collection is late.
    pub(crate) fn shown(&self) -> Option<Arc<Batch>> {
        self.check_limit();
        self.state().shown.clone()
    }

    /// Whether the collection that is under way has passed its limit.
    pub(crate) fn is_late(&self) -> bool {
        self.check_limit();
        let state = self.state();
        state.begun.is_some() && state.late
    }

    /// Counts a metric that cannot be shown, because another one has its name.
    pub(crate) fn conflict(&self, metric: &'static str) {
        self.hide(metric, || {
            format!("metric `{metric}` is recorded by somebody else as well, and only theirs is shown; rename one")
        });
    }

    /// Counts a metric that cannot be shown, because samples of another one have the name of one of its own.
    pub(crate) fn clash(&self, metric: &'static str) {
        self.hide(metric, || {
            format!("metric `{metric}` and another one would print samples of one name, so it is not shown; rename it")
        });
    }

    /// Counts a metric that cannot be shown, once in each batch.
    fn hide(&self, metric: &'static str, why: impl FnOnce() -> String) {
        let complaints = {
            let mut state = self.state();
            if !state.conflicted.insert(metric) {
                return;
            }
            state.count(vec![(Reason::Conflict, why())])
        };
        complaints.log(&self.name);
    }

    /// Shows nothing any more, because nobody collects any more.
    pub(crate) fn close(&self) {
        self.state().shown = None;
    }

    /// Adds the collector's health to a batch of [`HEALTH`].
    pub(crate) fn report(&self, out: &mut Batch) {
        let state = self.state();
        out.set(&DURATION, &[&self.name], state.took);
        out.set(&SUCCESS, &[&self.name], state.succeeded);
        for reason in Reason::ALL {
            out.set(&ERRORS, &[&self.name, reason.as_str()], state.errors[reason as usize]);
        }
    }

    fn check_limit(&self) {
        let now = self.clock.now();
        let complaints = {
            let mut state = self.state();
            let found = state.expire(now, self.limit);
            state.count(found)
        };
        complaints.log(&self.name);
    }

    /// A panic under the lock would be one of ours, and whatever it left is still a state.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Withdraws the values of a collector that is over its limit.
    fn expire(&mut self, now: Duration, limit: Duration) -> Vec<(Reason, String)> {
        let over = self.begun.is_some_and(|begun| now.saturating_sub(begun) > limit);
        if !over || self.late {
            return Vec::new();
        }
        self.late = true;
        self.shown = None;
        vec![(Reason::TimedOut, format!("it takes longer than {limit:?}; its values are absent until it is in time"))]
    }

    fn count(&mut self, found: Vec<(Reason, String)>) -> Complaints {
        let mut complaints = Vec::new();
        for (reason, message) in found {
            self.errors[reason as usize] += 1;
            if self.told.len() < COMPLAINTS && self.told.insert(message.clone()) {
                complaints.push(message);
            }
        }
        Complaints(complaints)
    }
}

impl Complaints {
    fn log(self, collector: &str) {
        for complaint in self.0 {
            tracing::warn!("collector `{collector}`: {complaint}");
        }
    }
}

/// An error with its sources.
fn described(error: &Error) -> String {
    format!("{error:?}")
}

fn text_of(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("with no message")
}
