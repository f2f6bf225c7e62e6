//! How many values a label has beside each value of another one: its rooms. Plain data, by hashes alone.

use hashbrown::HashTable;

use super::axes::{Value, spread};

/// The rooms of a label.
pub(super) struct Rooms {
    /// The label whose values they are beside.
    within: Box<str>,
    /// Each value in each room, by the hash of both.
    values: HashTable<Value>,
    counts: HashTable<Count>,
}

/// How many values there are in a room that somebody else may take the place of.
struct Count {
    room: u64,
    counted: u64,
}

impl Rooms {
    pub(super) fn within(label: &str) -> Self {
        Self { within: label.into(), values: HashTable::new(), counts: HashTable::new() }
    }

    /// The room that a label set is in. Where it lacks the label that rooms are told apart by, it is one of its own.
    pub(super) fn room<'l>(
        &self,
        mut labels: impl Iterator<Item = (&'l str, &'l str)>,
        hash: impl Fn(&str, &str) -> u64,
    ) -> u64 {
        let value = labels.find(|(name, _)| *name == &*self.within).map_or("", |(_, value)| value);
        hash(&self.within, value)
    }

    pub(super) fn counted(&self, room: u64) -> u64 {
        self.counts.find(spread(room), |count| count.room == room).map_or(0, |count| count.counted)
    }

    pub(super) fn has(&self, room: u64, value: u64) -> bool {
        let hash = together(room, value);
        self.values.find(spread(hash), |value| value.is(hash)).is_some()
    }

    pub(super) fn add(&mut self, room: u64, value: u64, reserved: bool) {
        let hash = together(room, value);
        match self.values.find_mut(spread(hash), |value| value.is(hash)) {
            Some(value) => {
                let is_new = reserved && !value.is_reserved();
                *value = value.in_another(reserved);
                if is_new {
                    self.discount(room);
                }
            }
            None => {
                self.values.insert_unique(spread(hash), Value::new(hash, reserved), |value| spread(value.hash()));
                if !reserved {
                    self.count(room);
                }
            }
        }
    }

    pub(super) fn remove(&mut self, room: u64, value: u64) {
        let hash = together(room, value);
        let Ok(mut entry) = self.values.find_entry(spread(hash), |value| value.is(hash)) else { return };
        match entry.get().in_one_less() {
            Some(value) => *entry.get_mut() = value,
            None => {
                let (value, _) = entry.remove();
                if !value.is_reserved() {
                    self.discount(room);
                }
            }
        }
    }

    fn count(&mut self, room: u64) {
        let is = |count: &Count| count.room == room;
        let entry = self.counts.entry(spread(room), is, |count| spread(count.room));
        entry.or_insert(Count { room, counted: 0 }).into_mut().counted += 1;
    }

    /// A room that is empty is none.
    fn discount(&mut self, room: u64) {
        let Ok(mut entry) = self.counts.find_entry(spread(room), |count| count.room == room) else { return };
        entry.get_mut().counted -= 1;
        if entry.get().counted == 0 {
            entry.remove();
        }
    }
}

/// The hash of a value in a room.
fn together(room: u64, value: u64) -> u64 {
    (room.rotate_left(25) ^ value).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

#[cfg(all(test, not(tachometer_loom)))]
mod tests {
    use super::*;

    /// Hashes differ in their upper parts.
    fn hash(n: u64) -> u64 {
        n.wrapping_mul(0xD6E8_FEB8_6659_FD93)
    }

    #[test]
    fn rooms_are_counted_each_for_itself() {
        let mut rooms = Rooms::within("org");
        for room in 1..=20 {
            for value in 1..=room {
                rooms.add(hash(room), hash(value), false);
                rooms.add(hash(room), hash(value), false);
            }
        }
        for room in 1..=20 {
            assert_eq!(rooms.counted(hash(room)), room);
            assert!(rooms.has(hash(room), hash(room)) && !rooms.has(hash(room), hash(room + 1)));
        }
        for room in 1..=20 {
            for value in (1..=room).chain(1..=room) {
                rooms.remove(hash(room), hash(value));
            }
            assert_eq!(rooms.counted(hash(room)), 0);
        }
        assert_eq!((rooms.values.len(), rooms.counts.len()), (0, 0));
    }

    #[test]
    fn what_has_its_place_takes_no_room() {
        let mut rooms = Rooms::within("org");
        rooms.add(hash(1), hash(2), false);
        rooms.add(hash(1), hash(2), true);
        rooms.add(hash(1), hash(3), true);
        assert_eq!(rooms.counted(hash(1)), 0);
        rooms.remove(hash(1), hash(2));
        assert!(rooms.has(hash(1), hash(2)));
        rooms.remove(hash(1), hash(2));
        rooms.remove(hash(1), hash(3));
        assert_eq!((rooms.counted(hash(1)), rooms.values.len()), (0, 0));
    }
}
