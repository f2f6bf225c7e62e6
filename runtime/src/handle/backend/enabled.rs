//! Records what handles are given in the store, and keeps where their values live.
//!
//! What is kept stays true: the recorder that `install` sets is never replaced, its store is never freed, and a family
//! is never removed.

use std::sync::{
    OnceLock,
    atomic::{AtomicU32, AtomicU64, Ordering},
};

use metrics::Label;

use crate::{
    Error,
    call::{adopt, backend::untold},
    error, gate,
    handle::{
        foreign,
        metric::{Metric, Series},
    },
    metric::kind::Kind,
    reentry,
    store::{
        family::{Family, admission::Wanted},
        fork, guard, health,
        owned::{self, Part},
        pairs::Pairs,
        registry::{self, Contradiction, Declaration, Store},
        value::Place,
    },
};

/// The family of a metric, once it is known. None where another declaration contradicts this one.
pub(crate) struct Home(OnceLock<Option<&'static Family>>);

/// Where the value of a series lives.
pub(crate) struct Slot {
    /// Packed; [`UNKNOWN`] before that is known, and [`ELSEWHERE`] while there is no room for it.
    place: AtomicU64,
    /// Where it is recorded then: in the series that stands for it, packed, or nowhere, if it was refused.
    stand_in: AtomicU64,
    /// When that was so. Later there may be room, by another policy, or because others have ended.
    epoch: AtomicU32,
}

const UNKNOWN: u64 = 0;
const ELSEWHERE: u64 = 1;

impl Home {
    pub(crate) fn new() -> Self {
        Self(OnceLock::new())
    }

    fn family(&self, metric: &Metric) -> Option<&'static Family> {
        self.0.get().copied().unwrap_or_else(|| self.settle(agreed(registry::global(), metric, false)))
    }

    /// The same for a record.
    #[inline]
    fn recorded(&self, metric: &Metric) -> Option<&'static Family> {
        match self.0.get() {
            Some(family) => *family,
            None => reentry::alone(|| self.family(metric)).flatten(),
        }
    }

    /// Keeps the first outcome. If it is a contradiction that is said once, and within the gate nothing is said.
    #[cold]
    fn settle(&self, agreed: Result<&'static Family, Contradiction>) -> Option<&'static Family> {
        let family = agreed.as_ref().ok().copied();
        let is_first = gate::within(|| self.0.set(family)).is_ok();
        if let Err(by) = agreed
            && is_first
        {
            registry::global().contradicted(&by);
        }
        self.0.get().copied().flatten()
    }
}

impl Slot {
    pub(crate) fn new() -> Self {
        Self { place: AtomicU64::new(UNKNOWN), stand_in: AtomicU64::new(0), epoch: AtomicU32::new(0) }
    }
}

/// Declares a metric to a store; with `any_buckets`, with whatever buckets it has there.
pub(crate) fn agreed(store: &Store, metric: &Metric, any_buckets: bool) -> Result<&'static Family, Contradiction> {
    let existing = store.find(&metric.name).filter(|_| any_buckets);
    let mut labels: Vec<&str> = metric.labels.iter().map(AsRef::as_ref).collect();
    labels.sort_unstable();
    let declaration = Declaration {
        name: metric.name.clone(),
        kind: metric.kind,
        help: metric.help.to_owned(),
        unit: metric.unit(),
        buckets: existing.map_or(metric.ladder(), Family::buckets),
        labels,
        source: metric.source.map_or_else(|| "by name".to_owned(), |at| format!("at {}:{}", at.file(), at.line())),
    };
    store.agreed(&declaration, metric.scale)
}

/// Makes a metric's family known; with `any_buckets`, whatever buckets it has.
///
/// # Errors
/// If another declaration contradicts this one.
pub(crate) fn settle(metric: &Metric, any_buckets: bool) -> Result<(), Error> {
    let family = agreed(registry::global(), metric, any_buckets).map_err(|it| contradicted(metric, &it))?;
    metric.home.settle(Ok(family));
    Ok(())
}

/// The error of who has declared a metric by its name.
pub(crate) fn contradicted(metric: &Metric, contradiction: &Contradiction) -> Error {
    let message = format!(
        "metric `{}` cannot be used like this: {}; give it another name, or declare it alike",
        metric.name, contradiction.detail
    );
    Error::new(error::Kind::Conflict, message)
}

/// Makes a series known to the store, at 0.
#[cold]
pub(crate) fn join(series: &Series) {
    let _inside = reentry::enter();
    resolve(series, UNKNOWN);
}

/// Looks up where a series lives whose place is `known` by now, and keeps that.
#[cold]
fn resolve(series: &Series, known: u64) {
    // Before the look-up: what becomes true meanwhile is looked up again at the next record.
    let epoch = guard::epoch();
    let found = series.metric.home.family(&series.metric).and_then(|family| {
        // A slab holds whole numbers only, and memory of each thread, which is well spent on the few series that
        // have no labels.
        let is_word = !matches!(series.metric.kind, Kind::Gauge | Kind::Summary) && series.key.labels().len() == 0;
        let store = registry::global();
        if is_word {
            store.static_series(family, &series.key)
        } else {
            store.look_up(family, (&series.key).into(), Wanted { noted: true, pinned: series.pinned })
        }
    });
    let (own, stand_in) = match found {
        Some(found) if found.folded => (ELSEWHERE, found.place.pack()),
        Some(found) => (found.place.pack(), 0),
        None => (ELSEWHERE, 0),
    };
    let slot = &series.slot;
    slot.epoch.store(epoch, Ordering::Release);
    unpin(series, slot.stand_in.swap(stand_in, Ordering::AcqRel));
    let is_kept = own == known || slot.place.compare_exchange(known, own, Ordering::AcqRel, Ordering::Acquire).is_ok();
    if !is_kept {
        // Another thread has found it as well; it is held once.
        unpin(series, own);
    }
}

/// Whether the series has no place of its own.
pub(crate) fn is_folded(series: &Series) -> bool {
    series.slot.place.load(Ordering::Acquire) == ELSEWHERE
}

/// Lets go of a series that no handle points to any more.
pub(crate) fn leave(series: &mut Series) {
    let slot = &mut series.slot;
    let places = [*slot.place.get_mut(), *slot.stand_in.get_mut()];
    places.into_iter().for_each(|packed| unpin(series, packed));
}

fn unpin(series: &Series, packed: u64) {
    if let (true, Some(place), Some(Some(family))) = (series.pinned, Place::unpack(packed), series.metric.home.0.get())
    {
        family.pin(place, -1);
    }
}

/// Where the value of a series lives, and what knows how to change it. Counts a drop if it was refused.
#[inline]
fn place(series: &Series) -> Option<(&'static Family, Place)> {
    let packed = series.slot.place.load(Ordering::Acquire);
    let family = series.metric.home.recorded(&series.metric)?;
    match Place::unpack(packed) {
        Some(place) if family.is_alive(place) => Some((family, place)),
        _ => reentry::alone(|| elsewhere(series, family, packed)).flatten(),
    }
}

/// The same for a series that is not known yet, has ended, or has no place of its own.
#[cold]
fn elsewhere(series: &Series, family: &'static Family, packed: u64) -> Option<(&'static Family, Place)> {
    let slot = &series.slot;
    match packed {
        UNKNOWN => join(series),
        ELSEWHERE => {
            let (epoch, seen) = (guard::epoch(), slot.epoch.load(Ordering::Acquire));
            // One of all threads looks again.
            let is_first = || slot.epoch.compare_exchange(seen, epoch, Ordering::AcqRel, Ordering::Relaxed).is_ok();
            if seen != epoch && is_first() {
                resolve(series, ELSEWHERE);
            }
        }
        ended => {
            if slot.place.compare_exchange(ended, UNKNOWN, Ordering::AcqRel, Ordering::Acquire).is_ok() {
                unpin(series, ended);
            }
            join(series);
        }
    }
    let own = Place::unpack(slot.place.load(Ordering::Acquire));
    let place = own.or_else(|| Place::unpack(slot.stand_in.load(Ordering::Acquire)));
    if place.is_none() {
        family.refuse();
    }
    Some((family, place?))
}

/// Ends the series of a metric that has just these labels; says whether it was there.
pub(crate) fn end(metric: &Metric, labels: &[Label]) -> bool {
    // Nothing was recorded before a metric is known, or it contradicts others.
    metric.home.0.get().copied().flatten().is_some_and(|family| registry::global().end(family, Pairs::Labels(labels)))
}

/// The same for all series that `keep`, which is told their labels, does not want.
pub(crate) fn retain(metric: &Metric, keep: impl FnMut(&[(&str, &str)]) -> bool) {
    if let Some(Some(family)) = metric.home.0.get() {
        registry::global().retain(family, keep);
    }
}

/// An instance of a struct has series of this metric with these labels.
pub(crate) fn own(metric: &Metric, labels: &[Label]) {
    owned::begin(Part { metric: metric.name.clone(), labels: labels.to_vec() });
}

/// The instance has ended; says whether no other one has these series.
pub(crate) fn disown(metric: &Metric, labels: &[Label]) -> bool {
    let _inside = reentry::enter();
    owned::end(&Part { metric: metric.name.clone(), labels: labels.to_vec() })
}

/// Ends the series whose instances have ended, now or before the next reader.
pub(crate) fn let_go() {
    if let Some(store) = registry::existing() {
        store.let_go();
    }
}

/// Counts what makes label sets worth looking up again that were found before.
pub(crate) fn epoch() -> u32 {
    guard::epoch()
}

/// Adds to a counter: units, or quanta where it counts fractions.
#[inline]
pub(crate) fn count(series: &Series, amount: u64) {
    if let Some((family, place)) = place(series) {
        family.count(place, amount);
    }
}

pub(crate) fn set(series: &Series, value: f64) {
    if let Some((family, place)) = place(series) {
        family.set(place, value);
    }
}

pub(crate) fn shift(series: &Series, amount: f64) {
    if let Some((family, place)) = place(series) {
        family.shift(place, amount);
    }
}

/// Where a gauge is held.
pub(crate) struct Hold {
    family: &'static Family,
    place: Place,
    /// The process in which it is.
    process: u8,
}

/// Adds to a gauge whose series does not end before it is released. Where labels are folded, what is held adds up.
pub(crate) fn hold(series: &Series, amount: f64) -> Option<Hold> {
    let (family, place) = place(series)?;
    family.pin(place, 1);
    family.shift_calls(place, amount);
    Some(Hold { family, place, process: fork::generation() })
}

/// Takes away what was added.
pub(crate) fn release(&Hold { family, place, process }: &Hold, amount: f64) {
    // What was held before a fork is held in the parent only.
    if process == fork::generation() {
        family.shift_calls(place, -amount);
    }
    family.pin(place, -1);
}

pub(crate) fn observe(series: &Series, value: f64, count: u64) {
    if let Some((family, place)) = place(series) {
        family.observe(place, value, count);
    }
}

pub(crate) fn observe_nanos(series: &Series, nanos: u64) {
    if let Some((family, place)) = place(series) {
        family.observe_nanos(place, nanos);
    }
}

/// Says it if an adopted recorder shows other buckets than are declared, because it could not be told, or not in time.
pub(crate) fn adopted(metric: &Metric) {
    if metric.kind == Kind::Histogram && !adopt::is_told() {
        untold::warn_of(&metric.name, metric.ladder());
    } else if metric.kind == Kind::Histogram && metric.buckets.is_some() && adopt::is_late(&metric.name) {
        tracing::warn!(
            metric = metric.name,
            "the buckets of this handle came too late for the recorder; use the handle before the installation, or say \
             them by `Builder::buckets`"
        );
    }
}

/// Says the same of a recorder that nothing is known of.
pub(crate) fn unknown(metric: &Metric) {
    if metric.kind == Kind::Histogram {
        untold::warn_once(metric.ladder());
    }
}

/// Counts a value that was not recorded.
pub(crate) fn dropped(why: foreign::Dropped) {
    let why = match why {
        foreign::Dropped::NotANumber => health::Dropped::NotANumber,
        foreign::Dropped::Negative => health::Dropped::Negative,
        foreign::Dropped::TooLarge => health::Dropped::TooLarge,
    };
    registry::global().dropped(why, 1);
}
