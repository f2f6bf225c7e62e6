//! Native buckets: those of one series follow from its values, and are as wide as their number demands.
//!
//! A bucket is a bin that counts up for ever, with one atomic addition. Bins stand in chunks of eight, which are made
//! for the values that come. A series that would need more chunks than its level may have goes on in a *level* of coarser
//! resolution. What was counted stays where it is: coarser buckets are whole groups of finer ones, so that a reader adds
//! up all levels in the coarsest one, exactly, and halves the resolution further while there are more buckets than the
//! series may have. Chunks and levels are made under the lock of the family's turn, which a reader takes as well, for as
//! long as it copies the bins of one series.
//!
//! A cell's next life gets its chunks, at the first resolution again. As for the [words of cells](super::cells) bins
//! have bases, and a thread that adds finds out afterwards whether the life was over. A series that has counted in coarser
//! levels for long enough begins anew within its life, at the first resolution: that is another *era*, and a thread that
//! adds finds out whether it has begun as well.

mod bins;

mod chunk;

mod number;

pub(crate) use self::{bins::Bins, chunk::Bin};
use self::{
    chunk::{Chunk, FREE, Slot},
    number::Number,
};
use std::sync::atomic::AtomicUsize;

use crate::{
    families::Exponential,
    metric::bounds::buckets::{FINEST, Native},
    store::{
        scale::{COARSEST_SHIFT, Position, ZERO_THRESHOLD},
        segments::{Renew, Segments},
    },
    sync::{AtomicU32, AtomicU64, Mutex, MutexGuard, OnceLock, Ordering},
};

/// The bins of a chunk are 2 to the power of this.
#[cfg(not(tachometer_loom))]
const BITS: u32 = 3;
#[cfg(tachometer_loom)]
const BITS: u32 = 1;

/// Bins in one chunk.
const BINS: usize = 1 << BITS;

/// How many resolutions there are.
const LEVELS: usize = COARSEST_SHIFT as usize + 1;

/// Places that hold all chunks of the coarsest level: the numbers of its buckets go from -8 to 64, on either side.
#[cfg(not(tachometer_loom))]
const ALL_COARSEST: usize = (2 * (64 + 8 + 2 * BINS) / BINS).next_power_of_two();
#[cfg(tachometer_loom)]
const ALL_COARSEST: usize = 4;

/// The native buckets of one family, by the indices of its cells.
pub(crate) struct Natives {
    native: Native,
    turn: Mutex<()>,
    segments: Segments<Box<[OnceLock<Box<Grid>>]>>,
    /// Bytes of all of them. The standard library's own type: no total depends on it.
    held: AtomicUsize,
}

/// The buckets of one series.
struct Grid {
    /// By how many steps the present level is coarser than the finest resolution. Only rises within an era.
    shift: AtomicU32,
    /// That of the first level.
    first: u32,
    /// Twice how often the bins began anew, which is with each life of the cell, and whenever a series gets its resolution
    /// back; odd while they do.
    era: AtomicU32,
    /// When they did last, in the store's seconds.
    since: AtomicU64,
    levels: [OnceLock<Level>; LEVELS],
}

/// The chunks of one resolution, each at the first free place behind the one that its number leads to.
struct Level(Box<[Slot]>);

/// By how many steps what was copied is coarser than the finest resolution.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Resolution(u32);

/// What is counted from one beginning of a series' bins to the next.
#[derive(Clone, Copy)]
pub(crate) struct Era<'a> {
    present: &'a AtomicU32,
    of: u32,
}

impl Era<'_> {
    /// Whether the bins have begun anew. Sequentially consistent, as the additions before it.
    pub(crate) fn is_over(self) -> bool {
        self.present.load(Ordering::SeqCst) != self.of
    }
}

impl Natives {
    pub(crate) fn new(native: Native) -> Self {
        Self { native, turn: Mutex::new(()), segments: Segments::new(), held: AtomicUsize::new(0) }
    }

    pub(crate) fn native(&self) -> Native {
        self.native
    }

    /// Bytes of all buckets that there are.
    pub(crate) fn bytes(&self) -> usize {
        self.held.load(Ordering::Relaxed) + self.segments.places() * size_of::<OnceLock<Box<Grid>>>()
    }

    /// Bytes of one series with its first buckets.
    pub(crate) fn bytes_of_one(&self) -> usize {
        let level = places(self.native.max_buckets, self.first_shift()) * size_of::<Slot>();
        size_of::<Grid>() + level + size_of::<Chunk>()
    }

    /// Bytes that a life of the cell at an index takes to begin.
    pub(crate) fn growth(&self, index: u32) -> usize {
        let own = if self.get(index).is_some() { 0 } else { self.bytes_of_one() };
        own + self.segments.growth(index) * size_of::<OnceLock<Box<Grid>>>()
    }

    /// Whether the series at an index has got wider buckets, and may have its first ones again.
    pub(crate) fn is_due(&self, index: u32, now: u64) -> bool {
        let time = u64::from(self.native.min_reset);
        self.get(index).is_some_and(|grid| {
            grid.shift.load(Ordering::Relaxed) > self.first_shift()
                && time > 0
                && now.saturating_sub(grid.since.load(Ordering::Relaxed)) >= time
        })
    }

    /// What is being counted in the bins at an index. To be asked before a bin is.
    pub(crate) fn era(&self, index: u32) -> Option<Era<'_>> {
        let present = &self.get(index)?.era;
        loop {
            // It pairs with the end of `begin`: whoever sees the new era finds none of the old one's chunks.
            let of = present.load(Ordering::SeqCst);
            if of.is_multiple_of(2) {
                return Some(Era { present, of });
            }
            drop(self.hold());
        }
    }

    /// Begins a life of the cell at an index, or lets its series begin anew; what its bins have counted before. The caller
    /// sees to it that no other thread does at the same time.
    pub(crate) fn begin(&self, index: u32, now: u64) -> u64 {
        let (segment, offset) =
            self.segments.get_or_make(index, |places| (0..places).map(|_| OnceLock::new()).collect());
        let grid = segment[offset].get_or_init(|| {
            self.hold_more(size_of::<Grid>());
            Box::new(Grid::new(self.first_shift()))
        });
        let _turn = self.hold();
        // Before the bins are read: whoever adds after that sees the new era.
        grid.era.fetch_add(1, Ordering::SeqCst);
        grid.since.store(now, Ordering::Relaxed);
        grid.shift.store(self.first_shift(), Ordering::Relaxed);
        let grows = |bytes| self.hold_more(bytes);
        let left = grid.slots().fold(0, |left: u64, slot| left.wrapping_add(slot.begin(grows)));
        grid.era.fetch_add(1, Ordering::SeqCst);
        left
    }

    /// The bin of a value; none if the series has no room for it yet, and is over.
    #[inline]
    pub(crate) fn bin(&self, index: u32, position: Position, is_over: impl FnOnce() -> bool) -> Option<Bin<'_>> {
        let grid = self.get(index)?;
        let shift = grid.shift.load(Ordering::Relaxed);
        let (number, at) = Number::of(position, shift);
        if let Some(level) = grid.levels[shift as usize].get()
            && let Ok(chunk) = level.find(number)
        {
            return Some(Bin { chunk, at });
        }
        let _turn = self.hold();
        let grows = |bytes| self.hold_more(bytes);
        (!is_over()).then(|| grid.widen(self.native.max_buckets, position, grows))
    }

    /// Copies the bins of a series, and says in which resolution they are.
    pub(crate) fn copy(&self, index: u32, bins: &mut Bins) -> Resolution {
        bins.clear();
        Resolution(match self.get(index) {
            Some(grid) => grid.read(&self.hold(), bins),
            None => self.first_shift(),
        })
    }

    /// The buckets of what was copied, and with them the zeros and the sum.
    pub(crate) fn shown<'a>(
        &self,
        Resolution(mut shift): Resolution,
        zero_count: u64,
        sum: f64,
        bins: &'a mut Bins,
    ) -> Exponential<'a> {
        while bins.len() > self.native.max_buckets && shift < COARSEST_SHIFT {
            shift += 1;
            bins.halve();
        }
        let [positive, negative] = bins.by_index();
        let schema = FINEST - shift as i32;
        let zero_threshold = ZERO_THRESHOLD;
        Exponential { schema, zero_threshold, zero_count, positive, negative, sum, classic: None }
    }

    /// How much the bins of a cell have counted in its present or its last life.
    pub(crate) fn counted(&self, index: u32) -> u64 {
        let slots = self.get(index).into_iter().flat_map(Grid::slots);
        let bins = slots.filter_map(|slot| slot.chunk.get()).flat_map(|chunk| (0..BINS).map(|at| Bin { chunk, at }));
        bins.fold(0, |sum, bin| sum.wrapping_add(bin.counted()))
    }

    /// Keeps everyone else from making chunks until the guard is dropped.
    pub(crate) fn hold(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().expect("nothing panics under this lock")
    }

    /// Forgets all that was observed; only for a forked child's single thread.
    pub(crate) fn reset(&self) {
        self.segments.cover();
    }

    fn hold_more(&self, bytes: usize) {
        self.held.fetch_add(bytes, Ordering::Relaxed);
    }

    fn first_shift(&self) -> u32 {
        (FINEST - self.native.schema) as u32
    }

    #[inline]
    fn get(&self, index: u32) -> Option<&Grid> {
        let (segment, offset) = self.segments.get(index)?;
        segment[offset].get().map(|grid| &**grid)
    }
}

/// How many chunks a level may have: room for as many bins as there may be buckets, and half as many in chunks that are
/// not full.
fn places(max_buckets: usize, shift: u32) -> usize {
    let places = (max_buckets * 3).div_ceil(BINS * 2).next_power_of_two().max(2);
    if shift == COARSEST_SHIFT { places.max(ALL_COARSEST) } else { places }
}

impl Renew for Grid {
    fn renew(&self) {
        self.shift.store(self.first, Ordering::Relaxed);
        self.slots().for_each(Slot::reset);
    }
}

impl Grid {
    fn new(shift: u32) -> Self {
        let levels = std::array::from_fn(|_| OnceLock::new());
        Self { shift: AtomicU32::new(shift), first: shift, era: AtomicU32::new(0), since: AtomicU64::new(0), levels }
    }

    fn slots(&self) -> impl Iterator<Item = &Slot> {
        self.levels.iter().filter_map(OnceLock::get).flat_map(|level| &*level.0)
    }

    /// All chunks of this life, with the steps by which their level is coarser than the finest one.
    fn chunks(&self) -> impl Iterator<Item = (u32, Number, &Chunk)> {
        let levels = (0..).zip(&self.levels).filter_map(|(shift, level)| Some((shift, level.get()?)));
        levels.flat_map(|(shift, level)| {
            level.0.iter().filter_map(move |slot| {
                let number = Number::unpack(slot.key.load(Ordering::Acquire))?;
                Some((shift, number, &**slot.chunk.get()?))
            })
        })
    }

    /// The bin of a value whose chunk is not there yet, in a coarser level if the present one has no room for it. Its
    /// caller has the turn.
    #[cold]
    fn widen(&self, max_buckets: usize, position: Position, grows: impl Fn(usize)) -> Bin<'_> {
        loop {
            let shift = self.shift.load(Ordering::Relaxed);
            let (number, at) = Number::of(position, shift);
            let make = || {
                let places = places(max_buckets, shift);
                grows(places * size_of::<Slot>());
                Level((0..places).map(|_| Slot::new()).collect())
            };
            let found = self.levels[shift as usize].get_or_init(make).find(number);
            match found {
                Ok(chunk) => return Bin { chunk, at },
                Err(Some(slot)) => return Bin { chunk: slot.take(number, &grows), at },
                Err(None) => {
                    let shift = self.roomier(max_buckets, shift, position);
                    self.shift.store(shift, Ordering::Relaxed);
                }
            }
        }
    }

    /// The next level that has room for all values so far, should they come again, and for this one.
    fn roomier(&self, max_buckets: usize, shift: u32, position: Position) -> u32 {
        let has_room = |shift: &u32| {
            let seen = self.chunks().map(|(of, number, _)| number.coarser_by(*shift - of));
            let mut needed: Vec<Number> = seen.chain([Number::of(position, *shift).0]).collect();
            needed.sort_unstable();
            needed.dedup();
            needed.len() <= places(max_buckets, *shift)
        };
        (shift + 1..COARSEST_SHIFT).find(has_room).unwrap_or(COARSEST_SHIFT)
    }

    /// Adds up all levels in the present one; tells which that is.
    fn read(&self, _turn: &MutexGuard<'_, ()>, bins: &mut Bins) -> u32 {
        let shift = self.shift.load(Ordering::Relaxed);
        for (of, number, chunk) in self.chunks() {
            for at in 0..BINS {
                let bin = (number.at << BITS | at as i32) >> (shift - of);
                bins.push(number.is_negative, bin, Bin { chunk, at }.counted());
            }
        }
        bins.sort();
        shift
    }
}

impl Level {
    /// The chunk of a number, or the place that is free for it, if there is one.
    #[inline]
    fn find(&self, number: Number) -> Result<&Chunk, Option<&Slot>> {
        let (key, mask) = (number.pack(), self.0.len() - 1);
        for n in 0..self.0.len() {
            let slot = &self.0[(key as usize / 2 + n) & mask];
            // Acquire pairs with the Release of `take`: the chunk is there, with its bases.
            match slot.key.load(Ordering::Acquire) {
                FREE => return Err(Some(slot)),
                taken if taken == key => return slot.chunk.get().map(|chunk| &**chunk).ok_or(Some(slot)),
                _ => {}
            }
        }
        Err(None)
    }
}

#[cfg(all(test, not(tachometer_loom)))]
mod tests;
