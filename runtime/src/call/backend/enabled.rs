//! Records calls in the store, through what a site has cached.

mod group;
mod remembered;
pub(crate) mod untold;

use std::sync::{
    OnceLock,
    atomic::{AtomicU64, Ordering},
};

use metrics::Label;

pub(crate) use self::group::{Group, Held};
use crate::{
    call::{
        outcome::Ending,
        site::{Metric, Site},
    },
    clock, gate,
    metric::{kind::Kind, unit::Unit},
    reentry,
    store::{
        exemplars,
        family::{Family, admission::Wanted},
        fork,
        pairs::Pairs,
        registry::{self, Contradiction, Declaration},
        slab,
        value::Place,
    },
};

/// What a site has cached. Every place is packed; 0 means that nothing is recorded there.
pub(crate) struct Slots {
    metrics: OnceLock<Families>,
    counter: [AtomicU64; 4],
    timer: [AtomicU64; 4],
    gauge: AtomicU64,
}

/// The families of a site's metrics.
struct Families {
    counter: Option<&'static Family>,
    timer: Option<&'static Family>,
    gauge: Option<&'static Family>,
}

static NONE: Families = Families { counter: None, timer: None, gauge: None };

impl Slots {
    pub(crate) const fn new() -> Self {
        Self {
            metrics: OnceLock::new(),
            counter: [const { AtomicU64::new(0) }; 4],
            timer: [const { AtomicU64::new(0) }; 4],
            gauge: AtomicU64::new(0),
        }
    }

    #[inline]
    fn families(&self, site: &Site) -> &Families {
        match self.metrics.get() {
            Some(families) => families,
            None => self.resolve(site),
        }
    }

    /// The same for a record; none of them, counted, where that has come from our own work.
    #[inline]
    fn recorded(&self, site: &Site) -> &Families {
        match self.metrics.get() {
            Some(families) => families,
            None => self.resolve_alone(site),
        }
    }

    #[cold]
    fn resolve_alone(&self, site: &Site) -> &Families {
        reentry::alone(|| self.resolve(site)).unwrap_or(&NONE)
    }

    #[cold]
    fn resolve(&self, site: &Site) -> &Families {
        let _inside = reentry::enter();
        // Two threads may do all this at once, and come to the same.
        let agreed = [site.counter_metric(), site.timer_metric(), site.gauge_metric()]
            .map(|metric| Some(agreed(registry::global(), &metric?)));
        let [counter, timer, gauge] = agreed.each_ref().map(|agreed| agreed.as_ref()?.as_ref().ok().copied());
        if site.labels.is_empty() {
            fill(site, counter, site.counter_metric(), &self.counter);
            fill(site, timer, site.timer_metric(), &self.timer);
            fill(site, gauge, site.gauge_metric(), std::slice::from_ref(&self.gauge));
        }
        let mut is_first = false;
        let families = gate::within(|| {
            self.metrics.get_or_init(|| {
                is_first = true;
                Families { counter, timer, gauge }
            })
        });
        if is_first {
            // Contradictions are said once, and within the gate nothing is said.
            agreed.into_iter().flatten().filter_map(Result::err).for_each(|by| registry::global().contradicted(&by));
        }
        families
    }
}

/// Declares a site's metrics to the store, and makes the series that are known before the first call.
pub(crate) fn register(site: &Site) {
    if let Some(reason) = site.skipped() {
        reentry::outside(|| {
            tracing::debug!("`{}::{}` is left alone: {reason}", site.source.module, site.source.function);
        });
    }
    if !site.zero {
        return;
    }
    let families = site.found().slots.families(site);
    for labels in site.known_labels().iter().filter(|labels| !labels.is_empty()) {
        reserve(site, families.counter, site.counter_metric(), labels);
        reserve(site, families.timer, site.timer_metric(), labels);
        reserve(site, families.gauge, site.gauge_metric(), labels);
    }
}

/// Makes the series that a site has because its calls last, where it has made the others already.
pub(crate) fn lasts(site: &Site) {
    if let Some(Families { counter, timer, .. }) = site.found().slots.metrics.get()
        && site.labels.is_empty()
    {
        fill(site, *counter, site.counter_metric(), &site.found().slots.counter);
        fill(site, *timer, site.timer_metric(), &site.found().slots.timer);
    }
}

/// Makes the series of a label set that is known before the first call.
fn reserve(site: &Site, family: Option<&'static Family>, metric: Option<Metric<'_>>, labels: &[Label]) {
    let (Some(family), Some(metric)) = (family, metric) else { return };
    for end in site.endings().iter().flat_map(|ending| metric.ends(*ending)) {
        registry::global().static_series(family, &metric.key(end, labels));
    }
}

/// Makes the series of a label set that the program has got to know.
pub(crate) fn show(site: &Site, values: &[&str]) {
    let families = site.found().slots.families(site);
    let wanted = Wanted { noted: false, pinned: false };
    let show = |family: Option<&'static Family>, metric: Option<Metric<'_>>| {
        let (Some(family), Some(metric)) = (family, metric) else { return };
        for end in site.endings().iter().flat_map(|ending| metric.ends(*ending)) {
            metric.with_labels(end, values, |labels| registry::global().look_up(family, Pairs::Texts(labels), wanted));
        }
    };
    show(families.counter, site.counter_metric());
    show(families.timer, site.timer_metric());
    show(families.gauge, site.gauge_metric());
}

/// Says that no more than so many label sets are kept for an installation.
pub(crate) fn not_kept(most: usize) {
    tracing::warn!(
        "`KnownLabels` keeps {most} label sets for an installation and has been shown more, which will not be at 0; install \
         first, and show them then"
    );
}

/// What the site's metric is, for a store.
pub(crate) fn agreed(store: &registry::Store, metric: &Metric<'_>) -> Result<&'static Family, Contradiction> {
    let declaration = Declaration {
        name: metric.name(),
        kind: metric.kind,
        help: metric.help(),
        unit: (metric.kind == Kind::Histogram).then_some(Unit::SECONDS),
        buckets: metric.buckets,
        labels: metric.label_names(),
        source: metric.source(),
    };
    let family = store.agreed(&declaration, None)?;
    family.set_finite(metric.finite_labels());
    family.about(|about| about.is_of_calls |= metric.kind == Kind::Gauge);
    Ok(family)
}

/// Makes a metric's series for each ending. Without the label `result` they are all the same one.
fn fill(site: &Site, family: Option<&'static Family>, metric: Option<Metric<'_>>, slots: &[AtomicU64]) {
    let (Some(family), Some(metric)) = (family, metric) else { return };
    for (ending, slot) in site.endings().iter().zip(slots) {
        for end in metric.ends(*ending) {
            let found = registry::global().static_series(family, &metric.key(end, &[]));
            // Where errors have kinds this is the last one's, and no call looks at it.
            slot.store(found.map_or(0, |found| found.place.pack()), Ordering::Release);
        }
    }
}

/// Where the values of a call's metrics live, packed.
trait Places {
    fn counter(&self, family: &Family, ending: Ending) -> u64;
    fn timer(&self, family: &Family, ending: Ending) -> u64;
    fn gauge(&self) -> u64;
}

/// The series of a site without labels of its own are known from the start.
impl Places for Slots {
    #[inline]
    fn counter(&self, _: &Family, ending: Ending) -> u64 {
        self.counter[ending as usize].load(Ordering::Acquire)
    }

    #[inline]
    fn timer(&self, _: &Family, ending: Ending) -> u64 {
        self.timer[ending as usize].load(Ordering::Acquire)
    }

    #[inline]
    fn gauge(&self) -> u64 {
        self.gauge.load(Ordering::Acquire)
    }
}

/// A call ends with an error of this kind.
pub(crate) fn fail(site: &'static Site, group: Option<&Group>, kind: &'static str, start: u64, process: u8) {
    let end = now(site);
    let mut kinds = remembered::kind(site, group, kind, || group::of_kind(site, group, kind));
    if let Some(group) = group {
        // Sets that are told apart in flight may be one where they are counted.
        kinds.gauge = group.gauge;
    }
    record(site, &kinds, Ending::Error, (start, end), process);
}

/// A future is done: so many polls took so long.
pub(crate) fn polled(site: &Site, group: Option<&Group>, polls: u32, nanos: u64) {
    let families = site.found().slots.recorded(site);
    match group {
        None => tally(families, &*site.found().slots, polls, nanos),
        Some(group) => tally(families, group, polls, nanos),
    }
}

fn tally(families: &Families, places: &impl Places, polls: u32, nanos: u64) {
    if let Some(family) = families.counter
        && let Some(place) = Place::unpack(places.counter(family, Ending::Ok))
    {
        family.count(place, polls.into());
    }
    if let Some(family) = families.timer
        && let Some(place) = Place::unpack(places.timer(family, Ending::Ok))
    {
        family.observe_nanos(place, nanos);
    }
}

/// A reading of the clock, for [`elapsed`].
#[inline]
pub(crate) fn reading() -> u64 {
    clock::raw()
}

/// The nanoseconds between two readings.
#[inline]
pub(crate) fn elapsed(start: u64, end: u64) -> u64 {
    clock::nanos(start, end)
}

/// Writes the series of a site for these values of its labels to `found`.
#[inline(never)]
pub(crate) fn group(site: &'static Site, values: &[&str], found: &mut Option<Group>) {
    remembered::remember(site, values, found, || Group::resolve(site, values));
}

/// A call begins: one more is in flight, at this place if its labels say where. Returns a reading of the clock and a
/// mark of this process, for [`finish`].
#[inline(never)]
pub(crate) fn enter(site: &Site, in_flight: Option<u64>) -> (u64, u8) {
    if site.gauge.is_some() {
        let families = site.found().slots.recorded(site);
        shift(families, in_flight.unwrap_or_else(|| site.found().slots.gauge()), 1.0);
    }
    (now(site), fork::generation())
}

/// Whether a call that begins now is counted and nothing else.
#[inline]
pub(crate) fn is_quick(site: &Site) -> bool {
    site.is_only_counted() && !exemplars::is_on()
}

/// Ends a call that is [quick](is_quick) and has no labels; says whether that is all there was to do.
///
/// What most calls need, small enough to be inlined into the function.
#[inline]
pub(crate) fn count(site: &Site, ending: Ending) -> bool {
    match Place::unpack(site.found().slots.counter[ending as usize].load(Ordering::Acquire)) {
        Some(Place::Word(word)) => slab::attached().is_some_and(|slab| slab.try_count(word)),
        Some(Place::Cell(_) | Place::Folded(_)) | None => false,
    }
}

/// The same for a call with labels.
#[inline]
pub(crate) fn count_in(site: &Site, group: &Group, ending: Ending) -> bool {
    let (Ending::Ok, Some(life)) = (ending, group.life) else { return false };
    if life.is_over() {
        return false;
    }
    if let Some(end) = life.add(0, 1) {
        outlived(site, group.counter[0], end);
    }
    true
}

#[cold]
#[inline(never)]
fn outlived(site: &Site, place: u64, end: u64) {
    if let (Some(family), Some(Place::Cell(cell))) = (site.found().slots.recorded(site).counter, Place::unpack(place)) {
        family.outlived(cell, 0, end, 1);
    }
}

/// A call ends.
#[inline]
pub(crate) fn finish(site: &Site, group: Option<&Group>, ending: Ending, start: u64, process: u8) {
    // First of all, so that our own work is not measured.
    let end = now(site);
    match group {
        None => record(site, &*site.found().slots, ending, (start, end), process),
        Some(group) => record(site, group, ending, (start, end), process),
    }
}

/// A reading of the clock, where somebody wants to know it.
#[inline]
fn now(site: &Site) -> u64 {
    if site.timer.is_some() { clock::raw() } else { 0 }
}

#[inline]
fn record(site: &Site, places: &impl Places, ending: Ending, (start, end): (u64, u64), process: u8) {
    let families = site.found().slots.recorded(site);
    // A call that began before a fork is in flight in the parent only.
    if process == fork::generation() {
        shift(families, places.gauge(), -1.0);
    }
    if let Some(family) = families.counter {
        match Place::unpack(places.counter(family, ending)) {
            Some(place) => family.count(place, 1),
            None => family.refuse(),
        }
    }
    if let Some(family) = families.timer {
        match Place::unpack(places.timer(family, ending)) {
            Some(place) => family.observe_nanos(place, clock::nanos(start, end)),
            None => family.refuse(),
        }
    }
    if site.is_rolled {
        reentry::alone(|| site.roll(clock::nanos(start, end)));
    }
}

#[inline]
fn shift(families: &Families, place: u64, by: f64) {
    if let Some(family) = families.gauge
        && let Some(place) = Place::unpack(place)
    {
        family.shift_calls(place, by);
    }
}
