//! Series that were made before there was a recorder to show them in. Knows nothing of what they measure.

use std::sync::{Mutex, PoisonError, Weak};

use crate::{
    call::{
        local,
        target::{self, Target},
    },
    gate,
    metric::{bounds::Ladder, unit::Unit},
};

/// A series that can be shown before it is recorded into.
pub(crate) trait Pending: Send + Sync {
    /// Shows it in the store.
    fn join_store(&self);

    /// Shows it in the recorder that is current on this thread, which is an adopted one.
    fn join_adopted(&self);

    /// What it declares of itself if it is a histogram.
    fn histogram(&self) -> Option<Spread<'_>>;
}

/// A histogram, as it is declared.
pub(crate) struct Spread<'a> {
    pub(crate) name: &'a str,
    pub(crate) buckets: Ladder<'a>,
    pub(crate) unit: Option<Unit>,
}

/// Those that nobody shows yet. What its owner has dropped before is never shown.
static PENDING: Mutex<Vec<Weak<dyn Pending>>> = Mutex::new(Vec::new());

/// Shows a series now if there is something to show it in, or else as soon as there is.
///
/// What a test makes under a recorder of its own is shown there once it is recorded into, and nowhere else.
pub(crate) fn announce(series: Weak<dyn Pending>) {
    if local::is_current() {
        return;
    }
    with_pending(|pending| {
        if pending.len() == pending.capacity() {
            pending.retain(|series| series.strong_count() > 0);
        }
        pending.push(series);
    });
    // Only now: an installation in between has either seen the series, or is seen here.
    if target::is_ours_set() {
        show_in_store();
    } else if target::current() == Target::Adopted {
        show_in_adopted();
    }
}

/// Shows in the store all that is pending.
pub(crate) fn show_in_store() {
    take().iter().filter_map(Weak::upgrade).for_each(|series| series.join_store());
}

/// The same in an adopted recorder, which is the current one of this thread.
pub(crate) fn show_in_adopted() {
    take().iter().filter_map(Weak::upgrade).for_each(|series| series.join_adopted());
}

/// Looks at all histograms that are pending.
pub(crate) fn each_histogram(look: impl FnMut(Spread<'_>)) {
    let pending: Vec<_> = with_pending(|pending| pending.iter().filter_map(Weak::upgrade).collect());
    pending.iter().filter_map(|series| series.histogram()).for_each(look);
}

fn take() -> Vec<Weak<dyn Pending>> {
    with_pending(std::mem::take)
}

fn with_pending<T>(change: impl FnOnce(&mut Vec<Weak<dyn Pending>>) -> T) -> T {
    gate::within(|| change(&mut PENDING.lock().unwrap_or_else(PoisonError::into_inner)))
}
