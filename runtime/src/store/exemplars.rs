//! Values with the traces that they were recorded in: of each bucket and each counter the latest one. It knows nothing of
//! who says in which trace a thread is.
//!
//! Nothing here is part of a total, and nobody waits: where two threads record at once, one of the values is kept. So the
//! primitives are the standard library's own, which a model checker need not try.

use std::{
    cell::Cell,
    collections::HashMap,
    panic,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicPtr, AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use crate::{
    families::{Exemplar, trace::TraceContext},
    store::value::Place,
};

/// What says in which trace the current thread is.
pub(crate) type Source = fn() -> Option<TraceContext>;

/// Where the source stands; null without one.
static SOURCE: AtomicPtr<Source> = AtomicPtr::new(std::ptr::null_mut());

/// From now on values are kept with what this says, or not at all.
pub(crate) fn set_source(source: Option<Source>) {
    // Never freed, because a thread may be about to call it; there are as few of them as installations.
    let source = source.map_or(std::ptr::null_mut(), |source| std::ptr::from_mut(Box::leak(Box::new(source))));
    SOURCE.store(source, Ordering::Release);
}

/// After how many seconds an exemplar is no longer shown; 0 is never.
static AGE: AtomicU64 = AtomicU64::new(300);

/// From now on exemplars are shown for so long; zero is for ever.
pub(crate) fn set_age(age: Duration) {
    AGE.store(age.as_secs_f64().ceil() as u64, Ordering::Relaxed);
}

/// Whether an exemplar is too old to be shown. One from the future is not: the clock has been set.
fn is_old(exemplar: &Exemplar, now: SystemTime) -> bool {
    let age = AGE.load(Ordering::Relaxed);
    age > 0 && now.duration_since(exemplar.at).is_ok_and(|past| past > Duration::from_secs(age))
}

/// Whether anybody says in which trace a thread is.
#[inline(always)]
pub(crate) fn is_on() -> bool {
    !SOURCE.load(Ordering::Relaxed).is_null()
}

/// Whether the source may be asked on a thread.
#[derive(Clone, Copy, PartialEq)]
enum Asking {
    /// It has not been asked yet.
    Never,
    /// It has been asked before.
    Possible,
    /// It is being asked: it may record, too.
    Now,
    /// The thread is ending, and what the source keeps for it may be gone.
    Over,
}

thread_local! {
    /// Has no destructor, so that it can be read until the thread's very end.
    static ASKING: Cell<Asking> = const { Cell::new(Asking::Never) };

    /// Made after the first answer, and so destroyed before what the source has made for that answer.
    static ENDING: Ending = const { Ending };
}

/// Notes that its thread is ending.
struct Ending;

impl Drop for Ending {
    fn drop(&mut self) {
        ASKING.set(Asking::Over);
    }
}

/// The trace that the current thread is in.
fn current() -> Option<TraceContext> {
    // SAFETY: the pointer is null, or that of a box which is never freed and was written before it was stored here.
    let source = unsafe { SOURCE.load(Ordering::Acquire).as_ref() }?;
    let before = ASKING.get();
    if matches!(before, Asking::Now | Asking::Over) {
        return None;
    }
    ASKING.set(Asking::Now);
    // A call is recorded while its thread unwinds, too, where a second panic would end the program.
    let context = panic::catch_unwind(source).unwrap_or_default();
    ASKING.set(Asking::Possible);
    if before == Asking::Never {
        let _ = ENDING.try_with(|_| ());
    }
    context
}

/// The exemplars of one series, by place.
pub(crate) type Latest = HashMap<u64, Vec<Exemplar>>;

/// The exemplars of one family's series, from the first one on.
#[derive(Debug, Default)]
pub(crate) struct Exemplars {
    latest: Mutex<Option<Box<Latest>>>,
    /// Bytes of all of them.
    held: AtomicUsize,
    /// Bytes of the table that leads to them.
    table: AtomicUsize,
}

/// Bytes of an entry of that table: it is at most seven eighths full, and has a byte more for each entry.
const ENTRY: usize = (size_of::<(u64, Vec<Exemplar>)>() + 1) * 8 / 7;

impl Exemplars {
    /// Keeps a value that has just been recorded in this bucket, if it was in a trace, and its series has not ended.
    pub(crate) fn offer(&self, place: Place, bucket: usize, value: f64, is_alive: impl FnOnce() -> bool) {
        let Some(trace) = current() else { return };
        let Ok(mut latest) = self.latest.try_lock() else { return };
        // Under the lock, so that what is offered late is not kept after it was forgotten.
        if !is_alive() {
            return;
        }
        let latest = latest.get_or_insert_default();
        let series = latest.entry(place.pack()).or_default();
        let before = series.capacity();
        let exemplar = Exemplar { bucket, trace, value, at: SystemTime::now() };
        match series.binary_search_by_key(&bucket, |exemplar| exemplar.bucket) {
            Ok(at) => series[at] = exemplar,
            Err(at) => series.insert(at, exemplar),
        }
        if series.capacity() > before {
            let grown = (series.capacity() - before) * size_of::<Exemplar>();
            self.held.fetch_add(grown, Ordering::Relaxed);
            self.table.store(latest.capacity() * ENTRY, Ordering::Relaxed);
        }
    }

    /// Bytes of all of them.
    pub(crate) fn bytes(&self) -> usize {
        self.held.load(Ordering::Relaxed) + self.table.load(Ordering::Relaxed)
    }

    /// Forgets those of a series that has ended.
    pub(crate) fn forget(&self, place: Place) {
        if let Some(latest) = self.hold().as_mut()
            && let Some(gone) = latest.remove(&place.pack())
        {
            self.held.fetch_sub(gone.capacity() * size_of::<Exemplar>(), Ordering::Relaxed);
        }
    }

    /// A copy of those that are not too old; `None` where there never was any. Those of a series are in the order of their
    /// buckets, or of time.
    pub(crate) fn copy(&self, by_time: bool, now: SystemTime) -> Option<Box<Latest>> {
        let mut copy = self.hold().clone()?;
        for series in copy.values_mut() {
            series.retain(|exemplar| !is_old(exemplar, now));
            if by_time {
                series.sort_by_key(|exemplar| exemplar.at);
            }
        }
        Some(copy)
    }

    /// Forgets those that are too old.
    pub(crate) fn forget_old(&self, now: SystemTime) {
        let mut latest = self.hold();
        let Some(latest) = latest.as_mut() else { return };
        let mut gone = 0;
        latest.retain(|_, series| {
            let before = series.capacity();
            series.retain(|exemplar| !is_old(exemplar, now));
            series.shrink_to_fit();
            gone += before - series.capacity();
            !series.is_empty()
        });
        self.held.fetch_sub(gone * size_of::<Exemplar>(), Ordering::Relaxed);
    }

    /// Keeps everyone else out until the guard is dropped.
    pub(crate) fn hold(&self) -> MutexGuard<'_, Option<Box<Latest>>> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
