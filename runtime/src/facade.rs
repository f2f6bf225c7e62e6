//! The store as the recorder of the `metrics` facade: what any crate records through it ends up in the store.

use std::sync::Arc;

use metrics::{
    Counter, CounterFn, Gauge, GaugeFn, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder, SharedString, Unit,
};

use crate::{
    metric::kind::Kind,
    reentry,
    store::{
        family::{Family, admission::Wanted},
        registry::Store,
        value::Place,
    },
};

/// The recorder. Not zero-sized, because its address must be its own.
#[derive(Clone, Copy)]
pub(crate) struct Facade {
    store: &'static Store,
}

/// One series, as a handle of the facade keeps it.
struct Series {
    family: &'static Family,
    /// None where the series was refused; then each record is counted as dropped.
    place: Option<Place>,
}

impl Drop for Series {
    fn drop(&mut self) {
        // It stays for as long as there is this handle, also under a policy that comes later.
        if let Some(place) = self.place {
            self.family.pin(place, -1);
        }
    }
}

impl Series {
    fn with(&self, record: impl FnOnce(Place)) {
        match self.place {
            Some(place) => record(place),
            None => self.family.refuse(),
        }
    }
}

impl Facade {
    pub(crate) fn new(store: &'static Store) -> Self {
        Self { store }
    }

    /// The handle of a series; none where its name is of another kind, or where it is asked for within work of the store.
    fn series(&self, key: &Key, kind: Kind) -> Option<Arc<Series>> {
        let find = || {
            let family = self.store.family(key.name(), kind)?;
            let wanted = Wanted { noted: true, pinned: true };
            let place = self.store.look_up(family, key.into(), wanted).map(|found| found.place);
            Some(Arc::new(Series { family, place }))
        };
        reentry::alone_in_store(find).flatten()
    }

    fn describe(&self, name: &KeyName, kind: Kind, unit: Option<Unit>, description: &str) {
        reentry::alone_in_store(|| self.store.describe(name.as_str(), Some(kind), unit.map(Into::into), description));
    }
}

impl Recorder for Facade {
    fn describe_counter(&self, name: KeyName, unit: Option<Unit>, description: SharedString) {
        self.describe(&name, Kind::Counter, unit, &description);
    }

    fn describe_gauge(&self, name: KeyName, unit: Option<Unit>, description: SharedString) {
        self.describe(&name, Kind::Gauge, unit, &description);
    }

    fn describe_histogram(&self, name: KeyName, unit: Option<Unit>, description: SharedString) {
        self.describe(&name, Kind::Histogram, unit, &description);
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
        self.with(|place| self.family.count_units(place, value));
    }

    fn absolute(&self, value: u64) {
        self.with(|place| self.family.raise_units(place, value));
    }
}

impl GaugeFn for Series {
    fn increment(&self, value: f64) {
        self.with(|place| self.family.shift(place, value));
    }

    fn decrement(&self, value: f64) {
        self.with(|place| self.family.shift(place, -value));
    }

    fn set(&self, value: f64) {
        self.with(|place| self.family.set(place, value));
    }
}

impl HistogramFn for Series {
    fn record(&self, value: f64) {
        self.with(|place| self.family.observe(place, value, 1));
    }

    fn record_many(&self, value: f64, count: usize) {
        self.with(|place| self.family.observe(place, value, count as u64));
    }
}
