//! How values are spread over time: for each slice of time bins of 5 %, of which there is a bounded number.

use std::{cmp::Ordering, collections::VecDeque};

/// Each bin ends so many times as far from 0 as the one before: a value in the middle is up to 5 % wrong.
const GROWTH: f64 = 1.05 / 0.95;

/// How many bins a slice has at most. Then the two that are nearest to 0 become one.
const BINS: usize = 128;

/// How many slices there are at most.
const SLICES: u64 = 60;

/// What is nearer to 0 counts as 0.
const ZERO: f64 = 1e-12;

/// The slices in which anything was added, the latest one at the back.
pub(super) struct Sketches(VecDeque<Sketch>);

struct Sketch {
    number: u64,
    /// Bins by sign and index, increasing, and how many values are in each.
    bins: Vec<(i16, u32)>,
}

impl Sketches {
    pub(super) const fn new() -> Self {
        Self(VecDeque::new())
    }

    /// Adds a value so many times to the slice of this number.
    pub(super) fn add(&mut self, number: u64, value: f64, times: u64) {
        let times = u32::try_from(times).unwrap_or(u32::MAX);
        match self.0.back_mut() {
            // A clock of one's own may go back.
            Some(last) if last.number >= number => last.add(value, times),
            _ => {
                let mut sketch = Sketch { number, bins: Vec::new() };
                sketch.add(value, times);
                self.0.push_back(sketch);
            }
        }
        while self.0.front().is_some_and(|first| number.saturating_sub(first.number) > SLICES) {
            self.0.pop_front();
        }
    }

    /// The value that this share of those in the slices from this one on does not exceed.
    pub(super) fn quantile(&self, first: u64, share: f64) -> Option<f64> {
        let inside = self.0.iter().rev().take_while(|sketch| sketch.number >= first);
        let mut bins: Vec<(i16, u64)> =
            inside.flat_map(|sketch| &sketch.bins).map(|&(bin, count)| (bin, u64::from(count))).collect();
        bins.sort_unstable();
        let count: u64 = bins.iter().map(|(_, count)| count).sum();
        let rank = (share.clamp(0.0, 1.0) * count.checked_sub(1)? as f64).round() as u64;
        let mut before = 0;
        let at = bins.iter().find(|(_, count)| {
            before += count;
            before > rank
        });
        at.map(|(bin, _)| middle(*bin))
    }
}

impl Sketch {
    fn add(&mut self, value: f64, times: u32) {
        let bin = bin(value);
        match self.bins.binary_search_by_key(&bin, |(bin, _)| *bin) {
            Ok(at) => self.bins[at].1 = self.bins[at].1.saturating_add(times),
            Err(at) => {
                self.bins.insert(at, (bin, times));
                if self.bins.len() > BINS {
                    self.narrow();
                }
            }
        }
    }

    /// Puts the bin that is nearest to 0 into its neighbour on the same side, or into whatever stands beside it.
    fn narrow(&mut self) {
        let nearest = (0..self.bins.len()).min_by_key(|&at| self.bins[at].0.unsigned_abs());
        let Some(at) = nearest else { return };
        let (bin, count) = self.bins.remove(at);
        // Those above it have moved to its place.
        let neighbour = if bin >= 0 && at < self.bins.len() { at } else { at.saturating_sub(1) };
        self.bins[neighbour].1 = self.bins[neighbour].1.saturating_add(count);
    }
}

/// 0 for 0; of others the sign is the value's, and the size grows with the distance from 0.
fn bin(value: f64) -> i16 {
    let size = value.abs();
    if size < ZERO {
        return 0;
    }
    // From 1e-12 to the largest of all numbers these are some 7,400.
    let index = ((size.ln() - ZERO.ln()) / GROWTH.ln()).floor() as i16 + 1;
    match value.partial_cmp(&0.0) {
        Some(Ordering::Less) => -index,
        _ => index,
    }
}

/// The value that is as far from one end of a bin as from the other, in proportion.
fn middle(bin: i16) -> f64 {
    if bin == 0 {
        return 0.0;
    }
    let low = (f64::from(bin.unsigned_abs()) - 1.0) * GROWTH.ln() + ZERO.ln();
    let size = (low.exp() * 2.0 * GROWTH / (1.0 + GROWTH)).min(f64::MAX);
    if bin < 0 { -size } else { size }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_near_the_middle_of_its_bin() {
        for value in [1e-9, 0.25, 1.0, -3.5, 1e12, 1e300, f64::MAX, -1e-11] {
            let found = middle(bin(value));
            assert!((found / value - 1.0).abs() < 0.0501, "{found} for {value}");
        }
        assert_eq!([0.0, -0.0, 1e-13].map(|value| middle(bin(value))), [0.0; 3]);
    }

    #[test]
    fn bins_are_bounded_and_lose_no_value() {
        let mut sketches = Sketches::new();
        let values: Vec<f64> =
            (0..2_000).map(|n| 1.02_f64.powi(n % 1_000 - 500) * if n % 2 == 0 { 1.0 } else { -1.0 }).collect();
        for (n, value) in values.iter().enumerate() {
            sketches.add(n as u64 / 10, *value, 1);
        }
        assert!(sketches.0.len() <= SLICES as usize + 1);
        assert!(sketches.0.iter().all(|sketch| sketch.bins.len() <= BINS));
        let mut one = Sketch { number: 0, bins: Vec::new() };
        values.iter().for_each(|value| one.add(*value, 1));
        assert_eq!((one.bins.len(), one.bins.iter().map(|(_, count)| count).sum::<u32>()), (BINS, 2_000));
        assert!(one.bins.is_sorted());
    }
}
