//! Bins that stand side by side, and the notes of how far they had come. It does not know which values they are of.

use super::{SLICES, Side};
use crate::sync::{AtomicU32, AtomicU64, OnceLock, Ordering};

/// Bins in one chunk.
#[cfg(not(tachometer_loom))]
pub(super) const BINS: usize = 32;
#[cfg(tachometer_loom)]
pub(super) const BINS: usize = 3;

/// Room for a chunk.
pub(super) struct Slot {
    /// Which one it is; [`FREE`] if none is of this life.
    side: AtomicU32,
    chunk: OnceLock<Box<Chunk>>,
}

pub(super) const FREE: u32 = 0;

/// Bins that stand side by side.
pub(super) struct Chunk {
    bins: [AtomicU64; BINS],
    /// How much the bins had counted when a slice began; the ring of those in the window.
    notes: [[AtomicU64; BINS]; SLICES as usize],
    /// Where the bins stood when the present life began. Only where there has been an earlier one.
    bases: OnceLock<Box<[AtomicU64; BINS]>>,
}

/// A bin of a series.
#[derive(Clone, Copy)]
pub(crate) struct Bin<'a> {
    pub(super) chunk: &'a Chunk,
    pub(super) at: usize,
}

impl Slot {
    pub(super) fn new() -> Self {
        Self { side: AtomicU32::new(FREE), chunk: OnceLock::new() }
    }

    /// Which one it is, packed.
    ///
    /// Acquire pairs with the Release of [`take`](Self::take): the chunk is there, with its bases and without notes.
    pub(super) fn side(&self) -> u32 {
        self.side.load(Ordering::Acquire)
    }

    /// What is there, also from an earlier life.
    pub(super) fn chunk(&self) -> Option<&Chunk> {
        self.chunk.get().map(|chunk| &**chunk)
    }

    /// Makes it that of no side.
    pub(super) fn free(&self) {
        self.side.store(FREE, Ordering::Release);
    }

    /// Makes it that of a side. What was noted of another one is forgotten.
    pub(super) fn take(&self, side: Side, grows: impl FnOnce()) -> &Chunk {
        let chunk = self.chunk.get_or_init(|| {
            grows();
            Box::new(Chunk::new())
        });
        chunk.notes.iter().flatten().for_each(|note| note.store(0, Ordering::Relaxed));
        self.side.store(side.pack(), Ordering::Release);
        chunk
    }
}

impl<'a> Bin<'a> {
    #[inline]
    pub(crate) fn word(self) -> &'a AtomicU64 {
        &self.chunk.bins[self.at]
    }

    /// Where it stood when the present life began. The caller keeps lives from beginning.
    pub(crate) fn base(self) -> &'a AtomicU64 {
        &self.chunk.bases()[self.at]
    }

    pub(super) fn counted(self) -> u64 {
        let base = self.chunk.bases.get().map_or(0, |bases| bases[self.at].load(Ordering::Relaxed));
        self.word().load(Ordering::Acquire).wrapping_sub(base)
    }

    pub(super) fn noted(self, slice: u64) -> u64 {
        self.chunk.notes[(slice % SLICES) as usize][self.at].load(Ordering::Relaxed)
    }
}

impl Chunk {
    pub(super) fn new() -> Self {
        let row = || std::array::from_fn(|_| AtomicU64::new(0));
        Self { bins: row(), notes: std::array::from_fn(|_| row()), bases: OnceLock::new() }
    }

    /// A life begins: what the last one has counted, from where the bins go on.
    pub(super) fn begin(&self, grows: impl Fn(usize)) -> u64 {
        self.notes.iter().flatten().for_each(|note| note.store(0, Ordering::Relaxed));
        // Read-modify-writes here too: a plain load may miss an addition whose thread in turn misses the new life.
        if self.bases.get().is_none() && self.bins.iter().all(|bin| bin.fetch_add(0, Ordering::SeqCst) == 0) {
            // The first one, in which nothing was counted yet.
            return 0;
        }
        if self.bases.get().is_none() {
            grows(size_of::<[AtomicU64; BINS]>());
        }
        self.bins.iter().zip(self.bases()).fold(0, |left: u64, (bin, base)| {
            // A read-modify-write: it comes before or after each addition, and none is in between.
            let now = bin.fetch_add(0, Ordering::SeqCst);
            left.wrapping_add(now.wrapping_sub(base.swap(now, Ordering::Relaxed)))
        })
    }

    fn bases(&self) -> &[AtomicU64; BINS] {
        self.bases.get_or_init(|| Box::new(std::array::from_fn(|_| AtomicU64::new(0))))
    }

    pub(super) fn bins(&self) -> impl Iterator<Item = Bin<'_>> {
        (0..BINS).map(|at| Bin { chunk: self, at })
    }

    pub(super) fn counted(&self) -> u64 {
        self.bins().fold(0, |sum, bin| sum.wrapping_add(bin.counted()))
    }

    pub(super) fn note(&self, slice: u64) {
        for (bin, note) in self.bins().zip(&self.notes[(slice % SLICES) as usize]) {
            note.store(bin.counted(), Ordering::Relaxed);
        }
    }

    pub(super) fn reset(&self) {
        let bases = self.bases.get().into_iter().flat_map(|bases| bases.iter());
        let words = self.bins.iter().chain(self.notes.iter().flatten()).chain(bases);
        words.for_each(|word| word.store(0, Ordering::Relaxed));
    }
}
