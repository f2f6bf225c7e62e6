//! One metric: what is known of it, its series, and how its values are added to and read.
//!
//! A look-up that finds its series takes a shared lock; only a new series takes the exclusive one, and a reader holds
//! the lock no longer than it takes to copy a batch of labels.

pub(crate) mod admission;

mod expiry;

mod native;

mod pins;

pub(crate) mod reading;

mod recording;

mod room;

mod summary;

use std::sync::{MutexGuard as StdMutexGuard, atomic::AtomicU64 as StdAtomicU64};

use metrics::Key;

use self::{
    expiry::{Idle, Retired},
    pins::Pins,
};
use crate::{
    cardinality::{axes::Axes, rules::Rules},
    metric::{bounds::Ladder, kind::Kind, unit::Unit},
    store::{
        cells::{CellRef, Cells, FreeList},
        exemplars::{Exemplars, Latest},
        ground::Ground,
        ledger::{Claim, Cost},
        native::Natives,
        pairs::Pairs,
        sketch::Sketches,
        table::{Found, New, Refusal, Standing, Table},
        value::Place,
    },
    sync::{AtomicU32, AtomicU64, MutexGuard, Ordering, RwLock, RwLockWriteGuard},
};

/// How many quanta make one unit.
pub(crate) type Scale = std::num::NonZero<u64>;

/// A metric and all its series.
pub(crate) struct Family {
    name: String,
    original_name: String,
    kind: Kind,
    bounds: Vec<f64>,
    /// For each bound the first whole nanosecond above it, for values that were measured by the clock.
    nanos: Vec<u64>,
    /// How many quanta make one unit of a counter that counts fractions.
    scale: Option<Scale>,
    ground: &'static Ground,
    about: RwLock<About>,
    cells: Cells,
    /// Beside the cells of a summary.
    sketches: Option<Sketches>,
    /// Beside the cells of a native histogram.
    natives: Option<Natives>,
    series: RwLock<Series>,
    exemplars: Exemplars,
    /// When people are told again that labels are folded.
    told_again: AtomicU64,
    pins: Pins,
    retired: Retired,
    /// A bit for each kind of trouble that has been warned of.
    warned: AtomicU32,
    /// Bytes that the guard has charged for the series. The standard library's own type: no total depends on it.
    charged: StdAtomicU64,
}

/// What people are told of a metric. May come after the first series.
#[derive(Debug, Clone, Default)]
pub(crate) struct About {
    pub(crate) help: String,
    /// What kind a description has called it, before it is there.
    pub(crate) kind: Option<Kind>,
    pub(crate) unit: Option<Unit>,
    /// The names of the labels that all call sites of the metric have, sorted; none where there is no call site.
    pub(crate) labels: Option<Vec<String>>,
    /// Where the first of these call sites stands.
    pub(crate) source: Option<String>,
    /// Whether a setting has chosen the buckets.
    pub(crate) told_buckets: bool,
    /// Whether that setting holds whatever is declared.
    pub(crate) told_over: bool,
    /// Whether it shows how many calls there are, which call sites raise and lower.
    pub(crate) is_of_calls: bool,
}

struct Series {
    table: Table,
    free: FreeList,
    axes: Axes,
    rules: Rules,
    /// Whether room has been taken for the first series in which all labels are `other`, be it there or not.
    has_last_resort: bool,
    /// How many such series there are. They differ in labels all of whose values are known.
    last_resorts: u64,
    /// How many series were known before their first record.
    known: u64,
    idle: Idle,
}

impl Series {
    fn new(rules: Rules) -> Self {
        Self {
            table: Table::default(),
            free: FreeList::default(),
            axes: Axes::default(),
            rules,
            has_last_resort: false,
            last_resorts: 0,
            known: 0,
            idle: Idle::default(),
        }
    }
}

/// A family that nobody else can look into or change.
pub(crate) struct Held {
    family: &'static Family,
    about: RwLockWriteGuard<'static, About>,
    series: RwLockWriteGuard<'static, Series>,
    _turn: Option<MutexGuard<'static, ()>>,
    exemplars: StdMutexGuard<'static, Option<Box<Latest>>>,
}

impl Held {
    /// Forgets all totals, exemplars and calls in flight; only for a forked child's single thread. What gauges are set to
    /// stays.
    pub(crate) fn reset(&mut self) {
        // Not freed: memory is nobody's to manage in the midst of a fork.
        let _ = self.exemplars.take().map(Box::leak);
        self.series.axes.reset();
        self.family.pins.reset();
        self.family.reset(self.about.is_of_calls);
    }
}

impl Family {
    pub(crate) fn new(ground: &'static Ground, name: &str, kind: Kind, buckets: Ladder<'_>, about: About) -> Self {
        let (bounds, native) = match buckets {
            Ladder::Bounds(bounds) if kind == Kind::Histogram => (bounds.to_vec(), None),
            // The one bucket beside the native ones is that of what counts as 0.
            Ladder::Native(native) if kind == Kind::Histogram => (Vec::new(), Some(native)),
            Ladder::Both(bounds, native) if kind == Kind::Histogram => (bounds.to_vec(), Some(native)),
            _ => (Vec::new(), None),
        };
        let rules = Rules::of_kind(&ground.policy.read().expect("nothing panics under this lock"), name, kind);
        Self {
            name: crate::metric::name::sanitize(name).into_owned(),
            // No format can hold an empty name, in quotes or not.
            original_name: if name.is_empty() { "_" } else { name }.to_owned(),
            kind,
            nanos: bounds.iter().map(|bound| first_above(*bound)).collect(),
            cells: Cells::new(recording::width(kind, bounds.len(), native.is_some())),
            bounds,
            scale: None,
            ground,
            about: RwLock::new(about),
            sketches: (kind == Kind::Summary).then(Sketches::new),
            natives: native.map(Natives::new),
            told_again: AtomicU64::new(0),
            series: RwLock::new(Series::new(rules)),
            exemplars: Exemplars::default(),
            pins: Pins::default(),
            retired: Retired::default(),
            warned: AtomicU32::new(0),
            charged: StdAtomicU64::new(0),
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

    /// The name as the program writes it.
    pub(crate) fn original_name(&self) -> &str {
        &self.original_name
    }

    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    pub(crate) fn buckets(&self) -> Ladder<'_> {
        match &self.natives {
            None => Ladder::Bounds(&self.bounds),
            Some(natives) if self.bounds.is_empty() => Ladder::Native(natives.native()),
            Some(natives) => Ladder::Both(&self.bounds, natives.native()),
        }
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

    /// The key's series, which is known before it is recorded into, and so none of the guard's; it gets words of the
    /// slabs, while there are some.
    pub(crate) fn static_series(&self, key: &Key) -> Result<Found, Refusal> {
        let width = match self.kind {
            // Its bins are shared by all threads in any case.
            Kind::Summary => return self.known_series(key),
            Kind::Histogram if self.natives.is_some() => return self.known_series(key),
            Kind::Histogram => self.width(),
            // Whether it was touched matters to series that may end.
            Kind::Counter | Kind::Gauge => 1,
        };
        self.known(key.into(), |free| {
            self.ground.reserve(width).map(Place::Word).or_else(|| self.cell(free).map(Place::Cell))
        })
    }

    /// The same in a shared cell.
    pub(crate) fn known_series(&self, key: &Key) -> Result<Found, Refusal> {
        self.known(key.into(), |free| self.cell(free).map(Place::Cell))
    }

    /// The same, if it is there or there is room for its sample in a scrape.
    pub(crate) fn own_series(&self, key: &Key) -> Option<Found> {
        let sample = Cost { samples: self.samples(), ..Cost::NONE };
        if !self.ground.ledger.has_room(sample, Claim::LastResort) {
            let series = self.series.read().expect("nothing panics under this lock");
            series.table.find(&series.table.labels_of(key.into()))?;
        }
        self.known_series(key).ok()
    }

    fn known(&self, pairs: Pairs<'_>, place: impl FnOnce(&mut FreeList) -> Option<Place>) -> Result<Found, Refusal> {
        let series = &mut *self.series.write().expect("nothing panics under this lock");
        let Series { table, free, axes, rules, known, .. } = series;
        let sanitized = pairs.sanitized();
        let texts: Vec<(&str, &str)> = sanitized.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        let labels = table.labels_of(Pairs::Texts(&texts));
        if let Some(found) = table.find_any(&labels) {
            self.make_known(series, found, &texts);
            return Ok(found);
        }
        let place = place(free).ok_or(Refusal::Full)?;
        let new = New { place, standing: Standing::Known, now: self.ground.age() };
        let found = table.insert(&labels, pairs, new).inspect_err(|_| {
            if let Place::Cell(cell) = place {
                self.cells.kill(cell, free);
            }
        })?;
        // It stays for as long as the process.
        self.pin(place, 1);
        axes.admit(&texts.iter().copied(), rules, true, |name, value| table.hash(name, value));
        self.ground.ledger.force(Cost { samples: self.samples(), ..Cost::NONE });
        *known += 1;
        self.settle(series, 0);
        Ok(found)
    }

    fn cell(&self, free: &mut FreeList) -> Option<CellRef> {
        let cell = self.cells.allocate(free, |words, bases| self.begin_again(words, bases))?;
        self.pins.begin(cell.index);
        if let Some(sketches) = &self.sketches {
            self.retire_some(summary::COUNT, sketches.begin(cell.index));
        }
        if let Some(natives) = &self.natives {
            self.retire_some(self.layout().zeros(), natives.begin(cell.index, self.ground.seconds()));
        }
        Some(cell)
    }

    /// Makes a series that is there one that stays, and gives back the room that it took.
    fn make_known(&self, series: &mut Series, found: Found, labels: &[(&str, &str)]) {
        let Series { table, axes, rules, last_resorts, known, .. } = series;
        let at = found.at as usize;
        let samples = Cost { samples: self.samples(), ..Cost::NONE };
        match table.standing(at) {
            Standing::Known => return,
            Standing::Counted => {
                axes.discount();
                self.ground.ledger.give(self.place_of_one());
            }
            Standing::LastResort => {
                *last_resorts -= 1;
                if *last_resorts > 0 {
                    self.ground.ledger.give(self.last_resort());
                }
            }
        }
        self.ground.ledger.force(samples);
        table.set_standing(at, Standing::Known);
        table.set_linked(at, true);
        self.pin(found.place, 1);
        let hash = |name: &str, value: &str| table.hash(name, value);
        axes.admit(&labels.iter().copied(), rules, true, hash);
        axes.remove(&labels.iter().copied(), hash);
        *known += 1;
        self.settle(series, 0);
    }

    /// Says of labels that all their values are known, so that they are never folded.
    pub(crate) fn set_finite(&self, labels: impl IntoIterator<Item = impl AsRef<str>>) {
        let axes = &mut self.series.write().expect("nothing panics under this lock").axes;
        labels.into_iter().for_each(|label| axes.set_finite(label.as_ref()));
    }

    /// Calls `look` with what the guard knows of the metric.
    pub(crate) fn guarded<T>(&self, look: impl FnOnce(&Axes, &Rules) -> T) -> T {
        let series = self.series.read().expect("nothing panics under this lock");
        look(&series.axes, &series.rules)
    }

    /// How many words a series takes.
    fn width(&self) -> usize {
        recording::width(self.kind, self.bounds.len(), self.natives.is_some())
    }

    /// Whether this kind of trouble is new to the metric: one warning of each is enough.
    pub(crate) fn is_news(&self, trouble: u32) -> bool {
        self.warned.fetch_or(1 << trouble, Ordering::Relaxed) & (1 << trouble) == 0
    }

    /// Keeps everyone else out of the family until the guards are dropped.
    pub(crate) fn hold(&'static self) -> Held {
        Held {
            family: self,
            about: self.about.write().expect("nothing panics under this lock"),
            series: self.series.write().expect("nothing panics under this lock"),
            _turn: self.sketches.as_ref().map(Sketches::hold).or_else(|| self.natives.as_ref().map(Natives::hold)),
            exemplars: self.exemplars.hold(),
        }
    }

    /// Sets all totals to zero, and gauges that show how many calls there are; others keep what they say.
    pub(crate) fn reset(&self, is_of_calls: bool) {
        if self.kind != Kind::Gauge || is_of_calls {
            self.cells.reset();
            self.retired.reset();
        }
        if let Some(sketches) = &self.sketches {
            sketches.reset();
        }
        if let Some(natives) = &self.natives {
            natives.reset();
        }
    }
}

impl Refusal {
    /// The refusal as a label value.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::LabelNames => "label_names",
            Self::Limit => "limit",
        }
    }
}

/// The first whole nanosecond above a bound in seconds. Every duration is above a bound below zero.
fn first_above(bound: f64) -> u64 {
    // A bound of 0.3 s is 299,999,999.99… ns in floating point.
    if bound < 0.0 { 0 } else { ((bound * 1e9).round() as u64).saturating_add(1) }
}

/// The bounds of a histogram that declares no buckets.
pub(crate) fn default_bounds(unit: Option<Unit>) -> &'static [f64] {
    use crate::metric::bounds;
    match unit {
        Some(Unit::SECONDS) => bounds::SECONDS,
        Some(Unit::BYTES) => bounds::BYTES,
        _ => bounds::COUNTS,
    }
}

#[cfg(all(test, not(tachometer_loom)))]
mod tests;
