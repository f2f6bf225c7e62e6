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
        atomic::{AtomicPtr, Ordering},
    },
    time::SystemTime,
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
pub(crate) struct Exemplars(Mutex<Option<Box<Latest>>>);

impl Exemplars {
    /// Keeps a value that has just been recorded in this bucket, if it was in a trace, and its series has not ended.
    pub(crate) fn offer(&self, place: Place, bucket: usize, value: f64, is_alive: impl FnOnce() -> bool) {
        let Some(trace) = current() else { return };
        let Ok(mut latest) = self.0.try_lock() else { return };
        // Under the lock, so that what is offered late is not kept after it was forgotten.
        if !is_alive() {
            return;
        }
        let series = latest.get_or_insert_default().entry(place.pack()).or_default();
        let exemplar = Exemplar { bucket, trace, value, at: SystemTime::now() };
        match series.binary_search_by_key(&bucket, |exemplar| exemplar.bucket) {
            Ok(at) => series[at] = exemplar,
            Err(at) => series.insert(at, exemplar),
        }
    }

    /// Forgets those of a series that has ended.
    pub(crate) fn forget(&self, place: Place) {
        if let Some(latest) = self.hold().as_mut() {
            latest.remove(&place.pack());
        }
    }

    /// A copy of all of them; `None` where there are none.
    pub(crate) fn copy(&self) -> Option<Box<Latest>> {
        self.hold().clone()
    }

    /// Keeps everyone else out until the guard is dropped.
    pub(crate) fn hold(&self) -> MutexGuard<'_, Option<Box<Latest>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
