//! What outlives a session with the driver, and is told even while the driver hangs: errors, XIDs, when a GPU was last
//! read. Its lock is never held while the driver is called.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use nvml_wrapper::error::NvmlError;

use super::{
    metrics::{DURATION, ERRORS, STATE, SUCCESS, XID_LAST, XIDS},
    outcome::{State, name_of},
};
use crate::collectors::Batch;

/// More kinds of XIDs than these, of all GPUs, are told as one, `other`.
const XID_KINDS: usize = 200;

/// Where a GPU's series are: its number, and what identifies it for ever.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) gpu: String,
    pub(super) uuid: String,
}

/// Shared by all threads of the collector.
#[derive(Debug, Default)]
pub(super) struct Health(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    errors: BTreeMap<(&'static str, &'static str), u64>,
    xids: BTreeMap<(Place, String), (u64, Duration)>,
    took: Option<Duration>,
    succeeded: Option<Duration>,
}

impl Health {
    /// Counts a call that failed.
    pub(super) fn failed(&self, call: &'static str, error: &NvmlError) {
        *self.lock().errors.entry((call, name_of(error))).or_default() += 1;
    }

    /// Notes a function that the driver lacks: once, since it will not appear.
    pub(super) fn lacks(&self, call: &'static str, error: &NvmlError) {
        self.lock().errors.entry((call, name_of(error))).or_insert(1);
    }

    /// Counts an XID.
    pub(super) fn xid(&self, place: &Place, xid: String) {
        let mut known = self.lock();
        let mut series = (place.clone(), xid);
        if known.xids.len() >= XID_KINDS && !known.xids.contains_key(&series) {
            series.1 = "other".to_owned();
        }
        let (count, last) = known.xids.entry(series).or_default();
        (*count, *last) = (*count + 1, now());
    }

    /// Notes how long the driver took for a round, and whether a GPU was read in it.
    pub(super) fn round(&self, took: Duration, has_read: bool) {
        let mut known = self.lock();
        known.took = Some(took);
        if has_read {
            known.succeeded = Some(now());
        }
    }

    /// Adds all of it to a batch.
    pub(super) fn report(&self, state: State, out: &mut Batch) {
        for other in State::ALL {
            out.set(&STATE, &[other.as_str()], u64::from(other == state));
        }
        let known = self.lock();
        out.set(&DURATION, &[], known.took);
        out.set(&SUCCESS, &[], known.succeeded);
        for ((call, error), count) in &known.errors {
            out.set(&ERRORS, &[call, error], *count);
        }
        for ((place, xid), (count, last)) in &known.xids {
            out.set(&XIDS, &[&place.gpu, &place.uuid, xid], *count);
            out.set(&XID_LAST, &[&place.gpu, &place.uuid, xid], *last);
        }
    }

    /// A panic under the lock would be one of ours, and whatever it left is still true.
    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}
