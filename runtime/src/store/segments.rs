//! Room that grows by segments which never move, so that whoever knows an index reaches its place without a lock.
//!
//! Knows nothing of what stands there. All of it can be *covered*: what a segment has counted is forgotten when it is next
//! asked for. So a forked child, which must forget what it inherits before it runs on, looks at segments and not at what
//! they hold, and its memory is not copied before it is used.

use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};

use crate::sync::{AtomicU64, OnceLock, pause};

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

/// What can forget what it has counted.
pub(super) trait Renew {
    /// Forgets it. No other thread looks at it meanwhile.
    fn renew(&self);
}

/// Segments of `T`, each of which holds many places.
pub(super) struct Segments<T: 'static> {
    doubling: [Slot<T>; DOUBLING],
    large: OnceLock<Box<[Slot<T>]>>,
    /// How many places there are. The standard library's own type: nothing but the guard's sums depends on it.
    places: AtomicUsize,
}

/// Room for a segment.
struct Slot<T: 'static> {
    /// Whether it is covered. The standard library's own type: only a fork changes it.
    state: AtomicU8,
    segment: OnceLock<T>,
}

/// The segment is as it was left.
const PLAIN: u8 = 0;

/// It is to forget what it has counted before anything is done with it.
const COVERED: u8 = 1;

/// A thread makes it forget that.
const RENEWING: u8 = 2;

impl<T: Renew> Slot<T> {
    fn new() -> Self {
        Self { state: AtomicU8::new(PLAIN), segment: OnceLock::new() }
    }

    #[inline(always)]
    fn get(&self) -> Option<&T> {
        // Acquire pairs with the Release of `renew`.
        if self.state.load(Ordering::Acquire) != PLAIN {
            self.renew();
        }
        self.segment.get()
    }

    fn get_or_init(&self, make: impl FnOnce() -> T) -> &T {
        match self.get() {
            Some(segment) => segment,
            None => self.segment.get_or_init(make),
        }
    }

    /// Lets the segment forget what it has counted, or waits for the thread that does: for as long as it takes to write
    /// to each place once.
    #[cold]
    fn renew(&self) {
        loop {
            match self.state.compare_exchange(COVERED, RENEWING, Ordering::Acquire, Ordering::Acquire) {
                Ok(_) => {
                    self.segment.get().into_iter().for_each(T::renew);
                    self.state.store(PLAIN, Ordering::Release);
                }
                Err(PLAIN) => return,
                Err(_) => pause(),
            }
        }
    }
}

impl<T: Renew> Default for Segments<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Renew> Segments<T> {
    pub(super) fn new() -> Self {
        Self { doubling: std::array::from_fn(|_| Slot::new()), large: OnceLock::new(), places: AtomicUsize::new(0) }
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
            Some(large) => &self.large.get_or_init(|| (0..LARGE).map(|_| Slot::new()).collect())[large],
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

    /// Lets all segments forget what they have counted when they are next asked for; only for a forked child's single
    /// thread. Looks at no segment, and writes nothing where there is none.
    pub(super) fn cover(&self) {
        // Also a segment that a thread was just renewing, which the child lacks.
        self.made().for_each(|slot| slot.state.store(COVERED, Ordering::Relaxed));
    }

    fn made(&self) -> impl Iterator<Item = &Slot<T>> {
        let large = self.large.get().map_or(&[][..], |large| large);
        self.doubling.iter().chain(large).filter(|slot| slot.segment.get().is_some())
    }

    /// How many segments there are, and how many of them are covered.
    #[cfg(all(test, not(tachometer_loom)))]
    pub(super) fn covered(&self) -> (usize, usize) {
        let covered = self.made().filter(|slot| slot.state.load(Ordering::Relaxed) != PLAIN);
        (self.made().count(), covered.count())
    }
}

/// Sets words to 0, of those that are not: what is written to is copied for a child, a page at a time.
pub(super) fn clear<'a>(words: impl IntoIterator<Item = &'a AtomicU64>) {
    for word in words {
        if word.load(Ordering::Relaxed) != 0 {
            word.store(0, Ordering::Relaxed);
        }
    }
}

/// Words that have no meaning but what they count.
impl Renew for Box<[AtomicU64]> {
    fn renew(&self) {
        clear(&**self);
    }
}

/// Places that are filled one by one.
impl<T: Renew + 'static> Renew for Box<[OnceLock<Box<T>>]> {
    fn renew(&self) {
        self.iter().filter_map(OnceLock::get).for_each(|filled| filled.renew());
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

    struct Counting(AtomicU64);

    impl Renew for Counting {
        fn renew(&self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn what_is_covered_is_renewed_when_it_is_asked_for_and_only_then() {
        let segments = Segments::<Counting>::new();
        let of = |index| segments.get_or_make(index, |_| Counting(AtomicU64::new(0))).0.0.load(Ordering::Relaxed);
        let last = (DOUBLED + 3 * LARGEST) as u32;
        let all = [0, 1, 100, 5_000, last];
        let places = all.map(|index| split(index as usize).0);
        assert!(all.into_iter().all(|index| of(index) == 0));
        segments.cover();
        let made = places.iter().collect::<std::collections::BTreeSet<_>>().len();
        assert_eq!(segments.covered(), (made, made), "nothing is looked at");
        assert_eq!((of(last), segments.covered()), (1, (made, made - 1)));
        assert_eq!((of(last), of(100)), (1, 1), "once");
        segments.cover();
        assert_eq!((of(last), of(0), of(100)), (2, 1, 2), "a child's child does so as well");
        assert!(segments.get(last + 1_000_000).is_none() && segments.get(3).is_some());
    }

    #[test]
    fn threads_that_ask_together_renew_once() {
        for _ in 0..200 {
            let segments = Segments::<Box<[AtomicU64]>>::new();
            let word = |index: u32| {
                let (words, offset) = segments.get(index).expect("it is there");
                &words[offset]
            };
            segments.get_or_make(3, |places| (0..places).map(|_| AtomicU64::new(7)).collect());
            segments.cover();
            std::thread::scope(|scope| {
                (0..4).for_each(|_| {
                    scope.spawn(|| word(3).fetch_add(1, Ordering::Relaxed));
                });
            });
            assert_eq!(word(3).load(Ordering::Relaxed), 4);
        }
    }

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
