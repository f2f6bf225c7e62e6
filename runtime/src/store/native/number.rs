//! Which chunk of bins a position is in. It does not know where chunks are kept.

use super::{BINS, BITS};
use crate::{metric::bounds::buckets::FINEST, store::scale::Position};

/// The number of the lowest chunk that there can be, turned positive.
const LOWEST: i32 = 128 << FINEST >> BITS;

/// Which chunk: on which side of 0, and which from there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Number {
    pub(super) is_negative: bool,
    pub(super) at: i32,
}

impl Number {
    /// The chunk of a position in a level, and the bin there.
    #[inline]
    pub(super) fn of(position: Position, shift: u32) -> (Self, usize) {
        let number = position.coarser_by(shift);
        (Self { is_negative: position.is_negative, at: number >> BITS }, number as usize & (BINS - 1))
    }

    pub(super) fn coarser_by(self, shift: u32) -> Self {
        Self { at: self.at >> shift, ..self }
    }

    /// As a key, which is never [`FREE`].
    #[inline]
    pub(super) fn pack(self) -> u32 {
        (((self.at + LOWEST) as u32) << 1 | u32::from(self.is_negative)) + 1
    }

    pub(super) fn unpack(key: u32) -> Option<Self> {
        let packed = key.checked_sub(1)?;
        Some(Self { is_negative: packed & 1 == 1, at: (packed >> 1) as i32 - LOWEST })
    }
}
