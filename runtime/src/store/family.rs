//! One metric: what is known of it, its series, and how its values are added to and read.
//!
//! A look-up that finds its series takes a shared lock; only a new series takes the exclusive one, and a reader holds
//! the lock no longer than it takes to copy a batch of labels.

use std::{borrow::Cow, sync::MutexGuard};

use metrics::{Key, Label};

use crate::{
    families,
    metric::{kind::Kind, unit::Unit},
    store::{
        cells::{CellRef, Cells, FreeList},
        exemplars::{self, Exemplars, Latest},
        health::Dropped,
        registry::Ground,
        slab::{self, Slab, Word},
        table::{Batch, Found, Labels, Refusal, Table},
        value::{Layout, Place},
    },
    sync::{AtomicU32, AtomicU64, Ordering, RwLock, RwLockWriteGuard},
};

/// How many quanta make one unit.
pub(crate) type Scale = std::num::NonZero<u64>;

/// A metric and all its series.
pub(crate) struct Family {
    name: String,
    original_name: String,
    kind: Kind,
    bounds: Vec<f64>,
    /// The bounds in nanoseconds, for values that were measured by the clock.
    nanos: Vec<u64>,
    /// How many quanta make one unit of a counter that counts fractions.
    scale: Option<Scale>,
    ground: &'static Ground,
    about: RwLock<About>,
    cells: Cells,
    series: RwLock<Series>,
    exemplars: Exemplars,
    /// A bit for each kind of trouble that has been warned of.
    warned: AtomicU32,
}

/// What people are told of a metric. May come after the first series.
#[derive(Debug, Clone, Default)]
pub(crate) struct About {
    pub(crate) help: String,
    pub(crate) unit: Option<Unit>,
    /// The names of the labels that all call sites of the metric have, sorted; none where there is no call site.
    pub(crate) labels: Option<Vec<String>>,
    /// Where the first of these call sites stands.
    pub(crate) source: Option<String>,
}

#[derive(Default)]
struct Series {
    table: Table,
    free: FreeList,
}

/// A family that nobody else can look into or change.
pub(crate) struct Held {
    _about: RwLockWriteGuard<'static, About>,
    _series: RwLockWriteGuard<'static, Series>,
    pub(crate) exemplars: MutexGuard<'static, Option<Box<Latest>>>,
}

impl Family {
    pub(crate) fn new(ground: &'static Ground, name: &str, kind: Kind, bounds: &[f64], about: About) -> Self {
        let bounds = if kind == Kind::Histogram { bounds.to_vec() } else { Vec::new() };
        let width = if kind == Kind::Histogram { Layout::new(bounds.len()).width() } else { 1 };
        Self {
            name: crate::metric::name::sanitize(name).into_owned(),
            original_name: name.to_owned(),
            kind,
            // A bound of 0.3 s is 299,999,999.99… ns in floating point.
            nanos: bounds.iter().map(|bound| (bound * 1e9).round() as u64).collect(),
            bounds,
            scale: None,
            ground,
            about: RwLock::new(about),
            cells: Cells::new(width),
            series: RwLock::new(Series::default()),
            exemplars: Exemplars::default(),
            warned: AtomicU32::new(0),
        }
    }

    /// The same metric, counting in fractions of its unit.
    pub(crate) fn scaled(mut self, scale: Option<Scale>) -> Self {
        self.scale = scale;
        self
    }

    pub(crate) fn scale(&self) -> Option<Scale> {
        self.scale
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    pub(crate) fn bounds(&self) -> &[f64] {
        &self.bounds
    }

    /// What is known of the metric, to be read or changed.
    pub(crate) fn about<T>(&self, change: impl FnOnce(&mut About) -> T) -> T {
        change(&mut self.about.write().expect("nothing panics under this lock"))
    }

    /// Takes over what the program says of the metric. Its unit stays, once there are buckets for it.
    pub(crate) fn describe_as(&self, new: About) {
        self.about(|about| {
            about.help = new.help;
            about.unit = about.unit.or(new.unit);
        });
    }

    /// Calls `visit` with what an encoder may know of the metric.
    pub(crate) fn describe<T>(&self, visit: impl FnOnce(&families::Family<'_>) -> T) -> T {
        let about = self.about.read().expect("nothing panics under this lock").clone();
        visit(&families::Family {
            name: &self.name,
            original_name: &self.original_name,
            kind: self.kind,
            help: if about.help.is_empty() { "No description." } else { &about.help },
            unit: about.unit,
        })
    }

    /// The key's series; a new one gets a shared cell.
    pub(crate) fn series(&self, key: &Key) -> Result<Found, Refusal> {
        self.series_at(key, |cells, free| cells.allocate(free).map(Place::Cell))
    }

    /// The key's series; a new one gets words of the slabs, while there are some.
    pub(crate) fn static_series(&self, key: &Key) -> Result<Found, Refusal> {
        let width = match self.kind {
            Kind::Histogram => Layout::new(self.bounds.len()).width(),
            Kind::Counter | Kind::Gauge => 1,
        };
        self.series_at(key, |cells, free| match self.ground.reserve(width) {
            Some(word) => Some(Place::Word(word)),
            None => cells.allocate(free).map(Place::Cell),
        })
    }

    fn series_at(
        &self,
        key: &Key,
        place: impl FnOnce(&Cells, &mut FreeList) -> Option<Place>,
    ) -> Result<Found, Refusal> {
        let labels = {
            let series = self.series.read().expect("nothing panics under this lock");
            if let Some(found) = series.table.find(&Labels::written(key)) {
                return Ok(found);
            }
            let printed = Labels::printed(key, &self.name);
            if let Some(found) = series.table.find(&printed) {
                return Ok(found);
            }
            printed
        };
        let series = &mut *self.series.write().expect("nothing panics under this lock");
        // Another thread may have added it in between, or another key that is printed like this one.
        if let Some(found) = series.table.find(&labels) {
            return Ok(found);
        }
        let place = place(&self.cells, &mut series.free).ok_or(Refusal::Full)?;
        series.table.insert(&labels, place, self.ground.age()).inspect_err(|_| {
            if let Place::Cell(cell) = place {
                self.cells.release(cell, &mut series.free);
            }
        })
    }

    /// The labels of the `at`-th series, as the program wrote them.
    pub(crate) fn labels(&self, at: u32) -> Vec<Label> {
        let series = self.series.read().expect("nothing panics under this lock");
        let owned = |(name, value): (Cow<'_, str>, Cow<'_, str>)| Label::new(name.into_owned(), value.into_owned());
        series.table.labels(at).iter().map(owned).collect()
    }

    /// The values that are known with their traces, if there are any.
    pub(crate) fn exemplars(&self) -> Option<Box<Latest>> {
        self.exemplars.copy()
    }

    /// Copies up to `most` series, beginning with the `from`-th, into `batch`.
    pub(crate) fn copy(&self, from: usize, most: usize, batch: &mut Batch) {
        self.series.read().expect("nothing panics under this lock").table.copy(from, most, batch);
    }

    /// Adds whole units to a counter, also to one that counts fractions.
    pub(crate) fn count_units(&self, place: Place, units: u64) {
        self.count(place, self.quanta(units));
    }

    /// Raises a counter to at least so many units.
    pub(crate) fn raise_units(&self, place: Place, units: u64) {
        self.raise(place, self.quanta(units));
    }

    /// Modulo 2⁶⁴, as all totals are.
    fn quanta(&self, units: u64) -> u64 {
        self.scale.map_or(units, |scale| units.wrapping_mul(scale.get()))
    }

    /// Adds to a counter: units, or quanta where it counts fractions.
    #[inline(always)]
    pub(crate) fn count(&self, place: Place, amount: u64) {
        if exemplars::is_on() && amount > 0 {
            self.exemplars.offer(place, 0, amount as f64 / self.scale.map_or(1.0, |scale| scale.get() as f64));
        }
        match place {
            Place::Word(word) => self.slab().add(word, amount),
            Place::Cell(cell) => self.with(cell, |words| {
                words[0].fetch_add(amount, Ordering::Relaxed);
            }),
        }
    }

    /// Raises a counter to at least `total`.
    fn raise(&self, place: Place, total: u64) {
        match place {
            Place::Word(word) => {
                // Two that raise at once must not both add the difference.
                let _alone = self.series.write().expect("nothing panics under this lock");
                let missing = total.saturating_sub(self.ground.slabs.sum(word));
                self.ground.slabs.shared().add(word, missing);
            }
            Place::Cell(cell) => self.with(cell, |words| {
                words[0].fetch_max(total, Ordering::Relaxed);
            }),
        }
    }

    /// Sets a gauge.
    pub(crate) fn set(&self, place: Place, value: f64) {
        match place {
            Place::Word(word) => {
                let _alone = self.series.write().expect("nothing panics under this lock");
                let missing = (value as i64).wrapping_sub(self.ground.slabs.sum(word) as i64);
                self.ground.slabs.shared().add(word, missing as u64);
            }
            Place::Cell(cell) => self.with(cell, |words| words[0].store(value.to_bits(), Ordering::Relaxed)),
        }
    }

    /// Adds to a gauge, or takes from it. A gauge of calls in flight holds whole numbers only.
    #[inline]
    pub(crate) fn shift(&self, place: Place, amount: f64) {
        match place {
            Place::Word(word) => self.slab().add(word, amount as i64 as u64),
            Place::Cell(cell) => self.with(cell, |words| slab::add_float(&words[0], amount)),
        }
    }

    /// Records a duration in a histogram of seconds.
    #[inline]
    pub(crate) fn observe_nanos(&self, place: Place, nanos: u64) {
        // Without a branch per bound: their outcome is hard to predict.
        let bucket = self.nanos.iter().map(|bound| usize::from(*bound < nanos)).sum();
        let sum = Layout::new(self.bounds.len()).nanos();
        if exemplars::is_on() {
            self.exemplars.offer(place, bucket, nanos as f64 / 1e9);
        }
        match place {
            Place::Word(word) => self.slab().observe(word, bucket, sum, nanos),
            Place::Cell(cell) => self.with(cell, |words| {
                words[bucket].fetch_add(1, Ordering::Relaxed);
                let before = words[sum].fetch_add(nanos, Ordering::Relaxed);
                slab::carry(before, nanos, &words[sum + 1]);
            }),
        }
    }

    /// Records a value in a histogram, `count` times. What is not a number is counted as dropped.
    pub(crate) fn observe(&self, place: Place, value: f64, count: u64) {
        if count == 0 {
            return;
        }
        if value.is_nan() {
            self.ground.health().dropped_not_a_number(count);
            return;
        }
        let bucket = self.bounds.partition_point(|bound| *bound < value);
        let sum = Layout::new(self.bounds.len()).float();
        let amount = value * count as f64;
        if exemplars::is_on() {
            self.exemplars.offer(place, bucket, value);
        }
        match place {
            Place::Word(word) => self.slab().observe_float(word, bucket, count, sum, amount),
            Place::Cell(cell) => self.with(cell, |words| {
                words[bucket].fetch_add(count, Ordering::Relaxed);
                slab::add_float(&words[sum], amount);
            }),
        }
    }

    /// Counts a record that has no series, because that one was refused.
    #[cold]
    pub(crate) fn refuse(&self) {
        self.ground.health().dropped(Dropped::Refused, 1);
    }

    /// Whether this kind of trouble is new to the metric: one warning of each is enough.
    pub(crate) fn is_news(&self, trouble: u32) -> bool {
        self.warned.fetch_or(1 << trouble, Ordering::Relaxed) & (1 << trouble) == 0
    }

    /// The value of a series that lives at `place`; buckets are written to `counts`.
    pub(crate) fn read<'a>(&'a self, place: Place, counts: &'a mut Vec<u64>) -> Option<families::Value<'a>> {
        let slabs = &self.ground.slabs;
        let words = match place {
            Place::Word(_) => None,
            Place::Cell(cell) => Some(self.cells.get(cell)?),
        };
        let word = |at: usize| match (words, place) {
            (Some(words), _) => words[at].load(Ordering::Relaxed),
            (None, Place::Word(word)) => slabs.sum(Word(word.0 + at as u32)),
            (None, Place::Cell(_)) => 0,
        };
        Some(match self.kind {
            Kind::Counter => match self.scale {
                None => families::Value::Counter(word(0)),
                Some(scale) => families::Value::FloatCounter(word(0) as f64 / scale.get() as f64),
            },
            // Read between one thread's decrement and another one's increment, a gauge of calls may be below zero.
            Kind::Gauge if words.is_none() => families::Value::Gauge((word(0) as i64).max(0) as f64),
            Kind::Gauge => families::Value::Gauge(f64::from_bits(word(0))),
            Kind::Histogram => {
                let layout = Layout::new(self.bounds.len());
                counts.clear();
                counts.extend((0..layout.buckets()).map(word));
                let float = match place {
                    Place::Word(word) => slabs.sum_float(Word(word.0 + layout.float() as u32)),
                    Place::Cell(_) => f64::from_bits(word(layout.float())),
                };
                let nanos = match place {
                    Place::Word(word) => slabs.sum_wide(Word(word.0 + layout.nanos() as u32)),
                    Place::Cell(_) => u128::from(word(layout.nanos())),
                };
                let sum = nanos as f64 / 1e9 + float;
                families::Value::Histogram(families::Distribution::new(&self.bounds, counts, sum))
            }
        })
    }

    /// Keeps everyone else out of the family until the guards are dropped.
    pub(crate) fn hold(&'static self) -> Held {
        Held {
            _about: self.about.write().expect("nothing panics under this lock"),
            _series: self.series.write().expect("nothing panics under this lock"),
            exemplars: self.exemplars.hold(),
        }
    }

    /// Sets all totals to zero; only for a forked child's single thread. Gauges keep what they say.
    pub(crate) fn reset(&self) {
        if self.kind != Kind::Gauge {
            self.cells.reset();
        }
    }

    #[inline]
    fn slab(&self) -> &'static Slab {
        self.ground.slab()
    }

    #[inline(always)]
    fn with(&self, cell: CellRef, add: impl FnOnce(&[AtomicU64])) {
        match self.cells.get(cell) {
            Some(words) => add(words),
            None => self.ground.health().dropped_stale(),
        }
    }
}

/// The buckets of a histogram that declares none.
pub(crate) fn default_bounds(unit: Option<Unit>) -> &'static [f64] {
    use crate::metric::bounds;
    match unit {
        Some(Unit::SECONDS) => bounds::SECONDS,
        Some(Unit::BYTES) => bounds::BYTES,
        _ => bounds::COUNTS,
    }
}
