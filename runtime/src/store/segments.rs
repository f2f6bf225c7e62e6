//! Room that grows by segments which never move, so that whoever knows an index reaches its place without a lock.
//!
//! Knows nothing of what stands there.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::sync::OnceLock;

/// Places in the first segment; each following one doubles, up to [`LARGEST`].
#[cfg(not(tachometer_loom))]
const SMALLEST: usize = 8;
#[cfg(tachometer_loom)]
const SMALLEST: usize = 1;

/// Segments that double: 8, 16, … 4,096 places.
#[cfg(not(tachometer_loom))]
const DOUBLING: usize = 10;
#[cfg(tachometer_loom)]
const DOUBLING: usize = 2;

/// Places in each segment after the doubling ones.
const LARGEST: usize = SMALLEST << (DOUBLING - 1);

/// Places in all the doubling segments together.
const DOUBLED: usize = SMALLEST * ((1 << DOUBLING) - 1);

/// How many segments of the largest size there may be.
#[cfg(not(tachometer_loom))]
const LARGE: usize = 1024;
#[cfg(tachometer_loom)]
const LARGE: usize = 1;

/// How many places there may be.
pub(super) const CAPACITY: usize = DOUBLED + LARGE * LARGEST;

/// Segments of `T`, each of which holds many places.
pub(super) struct Segments<T: 'static> {
    doubling: [OnceLock<T>; DOUBLING],
    large: OnceLock<Box<[OnceLock<T>]>>,
    /// How many places there are. The standard library's own type: nothing but the guard's sums depends on it.
    places: AtomicUsize,
}

impl<T> Default for Segments<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Segments<T> {
    pub(super) fn new() -> Self {
        Self { doubling: std::array::from_fn(|_| OnceLock::new()), large: OnceLock::new(), places: AtomicUsize::new(0) }
    }

    /// The segment of an index, if there is one yet, and the place in it.
    #[inline(always)]
    pub(super) fn get(&self, index: u32) -> Option<(&T, usize)> {
        let (number, offset, _) = split(index as usize);
        let segment = match number.checked_sub(DOUBLING) {
            None => self.doubling[number].get(),
            Some(large) => self.large.get()?[large].get(),
        };
        Some((segment?, offset))
    }

    /// The segment of an index and the place in it; a new segment is made for so many places.
    pub(super) fn get_or_make(&self, index: u32, make: impl FnOnce(usize) -> T) -> (&T, usize) {
        let (number, offset, places) = split(index as usize);
        let slot = match number.checked_sub(DOUBLING) {
            None => &self.doubling[number],
            Some(large) => &self.large.get_or_init(|| (0..LARGE).map(|_| OnceLock::new()).collect())[large],
        };
        let make = || {
            self.places.fetch_add(places, Ordering::Relaxed);
            make(places)
        };
        (slot.get_or_init(make), offset)
    }

    /// How many places there are.
    pub(super) fn places(&self) -> usize {
        self.places.load(Ordering::Relaxed)
    }

    /// How many places it takes for there to be one of this index.
    pub(super) fn growth(&self, index: u32) -> usize {
        if self.get(index).is_some() { 0 } else { split(index as usize).2 }
    }

    /// All segments that there are.
    pub(super) fn all(&self) -> impl Iterator<Item = &T> {
        let large = self.large.get().map_or(&[][..], |large| large);
        self.doubling.iter().chain(large).filter_map(OnceLock::get)
    }
}

/// The segment of an index, the place in it, and how many places it has.
#[inline(always)]
fn split(index: usize) -> (usize, usize, usize) {
    if index >= DOUBLED {
        let index = index - DOUBLED;
        return (DOUBLING + index / LARGEST, index % LARGEST, LARGEST);
    }
    // Counted from the first segment's size on, an index has its segment's size as its highest bit.
    let index = index + SMALLEST;
    let places = 1 << index.ilog2();
    ((places / SMALLEST).ilog2() as usize, index - places, places)
}

#[cfg(all(test, not(tachometer_loom)))]
mod tests {
    use super::*;

    #[test]
    fn every_index_has_a_place_of_its_own() {
        let mut next = 0;
        for number in 0..DOUBLING + 3 {
            let places = if number < DOUBLING { SMALLEST << number } else { LARGEST };
            for offset in 0..places {
                assert_eq!(split(next), (number, offset, places), "index {next}");
                next += 1;
            }
        }
    }
}
