//! How labels become a series: found, admitted, or folded into one that is there.
//!
//! A look-up that finds its labels knows nothing of the guard. One that does not is decided under the family's shared
//! lock where it ends in a series that is there already, which is what a flood of new values does, and so waits for
//! nobody and allocates nothing. Only a series that is really new takes the exclusive lock.

use super::{Family, Series};
use crate::{
    cardinality::{
        axes::Axis,
        folding::{Folding, Reason},
        rules::Rules,
    },
    metric::{kind::Kind, label},
    reentry,
    store::{
        health::Dropped,
        ledger::{Claim, Cost},
        pairs::Pairs,
        table::{Found, New, Refusal, Standing},
        value::Place,
    },
    sync::Ordering,
};

/// Which part of a metric's series is kept for those with `other`: one of so many.
const RESERVE: u64 = 16;

/// Seconds between two warnings of one metric.
const SILENCE: u64 = 3600;

/// What a look-up is for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted {
    /// Whether what the guard makes of it goes into its book.
    pub(crate) noted: bool,
    /// Whether the series is to stay until it is let go.
    pub(crate) pinned: bool,
}

impl Default for Wanted {
    fn default() -> Self {
        Self { noted: true, pinned: false }
    }
}

/// Where a label set may go.
enum Way {
    /// Into this series.
    Found(Found),
    /// Into a new one.
    New,
    Refused(Refusal),
}

/// A label that people should hear of.
struct Excess<'a> {
    label: &'a str,
    reason: Reason,
}

type Outcome<'a> = Result<(Found, Option<Excess<'a>>), Refusal>;

impl Family {
    /// The series of these labels; a new one gets a shared cell.
    pub(crate) fn look_up(&self, pairs: Pairs<'_>, wanted: Wanted) -> Result<Found, Refusal> {
        let is_classic = pairs.are_classic();
        let known = {
            let series = self.series.read().expect("nothing panics under this lock");
            if let Some(found) = series.table.find(&series.table.labels_of(pairs)) {
                return Ok(self.kept(found, wanted));
            }
            is_classic.then(|| self.fold(&series, pairs, pairs, wanted)).flatten()
        };
        if is_classic {
            return self.told(known.unwrap_or_else(|| self.admit(pairs, pairs, wanted)));
        }
        // Keys that are printed alike are one series.
        let sanitized = pairs.sanitized();
        let texts: Vec<(&str, &str)> = sanitized.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        let texts = Pairs::Texts(&texts);
        let series = self.series.read().expect("nothing panics under this lock");
        let known = self.fold(&series, texts, pairs, wanted);
        drop(series);
        self.told(known.unwrap_or_else(|| self.admit(texts, pairs, wanted)))
    }

    /// Where labels go that are not there as they are, if they go where something is, or nowhere at all.
    fn fold<'a>(&self, series: &Series, pairs: Pairs<'a>, written: Pairs<'a>, wanted: Wanted) -> Option<Outcome<'a>> {
        let (mut folding, beyond) = Folding::new(named(pairs, written), &series.rules, &series.axes);
        match self.way(series, &mut folding) {
            Way::Found(found) => Some(Ok(self.arrived(series, &folding, beyond, found, wanted))),
            Way::Refused(refusal) => Some(Err(refusal)),
            Way::New => None,
        }
    }

    /// Makes the series of labels that are not there as they are; `written` are the same with the names to be printed.
    fn admit<'a>(&self, pairs: Pairs<'a>, written: Pairs<'a>, wanted: Wanted) -> Outcome<'a> {
        let series = &mut *self.series.write().expect("nothing panics under this lock");
        let (mut folding, beyond) = Folding::new(named(pairs, written), &series.rules, &series.axes);
        self.note_passive(series, named(pairs, written), wanted);
        let found = loop {
            match self.way(series, &mut folding) {
                Way::Found(found) => break found,
                Way::Refused(refusal) => return Err(refusal),
                Way::New => match self.admit_new(series, &folding) {
                    Some(found) => break found?,
                    // Another metric has taken the room in between.
                    None => self.fold_widest(series, &mut folding, Reason::Process)?,
                },
            }
        };
        Ok(self.arrived(series, &folding, beyond, found, wanted))
    }

    /// What becomes of a label set that has found its series.
    fn arrived<'a>(
        &self,
        series: &Series,
        folding: &Folding<'a>,
        beyond: usize,
        found: Found,
        wanted: Wanted,
    ) -> (Found, Option<Excess<'a>>) {
        let excess = self.note(series, folding, beyond, wanted);
        let place = match found.place {
            // Others may record into the series under its own name.
            Place::Cell(cell) if self.kind == Kind::Gauge && folding.is_folded() => Place::Folded(cell),
            place => place,
        };
        (self.kept(Found { place, folded: folding.is_changed(), ..found }, wanted), excess)
    }

    /// Tells people of what was folded, without a lock: whoever listens may record metrics too.
    fn told(&self, outcome: Outcome<'_>) -> Result<Found, Refusal> {
        let (found, excess) = outcome?;
        if let Some(Excess { label, reason }) = excess {
            self.warn(label, reason);
        }
        Ok(found)
    }

    /// Under the lock that a sweep takes alone, so that the series cannot end in between.
    #[inline]
    fn kept(&self, found: Found, wanted: Wanted) -> Found {
        if wanted.pinned {
            self.pin(found.place, 1);
        }
        found
    }

    /// Holds the metric to other rules. Series that these do not admit any more keep their values, but what comes under
    /// their labels from now on is folded.
    pub(crate) fn set_rules(&self, rules: Rules) {
        let series = &mut *self.series.write().expect("nothing panics under this lock");
        series.rules = rules;
        let Series { table, axes, rules, .. } = series;
        axes.forget();
        if rules.expiry.is_some() {
            let cells = (0..table.slots()).filter_map(|at| table.place(at)?.cell());
            cells.for_each(|cell| self.pins.reserve(cell.index));
        }
        for at in 0..table.slots() {
            if table.place(at).is_none() {
                continue;
            }
            let is_known = table.standing(at) == Standing::Known;
            let labels: Vec<(String, String)> = table
                .labels(at as u32)
                .iter()
                .map(|(name, value)| (label::sanitize(&name).into_owned(), value.into_owned()))
                .collect();
            let pairs = || labels.iter().map(|(name, value)| (name.as_str(), value.as_str()));
            axes.admit(&pairs(), rules, is_known, |name, value| table.hash(name, value));
            let is_finite = |name: &str| axes.get(name).is_some_and(Axis::is_finite);
            table.set_linked(at, is_known || pairs().all(|(name, value)| rules.admit(name, value, is_finite(name))));
        }
    }

    /// Folds as much of a label set as has to be, and says where it may go then.
    fn way(&self, series: &Series, folding: &mut Folding<'_>) -> Way {
        let table = &series.table;
        if !series.rules.passive {
            series.axes.fold_values(folding, &series.rules, |name, value| table.hash(name, value));
        }
        loop {
            if let Some(found) = table.find(&table.labels_of(Pairs::Texts(folding.pairs()))) {
                return Way::Found(found);
            }
            let Some(reason) = self.lacks_room(series, folding) else { return Way::New };
            if let Err(refusal) = self.fold_widest(series, folding, reason) {
                return Way::Refused(refusal);
            }
            if series.rules.have_within {
                // What is folded by now may be what another label is limited within.
                series.axes.fold_values(folding, &series.rules, |name, value| table.hash(name, value));
            }
        }
    }

    fn fold_widest(&self, series: &Series, folding: &mut Folding<'_>, reason: Reason) -> Result<(), Refusal> {
        let at = series.axes.widest(folding).ok_or(Refusal::Limit)?;
        folding.fold(at, reason);
        Ok(())
    }

    /// Why a new series with these labels cannot be.
    fn lacks_room(&self, series: &Series, folding: &Folding<'_>) -> Option<Reason> {
        if series.rules.passive {
            return None;
        }
        let ledger = &self.ground.ledger;
        if series.axes.widest(folding).is_none() {
            // What is folded has somewhere to go, once the metric has begun, whatever limits become.
            let has_begun = series.has_last_resort;
            return (!has_begun && !ledger.has_room(self.last_resort(), Claim::LastResort)).then_some(Reason::Process);
        }
        let most = series.rules.series;
        let kept = if folding.is_folded() { 1 } else { (most / RESERVE).max(1) };
        if series.axes.series >= most.saturating_sub(kept) {
            return Some(Reason::Metric);
        }
        let cost = self.cost(series, Pairs::Texts(folding.pairs()));
        (!ledger.has_room(self.with_first(series, cost), Claim::Ordinary)).then_some(Reason::Process)
    }

    /// Adds a series with these labels; none if room for it was there and is not any more.
    fn admit_new(&self, series: &mut Series, folding: &Folding<'_>) -> Option<Result<Found, Refusal>> {
        let mut taken = Cost::NONE;
        let (cost, claim, standing) = if series.axes.widest(folding).is_some() {
            taken = self.cost(series, Pairs::Texts(folding.pairs()));
            (self.with_first(series, taken), Claim::Ordinary, Standing::Counted)
        } else if series.has_last_resort && series.last_resorts == 0 {
            (Cost::NONE, Claim::LastResort, Standing::LastResort)
        } else {
            (self.last_resort(), Claim::LastResort, Standing::LastResort)
        };
        if series.rules.passive || (standing == Standing::LastResort && series.has_last_resort) {
            self.ground.ledger.force(cost);
        } else if !self.ground.ledger.take(cost, claim) {
            return (claim == Claim::LastResort).then_some(Err(Refusal::Limit));
        }
        let added = self.insert(series, folding, standing);
        match added {
            Ok(_) => {
                series.has_last_resort = true;
                match standing {
                    Standing::LastResort => series.last_resorts += 1,
                    _ => series.axes.count(),
                }
                self.settle(series, taken.bytes);
            }
            Err(_) => {
                self.ground.ledger.give(cost);
                self.settle(series, 0);
            }
        }
        Some(added)
    }

    /// A cost, with that of the room that a metric's first series takes for its series of last resort.
    fn with_first(&self, series: &Series, cost: Cost) -> Cost {
        if series.has_last_resort { cost } else { cost.and(self.last_resort()) }
    }

    fn insert(&self, series: &mut Series, folding: &Folding<'_>, standing: Standing) -> Result<Found, Refusal> {
        let Series { table, free, axes, rules, .. } = series;
        let cell = self.cell(free).ok_or(Refusal::Full)?;
        if rules.expiry.is_some() {
            self.pins.reserve(cell.index);
        }
        let labels = table.labels_of(Pairs::Texts(folding.pairs()));
        let written = folding.written();
        let new = New { place: Place::Cell(cell), standing, now: self.ground.age() };
        let found = table.insert(&labels, Pairs::Texts(&written), new).inspect_err(|_| self.cells.kill(cell, free))?;
        folding.changes().for_each(|(name, ..)| axes.open_book(name));
        axes.admit(&folding.pairs().iter().copied(), rules, false, |name, value| table.hash(name, value));
        Ok(found)
    }

    /// What the guard would make of a label set, if its policy were not passive.
    fn note_passive<'a>(
        &self,
        series: &Series,
        labels: impl Iterator<Item = ((&'a str, &'a str), &'a str)>,
        wanted: Wanted,
    ) {
        if !series.rules.passive || !wanted.noted {
            return;
        }
        let hash = |name: &str, value: &str| series.table.hash(name, value);
        let (mut folding, _) = Folding::new(labels, &series.rules, &series.axes);
        series.axes.fold_values(&mut folding, &series.rules, hash);
        let counts = folding.is_folded() || series.axes.series < series.rules.series;
        let widest = if counts { None } else { series.axes.widest(&folding) };
        widest.into_iter().for_each(|at| folding.fold(at, Reason::Metric));
        for (name, value, reason) in folding.changes().filter(|(.., reason)| reason.is_fold()) {
            if let Some(axis) = series.axes.get(name) {
                axis.offenders().would_fold(value, hash(name, value), reason);
            }
        }
    }

    /// What the guard has made of a label set goes into its book.
    fn note<'a>(&self, series: &Series, folding: &Folding<'a>, beyond: usize, wanted: Wanted) -> Option<Excess<'a>> {
        if !wanted.noted {
            return None;
        }
        if beyond > 0 {
            self.ground.health().dropped(Dropped::Labels, beyond as u64);
        }
        for (name, value, reason) in folding.changes() {
            match series.axes.get(name) {
                Some(axis) => axis.offenders().folded(value, series.table.hash(name, value), reason),
                // A metric of so many labels has no book for all of them.
                None => self.ground.health().dropped(Dropped::Labels, 1),
            }
        }
        let (label, _, reason) = folding.changes().find(|(.., reason)| reason.is_fold())?;
        self.is_time_to_tell().then_some(Excess { label, reason })
    }

    /// Whether nobody was told for an hour that labels of the metric are folded; then the hour begins again.
    fn is_time_to_tell(&self) -> bool {
        let now = self.ground.seconds();
        let next = self.told_again.load(Ordering::Relaxed);
        now >= next
            && self.told_again.compare_exchange(next, now + SILENCE, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    #[cold]
    fn warn(&self, label: &str, reason: Reason) {
        let source = self.about.read().expect("nothing panics under this lock").source.clone();
        let source = source.unwrap_or_else(|| "through the `metrics` facade".to_owned());
        reentry::outside(|| {
            tracing::warn!(
                metric = self.name(),
                label,
                reason = reason.as_str(),
                "a metric recorded {source} has too many label values; further ones are recorded as `other`, and the \
                 counts stay complete"
            );
        });
    }
}

/// Labels with the names that the program wrote.
fn named<'a>(pairs: Pairs<'a>, written: Pairs<'a>) -> impl Iterator<Item = ((&'a str, &'a str), &'a str)> {
    pairs.iter().zip(written.iter().map(|(name, _)| name))
}
