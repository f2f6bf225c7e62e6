//! Which values each label of a metric has, and which it may still get. Plain data that the store guards.

use std::sync::{Arc, OnceLock};

use hashbrown::HashTable;

use crate::cardinality::{
    folding::{Folding, OTHER, Reason},
    offenders::Offenders,
    rules::Rules,
};

/// The labels of a metric, and how many of its series count.
#[derive(Default)]
pub(crate) struct Axes {
    list: Vec<Axis>,
    /// Series that were not known before they were first recorded, without those of last resort.
    pub(crate) series: u64,
    /// Bytes of their labels and values.
    pub(crate) bytes: u64,
}

/// How many labels of different names the series of one metric may have; those beyond are left out. Names are made at
/// run time as well, by programs that make them of their input.
const MOST_NAMES: usize = 256;

/// One label.
pub(crate) struct Axis {
    pub(crate) name: Box<str>,
    /// All its values are known, so that it is never folded.
    finite: bool,
    /// But for `other`, which is always admitted.
    values: HashTable<Value>,
    /// Values that somebody else may take the room of.
    counted: u64,
    offenders: OnceLock<Arc<Offenders>>,
}

/// A value, in one word, as there may be as many of them as series: the upper part of its hash, whether it was known before
/// it came, so that it takes no room, and in how many series it stands.
#[derive(Clone, Copy)]
struct Value(u64);

/// The part of a hash that tells values apart.
pub(crate) const TOLD_APART: u64 = u64::MAX << 20;

/// The bit of a value that was known before it came.
const RESERVED: u64 = 1 << 19;

/// In how many series a value can stand; then nobody counts any more, and it stays.
const MOST_SERIES: u64 = RESERVED - 1;

impl Axes {
    /// The label of this name.
    pub(crate) fn get(&self, name: &str) -> Option<&Axis> {
        self.list.iter().find(|axis| *axis.name == *name)
    }

    /// Whether a label may be there, whatever its value.
    pub(crate) fn has_room_for(&self, name: &str) -> bool {
        self.list.len() < MOST_NAMES || self.get(name).is_some()
    }

    /// Another series counts, of so many bytes.
    pub(crate) fn count(&mut self, bytes: u64) {
        (self.series, self.bytes) = (self.series + 1, self.bytes + bytes);
    }

    /// One of them does not any more.
    pub(crate) fn discount(&mut self, bytes: u64) {
        (self.series, self.bytes) = (self.series - 1, self.bytes - bytes);
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
        let mut marks = [None; crate::cardinality::policy::MAX_LABELS as usize];
        for (at, name, value) in folding.open() {
            marks[at] = self.refusal(name, value, rules, &hash);
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
        labels: impl Iterator<Item = (&'l str, &'l str)>,
        rules: &Rules,
        reserved: bool,
        hash: impl Fn(&str, &str) -> u64,
    ) {
        if rules.are_unlimited {
            return;
        }
        for (name, value) in labels {
            if value == OTHER {
                self.get_mut(name);
                continue;
            }
            self.get_mut(name).add(hash(name, value), reserved || rules.has_place(name, value));
        }
    }

    /// A series with these labels is no longer there.
    pub(crate) fn remove<'l>(
        &mut self,
        labels: impl Iterator<Item = (&'l str, &'l str)>,
        hash: impl Fn(&str, &str) -> u64,
    ) {
        for (name, value) in labels.filter(|(_, value)| *value != OTHER) {
            if let Some(axis) = self.list.iter_mut().find(|axis| *axis.name == *name) {
                axis.remove(hash(name, value));
            }
        }
    }

    /// Forgets all values, but not what was turned away.
    pub(crate) fn forget(&mut self) {
        for axis in &mut self.list {
            axis.values.clear();
            axis.counted = 0;
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

    /// Why a value cannot be recorded as it is.
    fn refusal(&self, name: &str, value: &str, rules: &Rules, hash: impl Fn(&str, &str) -> u64) -> Option<Reason> {
        let axis = self.get(name);
        let rule = rules.label(name);
        if value == OTHER || axis.is_some_and(|axis| axis.finite) {
            return None;
        }
        if rules.has_place(name, value) {
            return None;
        }
        if rule.is_some_and(|rule| rule.only) {
            return Some(Reason::List);
        }
        let limit = rule.and_then(|rule| rule.values).unwrap_or(rules.values);
        let counted = axis.map_or(0, |axis| axis.counted);
        let is_full = counted >= limit.saturating_sub(rules.places(name));
        (is_full && !axis.is_some_and(|axis| axis.has(hash(name, value)))).then_some(Reason::Values)
    }
}

impl Axis {
    fn new(name: &str) -> Self {
        Self { name: name.into(), finite: false, values: HashTable::new(), counted: 0, offenders: OnceLock::new() }
    }

    /// How many values there are, but for `other`.
    pub(crate) fn values(&self) -> usize {
        self.values.len()
    }

    pub(crate) fn is_finite(&self) -> bool {
        self.finite
    }

    /// What was turned away, if anything was.
    pub(crate) fn turned_away(&self) -> Option<&Arc<Offenders>> {
        self.offenders.get()
    }

    /// The book of what was turned away, begun with what is there.
    pub(crate) fn offenders(&self) -> &Offenders {
        self.offenders.get_or_init(|| Arc::new(Offenders::new(self.values.iter().map(|value| value.hash()))))
    }

    fn has(&self, hash: u64) -> bool {
        self.values.find(spread(hash), |value| value.is(hash)).is_some()
    }

    fn add(&mut self, hash: u64, reserved: bool) {
        match self.values.find_mut(spread(hash), |value| value.is(hash)) {
            Some(value) => {
                if reserved && !value.is_reserved() {
                    self.counted -= 1;
                }
                *value = value.in_another(reserved);
            }
            None => {
                if let Some(offenders) = self.offenders.get() {
                    offenders.admitted(hash);
                }
                let value = Value(hash & TOLD_APART).in_another(reserved);
                self.values.insert_unique(spread(hash), value, |value| spread(value.hash()));
                self.counted += u64::from(!reserved);
            }
        }
    }

    fn remove(&mut self, hash: u64) {
        if let Ok(mut entry) = self.values.find_entry(spread(hash), |value| value.is(hash)) {
            match entry.get().in_one_less() {
                Some(value) => *entry.get_mut() = value,
                None => {
                    let (value, _) = entry.remove();
                    self.counted -= u64::from(!value.is_reserved());
                }
            }
        }
    }
}

impl Value {
    fn hash(self) -> u64 {
        self.0 & TOLD_APART
    }

    fn is(self, hash: u64) -> bool {
        self.hash() == hash & TOLD_APART
    }

    fn is_reserved(self) -> bool {
        self.0 & RESERVED != 0
    }

    /// The same in one more series.
    fn in_another(self, reserved: bool) -> Self {
        let series = (self.0 & MOST_SERIES).saturating_add(1).min(MOST_SERIES);
        Self(self.hash() | (self.0 & RESERVED) | (u64::from(reserved) * RESERVED) | series)
    }

    /// The same in one less; none if that was the last one.
    fn in_one_less(self) -> Option<Self> {
        match self.0 & MOST_SERIES {
            0 | 1 => None,
            MOST_SERIES => Some(self),
            _ => Some(Self(self.0 - 1)),
        }
    }
}

/// A whole hash of the part that tells values apart: a table looks at the lowest bits of it and at the highest ones.
fn spread(hash: u64) -> u64 {
    (hash >> TOLD_APART.trailing_zeros()).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

#[cfg(all(test, not(tachometer_loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_value_stays_for_as_long_as_it_stands_in_a_series() {
        let mut axis = Axis::new("kind");
        let hash = 7 << 40;
        axis.add(hash, false);
        axis.add(hash, true);
        axis.add(hash, false);
        assert_eq!((axis.values(), axis.counted), (1, 0), "it was known, after all");
        axis.remove(hash);
        axis.remove(hash);
        assert!(axis.has(hash));
        axis.remove(hash);
        assert!(!axis.has(hash));
        assert_eq!((axis.values(), axis.counted), (0, 0));
    }

    #[test]
    fn values_do_not_crowd_in_a_table() {
        let hashes = || (1..=1024_u64).map(|n| spread(n.wrapping_mul(0xD6E8_FEB8_6659_FD93)));
        let distinct = |part: fn(u64) -> u64| hashes().map(part).collect::<std::collections::HashSet<_>>().len();
        assert!(distinct(|hash| hash & 1023) > 512, "the place in the table");
        assert_eq!(distinct(|hash| hash >> 57), 128, "what is compared first");
    }

    #[test]
    fn a_value_of_more_series_than_can_be_counted_stays() {
        let mut value = Value(7 << 40);
        for _ in 0..=MOST_SERIES {
            value = value.in_another(false);
        }
        assert!(value.is(7 << 40) && !value.is_reserved());
        for _ in 0..10 {
            value = value.in_one_less().expect("nobody knows in how many it stands");
        }
    }
}
