//! How many values a label has within each value of another one, so that a flood in one of these takes no room of the rest.

use hashbrown::HashTable;

use super::values::{Values, spread};

/// The values of a label, by those of another one.
pub(crate) struct Rooms {
    /// The other label.
    pub(crate) label: Box<str>,
    /// Each value together with the one that it is within.
    pairs: Values,
    rooms: HashTable<Room>,
}

/// What is within one value of the other label.
struct Room {
    /// The hash of that value.
    of: u64,
    /// Values that others may take the room of; never 0.
    counted: u64,
}

impl Rooms {
    pub(super) fn new(label: &str) -> Self {
        Self { label: label.into(), pairs: Values::default(), rooms: HashTable::new() }
    }

    /// Whether a value is there within another label's value.
    pub(super) fn has(&self, of: u64, hash: u64) -> bool {
        self.pairs.has(pair(of, hash))
    }

    /// How many values take room within another label's value.
    pub(super) fn counted(&self, of: u64) -> u64 {
        self.rooms.find(spread(of), |room| room.of == of).map_or(0, |room| room.counted)
    }

    /// How many of the other label's values have as many values within them as there may be.
    pub(crate) fn full(&self, most: u64) -> u64 {
        self.rooms.iter().filter(|room| room.counted >= most).count() as u64
    }

    pub(super) fn add(&mut self, of: u64, hash: u64, reserved: bool) {
        let change = self.pairs.add(pair(of, hash), reserved);
        self.change(of, change);
    }

    pub(super) fn remove(&mut self, of: u64, hash: u64) {
        let change = self.pairs.remove(pair(of, hash));
        self.change(of, change);
    }

    pub(super) fn bytes(&self) -> usize {
        self.pairs.bytes() + self.rooms.allocation_size()
    }

    /// How many of them another value adds.
    pub(super) fn growth(&self, of: u64, hash: u64) -> usize {
        let is_full = self.rooms.len() == self.rooms.capacity();
        self.pairs.growth(pair(of, hash)) + if is_full { self.rooms.allocation_size().max(64) } else { 0 }
    }

    fn change(&mut self, of: u64, change: i64) {
        if change == 0 {
            return;
        }
        match self.rooms.find_entry(spread(of), |room| room.of == of) {
            Ok(mut entry) => {
                let room = entry.get_mut();
                room.counted = room.counted.saturating_add_signed(change);
                if room.counted == 0 {
                    entry.remove();
                }
            }
            Err(_) if change > 0 => {
                let room = Room { of, counted: change as u64 };
                self.rooms.insert_unique(spread(of), room, |room| spread(room.of));
            }
            Err(_) => {}
        }
    }
}

/// The hash of a value within another one, which is not that of the other one within it.
fn pair(of: u64, hash: u64) -> u64 {
    hash.wrapping_add(of.rotate_left(31).wrapping_mul(0x9E37_79B9_7F4A_7C15))
}

#[cfg(all(test, not(tachometer_loom)))]
mod tests {
    use super::*;

    #[test]
    fn values_are_counted_within_each_other_one() {
        let mut rooms = Rooms::new("organisation");
        let [acme, umbrella] = [5 << 40, 9 << 40];
        for hash in [1 << 40, 2 << 40, 1 << 40] {
            rooms.add(acme, hash, false);
        }
        rooms.add(umbrella, 1 << 40, false);
        rooms.add(umbrella, 3 << 40, true);
        assert_eq!([acme, umbrella, 0].map(|of| rooms.counted(of)), [2, 1, 0]);
        assert_eq!([1, 2, 3].map(|most| rooms.full(most)), [2, 1, 0]);
        rooms.remove(acme, 1 << 40);
        assert!(rooms.has(acme, 1 << 40) && !rooms.has(umbrella, 2 << 40));
        rooms.remove(acme, 1 << 40);
        rooms.remove(acme, 2 << 40);
        assert_eq!((rooms.counted(acme), rooms.rooms.len()), (0, 1));
    }
}
