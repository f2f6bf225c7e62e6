//! How labels become a series: found, admitted, or folded into one that is there.
//!
//! A look-up that finds its labels knows nothing of the guard. One that does not is decided under the family's shared
//! lock where it ends in a series that is there already, which is what a flood of new values does, and so waits for
//! nobody and allocates nothing. Only a series that is really new takes the exclusive lock.

use super::{Family, Series};
use crate::{
    cardinality::{
        folding::{Folding, Reason},
        rules::Rules,
    },
    metric::{kind::Kind, label},
    store::{
        health::Dropped,
        ledger::Cost,
        pairs::Pairs,
        table::{Found, Refusal},
        value::Place,
    },
    sync::Ordering,
};

/// Which part of a metric's series is kept for those with `other`: one of so many.
const RESERVE: u64 = 16;

/// Bytes of a series besides its labels and its value: its record, and its entries in the indices.
const OVERHEAD: u64 = 48;

/// Bytes that are kept for the labels of the series in which all of them are `other`.
const LAST_RESORT: u64 = 128;

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

impl Family {
    /// The series of these labels; a new one gets a shared cell.
    pub(crate) fn look_up(&self, pairs: Pairs<'_>, wanted: Wanted) -> Result<Found, Refusal> {
        {
            let series = self.series.read().expect("nothing panics under this lock");
            if let Some(found) = series.table.find(&series.table.labels_of(pairs)) {
                return Ok(self.kept(found, wanted));
            }
        }
        if pairs.are_classic() {
            return self.admit(pairs, pairs, wanted);
        }
        // Keys that are printed alike are one series.
        let sanitized = pairs.sanitized();
        let texts: Vec<(&str, &str)> = sanitized.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        self.admit(Pairs::Texts(&texts), pairs, wanted)
    }

    /// The series of labels that are not there as they are; `written` are the same with the names to be printed.
    fn admit(&self, pairs: Pairs<'_>, written: Pairs<'_>, wanted: Wanted) -> Result<Found, Refusal> {
        let names = || pairs.iter().zip(written.iter().map(|(name, _)| name));
        {
            let series = &*self.series.read().expect("nothing panics under this lock");
            let (mut folding, beyond) = Folding::new(names(), &series.rules);
            if let Way::Found(found) = self.way(series, &mut folding) {
                self.note(series, &folding, beyond, wanted);
                return Ok(self.kept(Found { folded: folding.is_changed(), ..found }, wanted));
            }
        }
        let series = &mut *self.series.write().expect("nothing panics under this lock");
        let (mut folding, beyond) = Folding::new(names(), &series.rules);
        self.note_passive(series, names(), wanted);
        let found = loop {
            match self.way(series, &mut folding) {
                Way::Found(found) => break found,
                Way::Refused(refusal) => return Err(refusal),
                Way::New => match self.admit_new(series, &folding) {
                    Some(found) => break found?,
                    // Somebody else has taken the room in between.
                    None => self.fold_widest(series, &mut folding, Reason::Process)?,
                },
            }
        };
        self.note(series, &folding, beyond, wanted);
        Ok(self.kept(Found { folded: folding.is_changed(), ..found }, wanted))
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
        self.expires.store(rules.expiry.is_some(), Ordering::Relaxed);
        series.rules = rules;
        let Series { table, axes, rules, .. } = series;
        let known = axes.forget();
        for at in 0..table.slots() {
            let Some(place) = table.place(at) else { continue };
            let is_known = matches!(place, Place::Word(_));
            let labels: Vec<(String, String)> = table
                .labels(at as u32)
                .iter()
                .map(|(name, value)| (label::sanitize(&name).into_owned(), value.into_owned()))
                .collect();
            let pairs = || labels.iter().map(|(name, value)| (name.as_str(), value.as_str()));
            let hash = |name: &str, value: &str| table.hash(name, value);
            axes.admit_again(pairs(), rules, &known, is_known, hash);
            table.set_linked(at, is_known || pairs().all(|(name, value)| rules.admit(name, value)));
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
        let is_last_resort = series.axes.widest(folding).is_none();
        if is_last_resort {
            // Room for it was taken with the metric's first series.
            let is_first = !series.has_last_resort;
            return (is_first && !self.ground.ledger.has_room(self.last_resort())).then_some(Reason::Process);
        }
        let most = series.rules.series;
        let kept = if folding.is_folded() { 1 } else { (most / RESERVE).max(1) };
        if series.axes.series >= most.saturating_sub(kept) {
            return Some(Reason::Metric);
        }
        (!self.ground.ledger.has_room(self.cost(Pairs::Texts(folding.pairs()), &series.rules)))
            .then_some(Reason::Process)
    }

    /// Adds a series with these labels; none if room for it was there and is not any more.
    fn admit_new(&self, series: &mut Series, folding: &Folding<'_>) -> Option<Result<Found, Refusal>> {
        let is_last_resort = series.axes.widest(folding).is_none();
        let mut cost =
            if is_last_resort { Cost::NONE } else { self.cost(Pairs::Texts(folding.pairs()), &series.rules) };
        if !series.has_last_resort {
            cost = cost.and(self.last_resort());
        }
        if series.rules.passive {
            self.ground.ledger.force(cost);
        } else if !self.ground.ledger.take(cost) {
            return (is_last_resort || series.axes.widest(folding).is_none()).then_some(Err(Refusal::Limit));
        }
        let added = self.insert(series, folding);
        match added {
            Ok(_) => {
                series.has_last_resort = true;
                series.axes.series += u64::from(!is_last_resort);
            }
            Err(_) => self.ground.ledger.give(cost),
        }
        Some(added)
    }

    fn insert(&self, series: &mut Series, folding: &Folding<'_>) -> Result<Found, Refusal> {
        let Series { table, free, axes, rules, .. } = series;
        let cell = self.cell(free).ok_or(Refusal::Full)?;
        let place = match self.kind {
            Kind::Gauge if folding.is_folded() => Place::Folded(cell),
            _ => Place::Cell(cell),
        };
        let labels = table.labels_of(Pairs::Texts(folding.pairs()));
        let written = folding.written();
        let found = table
            .insert(&labels, Pairs::Texts(&written), place, self.ground.age())
            .inspect_err(|_| self.cells.kill(cell, free))?;
        axes.admit(folding.pairs().iter().copied(), rules, false, |name, value| table.hash(name, value));
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
        let (mut folding, _) = Folding::new(labels, &series.rules);
        series.axes.fold_values(&mut folding, &series.rules, hash);
        let counts = folding.is_folded() || series.axes.series < series.rules.series;
        let widest = if counts { None } else { series.axes.widest(&folding) };
        widest.into_iter().for_each(|at| folding.fold(at, Reason::Metric));
        for (name, value, reason) in folding.changes() {
            if let Some(axis) = series.axes.get(name) {
                axis.offenders().would_fold(value, hash(name, value), reason);
            }
        }
    }

    /// What the guard has made of a label set goes into its book.
    fn note(&self, series: &Series, folding: &Folding<'_>, beyond: usize, wanted: Wanted) {
        if !wanted.noted {
            return;
        }
        if beyond > 0 {
            self.ground.health().dropped(Dropped::Labels, beyond as u64);
        }
        for (name, value, reason) in folding.changes() {
            match series.axes.get(name) {
                Some(axis) => axis.offenders().folded(value, series.table.hash(name, value), reason),
                // A label that was dropped before any series had it.
                None => self.ground.health().dropped(Dropped::Labels, 1),
            }
        }
    }

    /// What a series with these labels takes up.
    pub(super) fn cost(&self, pairs: Pairs<'_>, rules: &Rules) -> Cost {
        let labels: usize = pairs.iter().map(|(name, value)| name.len() + value.len() + 4).sum();
        let values = if rules.are_unlimited() { 0 } else { pairs.len() as u64 * 16 };
        Cost { series: 1, bytes: labels as u64 + values + self.bytes(), samples: self.samples() }
    }

    /// What the series takes up in which all labels are `other`.
    fn last_resort(&self) -> Cost {
        Cost { series: 1, bytes: LAST_RESORT + self.bytes(), samples: self.samples() }
    }

    fn bytes(&self) -> u64 {
        OVERHEAD + self.width() as u64 * 8
    }
}
