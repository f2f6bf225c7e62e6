//! Which values each label of a metric has, and which it may still get. Plain data that the store guards.

use std::sync::{Arc, OnceLock};

use crate::cardinality::{
    folding::{Folding, OTHER, Reason},
    offenders::Offenders,
    rules::Rules,
    values::Values,
    within::Rooms,
};

/// The labels of a metric, and how many of its series count.
#[derive(Default)]
pub(crate) struct Axes {
    list: Vec<Axis>,
    /// Series that were not known before they were first recorded, without those of last resort.
    pub(crate) series: u64,
}

/// How many labels of different names the series of one metric may have; those beyond are left out. Names are made at
/// run time as well, by programs that make them of their input.
const MOST_NAMES: usize = 256;

/// One label.
pub(crate) struct Axis {
    pub(crate) name: Box<str>,
    /// All its values are known, so that it is never folded.
    finite: bool,
    values: Values,
    /// Those within each value of another label, where that is limited.
    rooms: Option<Rooms>,
    offenders: OnceLock<Arc<Offenders>>,
}

impl Axes {
    /// The label of this name.
    pub(crate) fn get(&self, name: &str) -> Option<&Axis> {
        self.list.iter().find(|axis| *axis.name == *name)
    }

    /// Whether a label may be there, whatever its value.
    pub(crate) fn has_room_for(&self, name: &str) -> bool {
        self.list.len() < MOST_NAMES || self.get(name).is_some()
    }

    /// Another series counts.
    pub(crate) fn count(&mut self) {
        self.series += 1;
    }

    /// One of them does not any more.
    pub(crate) fn discount(&mut self) {
        self.series -= 1;
    }

    /// Bytes of all values, and of the books of what was turned away.
    pub(crate) fn bytes(&self) -> usize {
        self.list.iter().map(Axis::bytes).sum()
    }

    /// How many of them another series with these labels adds.
    pub(crate) fn growth<'l>(
        &self,
        labels: &(impl Iterator<Item = (&'l str, &'l str)> + Clone),
        hash: impl Fn(&str, &str) -> u64,
    ) -> usize {
        let of_one = |(name, value): (&str, &str)| match self.get(name) {
            Some(axis) => {
                let own = hash(name, value);
                let rooms = axis.rooms.as_ref();
                let rooms = rooms.map_or(0, |it| it.growth(outer(labels.clone(), &it.label, &hash), own));
                axis.values.growth(own) + rooms
            }
            None => size_of::<Axis>() + 64,
        };
        labels.clone().filter(|(_, value)| *value != OTHER).map(of_one).sum()
    }

    /// Knows the label from now on, so that there is a book in which it can stand.
    pub(crate) fn open_book(&mut self, name: &str) {
        if self.has_room_for(name) {
            self.get_mut(name);
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Axis> {
        self.list.iter()
    }

    /// Says of a label that all its values are known.
    pub(crate) fn set_finite(&mut self, name: &str) {
        self.get_mut(name).finite = true;
    }

    /// Folds those labels whose values are not admitted. `hash` is that of a name and a value.
    pub(crate) fn fold_values(&self, folding: &mut Folding<'_>, rules: &Rules, hash: impl Fn(&str, &str) -> u64) {
        self.fold_some(folding, rules, false, &hash);
        if rules.have_within {
            // Within what these have become.
            self.fold_some(folding, rules, true, &hash);
        }
    }

    fn fold_some(&self, folding: &mut Folding<'_>, rules: &Rules, within: bool, hash: &impl Fn(&str, &str) -> u64) {
        let mut marks = [None; crate::cardinality::policy::MAX_LABELS as usize];
        for (at, name, value) in folding.open().filter(|(_, name, _)| rules.within(name).is_some() == within) {
            marks[at] = self.refusal(name, value, folding.pairs(), rules, hash);
        }
        for (at, reason) in marks.into_iter().enumerate() {
            if let Some(reason) = reason {
                folding.fold(at, reason);
            }
        }
    }

    /// The label with the most values among those that can still be folded.
    pub(crate) fn widest(&self, folding: &Folding<'_>) -> Option<usize> {
        let room = |(at, name, value): (usize, &str, &str)| {
            let axis = self.get(name);
            let folds = value != OTHER && !axis.is_some_and(|axis| axis.finite);
            folds.then(|| (axis.map_or(0, |axis| axis.values.len()), at))
        };
        folding.open().filter_map(room).max_by_key(|(values, at)| (*values, std::cmp::Reverse(*at))).map(|(_, at)| at)
    }

    /// A series with these labels is there now.
    pub(crate) fn admit<'l>(
        &mut self,
        labels: &(impl Iterator<Item = (&'l str, &'l str)> + Clone),
        rules: &Rules,
        reserved: bool,
        hash: impl Fn(&str, &str) -> u64,
    ) {
        if rules.are_unlimited {
            return;
        }
        for (name, value) in labels.clone() {
            let axis = self.get_mut(name);
            if value == OTHER {
                continue;
            }
            let (own, reserved) = (hash(name, value), reserved || rules.has_place(name, value));
            axis.add(own, reserved);
            if let Some((label, _)) = rules.within(name) {
                let rooms = axis.rooms.get_or_insert_with(|| Rooms::new(label));
                rooms.add(outer(labels.clone(), label, &hash), own, reserved);
            }
        }
    }

    /// A series with these labels is no longer there.
    pub(crate) fn remove<'l>(
        &mut self,
        labels: &(impl Iterator<Item = (&'l str, &'l str)> + Clone),
        hash: impl Fn(&str, &str) -> u64,
    ) {
        for (name, value) in labels.clone().filter(|(_, value)| *value != OTHER) {
            let Some(axis) = self.list.iter_mut().find(|axis| *axis.name == *name) else { continue };
            let own = hash(name, value);
            axis.values.remove(own);
            if let Some(rooms) = &mut axis.rooms {
                rooms.remove(outer(labels.clone(), &rooms.label, &hash), own);
            }
        }
    }

    /// Forgets all values, but not what was turned away.
    pub(crate) fn forget(&mut self) {
        for axis in &mut self.list {
            axis.values.clear();
            axis.rooms = None;
        }
    }

    /// Forgets what was turned away; only for a forked child's single thread.
    pub(crate) fn reset(&self) {
        self.list.iter().filter_map(Axis::turned_away).for_each(|offenders| offenders.reset());
    }

    fn get_mut(&mut self, name: &str) -> &mut Axis {
        let at = self.list.iter().position(|axis| *axis.name == *name).unwrap_or_else(|| {
            self.list.push(Axis::new(name));
            self.list.len() - 1
        });
        &mut self.list[at]
    }

    /// Why a value cannot be recorded as it is, beside these labels.
    fn refusal(
        &self,
        name: &str,
        value: &str,
        labels: &[(&str, &str)],
        rules: &Rules,
        hash: impl Fn(&str, &str) -> u64,
    ) -> Option<Reason> {
        let axis = self.get(name);
        if value == OTHER || axis.is_some_and(|axis| axis.finite) || rules.has_place(name, value) {
            return None;
        }
        if rules.label(name).is_some_and(|rule| rule.only) {
            return Some(Reason::List);
        }
        let places = rules.places(name);
        let counted = axis.map_or(0, |axis| axis.values.counted());
        let is_full = counted >= rules.most_values(name).saturating_sub(places);
        if is_full && !axis.is_some_and(|axis| axis.values.has(hash(name, value))) {
            return Some(Reason::Values);
        }
        let (label, most) = rules.within(name)?;
        let of = outer(labels.iter().copied(), label, &hash);
        let rooms = axis.and_then(|axis| axis.rooms.as_ref());
        let is_full = rooms.map_or(0, |rooms| rooms.counted(of)) >= most;
        (is_full && !rooms.is_some_and(|rooms| rooms.has(of, hash(name, value)))).then_some(Reason::Within)
    }
}

/// The hash of what a label is among others; of nothing where it is not there.
fn outer<'l>(
    mut labels: impl Iterator<Item = (&'l str, &'l str)>,
    label: &str,
    hash: &impl Fn(&str, &str) -> u64,
) -> u64 {
    labels.find(|(name, _)| *name == label).map_or(0, |(name, value)| hash(name, value))
}

impl Axis {
    fn new(name: &str) -> Self {
        Self { name: name.into(), finite: false, values: Values::default(), rooms: None, offenders: OnceLock::new() }
    }

    /// How many values there are, but for `other`.
    pub(crate) fn values(&self) -> usize {
        self.values.len()
    }

    /// The values within each value of another label, where that is limited.
    pub(crate) fn rooms(&self) -> Option<&Rooms> {
        self.rooms.as_ref()
    }

    pub(crate) fn is_finite(&self) -> bool {
        self.finite
    }

    fn bytes(&self) -> usize {
        let book = self.offenders.get().map_or(0, |offenders| offenders.bytes());
        let rooms = self.rooms.as_ref().map_or(0, Rooms::bytes);
        size_of::<Self>() + self.name.len() + self.values.bytes() + rooms + book
    }

    /// What was turned away, if anything was.
    pub(crate) fn turned_away(&self) -> Option<&Arc<Offenders>> {
        self.offenders.get()
    }

    /// The book of what was turned away, begun with what is there.
    pub(crate) fn offenders(&self) -> &Offenders {
        self.offenders.get_or_init(|| Arc::new(Offenders::new(self.values.hashes())))
    }

    fn add(&mut self, hash: u64, reserved: bool) {
        if let Some(offenders) = self.offenders.get()
            && !self.values.has(hash)
        {
            offenders.admitted(hash);
        }
        self.values.add(hash, reserved);
    }
}
