//! The store as the recorder of the `metrics` facade: what any crate records through it ends up in the store.

use std::sync::Arc;

use metrics::{
    Counter, CounterFn, Gauge, GaugeFn, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder, SharedString, Unit,
};

use crate::{
    metric::kind::Kind,
    store::{family::Family, registry::Store, value::Place},
};

/// The recorder. Not zero-sized, because its address must be its own.
#[derive(Clone, Copy)]
pub(crate) struct Facade {
    store: &'static Store,
}

/// One series, as a handle of the facade keeps it.
struct Series {
    family: &'static Family,
    place: Place,
}

impl Facade {
    pub(crate) fn new(store: &'static Store) -> Self {
        Self { store }
    }

    fn series(&self, key: &Key, kind: Kind) -> Option<Arc<Series>> {
        let family = self.store.family(key.name(), kind)?;
        let found = self.store.series(family, key)?;
        Some(Arc::new(Series { family, place: found.place }))
    }
}

impl Recorder for Facade {
    fn describe_counter(&self, name: KeyName, unit: Option<Unit>, description: SharedString) {
        self.store.describe(name.as_str(), unit.map(Into::into), &description);
    }

    fn describe_gauge(&self, name: KeyName, unit: Option<Unit>, description: SharedString) {
        self.store.describe(name.as_str(), unit.map(Into::into), &description);
    }

    fn describe_histogram(&self, name: KeyName, unit: Option<Unit>, description: SharedString) {
        self.store.describe(name.as_str(), unit.map(Into::into), &description);
    }

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        self.series(key, Kind::Counter).map_or_else(Counter::noop, Counter::from_arc)
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        self.series(key, Kind::Gauge).map_or_else(Gauge::noop, Gauge::from_arc)
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        self.series(key, Kind::Histogram).map_or_else(Histogram::noop, Histogram::from_arc)
    }
}

impl CounterFn for Series {
    fn increment(&self, value: u64) {
        self.family.count_units(self.place, value);
    }

    fn absolute(&self, value: u64) {
        self.family.raise_units(self.place, value);
    }
}

impl GaugeFn for Series {
    fn increment(&self, value: f64) {
        self.family.shift(self.place, value);
    }

    fn decrement(&self, value: f64) {
        self.family.shift(self.place, -value);
    }

    fn set(&self, value: f64) {
        self.family.set(self.place, value);
    }
}

impl HistogramFn for Series {
    fn record(&self, value: f64) {
        self.family.observe(self.place, value, 1);
    }

    fn record_many(&self, value: f64, count: usize) {
        self.family.observe(self.place, value, count as u64);
    }
}
