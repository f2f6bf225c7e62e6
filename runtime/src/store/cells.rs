//! Shared cells: the values of series that any thread may add to.
//!
//! Cells are handed out by index from segments that never move, so that a handle reaches its value without a lock. A
//! cell has one life after the other, each under a generation of its own: odd while it lives, even while it is dead.
//! Knows neither what the words of a cell mean nor which series owns it.
//!
//! Words are never set back, because nobody could tell whether a thread is just about to add: where a life begins, the
//! *base* of each word is noted, and what the life has counted is the difference. Whoever adds looks at the generation
//! before and after. If the cell is dead afterwards, the addition is in what the life has left behind, which is read
//! when the next one begins. If the next one has begun, the [family](super::family) finds out on which side of its
//! beginning the addition fell, and corrects the base.

use std::collections::VecDeque;

use crate::{
    store::{
        segments::{self, CAPACITY, Renew, Segments},
        steady,
    },
    sync::{AtomicU32, AtomicU64, Ordering},
};

/// A cell, and which of its lives is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CellRef {
    pub(crate) index: u32,
    /// Odd, and below [`ASKED`].
    pub(crate) generation: u32,
}

/// The bit beside a generation by which a reader asks those who record to [give way](steady).
const ASKED: u32 = 1 << 31;

/// The cells of one family; all have the same number of words.
pub(crate) struct Cells {
    width: usize,
    segments: Segments<Segment>,
    /// Where the words stood when the present life began. Only where there has been an earlier one.
    bases: Segments<Box<[AtomicU64]>>,
}

/// A cell in one of its lives.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Life<'a> {
    pub(crate) words: &'a [AtomicU64],
    present: &'a AtomicU32,
    generation: u32,
}

impl Life<'_> {
    /// Whether this life of the cell is over.
    ///
    /// Sequentially consistent, as are the additions before it and the stores of new generations: an addition that came
    /// after a life's beginning then sees it.
    #[inline(always)]
    pub(crate) fn is_over(&self) -> bool {
        let present = self.present.load(Ordering::SeqCst);
        present != self.generation && present & !ASKED != self.generation
    }

    /// Adds to a word. If the life was over then, it may not have counted that; where the word stood is returned.
    #[inline(always)]
    pub(crate) fn add(&self, at: usize, amount: u64) -> Option<u64> {
        let end = self.words.get(at)?.fetch_add(amount, Ordering::SeqCst).wrapping_add(amount);
        self.is_over().then_some(end)
    }
}

struct Segment {
    words: Box<[AtomicU64]>,
    generations: Box<[AtomicU32]>,
}

impl Segment {
    fn new(cells: usize, width: usize) -> Self {
        Self {
            words: (0..cells * width).map(|_| AtomicU64::new(0)).collect(),
            generations: (0..cells).map(|_| AtomicU32::new(0)).collect(),
        }
    }
}

/// Generations are no counts.
impl Renew for Segment {
    fn renew(&self) {
        segments::clear(&*self.words);
    }
}

/// When so many cells are dead, the first of them has long been.
const MANY_DEAD: usize = 256;

/// Which cells are free. Whoever holds it exclusively may hand them out.
#[derive(Debug, Default)]
pub(crate) struct FreeList {
    /// How many indices have ever been handed out.
    used: u32,
    /// Dead cells, those first that died first, each with the round in which it did.
    dead: VecDeque<(u32, u32)>,
    /// Cells that died in this round are not handed out, so that whoever was just adding has long done so.
    round: u32,
}

impl FreeList {
    /// Lets cells that died before now be handed out.
    pub(crate) fn next_round(&mut self) {
        self.round = self.round.wrapping_add(1);
    }

    /// All dead cells.
    pub(crate) fn dead(&self) -> impl Iterator<Item = u32> {
        self.dead.iter().map(|(index, _)| *index)
    }

    pub(crate) fn bytes(&self) -> usize {
        self.dead.capacity() * size_of::<(u32, u32)>()
    }

    /// The dead cell that is handed out next.
    fn first(&self) -> Option<u32> {
        let (index, round) = self.dead.front()?;
        (*round != self.round || self.dead.len() > MANY_DEAD).then_some(*index)
    }

    fn pop(&mut self) -> Option<u32> {
        self.first()?;
        self.dead.pop_front().map(|(index, _)| index)
    }
}

impl Cells {
    pub(crate) fn new(width: usize) -> Self {
        Self { width, segments: Segments::new(), bases: Segments::new() }
    }

    /// A cell that has counted nothing; `None` when all are in use. What its last life has counted is handed to `left`,
    /// word by word, by the way in which the caller reads them: it gets the word, and the base for the next life.
    pub(crate) fn allocate(
        &self,
        list: &mut FreeList,
        left: impl FnOnce(&[AtomicU64], &[AtomicU64]),
    ) -> Option<CellRef> {
        if let Some(index) = list.pop() {
            let (segment, offset) = self.segments.get(index)?;
            let bases = self.bases_of(index);
            let generation = (segment.generations[offset].load(Ordering::Relaxed) & !ASKED) + 1;
            // Before the words are read: whoever adds after that sees the new generation, and comes to ask.
            segment.generations[offset].store(generation, Ordering::SeqCst);
            left(self.words_of(segment, offset), bases);
            return Some(CellRef { index, generation });
        }
        if list.used as usize >= CAPACITY {
            return None;
        }
        let index = list.used;
        list.used += 1;
        let (segment, offset) = self.segments.get_or_make(index, |cells| Segment::new(cells, self.width));
        segment.generations[offset].store(1, Ordering::SeqCst);
        Some(CellRef { index, generation: 1 })
    }

    /// Has a cell count from here on, within its life. What it has counted is handed to `left` as by
    /// [`allocate`](Self::allocate).
    pub(crate) fn renew(&self, cell: CellRef, left: impl FnOnce(&[AtomicU64], &[AtomicU64])) {
        if let Some((segment, offset)) = self.segments.get(cell.index) {
            left(self.words_of(segment, offset), self.bases_of(cell.index));
        }
    }

    /// Ends the life of a cell: whoever still holds the reference finds nothing from now on.
    pub(crate) fn kill(&self, cell: CellRef, list: &mut FreeList) {
        let Some((segment, offset)) = self.segments.get(cell.index) else { return };
        segment.generations[offset].store(cell.generation + 1, Ordering::SeqCst);
        // After the last generation there is none: the cell stays dead.
        if cell.generation < ASKED - 2 {
            list.dead.push_back((cell.index, list.round));
        }
    }

    /// The words of a cell, unless that life of it is over.
    #[inline(always)]
    pub(crate) fn get(&self, cell: CellRef) -> Option<&[AtomicU64]> {
        let (segment, offset) = self.segments.get(cell.index)?;
        let present = segment.generations[offset].load(Ordering::Relaxed);
        (present & !ASKED == cell.generation).then(|| self.words_of(segment, offset))
    }

    /// The same, for those who look again when they have added. They give way to a reader that asks for it.
    #[inline(always)]
    pub(crate) fn life(&self, cell: CellRef) -> Option<Life<'_>> {
        let (segment, offset) = self.segments.get(cell.index)?;
        let present = &segment.generations[offset];
        if present.load(Ordering::Relaxed) != cell.generation && !gives_way(present, cell.generation) {
            return None;
        }
        Some(Life { words: self.words_of(segment, offset), present, generation: cell.generation })
    }

    /// Has those who record into a cell give way for as long as a copy takes, or go on.
    pub(crate) fn ask(&self, cell: CellRef, asked: bool) {
        let Some((segment, offset)) = self.segments.get(cell.index) else { return };
        let [from, to] = if asked { [0, ASKED] } else { [ASKED, 0] }.map(|bit| cell.generation | bit);
        // Another reader may have been there first, or the life be over.
        let _ = segment.generations[offset].compare_exchange(from, to, Ordering::SeqCst, Ordering::Relaxed);
    }

    /// Which life of the cell it is at the moment.
    pub(crate) fn generation(&self, index: u32) -> u32 {
        let present = |(segment, offset): (&Segment, usize)| segment.generations[offset].load(Ordering::SeqCst);
        self.segments.get(index).map_or(0, present) & !ASKED
    }

    /// The words of a cell, whatever life they are of.
    pub(crate) fn words(&self, index: u32) -> &[AtomicU64] {
        self.segments.get(index).map_or(&[], |(segment, offset)| self.words_of(segment, offset))
    }

    /// Where the words of a cell stood when its life began; nothing where it is the first.
    #[inline]
    pub(crate) fn bases(&self, index: u32) -> &[AtomicU64] {
        self.bases.get(index).map_or(&[], |(bases, offset)| &bases[offset * self.width..(offset + 1) * self.width])
    }

    /// The cell that is allocated next.
    pub(crate) fn next(&self, list: &FreeList) -> u32 {
        list.first().unwrap_or(list.used.min(CAPACITY as u32 - 1))
    }

    /// Bytes of all cells.
    pub(crate) fn bytes(&self) -> usize {
        self.segments.places() * self.bytes_of_one() + self.bases.places() * self.width * size_of::<AtomicU64>()
    }

    /// How many of them the next cell adds.
    pub(crate) fn growth(&self, list: &FreeList) -> usize {
        match list.first() {
            Some(dead) => self.bases.growth(dead) * self.width * size_of::<AtomicU64>(),
            None => self.segments.growth(self.next(list)) * self.bytes_of_one(),
        }
    }

    fn bytes_of_one(&self) -> usize {
        self.width * size_of::<AtomicU64>() + size_of::<AtomicU32>()
    }

    /// Lets all words of all cells be 0; only for a forked child's single thread.
    pub(crate) fn reset(&self) {
        self.segments.cover();
        self.bases.cover();
    }

    /// How many segments there are, and how many of them have not been looked at since.
    #[cfg(all(test, not(tachometer_loom)))]
    pub(crate) fn covered(&self) -> (usize, usize) {
        self.segments.covered()
    }

    fn bases_of(&self, index: u32) -> &[AtomicU64] {
        let zeros = |cells: usize| (0..cells * self.width).map(|_| AtomicU64::new(0)).collect();
        let (bases, offset) = self.bases.get_or_make(index, zeros);
        &bases[offset * self.width..(offset + 1) * self.width]
    }

    #[inline(always)]
    fn words_of<'a>(&self, segment: &'a Segment, offset: usize) -> &'a [AtomicU64] {
        &segment.words[offset * self.width..(offset + 1) * self.width]
    }
}

/// Gives way to a reader that asks for it; says whether the life goes on.
#[cold]
fn gives_way(present: &AtomicU32, generation: u32) -> bool {
    let is_asked = || present.load(Ordering::Relaxed) == generation | ASKED;
    if !steady::give_way(is_asked) {
        // It has had its time, and asks again if it needs more.
        let _ = present.compare_exchange(generation | ASKED, generation, Ordering::SeqCst, Ordering::Relaxed);
    }
    present.load(Ordering::Relaxed) & !ASKED == generation
}

#[cfg(all(test, not(tachometer_loom)))]
mod tests {
    use super::*;

    fn fresh(cells: &Cells, list: &mut FreeList) -> CellRef {
        cells
            .allocate(list, |words, bases| {
                for (word, base) in words.iter().zip(bases) {
                    base.store(word.load(Ordering::Relaxed), Ordering::Relaxed);
                }
            })
            .expect("there is room")
    }

    #[test]
    fn a_dead_cell_comes_back_in_the_next_round_under_a_new_generation() {
        let cells = Cells::new(2);
        let mut list = FreeList::default();
        let first = fresh(&cells, &mut list);
        cells.get(first).expect("it is alive")[1].store(7, Ordering::Relaxed);
        cells.kill(first, &mut list);
        assert!(cells.get(first).is_none());
        assert_ne!(fresh(&cells, &mut list).index, first.index, "it died in this round");
        list.next_round();
        let second = fresh(&cells, &mut list);
        assert_eq!(second.index, first.index);
        let counted =
            cells.words(second.index)[1].load(Ordering::Relaxed) - cells.bases(second.index)[1].load(Ordering::Relaxed);
        assert_eq!(counted, 0);
    }

    #[test]
    fn cells_do_not_overlap() {
        let cells = Cells::new(3);
        let mut list = FreeList::default();
        let all: Vec<_> = (0..100).map(|_| fresh(&cells, &mut list)).collect();
        for (n, cell) in all.iter().enumerate() {
            cells.get(*cell).expect("alive").iter().for_each(|word| word.store(n as u64, Ordering::Relaxed));
        }
        for (n, cell) in all.iter().enumerate() {
            assert!(cells.get(*cell).expect("alive").iter().all(|word| word.load(Ordering::Relaxed) == n as u64));
        }
    }
}
