//! The distribution of what was observed in the last minute, by bins of 1 % (a DDSketch with α = 0.01).
//!
//! A bin counts up for ever, with one atomic addition, so that nothing is lost. At the beginning of each slice of ten
//! seconds the first observation notes how far all bins have come; what a bin has counted in the window is the
//! difference to the note from the window's beginning, so that an observation is in one slice, whichever, and never in
//! two or in none. A note is made, and memory for new bins, under the lock of the family's turn, which a reader takes
//! as well, for as long as it copies the bins of one series. Reading notes nothing.

use crate::{
    store::segments::Segments,
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

/// Bins in one chunk.
#[cfg(not(tachometer_loom))]
const BINS: usize = 32;
#[cfg(tachometer_loom)]
const BINS: usize = 3;

/// Chunks of one sketch, and so 2,048 bins.
#[cfg(not(tachometer_loom))]
const CHUNKS: usize = 64;
#[cfg(tachometer_loom)]
const CHUNKS: usize = 2;

/// The natural logarithm of 1.01 / 0.99, which is how much wider each bin is than the one below.
const GROWTH: f64 = 0.020_000_666_706_669_525;

/// What is nearer to 0 than this is counted as 0: a nanosecond is the shortest time that is told apart.
const SMALLEST: f64 = 1e-9;

/// The slice that a moment belongs to, by the clock's seconds. There are always as many before it as a window has.
pub(crate) fn slice_of(seconds: u64) -> u64 {
    seconds / SLICE + SLICES
}

/// The sketches of one family, by the indices of its cells.
pub(crate) struct Sketches {
    turn: Mutex<()>,
    segments: Segments<Box<[OnceLock<Box<Sketch>>]>>,
}

/// One distribution.
struct Sketch {
    /// The slice whose beginning was noted last.
    noted: AtomicU64,
    /// The bin of 0.
    zero: Chunk,
    chunks: [OnceLock<Box<Chunk>>; CHUNKS],
}

/// Bins that stand side by side.
struct Chunk {
    side: Side,
    bins: [AtomicU64; BINS],
    /// How far the bins had come when a slice began; the ring of those in the window.
    notes: [[AtomicU64; BINS]; SLICES as usize],
}

/// On which side of 0 the bins of a chunk are, and which of them; in the order of their values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Side {
    Below(i32),
    Zero,
    Above(i32),
}

impl Sketches {
    pub(crate) fn new() -> Self {
        Self { turn: Mutex::new(()), segments: Segments::new() }
    }

    /// Makes a sketch at an index. Whoever calls this sees to it that nobody else does at the same time.
    pub(crate) fn make(&self, index: u32) {
        let (segment, offset) =
            self.segments.get_or_make(index, |places| (0..places).map(|_| OnceLock::new()).collect());
        segment[offset].get_or_init(|| Box::new(Sketch::new()));
    }

    /// Records a value so many times, in this slice.
    pub(crate) fn observe(&self, index: u32, slice: u64, value: f64, count: u64) {
        let Some(sketch) = self.get(index) else { return };
        // Acquire pairs with the Release of `begin`: what is added from here on is not among what was noted.
        if sketch.noted.load(Ordering::Acquire) < slice {
            sketch.begin(&self.hold(), slice);
        }
        let bin = match place(value) {
            (Side::Zero, bin) => &sketch.zero.bins[bin],
            (side, bin) => match sketch.find(side) {
                Ok(chunk) => &chunk.bins[bin],
                Err(_) => sketch.widen(&self.hold(), side, bin),
            },
        };
        bin.fetch_add(count, Ordering::Release);
    }

    /// How often anything was observed at all.
    pub(crate) fn counted(&self, index: u32) -> u64 {
        let chunks = self.get(index).into_iter().flat_map(Sketch::all);
        chunks.flat_map(|chunk| &chunk.bins).fold(0, |sum, bin| sum.wrapping_add(bin.load(Ordering::Acquire)))
    }

    /// The quantiles of the window that ends with this slice, NaN if nothing was observed in it, and how often anything
    /// was observed at all.
    pub(crate) fn read(&self, index: u32, slice: u64, counts: &mut Vec<u64>) -> ([f64; QUANTILES.len()], u64) {
        match self.get(index) {
            Some(sketch) => sketch.read(&self.hold(), slice, counts),
            None => ([f64::NAN; QUANTILES.len()], 0),
        }
    }

    /// Keeps everyone else from making notes and bins until the guard is dropped.
    pub(crate) fn hold(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().expect("nothing panics under this lock")
    }

    /// Forgets all that was observed; only for a forked child's single thread.
    pub(crate) fn reset(&self) {
        let all = self.segments.all().flat_map(|segment| segment.iter()).filter_map(OnceLock::get);
        all.flat_map(|sketch| sketch.all()).for_each(Chunk::reset);
    }

    #[inline]
    fn get(&self, index: u32) -> Option<&Sketch> {
        let (segment, offset) = self.segments.get(index)?;
        segment[offset].get().map(|sketch| &**sketch)
    }
}

impl Sketch {
    fn new() -> Self {
        Self {
            noted: AtomicU64::new(0),
            zero: Chunk::new(Side::Zero),
            chunks: std::array::from_fn(|_| OnceLock::new()),
        }
    }

    fn all(&self) -> impl Iterator<Item = &Chunk> {
        let chunks = self.chunks.iter().filter_map(OnceLock::get).map(|chunk| &**chunk);
        std::iter::once(&self.zero).chain(chunks)
    }

    /// Notes how far the bins have come at the beginning of a slice, which is also that of the idle ones before it.
    #[cold]
    fn begin(&self, _turn: &MutexGuard<'_, ()>, slice: u64) {
        let noted = self.noted.load(Ordering::Relaxed);
        for slice in (noted + 1).max((slice + 1).saturating_sub(SLICES))..=slice {
            self.all().for_each(|chunk| chunk.note(slice));
        }
        self.noted.store(noted.max(slice), Ordering::Release);
    }

    /// The chunk of a side, or the place that is free for it, if there is one.
    fn find(&self, side: Side) -> Result<&Chunk, Option<&OnceLock<Box<Chunk>>>> {
        let first = match side {
            Side::Below(number) | Side::Above(number) => number.rem_euclid(CHUNKS as i32) as usize,
            Side::Zero => 0,
        };
        let (before, from) = self.chunks.split_at(first);
        for slot in from.iter().chain(before) {
            match slot.get() {
                Some(chunk) if chunk.side == side => return Ok(chunk),
                Some(_) => {}
                None => return Err(Some(slot)),
            }
        }
        Err(None)
    }

    /// The bin of a chunk that is not there yet. If there is no room for one, it is the nearest bin of that side.
    #[cold]
    fn widen(&self, _turn: &MutexGuard<'_, ()>, side: Side, bin: usize) -> &AtomicU64 {
        match self.find(side) {
            Ok(chunk) => &chunk.bins[bin],
            // Its notes are 0, as is what it had counted when these slices began.
            Err(Some(slot)) => &slot.get_or_init(|| Box::new(Chunk::new(side))).bins[bin],
            Err(None) => {
                let near = self.all().filter_map(|chunk| Some((chunk.side.distance(side)?, chunk)));
                match near.min_by_key(|(distance, _)| distance.unsigned_abs()) {
                    Some((distance, chunk)) => &chunk.bins[if distance < 0 { 0 } else { BINS - 1 }],
                    None => &self.zero.bins[0],
                }
            }
        }
    }

    fn read(&self, _turn: &MutexGuard<'_, ()>, slice: u64, counts: &mut Vec<u64>) -> ([f64; QUANTILES.len()], u64) {
        let noted = self.noted.load(Ordering::Relaxed);
        // A thread whose clock is ahead may have begun the next slice.
        let first = slice.max(noted) + 1 - SLICES;
        let mut chunks: [Option<&Chunk>; CHUNKS + 1] = [None; CHUNKS + 1];
        self.all().zip(&mut chunks).for_each(|(chunk, place)| *place = Some(chunk));
        chunks.sort_unstable_by_key(|chunk| chunk.map(|chunk| chunk.side));
        let mut total = 0_u64;
        counts.clear();
        for chunk in chunks.iter().flatten() {
            for (bin, all) in chunk.bins.iter().enumerate() {
                let all = all.load(Ordering::Acquire);
                let before = if first > noted { all } else { chunk.noted(first, bin) };
                counts.push(all.wrapping_sub(before));
                total = total.wrapping_add(all);
            }
        }
        let value_at = |at: usize| {
            let chunk = chunks.iter().flatten().nth(at / BINS);
            chunk.map_or(f64::NAN, |chunk| chunk.side.value(at % BINS))
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

/// The chunk and the bin of a value.
fn place(value: f64) -> (Side, usize) {
    if value.abs() < SMALLEST {
        return (Side::Zero, 0);
    }
    let size = (value.abs().ln() / GROWTH).ceil() as i32;
    let number = if value < 0.0 { -size } else { size };
    let chunk = number.div_euclid(BINS as i32);
    let side = if value < 0.0 { Side::Below(chunk) } else { Side::Above(chunk) };
    (side, number.rem_euclid(BINS as i32) as usize)
}

impl Side {
    /// How far another chunk of the same side lies above this one.
    fn distance(self, other: Self) -> Option<i32> {
        match (self, other) {
            (Self::Below(this), Self::Below(other)) | (Self::Above(this), Self::Above(other)) => Some(other - this),
            _ => None,
        }
    }

    /// The value that a bin stands for: none of those in it is farther away than 1 %.
    fn value(self, bin: usize) -> f64 {
        let number = |chunk: i32| f64::from(chunk * BINS as i32 + bin as i32);
        // The middle of a bin that ends at eⁿᴳ, so that both of its ends are as far away.
        let size = |number: f64| ((number * GROWTH).exp() * 0.99).min(f64::MAX);
        match self {
            Self::Below(chunk) => -size(-number(chunk)),
            Self::Zero => 0.0,
            Self::Above(chunk) => size(number(chunk)),
        }
    }
}

impl Chunk {
    fn new(side: Side) -> Self {
        let row = || std::array::from_fn(|_| AtomicU64::new(0));
        Self { side, bins: row(), notes: std::array::from_fn(|_| row()) }
    }

    fn note(&self, slice: u64) {
        for (bin, note) in self.bins.iter().zip(&self.notes[(slice % SLICES) as usize]) {
            note.store(bin.load(Ordering::Relaxed), Ordering::Relaxed);
        }
    }

    fn noted(&self, slice: u64, bin: usize) -> u64 {
        self.notes[(slice % SLICES) as usize][bin].load(Ordering::Relaxed)
    }

    fn reset(&self) {
        self.bins.iter().chain(self.notes.iter().flatten()).for_each(|word| word.store(0, Ordering::Relaxed));
    }
}

#[cfg(all(test, not(tachometer_loom)))]
mod tests;
