//! What a thread remembers by label sets: borrowed values in, what was found for them out. Knows nothing of what that is.
//!
//! A hit touches no memory of other threads, and allocates nothing for sets that are asked for again and again. When there
//! are as many as there may be, they become the old ones, of which those that are not asked for again are forgotten when
//! there are as many new ones.

use std::{
    hash::{BuildHasher, Hasher},
    sync::atomic::{AtomicU64, Ordering},
};

/// How many label sets a thread remembers, besides as many old ones.
pub(crate) const CAPACITY: usize = 4096;

/// How many it remembers where all threads together remember more than they may.
const SCARCE: usize = 64;

/// Bytes of what all threads remember.
static HELD: AtomicU64 = AtomicU64::new(0);

/// How many there may be before threads remember less.
static MOST: AtomicU64 = AtomicU64::new(u64::MAX);

/// Bytes of what all threads remember.
pub(crate) fn held() -> u64 {
    HELD.load(Ordering::Relaxed)
}

/// From now on threads remember less where all of them together have more bytes.
pub(crate) fn set_most(bytes: u64) {
    MOST.store(bytes, Ordering::Relaxed);
}

/// What says how much memory it holds besides its own size.
pub(crate) trait Weight {
    fn bytes(&self) -> usize;
}

/// What stands between two values in a remembered set: a byte that no UTF-8 text holds.
const SEPARATOR: u8 = 0xFF;

/// What was found for label sets, each of which belongs to an owner that no other one is mistaken for.
#[derive(Debug)]
pub(crate) struct Remembered<T, S> {
    /// When all this was true.
    epoch: u32,
    hasher: S,
    young: Sets<T>,
    old: Sets<T>,
}

/// Up to [`CAPACITY`] sets.
#[derive(Debug)]
struct Sets<T> {
    /// Bytes of all of it, as they are part of [`HELD`].
    held: u64,
    all: Vec<Set<T>>,
    /// Where in `all` those of a hash are: by its lower bits, or behind. At most half full, and as long as a power of
    /// two. A table of our own, because a hit is half of what a call with labels costs.
    slots: Vec<Slot>,
}

#[derive(Debug, Clone, Copy)]
struct Slot {
    /// The upper bits of the hash.
    tag: u32,
    /// The index of the set, or [`Slot::EMPTY`].
    at: u32,
}

impl Slot {
    const EMPTY: Self = Self { tag: 0, at: u32::MAX };
}

#[derive(Debug, Clone)]
struct Set<T> {
    hash: u64,
    owner: u64,
    /// Each followed by the separator.
    values: Box<[u8]>,
    found: T,
}

impl<T, S: Default> Default for Remembered<T, S> {
    fn default() -> Self {
        Self { epoch: 0, hasher: S::default(), young: Sets::default(), old: Sets::default() }
    }
}

impl<T: Clone + Weight, S: BuildHasher> Remembered<T, S> {
    /// What was found in this epoch for a label set that was asked for lately.
    #[inline(always)]
    pub(crate) fn get<V: AsRef<[u8]>>(&self, epoch: u32, owner: u64, values: &[V]) -> Option<&T> {
        if self.epoch != epoch {
            return None;
        }
        Some(&self.young.find(self.hash(owner, values), owner, values)?.found)
    }

    /// The same for any label set that is remembered. It counts as asked for lately from then on.
    pub(crate) fn recall<V: AsRef<[u8]>>(&mut self, epoch: u32, owner: u64, values: &[V]) -> Option<&T> {
        if self.epoch != epoch {
            return None;
        }
        let hash = self.hash(owner, values);
        if self.young.find(hash, owner, values).is_none() {
            let set = self.old.find(hash, owner, values)?.clone();
            self.keep(set);
        }
        Some(&self.young.find(hash, owner, values)?.found)
    }

    /// Remembers what was found for a label set. All that was found in another epoch is forgotten.
    pub(crate) fn insert<V: AsRef<[u8]>>(&mut self, epoch: u32, owner: u64, values: &[V], found: T) {
        if self.epoch != epoch {
            (self.young, self.old, self.epoch) = (Sets::default(), Sets::default(), epoch);
        }
        let hash = self.hash(owner, values);
        if self.young.find(hash, owner, values).is_some() {
            return;
        }
        let bytes = values.iter().flat_map(|value| value.as_ref().iter().copied().chain([SEPARATOR]));
        self.keep(Set { hash, owner, values: bytes.collect(), found });
    }

    fn keep(&mut self, set: Set<T>) {
        let most = if held() > MOST.load(Ordering::Relaxed) { SCARCE } else { CAPACITY };
        if self.young.all.len() >= most {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(set);
    }

    /// Hashes the values where they are: a copy would have to be read back before it is written.
    #[inline(always)]
    fn hash<V: AsRef<[u8]>>(&self, owner: u64, values: &[V]) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        hasher.write_u64(owner);
        values.iter().for_each(|value| hasher.write(value.as_ref()));
        hasher.finish()
    }
}

impl<T> Default for Sets<T> {
    fn default() -> Self {
        Self { held: 0, all: Vec::new(), slots: Vec::new() }
    }
}

impl<T> Drop for Sets<T> {
    fn drop(&mut self) {
        HELD.fetch_sub(self.held, Ordering::Relaxed);
    }
}

impl<T> Sets<T> {
    #[inline(always)]
    fn find<V: AsRef<[u8]>>(&self, hash: u64, owner: u64, values: &[V]) -> Option<&Set<T>> {
        for at in self.places(hash) {
            let slot = self.slots.get(at)?;
            if slot.tag == tag(hash)
                && let Some(set) = self.all.get(slot.at as usize)
                && set.is_of(owner, values)
            {
                return Some(set);
            }
            if slot.at == Slot::EMPTY.at {
                break;
            }
        }
        None
    }

    /// Where a set of this hash may be, the likeliest place first.
    #[inline(always)]
    fn places(&self, hash: u64) -> impl Iterator<Item = usize> + use<T> {
        let last = self.slots.len().wrapping_sub(1);
        (0..).map(move |step| (hash as usize).wrapping_add(step) & last)
    }
}

impl<T: Weight> Sets<T> {
    fn insert(&mut self, set: Set<T>) {
        let before = self.own_bytes();
        let beside = set.values.len() + set.found.bytes();
        self.all.push(set);
        self.place(self.all.len() - 1);
        let grown = (self.own_bytes() - before + beside) as u64;
        self.held += grown;
        HELD.fetch_add(grown, Ordering::Relaxed);
    }

    fn own_bytes(&self) -> usize {
        self.all.capacity() * size_of::<Set<T>>() + self.slots.capacity() * size_of::<Slot>()
    }

    /// Notes where the set of this index is, and where all are if there is no room for it.
    fn place(&mut self, index: usize) {
        if self.slots.len() >= 2 * self.all.len() {
            let hash = self.all[index].hash;
            let free = self.places(hash).find(|at| self.slots[*at].at == Slot::EMPTY.at);
            self.slots[free.expect("half of them are free")] = Slot { tag: tag(hash), at: index as u32 };
            return;
        }
        self.slots = vec![Slot::EMPTY; (4 * self.all.len()).next_power_of_two()];
        (0..self.all.len()).for_each(|index| self.place(index));
    }
}

fn tag(hash: u64) -> u32 {
    (hash >> 32) as u32
}

impl<T> Set<T> {
    #[inline(always)]
    fn is_of<V: AsRef<[u8]>>(&self, owner: u64, values: &[V]) -> bool {
        self.owner == owner && self.holds(values)
    }

    #[inline]
    fn holds<V: AsRef<[u8]>>(&self, values: &[V]) -> bool {
        let mut rest = &*self.values;
        let all = values.iter().all(|value| match rest.split_at_checked(value.as_ref().len()) {
            Some((text, [SEPARATOR, next @ ..])) if same(text, value.as_ref()) => {
                rest = next;
                true
            }
            _ => false,
        });
        all && rest.is_empty()
    }
}

/// Whether two texts of one length are equal; without a call for those of 8 to 16 bytes, as most label values are.
#[inline]
fn same(a: &[u8], b: &[u8]) -> bool {
    match (a.first_chunk::<8>(), a.last_chunk::<8>(), b.first_chunk::<8>(), b.last_chunk::<8>()) {
        (Some(a_first), Some(a_last), Some(b_first), Some(b_last)) if a.len() <= 16 => {
            a_first == b_first && a_last == b_last
        }
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    use std::hash::RandomState;

    use super::*;

    type Texts = Remembered<usize, RandomState>;

    impl Weight for usize {
        fn bytes(&self) -> usize {
            0
        }
    }

    fn find(texts: &mut Texts, n: usize) -> Option<usize> {
        texts.recall(0, 7, &[format!("{n}")]).copied()
    }

    #[test]
    fn what_is_asked_for_is_kept_and_the_rest_forgotten() {
        let mut texts = Texts::default();
        for n in 0..10 * CAPACITY {
            texts.insert(0, 7, &[format!("{n}")], n);
            assert_eq!(find(&mut texts, 3), (n >= 3).then_some(3), "after {n}");
        }
        assert!(texts.young.all.len() + texts.old.all.len() <= 2 * CAPACITY);
        assert_eq!(find(&mut texts, 4), None);
        assert_eq!(find(&mut texts, 10 * CAPACITY - 1), Some(10 * CAPACITY - 1));
    }

    #[test]
    fn less_is_remembered_where_there_is_too_much_of_it() {
        let mut texts = Texts::default();
        let insert = |texts: &mut Texts, n: usize| texts.insert(0, 7, &[format!("{n:030}")], n);
        let before = held();
        (0..CAPACITY).for_each(|n| insert(&mut texts, n));
        assert!(held() - before > (CAPACITY * (30 + size_of::<Set<usize>>())) as u64);
        set_most(0);
        (CAPACITY..CAPACITY + 3 * SCARCE).for_each(|n| insert(&mut texts, n));
        set_most(u64::MAX);
        assert!(texts.young.all.len() + texts.old.all.len() <= 2 * SCARCE);
        drop(texts);
        assert_eq!(held(), before);
    }

    #[test]
    fn another_owner_or_another_epoch_is_another_set() {
        let mut texts = Texts::default();
        texts.insert(1, 7, &["a", "b"], 5);
        assert_eq!(texts.get(1, 7, &["a", "b"]), Some(&5));
        for (epoch, owner, values) in [(2, 7, &["a", "b"][..]), (1, 8, &["a", "b"]), (1, 7, &["ab"]), (1, 7, &["a"])] {
            assert_eq!(texts.get(epoch, owner, values), None);
            assert_eq!(texts.recall(epoch, owner, values), None);
        }
        texts.insert(2, 7, &["c"], 6);
        texts.insert(1, 7, &["c"], 7);
        assert_eq!(texts.get(1, 7, &["a", "b"]), None, "it was forgotten with its epoch");
    }
}
