//! The series of a site for one set of label values: looked up once, and remembered.

use std::sync::atomic::Ordering;

use super::{Places, remembered};
use crate::{
    call::{
        outcome::{End, Ending},
        site::{Metric, Site},
    },
    metric::kind::Kind,
    store::{
        cells::Life,
        family::{Family, admission::Wanted},
        fork,
        pairs::Pairs,
        registry,
        table::Found,
        value::Place,
    },
};

/// The series of a site for one set of label values.
#[derive(Debug, Clone, Copy)]
pub struct Group {
    /// For `ok` and `error`.
    pub(super) counter: [u64; 2],
    pub(super) timer: [u64; 2],
    pub(super) gauge: u64,
    /// The positions of the series for `ok` in their families.
    pub(super) counter_at: u32,
    pub(super) timer_at: u32,
    /// Where calls that end with `ok` are counted, found beforehand for those that are only counted.
    pub(super) life: Option<Life<'static>>,
    /// Whether its series may end for want of records, so that a call which begins has to hold them.
    pub(super) expires: bool,
}

/// Says that a call holds the series of its group, which must not end before it.
#[derive(Debug)]
pub(crate) struct Held {
    site: &'static Site,
    /// The process in which it does.
    process: u8,
}

/// How often a call that begins looks for series that do not end at that very moment.
const ATTEMPTS: usize = 8;

/// The series of a group for a panic or a cancellation are made when that happens.
impl Places for Group {
    #[inline]
    fn counter(&self, family: &Family, ending: Ending) -> u64 {
        self.counter.get(ending as usize).copied().unwrap_or_else(|| self.rare(family, self.counter, ending))
    }

    #[inline]
    fn timer(&self, family: &Family, ending: Ending) -> u64 {
        self.timer.get(ending as usize).copied().unwrap_or_else(|| self.rare(family, self.timer, ending))
    }

    #[inline]
    fn gauge(&self) -> u64 {
        self.gauge
    }
}

impl Group {
    /// Where nothing is recorded.
    pub(crate) const fn none() -> Self {
        Self { counter: [0; 2], timer: [0; 2], gauge: 0, counter_at: 0, timer_at: 0, life: None, expires: false }
    }

    /// Whether a call that begins has to [hold](Self::hold) its series.
    #[inline]
    pub(crate) fn expires(&self) -> bool {
        self.expires
    }

    /// Keeps the series that were found for these values from ending, or those that have come in their place.
    #[cold]
    pub(crate) fn hold(site: &'static Site, values: &[&str], found: &mut Option<Self>) -> Option<Held> {
        for _ in 0..ATTEMPTS {
            let group = (*found)?;
            let missing = group.places(site).position(|(family, place)| !family.hold_for_call(place));
            match missing {
                None => return Some(Held { site, process: fork::generation() }),
                Some(held) => {
                    group.places(site).take(held).for_each(|(family, place)| family.release_call(place));
                    *found = Some(Self::resolve(site, values).0);
                }
            }
        }
        None
    }

    /// All series in which a call may be recorded, each once.
    fn places(&self, site: &'static Site) -> impl Iterator<Item = (&'static Family, Place)> {
        let families = site.found().slots.families(site);
        let [counter, timer] = [self.counter, self.timer].map(|[ok, error]| [ok, if error == ok { 0 } else { error }]);
        let all = [
            (families.counter, counter[0]),
            (families.counter, counter[1]),
            (families.timer, timer[0]),
            (families.timer, timer[1]),
            (families.gauge, self.gauge),
        ];
        all.into_iter().filter_map(|(family, place)| family.zip(Place::unpack(place)))
    }

    /// Where the calls in flight are counted.
    #[inline]
    pub(crate) fn in_flight(&self) -> u64 {
        self.gauge
    }

    /// Looks the series of a label set up, or makes it; says too whether they are those of just these labels.
    #[cold]
    pub(super) fn resolve(site: &'static Site, values: &[&str]) -> (Self, bool) {
        let families = site.found().slots.families(site);
        let series = |family: Option<&Family>, metric: Option<Metric<'_>>, ending: Ending| -> Option<Found> {
            let (family, metric) = (family?, metric?);
            // A call is one, in however many series it may end.
            let wanted = Wanted { noted: ending == Ending::Ok, pinned: false };
            let series = |end| {
                let look_up =
                    |labels: &[(&str, &str)]| registry::global().look_up(family, Pairs::Texts(labels), wanted);
                metric.with_labels(end, values, look_up)
            };
            metric.ends(ending).map(series).last().flatten()
        };
        let pair = |family, metric: Option<Metric<'_>>| {
            let ok = series(family, metric, Ending::Ok);
            // Without a label that tells them apart they are the same one.
            let is_told = metric.is_some_and(|metric| metric.result || metric.error);
            [ok, if is_told { series(family, metric, Ending::Error) } else { ok }]
        };
        let counter = pair(families.counter, site.counter_metric());
        let timer = pair(families.timer, site.timer_metric());
        let gauge = series(families.gauge, site.gauge_metric(), Ending::Ok);
        let pack = |found: Option<Found>| found.map_or(0, |found| found.place.pack());
        let is_folded = |found: &Option<Found>| found.is_some_and(|found| found.folded);
        let group = Self {
            counter: counter.map(pack),
            timer: timer.map(pack),
            gauge: pack(gauge),
            counter_at: counter[0].map_or(0, |found| found.at),
            timer_at: timer[0].map_or(0, |found| found.at),
            life: counter[0].zip(families.counter).and_then(|(found, family)| family.life(found.place)),
            expires: [families.counter, families.timer, families.gauge].into_iter().flatten().any(Family::expires),
        };
        (group, !counter.iter().chain(&timer).chain([&gauge]).any(is_folded))
    }

    /// The series for an ending that is not in the group, by the labels of the one for `ok`.
    #[cold]
    fn rare(&self, family: &Family, places: [u64; 2], ending: Ending) -> u64 {
        let [ok, error] = places;
        // If they are the same there is no label `result`, or nothing is recorded.
        if ok == error { ok } else { remembered::end(family, ok, ending, || self.beside(family, ending.into())) }
    }

    /// The series for another end, by the labels of the one for `ok`.
    fn beside(&self, family: &Family, end: End) -> u64 {
        let (at, ok) = match family.kind() {
            Kind::Counter => (self.counter_at, self.counter[0]),
            _ => (self.timer_at, self.timer[0]),
        };
        // If that one has ended meanwhile, this call counts among what it has left.
        let Some(labels) = Place::unpack(ok).and_then(|place| family.labels(at, place)) else { return ok };
        let ended = |name: &str| match name {
            "result" => Some(end.ending.as_str()),
            "error" => Some(end.kind),
            _ => None,
        };
        let pairs: Vec<(&str, &str)> =
            labels.iter().map(|label| (label.key(), ended(label.key()).unwrap_or(label.value()))).collect();
        let wanted = Wanted { noted: false, pinned: false };
        registry::global().look_up(family, Pairs::Texts(&pairs), wanted).map_or(0, |found| found.place.pack())
    }
}

impl Held {
    /// The call has ended.
    pub(crate) fn release(&self, group: &Group) {
        // One that began before a fork is in flight in the parent only.
        if self.process == fork::generation() {
            group.places(self.site).for_each(|(family, place)| family.release_call(place));
        }
    }
}

/// The series of a site for errors of this kind, where its metrics tell kinds apart.
#[cold]
pub(super) fn of_kind(site: &Site, group: Option<&Group>, kind: &'static str) -> Group {
    let end = End::error(kind);
    let families = site.found().slots.families(site);
    let place = |family: Option<&Family>, metric: Option<Metric<'_>>, ok: u64| match (family, metric, group) {
        (Some(family), Some(metric), None) if metric.error => {
            registry::global().series(family, &metric.key(end, &[])).map_or(0, |found| found.place.pack())
        }
        (Some(family), Some(metric), Some(group)) if metric.error => group.beside(family, end),
        _ => ok,
    };
    let [counter, timer, gauge] = match group {
        None => [&site.found().slots.counter[0], &site.found().slots.timer[0], &site.found().slots.gauge]
            .map(|slot| slot.load(Ordering::Acquire)),
        Some(group) => [group.counter[0], group.timer[0], group.gauge],
    };
    Group {
        counter: [place(families.counter, site.counter_metric(), counter); 2],
        timer: [place(families.timer, site.timer_metric(), timer); 2],
        gauge,
        ..Group::none()
    }
}
