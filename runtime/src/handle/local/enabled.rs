//! Records what handles are given in the store of a test, if that is the current one.
//!
//! Nothing is kept: a handle may be a static that the next test uses as well.

use metrics::Label;

use crate::{
    Error,
    call::local::{self, Local},
    handle::{
        backend,
        metric::{Metric, Series},
    },
    store::pairs::Pairs,
};

/// What a handle records.
#[derive(Debug)]
pub(crate) enum Record {
    /// Units, or quanta where it counts fractions.
    Count(u64),
    Set(f64),
    Shift(f64),
    Observe(f64, u64),
}

/// A test's store.
pub(crate) type Test = &'static Local;

pub(crate) use local::current;

/// Records into the current store of a test; says whether there is one.
pub(crate) fn record(series: &Series, record: Record) -> bool {
    let Some(test) = current() else { return false };
    record_in(&test, series, record);
    true
}

/// Records into the store of a test.
pub(crate) fn record_in(test: &Test, series: &Series, record: Record) {
    let metric = &series.metric;
    // Names that come at run time may have been settled with whatever buckets there were.
    let agreed = backend::agreed(test.store, metric, metric.buckets.is_none());
    let Ok(family) = agreed.inspect_err(|by| test.store.contradicted(by)) else { return };
    match (test.store.series(family, &series.key).map(|found| found.place), record) {
        (None, _) => family.refuse(),
        (Some(place), Record::Count(amount)) => family.count(place, amount),
        (Some(place), Record::Set(value)) => family.set(place, value),
        (Some(place), Record::Shift(amount)) => family.shift(place, amount),
        (Some(place), Record::Observe(value, count)) => family.observe(place, value, count),
    }
}

/// Ends a series in the current store of a test, and says whether it was there; none without such a store.
pub(crate) fn end(metric: &Metric, labels: &[Label]) -> Option<bool> {
    let store = current()?.store;
    Some(store.find(&metric.name).is_some_and(|family| store.end(family, Pairs::Labels(labels))))
}

/// The same for all series that `keep` does not want; says whether there is such a store.
pub(crate) fn retain(metric: &Metric, keep: impl FnMut(&[(&str, &str)]) -> bool) -> bool {
    let Some(test) = current() else { return false };
    if let Some(family) = test.store.find(&metric.name) {
        test.store.retain(family, keep);
    }
    true
}

/// Declares a metric to the current store of a test, if there is one.
///
/// # Errors
/// If another declaration contradicts this one.
pub(crate) fn settle(metric: &Metric) -> Option<Result<(), Error>> {
    let store = current()?.store;
    let agreed = backend::agreed(store, metric, metric.buckets.is_none());
    Some(agreed.map(drop).map_err(|it| backend::contradicted(metric, &it)))
}
