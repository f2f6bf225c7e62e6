//! The series of a family by their labels' values: made when they are asked for, and remembered by each thread for a while.

use std::{
    cell::RefCell,
    hash::RandomState,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use metrics::Label;

use crate::{
    call::{
        finite::combinations,
        value::{LabelBuffer, LabelValue},
    },
    handle::{
        backend,
        declared::Declared,
        lazy::Made,
        local,
        metric::{Metric, Series},
        owned::Owner,
    },
    reentry,
    remembered::{Remembered, Weight},
};

/// What the series of a family have in common.
pub(crate) struct Members {
    /// Which family it is, for what threads remember: no other one of the process ever has this number.
    id: u64,
    pub(crate) metric: Arc<Metric>,
    /// Labels that all of them have.
    fixed: Vec<Label>,
    /// Those that are shown at 0, whether or not they are asked for, before there is a recorder too.
    zeros: Vec<Arc<Series>>,
    /// What the series end with, if they are of an instance that they end with.
    pub(crate) owner: Option<Arc<Owner>>,
}

/// What stands between two values in a look-up: a byte that no UTF-8 text holds.
const SEPARATOR: u8 = 0xFF;

impl Weight for Arc<Series> {
    fn bytes(&self) -> usize {
        let texts = self.key.labels().map(|label| label.value().len());
        // The counts of references stand before it.
        2 * size_of::<usize>() + size_of::<Series>() + texts.map(|text| size_of::<Label>() + text).sum::<usize>()
    }
}

thread_local! {
    /// The series that this thread has been given lately. Each thread has its own, so that their handles share no counts
    /// of references.
    static LATELY: RefCell<Option<Remembered<Arc<Series>, RandomState>>> = const { RefCell::new(None) };
}

impl Made for Members {
    fn of(declared: &Declared) -> Self {
        Self::new(declared, Metric::new(declared, declared.name.to_string(), &[]), Vec::new())
    }
}

impl Members {
    pub(crate) fn new(declared: &Declared, metric: Metric, fixed: Vec<Label>) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        let mut members = Self { id, metric: Arc::new(metric), fixed, zeros: Vec::new(), owner: None };
        let mut values = Vec::new();
        if declared.zero {
            (declared.values)(&mut |label| values.push(label));
        }
        for set in combinations(&values).iter().filter(|set| !set.is_empty()) {
            let set: Vec<&dyn LabelValue> = set.iter().map(|value| value as &dyn LabelValue).collect();
            let labels = encoded(&set, |key| members.labels(key));
            members.zeros.push(Series::passing(members.metric.clone(), labels));
        }
        members
    }

    pub(crate) fn member(&self, values: &[&dyn LabelValue]) -> Arc<Series> {
        encoded(values, |key| {
            let lately = |epoch| {
                LATELY.try_with(|lately| lately.try_borrow().ok()?.as_ref()?.get(epoch, self.id, &[key]).cloned())
            };
            lately(backend::epoch()).ok().flatten().unwrap_or_else(|| self.make(key))
        })
    }

    #[cold]
    fn make(&self, key: &[u8]) -> Arc<Series> {
        // Before the look-up: what becomes true meanwhile is looked up again by the next one.
        let epoch = backend::epoch();
        if let Ok(Some(series)) = LATELY.try_with(|lately| {
            let mut lately = lately.try_borrow_mut().ok()?;
            lately.get_or_insert_default().recall(epoch, self.id, &[key]).cloned()
        }) {
            return series;
        }
        let series = Series::passing(self.metric.clone(), self.labels(key));
        if !backend::is_folded(&series) {
            // There may be any number of others, and room that appears later is found by looking again. A thread that is
            // ending has forgotten all and remembers nothing any more.
            let _ = LATELY.try_with(|lately| {
                if let Ok(mut lately) = lately.try_borrow_mut() {
                    lately.get_or_insert_default().insert(epoch, self.id, &[key], series.clone());
                }
            });
        }
        series
    }

    /// The labels of a series by its values, which are not asked again: they may say something else.
    fn labels(&self, key: &[u8]) -> Vec<Label> {
        let names = &self.metric.labels[self.fixed.len()..];
        let texts = key.split(|byte| *byte == SEPARATOR).map(|text| String::from_utf8_lossy(text).into_owned());
        let own = names.iter().zip(texts).map(|(name, text)| Label::new(name.clone(), text));
        let mut labels: Vec<Label> = self.fixed.iter().cloned().chain(own).collect();
        // They are kept for as long as the series is remembered.
        labels.shrink_to_fit();
        labels
    }

    /// Ends the series of these values; says whether it was there.
    pub(crate) fn end(&self, values: &[&dyn LabelValue]) -> bool {
        let labels = encoded(values, |key| self.labels(key));
        local::end(&self.metric, &labels).unwrap_or_else(|| backend::end(&self.metric, &labels))
    }
}

/// Calls `find` with all values as one text.
fn encoded<R>(values: &[&dyn LabelValue], find: impl FnOnce(&[u8]) -> R) -> R {
    thread_local! {
        static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    }
    // Taken out: what makes a value's text may record, too.
    let mut buffer = BUFFER.try_with(RefCell::take).unwrap_or_default();
    buffer.clear();
    for value in values {
        let mut text = LabelBuffer::new();
        buffer.extend_from_slice(reentry::outside(|| value.text(&mut text)).as_bytes());
        buffer.push(SEPARATOR);
    }
    let found = find(&buffer);
    let _ = BUFFER.try_with(|kept| kept.replace(buffer));
    found
}
