//! The distribution of what was observed in the last minute, by bins of 1 % (a DDSketch with α = 0.01).
//!
//! A bin counts up for ever, with one atomic addition, so that nothing is lost. At the beginning of each slice of ten
//! seconds the first observation notes how far all bins have come; what a bin has counted in the window is the
//! difference to the note from the window's beginning, so that an observation is in one slice, whichever, and never in
//! two or in none. A note is made, and memory for new bins, under the lock of the family's turn, which a reader takes
//! as well, for as long as it copies the bins of one series. Reading notes nothing.
//!
//! A cell's next life gets its chunks. As for the [words of cells](super::cells) bins have bases, and a thread that adds finds
//! out afterwards whether the life was over. Notes say how much a bin had counted, not where it stood, so that they need
//! not know of bases.

mod chunk;

mod side;

use std::sync::atomic::AtomicUsize;

pub(crate) use self::chunk::Bin;
use self::{
    chunk::{BINS, Chunk, FREE, Slot},
    side::{Side, place},
};
use crate::{
    store::segments::{Renew, Segments},
    sync::{AtomicU64, Mutex, MutexGuard, OnceLock, Ordering},
};

/// How many slices the window has.
#[cfg(not(tachometer_loom))]
pub(crate) const SLICES: u64 = 6;
#[cfg(tachometer_loom)]
pub(crate) const SLICES: u64 = 2;

/// How long a slice lasts, in seconds.
const SLICE: u64 = 10;

/// The quantiles that are shown.
pub(crate) const QUANTILES: [f64; 3] = [0.5, 0.9, 0.99];

/// Chunks of one sketch, and so 2,048 bins.
#[cfg(not(tachometer_loom))]
const CHUNKS: usize = 64;
#[cfg(tachometer_loom)]
const CHUNKS: usize = 2;

/// The slice that a moment belongs to, by the clock's seconds. There are always as many before it as a window has.
pub(crate) fn slice_of(seconds: u64) -> u64 {
    seconds / SLICE + SLICES
}

/// The sketches of one family, by the indices of its cells.
pub(crate) struct Sketches {
    turn: Mutex<()>,
    segments: Segments<Box<[OnceLock<Box<Sketch>>]>>,
    /// Bytes of all sketches. The standard library's own type: no total depends on it.
    held: AtomicUsize,
}

/// One distribution.
struct Sketch {
    /// The slice whose beginning was noted last.
    noted: AtomicU64,
    /// The bin of 0.
    zero: Chunk,
    slots: [Slot; CHUNKS],
}

impl Sketches {
    pub(crate) fn new() -> Self {
        Self { turn: Mutex::new(()), segments: Segments::new(), held: AtomicUsize::new(0) }
    }

    /// Begins a life of the cell at an index; what its bins have counted in an earlier one. The caller sees to it
    /// that no other thread does at the same time.
    pub(crate) fn begin(&self, index: u32) -> u64 {
        let (segment, offset) =
            self.segments.get_or_make(index, |places| (0..places).map(|_| OnceLock::new()).collect());
        let sketch = segment[offset].get_or_init(|| {
            self.hold_more(size_of::<Sketch>());
            Box::new(Sketch::new())
        });
        let _turn = self.hold();
        sketch.noted.store(0, Ordering::Relaxed);
        sketch.slots.iter().for_each(Slot::free);
        sketch.all().fold(0, |left, chunk| left.wrapping_add(chunk.begin(|bytes| self.hold_more(bytes))))
    }

    /// The bin of a value in this slice; none if the series has no room for it yet, and is over.
    #[inline]
    pub(crate) fn bin(&self, index: u32, slice: u64, value: f64, is_over: impl FnOnce() -> bool) -> Option<Bin<'_>> {
        let sketch = self.get(index)?;
        // Acquire pairs with the Release of `begin`: what is added from here on is not among what was noted.
        if sketch.noted.load(Ordering::Acquire) < slice {
            sketch.note(&self.hold(), slice);
        }
        let (side, at) = place(value);
        if side == Side::Zero {
            return Some(Bin { chunk: &sketch.zero, at });
        }
        if let Ok(chunk) = sketch.find(side) {
            return Some(Bin { chunk, at });
        }
        let turn = self.hold();
        (!is_over()).then(|| sketch.widen(&turn, side, at, || self.hold_more(size_of::<Chunk>())))
    }

    /// How often anything was observed in the present or the last life of a cell.
    pub(crate) fn counted(&self, index: u32) -> u64 {
        self.get(index).map_or(0, |sketch| sketch.all().fold(0, |sum, chunk| sum.wrapping_add(chunk.counted())))
    }

    /// Bytes of all sketches.
    pub(crate) fn bytes(&self) -> usize {
        self.held.load(Ordering::Relaxed) + self.segments.places() * size_of::<OnceLock<Box<Sketch>>>()
    }

    /// Bytes of a sketch with its first bins.
    pub(crate) fn bytes_of_one() -> usize {
        size_of::<Sketch>() + size_of::<Chunk>()
    }

    /// Bytes that a life of the cell at an index takes to begin.
    pub(crate) fn growth(&self, index: u32) -> usize {
        let own = if self.get(index).is_some() { 0 } else { Self::bytes_of_one() };
        own + self.segments.growth(index) * size_of::<OnceLock<Box<Sketch>>>()
    }

    fn hold_more(&self, bytes: usize) {
        self.held.fetch_add(bytes, Ordering::Relaxed);
    }

    /// The quantiles of the window that ends with this slice, NaN if nothing was observed in it, and how often anything
    /// was observed at all. What is in the window goes into `window`, by the [numbers](crate::families::window) of bins.
    pub(crate) fn read_window(
        &self,
        index: u32,
        slice: u64,
        counts: &mut Vec<u64>,
        window: &mut Vec<(i32, u64)>,
    ) -> ([f64; QUANTILES.len()], u64) {
        window.clear();
        match self.get(index) {
            Some(sketch) => sketch.read(&self.hold(), slice, counts, window),
            None => ([f64::NAN; QUANTILES.len()], 0),
        }
    }

    #[cfg(test)]
    pub(crate) fn read(&self, index: u32, slice: u64, counts: &mut Vec<u64>) -> ([f64; QUANTILES.len()], u64) {
        self.read_window(index, slice, counts, &mut Vec::new())
    }

    /// Keeps everyone else from making notes and bins until the guard is dropped.
    pub(crate) fn hold(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().expect("nothing panics under this lock")
    }

    /// Forgets all that was observed; only for a forked child's single thread.
    pub(crate) fn reset(&self) {
        self.segments.cover();
    }

    #[inline]
    fn get(&self, index: u32) -> Option<&Sketch> {
        let (segment, offset) = self.segments.get(index)?;
        segment[offset].get().map(|sketch| &**sketch)
    }
}

impl Renew for Sketch {
    fn renew(&self) {
        self.noted.store(0, Ordering::Relaxed);
        self.all().for_each(Chunk::reset);
    }
}

impl Sketch {
    fn new() -> Self {
        Self { noted: AtomicU64::new(0), zero: Chunk::new(), slots: std::array::from_fn(|_| Slot::new()) }
    }

    /// All chunks, also those that no value of this life has come to.
    fn all(&self) -> impl Iterator<Item = &Chunk> {
        let chunks = self.slots.iter().filter_map(Slot::chunk);
        std::iter::once(&self.zero).chain(chunks)
    }

    /// The chunks of this life with their sides.
    fn taken(&self) -> impl Iterator<Item = (Side, &Chunk)> {
        let taken = self.slots.iter().filter_map(|slot| {
            let side = Side::unpack(slot.side())?;
            Some((side, slot.chunk()?))
        });
        std::iter::once((Side::Zero, &self.zero)).chain(taken)
    }

    /// Notes how far the bins have come at the beginning of a slice, which is also that of the idle ones before it.
    #[cold]
    fn note(&self, _turn: &MutexGuard<'_, ()>, slice: u64) {
        let noted = self.noted.load(Ordering::Relaxed);
        for slice in (noted + 1).max((slice + 1).saturating_sub(SLICES))..=slice {
            self.all().for_each(|chunk| chunk.note(slice));
        }
        self.noted.store(noted.max(slice), Ordering::Release);
    }

    /// The chunk of a side, or the place that is free for it, if there is one.
    fn find(&self, side: Side) -> Result<&Chunk, Option<&Slot>> {
        let first = match side {
            Side::Below(number) | Side::Above(number) => number.rem_euclid(CHUNKS as i32) as usize,
            Side::Zero => 0,
        };
        let (before, from) = self.slots.split_at(first);
        for slot in from.iter().chain(before) {
            match slot.side() {
                FREE => return Err(Some(slot)),
                taken if taken == side.pack() => return slot.chunk().ok_or(Some(slot)),
                _ => {}
            }
        }
        Err(None)
    }

    /// The bin of a chunk that is not there yet. If there is no room for one, it is the nearest bin of that side.
    #[cold]
    fn widen(&self, _turn: &MutexGuard<'_, ()>, side: Side, at: usize, grows: impl FnOnce()) -> Bin<'_> {
        match self.find(side) {
            Ok(chunk) => Bin { chunk, at },
            Err(Some(slot)) => Bin { chunk: slot.take(side, grows), at },
            Err(None) => {
                let near = self.taken().filter_map(|(other, chunk)| Some((other.distance(side)?, chunk)));
                match near.min_by_key(|(distance, _)| distance.unsigned_abs()) {
                    Some((distance, chunk)) => Bin { chunk, at: if distance < 0 { 0 } else { BINS - 1 } },
                    None => Bin { chunk: &self.zero, at: 0 },
                }
            }
        }
    }

    fn read(
        &self,
        _turn: &MutexGuard<'_, ()>,
        slice: u64,
        counts: &mut Vec<u64>,
        window: &mut Vec<(i32, u64)>,
    ) -> ([f64; QUANTILES.len()], u64) {
        let noted = self.noted.load(Ordering::Relaxed);
        // A thread whose clock is ahead may have begun the next slice.
        let first = slice.max(noted) + 1 - SLICES;
        let mut chunks: [Option<(Side, &Chunk)>; CHUNKS + 1] = [None; CHUNKS + 1];
        self.taken().zip(&mut chunks).for_each(|(chunk, place)| *place = Some(chunk));
        chunks.sort_unstable_by_key(|chunk| chunk.map(|(side, _)| side));
        let mut total = 0_u64;
        counts.clear();
        for (_, chunk) in chunks.iter().flatten() {
            for bin in chunk.bins() {
                let all = bin.counted();
                let before = if first > noted { all } else { bin.noted(first) };
                // What came too late for an earlier life is taken back after a note may have had it.
                counts.push(all.saturating_sub(before));
                total = total.wrapping_add(all);
            }
        }
        let counted = counts.iter().enumerate().filter(|(_, count)| **count > 0);
        window.extend(counted.filter_map(|(at, count)| {
            let (side, _) = chunks.iter().flatten().nth(at / BINS)?;
            Some((side.number(at % BINS), *count))
        }));
        let value_at = |at: usize| {
            let chunk = chunks.iter().flatten().nth(at / BINS);
            chunk.map_or(f64::NAN, |(side, _)| side.value(at % BINS))
        };
        (QUANTILES.map(|quantile| at_quantile(quantile, counts, value_at)), total)
    }
}

/// The value of a quantile among the counts of bins in the order of their values.
fn at_quantile(quantile: f64, counts: &[u64], value_at: impl Fn(usize) -> f64) -> f64 {
    // Each bin may have counted all that it can.
    let total: u128 = counts.iter().map(|count| u128::from(*count)).sum();
    let rank = (quantile * total.saturating_sub(1) as f64) as u128;
    let mut seen = 0;
    let bin = counts.iter().position(|count| {
        seen += u128::from(*count);
        rank < seen
    });
    bin.map_or(f64::NAN, value_at)
}

#[cfg(all(test, not(tachometer_loom)))]
mod tests;
