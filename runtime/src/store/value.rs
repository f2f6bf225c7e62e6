//! Where the value of a series lives, and how it is laid out there.
//!
//! A counter is one word. A gauge is a floating-point number in a cell, with a word that says
//! whether it was touched, and a count modulo 2⁶⁴ in a slab,
//! where each thread holds a part of it. A histogram is one word a bucket, then the sum of what was recorded in
//! nanoseconds, then the sum of what was recorded as floating-point numbers, then, if it has native buckets beside those,
//! the number of what counts as 0.

use crate::store::{cells::CellRef, slab::Word};

/// Where the value of a series lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In each thread's slab.
    Word(Word),
    /// In a cell that all threads share.
    Cell(CellRef),
    /// In such a cell too, that of a gauge whose labels have been folded.
    Folded(CellRef),
}

/// Marks the index of a cell as that of a folded gauge; there are fewer cells than this.
const FOLDED: u32 = 1 << 31;

/// The upper half of a packed place that is a word.
const WORD: u64 = u32::MAX as u64;

impl Place {
    /// The cell, if the value lives in one.
    pub(crate) fn cell(self) -> Option<CellRef> {
        match self {
            Self::Word(_) => None,
            Self::Cell(cell) | Self::Folded(cell) => Some(cell),
        }
    }

    /// The place as one number, so that it fits an atomic; never 0 or 1.
    pub(crate) fn pack(self) -> u64 {
        match self {
            Self::Word(word) => WORD << 32 | u64::from(word.0),
            Self::Cell(cell) => u64::from(cell.generation) << 32 | u64::from(cell.index),
            Self::Folded(cell) => u64::from(cell.generation) << 32 | u64::from(cell.index | FOLDED),
        }
    }

    /// The place that [`pack`](Self::pack) has made a number of; `None` for 0 and 1.
    #[inline]
    pub(crate) fn unpack(packed: u64) -> Option<Self> {
        let (generation, index) = ((packed >> 32) as u32, packed as u32);
        match generation {
            0 => None,
            u32::MAX => Some(Self::Word(Word(index))),
            _ if index & FOLDED != 0 => Some(Self::Folded(CellRef { index: index & !FOLDED, generation })),
            _ => Some(Self::Cell(CellRef { index, generation })),
        }
    }
}

/// The words of a histogram with this many bounds, and which of them are the sums.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout {
    bounds: usize,
}

impl Layout {
    pub(crate) fn new(bounds: usize) -> Self {
        Self { bounds }
    }

    /// How many buckets there are, `+Inf` among them. Without bounds the one is that of what a native histogram counts as 0.
    pub(crate) fn buckets(self) -> usize {
        self.bounds + 1
    }

    /// The word that sums nanoseconds.
    #[inline]
    pub(crate) fn nanos(self) -> usize {
        self.bounds + 1
    }

    /// The word that sums floating-point numbers.
    #[inline]
    pub(crate) fn float(self) -> usize {
        self.bounds + 2
    }

    /// The word of what a native histogram counts as 0, and which its bins are retired with: behind all others where it has
    /// bounds as well.
    #[inline]
    pub(crate) fn zeros(self) -> usize {
        if self.bounds == 0 { 0 } else { self.bounds + 3 }
    }

    pub(crate) fn width(self, is_native: bool) -> usize {
        self.bounds + 3 + usize::from(is_native && self.bounds > 0)
    }
}

#[cfg(all(test, not(tachometer_loom)))]
mod tests {
    use super::*;

    #[test]
    fn packing_keeps_every_place() {
        for place in [
            Place::Word(Word(1)),
            Place::Word(Word(u32::MAX)),
            Place::Cell(CellRef { index: 0, generation: 1 }),
            Place::Cell(CellRef { index: FOLDED - 1, generation: u32::MAX - 2 }),
            Place::Folded(CellRef { index: 7, generation: 3 }),
        ] {
            assert!(place.pack() > 1);
            assert_eq!(Place::unpack(place.pack()), Some(place));
        }
        assert_eq!(Place::unpack(0), None);
        assert_eq!(Place::unpack(1), None);
    }
}
