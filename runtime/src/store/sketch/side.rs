//! Which bin a value is in, by its size. Knows neither counts nor where they are kept.

use super::BINS;
use crate::families::window::ONE;

/// The natural logarithm of 1.01 / 0.99, which is how much wider each bin is than the one below.
pub(super) const GROWTH: f64 = 0.020_000_666_706_669_525;

/// What is nearer to 0 than this is counted as 0: a nanosecond is the shortest time that is told apart.
pub(super) const SMALLEST: f64 = 1e-9;

/// On which side of 0 the bins of a chunk are, and which of them; in the order of their values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Side {
    Below(i32),
    Zero,
    Above(i32),
}

/// The chunk and the bin of a value.
pub(super) fn place(value: f64) -> (Side, usize) {
    if value.abs() < SMALLEST {
        return (Side::Zero, 0);
    }
    let size = (value.abs().ln() / GROWTH).ceil() as i32;
    let number = if value < 0.0 { -size } else { size };
    let chunk = number.div_euclid(BINS as i32);
    let side = if value < 0.0 { Side::Below(chunk) } else { Side::Above(chunk) };
    (side, number.rem_euclid(BINS as i32) as usize)
}

/// More than any chunk is away from that of 1.
const FARTHEST: i32 = 1 << 24;

impl Side {
    /// As a number, which is never [`FREE`].
    #[inline]
    pub(super) fn pack(self) -> u32 {
        match self {
            Self::Below(number) => ((number + FARTHEST) as u32) << 2 | 1,
            Self::Zero => 2,
            Self::Above(number) => ((number + FARTHEST) as u32) << 2 | 3,
        }
    }

    pub(super) fn unpack(packed: u32) -> Option<Self> {
        let number = (packed >> 2) as i32 - FARTHEST;
        match packed & 3 {
            1 => Some(Self::Below(number)),
            2 => Some(Self::Zero),
            3 => Some(Self::Above(number)),
            _ => None,
        }
    }

    /// How far another chunk of the same side lies above this one.
    pub(super) fn distance(self, other: Self) -> Option<i32> {
        match (self, other) {
            (Self::Below(this), Self::Below(other)) | (Self::Above(this), Self::Above(other)) => Some(other - this),
            _ => None,
        }
    }

    /// The number of a bin among all.
    pub(super) fn number(self, bin: usize) -> i32 {
        let number = |chunk: i32| chunk * BINS as i32 + bin as i32;
        match self {
            Self::Below(chunk) => number(chunk) - ONE,
            Self::Zero => 0,
            Self::Above(chunk) => number(chunk) + ONE,
        }
    }

    /// The value that a bin stands for: none of those in it is farther away than 1 %.
    pub(super) fn value(self, bin: usize) -> f64 {
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
