//! Shared cells: the values of series that any thread may add to.
//!
//! Cells are handed out by index from segments that never move, so that a handle reaches its value without a lock. A
//! freed cell is handed out again under a new generation; a handle of the old one finds nothing. Knows neither what
//! the words of a cell mean nor which series owns it.

use crate::{
    store::segments::{CAPACITY, Segments},
    sync::{AtomicU32, AtomicU64, Ordering},
};

/// A cell, and which of its lives is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CellRef {
    pub(crate) index: u32,
    /// Never 0, and never `u32::MAX`, which [`value::Place`](super::value::Place) uses for words.
    pub(crate) generation: u32,
}

/// The cells of one family; all have the same number of words.
pub(crate) struct Cells {
    width: usize,
    segments: Segments<Segment>,
}

struct Segment {
    words: Box<[AtomicU64]>,
    generations: Box<[AtomicU32]>,
}

impl Segment {
    fn new(cells: usize, width: usize) -> Self {
        Self {
            words: (0..cells * width).map(|_| AtomicU64::new(0)).collect(),
            generations: (0..cells).map(|_| AtomicU32::new(1)).collect(),
        }
    }
}

/// Which cells are free. Whoever holds it exclusively may hand them out.
#[derive(Debug, Default)]
pub(crate) struct FreeList {
    /// How many indices have ever been handed out.
    used: u32,
    /// Indices that were handed back.
    free: Vec<u32>,
}

impl Cells {
    pub(crate) fn new(width: usize) -> Self {
        Self { width, segments: Segments::new() }
    }

    /// A cell whose words are all 0; `None` when all are in use.
    pub(crate) fn allocate(&self, list: &mut FreeList) -> Option<CellRef> {
        let index = match list.free.pop() {
            Some(index) => index,
            None if (list.used as usize) < CAPACITY => {
                list.used += 1;
                list.used - 1
            }
            None => return None,
        };
        let (segment, offset) = self.segments.get_or_make(index, |cells| Segment::new(cells, self.width));
        let generation = segment.generations[offset].load(Ordering::Relaxed);
        Some(CellRef { index, generation })
    }

    /// Takes a cell back: its words become 0, and whoever still holds the reference finds nothing.
    ///
    /// A thread that has passed [`get`](Self::get) may still be adding; the caller hands a cell back only when none
    /// can be.
    pub(crate) fn release(&self, cell: CellRef, list: &mut FreeList) {
        let Some((segment, offset)) = self.segments.get(cell.index) else { return };
        let next = match cell.generation.wrapping_add(1) {
            0 | u32::MAX => 1,
            next => next,
        };
        // Relaxed, as everywhere here: a reference goes from thread to thread by a lock or a channel, which orders
        // what was done to its cell before. Nobody but the holder of the list changes a generation.
        segment.generations[offset].store(next, Ordering::Relaxed);
        self.words_of(segment, offset).iter().for_each(|word| word.store(0, Ordering::Relaxed));
        list.free.push(cell.index);
    }

    /// The words of a cell, unless that life of it is over.
    #[inline(always)]
    pub(crate) fn get(&self, cell: CellRef) -> Option<&[AtomicU64]> {
        let (segment, offset) = self.segments.get(cell.index)?;
        if segment.generations[offset].load(Ordering::Relaxed) != cell.generation {
            return None;
        }
        Some(self.words_of(segment, offset))
    }

    /// Sets all words of all cells to 0; only for a forked child's single thread.
    pub(crate) fn reset(&self) {
        for segment in self.segments.all() {
            segment.words.iter().for_each(|word| word.store(0, Ordering::Relaxed));
        }
    }

    #[inline(always)]
    fn words_of<'a>(&self, segment: &'a Segment, offset: usize) -> &'a [AtomicU64] {
        &segment.words[offset * self.width..(offset + 1) * self.width]
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_freed_cell_comes_back_empty_under_a_new_generation() {
        let cells = Cells::new(2);
        let mut list = FreeList::default();
        let first = cells.allocate(&mut list).expect("there is room");
        cells.get(first).expect("it is alive")[1].store(7, Ordering::Relaxed);
        cells.release(first, &mut list);
        assert!(cells.get(first).is_none());
        let second = cells.allocate(&mut list).expect("there is room");
        assert_eq!(second.index, first.index);
        assert_eq!(cells.get(second).expect("it is alive")[1].load(Ordering::Relaxed), 0);
    }

    #[test]
    fn cells_do_not_overlap() {
        let cells = Cells::new(3);
        let mut list = FreeList::default();
        let all: Vec<_> = (0..100).map(|_| cells.allocate(&mut list).expect("there is room")).collect();
        for (n, cell) in all.iter().enumerate() {
            cells.get(*cell).expect("alive").iter().for_each(|word| word.store(n as u64, Ordering::Relaxed));
        }
        for (n, cell) in all.iter().enumerate() {
            assert!(cells.get(*cell).expect("alive").iter().all(|word| word.load(Ordering::Relaxed) == n as u64));
        }
    }
}
