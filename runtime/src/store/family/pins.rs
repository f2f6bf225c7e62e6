//! What keeps series from ending: handles that a program keeps, and calls that have begun. Knows no values.

use crate::{
    store::segments::{Renew, Segments},
    sync::{AtomicU64, Ordering},
};

/// How many handles and calls point to each cell. A cell has a word once one of them does, or its series may expire.
#[derive(Default)]
pub(super) struct Pins(Segments<Words>);

struct Words(Box<[AtomicU64]>);

/// One call; handles are counted below.
const CALL: u64 = 1 << 32;

/// The series has ended, and the cell has no next life yet.
const ENDED: u64 = 1 << 63;

impl Pins {
    /// Makes room for a cell. Within the family's lock, which a fork waits for.
    pub(super) fn reserve(&self, index: u32) {
        self.word(index);
    }

    /// So many handles more point to a cell.
    pub(super) fn shift(&self, index: u32, by: i32) {
        self.word(index).fetch_add(i64::from(by) as u64, Ordering::Relaxed);
    }

    /// A call that begins holds a cell, if it finds it as it `is_alive`.
    ///
    /// Whoever ends the series for want of records does so in one step with the question whether it is held. So either the
    /// call is seen there, or it sees the end here, or it is in a later life, which the cell's generation tells.
    pub(super) fn hold(&self, index: u32, is_alive: impl FnOnce() -> bool) -> bool {
        let Some(word) = self.get(index) else { return false };
        let before = word.fetch_add(CALL, Ordering::AcqRel);
        let is_held = before & ENDED == 0 && is_alive();
        if !is_held {
            word.fetch_sub(CALL, Ordering::AcqRel);
        }
        is_held
    }

    /// The call has ended.
    pub(super) fn release(&self, index: u32) {
        if let Some(word) = self.get(index) {
            word.fetch_sub(CALL, Ordering::AcqRel);
        }
    }

    /// Ends a series that nothing points to; says whether that is so.
    pub(super) fn end_idle(&self, index: u32) -> bool {
        self.word(index).compare_exchange(0, ENDED, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }

    /// Ends a series, whatever points to it.
    pub(super) fn end(&self, index: u32) {
        if let Some(word) = self.get(index) {
            word.fetch_or(ENDED, Ordering::AcqRel);
        }
    }

    /// The cell's next life has begun.
    pub(super) fn begin(&self, index: u32) {
        if let Some(word) = self.get(index) {
            word.fetch_and(!ENDED, Ordering::AcqRel);
        }
    }

    pub(super) fn bytes(&self) -> usize {
        self.0.places() * size_of::<AtomicU64>()
    }

    /// Bytes that it takes to make room for a cell.
    pub(super) fn growth(&self, index: u32) -> usize {
        self.0.growth(index) * size_of::<AtomicU64>()
    }

    /// Forgets all calls; only for a forked child's single thread, since they are in flight in the parent.
    pub(super) fn reset(&self) {
        self.0.cover();
    }

    fn word(&self, index: u32) -> &AtomicU64 {
        let none = |cells| Words((0..cells).map(|_| AtomicU64::new(0)).collect());
        let (words, offset) = self.0.get_or_make(index, none);
        &words.0[offset]
    }

    fn get(&self, index: u32) -> Option<&AtomicU64> {
        self.0.get(index).map(|(words, offset)| &words.0[offset])
    }
}

/// Handles stay, and so does what has ended.
impl Renew for Words {
    fn renew(&self) {
        for word in &self.0 {
            let (now, kept) = (word.load(Ordering::Relaxed), (CALL - 1) | ENDED);
            // What is written to is copied for the child, a page at a time.
            if now & !kept != 0 {
                word.store(now & kept, Ordering::Relaxed);
            }
        }
    }
}
