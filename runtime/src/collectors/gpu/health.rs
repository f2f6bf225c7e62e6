//! What outlives a session with the driver, and is told even while the driver hangs: errors, XIDs, when a GPU was last
//! read. Its lock is never held while the driver is called.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use nvml_wrapper::error::NvmlError;

use super::{
    metrics::{DURATION, ERRORS, STATE, SUCCESS, XID_LAST, XIDS},
    outcome::{Meaning, State, name_of},
};
use crate::collectors::Batch;

/// The XIDs that each GPU whose XIDs are waited for has a counter of from the start, so that the first one is a rise: those
/// that programs bring about, and those after which a GPU is not what it was.
const FORESEEN: [&str; 13] = ["13", "31", "43", "45", "48", "62", "64", "74", "79", "94", "95", "119", "120"];

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
    /// The GPUs whose XIDs are waited for.
    awaited: BTreeSet<Place>,
    /// The calls that the process may not make, of which GPU.
    forbidden: BTreeSet<(&'static str, Place)>,
    took: Option<Duration>,
    succeeded: Option<Duration>,
}

impl Health {
    /// Counts a call that failed: once, if the process may not make it.
    pub(super) fn failed(&self, call: &'static str, error: &NvmlError) {
        let mut known = self.lock();
        let errors = known.errors.entry((call, name_of(error))).or_default();
        if *errors == 0 || Meaning::of(error) != Meaning::Forbidden {
            *errors += 1;
        }
    }

    /// Notes that the process may not make a call about a GPU; tells whether that is new.
    pub(super) fn forbids(&self, call: &'static str, place: &Place, error: &NvmlError) -> bool {
        self.failed(call, error);
        self.lock().forbidden.insert((call, place.clone()))
    }

    /// XIDs of this GPU are waited for from now on.
    pub(super) fn awaits(&self, place: &Place) {
        self.lock().awaited.insert(place.clone());
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
        for place in &known.awaited {
            for xid in FORESEEN.into_iter().filter(|xid| !known.xids.contains_key(&(place.clone(), (*xid).to_owned())))
            {
                out.set(&XIDS, &[&place.gpu, &place.uuid, xid], 0_u64);
            }
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
