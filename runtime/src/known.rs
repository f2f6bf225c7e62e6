//! Hash tables to which things are only ever added, so that they are found without a lock. Knows nothing of the things.

#[cfg(tachometer_loom)]
use crate::sync::OnceLock;
#[cfg(not(tachometer_loom))]
use std::sync::OnceLock;

/// In how many slots a thing may stand: few, so that a full stretch is left for the next table.
const STRETCH: usize = 8;

/// A table, and a larger one for what does not fit it. Slots are written once.
pub(crate) struct Known<T: 'static> {
    slots: Box<[OnceLock<T>]>,
    next: OnceLock<Box<Self>>,
}

impl<T> Known<T> {
    /// With so many slots, a power of two.
    pub(crate) fn new(slots: usize) -> Self {
        Self { slots: (0..slots).map(|_| OnceLock::new()).collect(), next: OnceLock::new() }
    }

    /// The thing with this hash that `is` the one.
    #[inline]
    pub(crate) fn find(&self, hash: u64, is: impl Fn(&T) -> bool) -> Option<&T> {
        let mut table = self;
        loop {
            for slot in table.stretch(hash) {
                match slot.get() {
                    Some(thing) if is(thing) => return Some(thing),
                    Some(_) => {}
                    None => break,
                }
            }
            table = table.next.get()?;
        }
    }

    /// Adds what is not there yet. The caller sees to it that no other thread does at the same time.
    pub(crate) fn insert(&self, hash: u64, thing: T) -> &T {
        let mut table = self;
        loop {
            match table.stretch(hash).find(|slot| slot.get().is_none()) {
                Some(free) => return free.get_or_init(|| thing),
                None => table = table.next.get_or_init(|| Box::new(Self::new(table.slots.len() * 4))),
            }
        }
    }

    fn stretch(&self, hash: u64) -> impl Iterator<Item = &OnceLock<T>> {
        let mask = self.slots.len() - 1;
        (0..self.slots.len().min(STRETCH)).map(move |step| &self.slots[(hash as usize).wrapping_add(step) & mask])
    }
}
