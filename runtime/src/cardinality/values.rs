//! A set of label values that counts them and in how many series each stands. It knows their hashes only.

use hashbrown::HashTable;

/// The values of a label but for `other`, which is always admitted.
#[derive(Default)]
pub(super) struct Values {
    table: HashTable<Value>,
    /// Values whose room other values may take.
    counted: u64,
}

/// A value, in one word, as there may be as many of them as series: the upper part of its hash, whether it was known before
/// it came, so that it takes no room, and in how many series it stands.
#[derive(Clone, Copy)]
struct Value(u64);

/// The part of a hash that tells values apart.
pub(crate) const TOLD_APART: u64 = u64::MAX << 20;

/// The bit of a value that was known before it came.
const RESERVED: u64 = 1 << 19;

/// In how many series a value can stand; then they are counted no more, and it stays.
const MOST_SERIES: u64 = RESERVED - 1;

/// Bytes of the smallest table.
const SMALLEST: usize = 64;

impl Values {
    pub(super) fn len(&self) -> usize {
        self.table.len()
    }

    /// How many of them take room.
    pub(super) fn counted(&self) -> u64 {
        self.counted
    }

    pub(super) fn has(&self, hash: u64) -> bool {
        self.table.find(spread(hash), |value| value.is(hash)).is_some()
    }

    /// What tells the values apart.
    pub(super) fn hashes(&self) -> impl Iterator<Item = u64> {
        self.table.iter().map(|value| value.hash())
    }

    /// A value stands in another series; one that is reserved takes no room. Says by how many more values take room.
    pub(super) fn add(&mut self, hash: u64, reserved: bool) -> i64 {
        let change = match self.table.find_mut(spread(hash), |value| value.is(hash)) {
            Some(value) => {
                let change = -i64::from(reserved && !value.is_reserved());
                *value = value.in_another(reserved);
                change
            }
            None => {
                let value = Value(hash & TOLD_APART).in_another(reserved);
                self.table.insert_unique(spread(hash), value, |value| spread(value.hash()));
                i64::from(!reserved)
            }
        };
        self.counted = self.counted.wrapping_add_signed(change);
        change
    }

    /// A value stands in one series less, and is no longer there if that was the last one. Says by how many more values
    /// take room.
    pub(super) fn remove(&mut self, hash: u64) -> i64 {
        let Ok(mut entry) = self.table.find_entry(spread(hash), |value| value.is(hash)) else { return 0 };
        let change = match entry.get().in_one_less() {
            Some(value) => {
                *entry.get_mut() = value;
                0
            }
            None => -i64::from(!entry.remove().0.is_reserved()),
        };
        self.counted = self.counted.wrapping_add_signed(change);
        change
    }

    /// Forgets all of them.
    pub(super) fn clear(&mut self) {
        self.table.clear();
        self.counted = 0;
    }

    pub(super) fn bytes(&self) -> usize {
        self.table.allocation_size()
    }

    /// How many of them another value adds.
    pub(super) fn growth(&self, hash: u64) -> usize {
        let has_room = self.table.len() < self.table.capacity() || self.has(hash);
        if has_room { 0 } else { self.table.allocation_size().max(SMALLEST) }
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
pub(super) fn spread(hash: u64) -> u64 {
    (hash >> TOLD_APART.trailing_zeros()).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

#[cfg(all(test, not(tachometer_loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_value_stays_for_as_long_as_it_stands_in_a_series() {
        let mut values = Values::default();
        let hash = 7 << 40;
        assert_eq!([values.add(hash, false), values.add(hash, true), values.add(hash, false)], [1, -1, 0]);
        assert_eq!((values.len(), values.counted()), (1, 0), "it was known, after all");
        values.remove(hash);
        values.remove(hash);
        assert!(values.has(hash));
        values.remove(hash);
        assert!(!values.has(hash));
        assert_eq!((values.len(), values.counted()), (0, 0));
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
