//! Bins that stand side by side, and the room for them in a level. It does not know which values they are of.

use super::{BINS, number::Number};
use crate::sync::{AtomicU32, AtomicU64, OnceLock, Ordering};

/// Room for a chunk.
pub(super) struct Slot {
    /// Which one it is; [`FREE`] if none is of this life.
    pub(super) key: AtomicU32,
    pub(super) chunk: OnceLock<Box<Chunk>>,
}

pub(super) const FREE: u32 = 0;

/// Bins that stand side by side.
pub(super) struct Chunk {
    bins: [AtomicU64; BINS],
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
        Self { key: AtomicU32::new(FREE), chunk: OnceLock::new() }
    }

    /// Makes it that of a number.
    pub(super) fn take(&self, number: Number, grows: impl Fn(usize)) -> &Chunk {
        let chunk = self.chunk.get_or_init(|| {
            grows(size_of::<Chunk>());
            Box::new(Chunk::new())
        });
        self.key.store(number.pack(), Ordering::Release);
        chunk
    }

    /// A life begins: what the last one has counted, from where the bins go on.
    pub(super) fn begin(&self, grows: impl Fn(usize)) -> u64 {
        self.key.store(FREE, Ordering::Release);
        let Some(chunk) = self.chunk.get() else { return 0 };
        if chunk.bases.get().is_none() {
            grows(size_of::<[AtomicU64; BINS]>());
        }
        chunk.bins.iter().zip(chunk.bases()).fold(0, |left: u64, (bin, base)| {
            // A read-modify-write: it comes before or after each addition, and none is in between.
            let now = bin.fetch_add(0, Ordering::SeqCst);
            left.wrapping_add(now.wrapping_sub(base.swap(now, Ordering::Relaxed)))
        })
    }

    pub(super) fn reset(&self) {
        self.key.store(FREE, Ordering::Relaxed);
        let Some(chunk) = self.chunk.get() else { return };
        let bases = chunk.bases.get().into_iter().flat_map(|bases| bases.iter());
        chunk.bins.iter().chain(bases).for_each(|word| word.store(0, Ordering::Relaxed));
    }
}

impl Chunk {
    pub(super) fn new() -> Self {
        Self { bins: std::array::from_fn(|_| AtomicU64::new(0)), bases: OnceLock::new() }
    }

    fn bases(&self) -> &[AtomicU64; BINS] {
        self.bases.get_or_init(|| Box::new(std::array::from_fn(|_| AtomicU64::new(0))))
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
}
