//! What all families of a store stand on: memory, limits and clocks. It knows no family.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::{
    cardinality::policy::Policy,
    store::{
        health::Health,
        ledger::Ledger,
        slab::{self, SEGMENT, SEGMENTS, Slab, Slabs, Word},
        table::Age,
    },
    sync::{AtomicU32, Mutex, OnceLock as Once, RwLock},
};

/// What all families of a store stand on.
pub(crate) struct Ground {
    pub(crate) slabs: Slabs,
    /// Whether threads have slabs of their own here. Only one store of a process can say so, as a thread has only one.
    threaded: bool,
    pub(super) words: Mutex<u32>,
    pub(super) health: Once<Health>,
    pub(crate) ledger: Ledger,
    pub(crate) policy: RwLock<Policy>,
    /// Held shared by those who walk over series; whoever ends any holds it alone.
    pub(super) walk: RwLock<()>,
    /// Seconds since some moment in the past.
    seconds: fn() -> u64,
    /// When it was made, in milliseconds since 1970, and by a clock that nobody sets.
    pub(super) made: (u64, Instant),
    /// The age at which all totals were last set to zero.
    pub(super) reset: AtomicU32,
}

impl Ground {
    pub(crate) fn new(threads: usize, seconds: fn() -> u64) -> Self {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let made = (u64::try_from(since_epoch.as_millis()).unwrap_or(0), Instant::now());
        let policy = Policy::default();
        Self {
            slabs: Slabs::new(threads),
            threaded: threads > 0,
            // Word 0 is left out, so that no packed place is 0.
            words: Mutex::new(1),
            health: Once::new(),
            ledger: Ledger::new(&policy),
            policy: RwLock::new(policy),
            walk: RwLock::new(()),
            seconds,
            made,
            reset: AtomicU32::new(0),
        }
    }

    /// How old the store is.
    pub(crate) fn age(&self) -> Age {
        Age::try_from(self.made.1.elapsed().as_millis() / 100).unwrap_or(Age::MAX)
    }

    pub(crate) fn seconds(&self) -> u64 {
        (self.seconds)()
    }

    /// So many words in a row of one segment, or none when all are in use.
    pub(crate) fn reserve(&self, width: usize) -> Option<Word> {
        let mut next = self.words.lock().expect("nothing panics under this lock");
        let first = if *next as usize % SEGMENT + width > SEGMENT {
            (*next as usize).next_multiple_of(SEGMENT)
        } else {
            *next as usize
        };
        if width > SEGMENT || first + width > SEGMENT * SEGMENTS {
            return None;
        }
        *next = (first + width) as u32;
        let word = Word(first as u32);
        self.slabs.reserve(word);
        Some(word)
    }

    /// The slab that this thread adds to.
    #[inline]
    pub(crate) fn slab(&'static self) -> &'static Slab {
        if self.threaded { slab::current(&self.slabs) } else { self.slabs.shared() }
    }

    pub(crate) fn health(&self) -> &Health {
        self.health.get().expect("a store makes its own counters before anything else")
    }
}
