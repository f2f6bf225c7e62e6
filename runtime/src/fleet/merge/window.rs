//! Summaries of many children as one: bins of the last minute are added up, and quantiles are those of all of them. They are
//! never averaged.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use super::{Contributor, bins::quantiles, exact::Exact};
use crate::{families::Quantiles, fleet::wire::entry::Bin};

/// What a child told before it ended is forgotten in slices as long as this.
const SLICE: u64 = 10;
/// And after so many of them.
const SLICES: u64 = 6;

/// A summary.
#[derive(Debug, Clone, Default)]
pub(crate) struct Total {
    pub(crate) count: u64,
    pub(crate) sum: Exact,
    /// What each child has observed in the last minute.
    windows: BTreeMap<Contributor, Box<[Bin]>>,
    /// What those had observed that have ended, by the slice in which they did.
    ended: VecDeque<(u64, BTreeMap<i32, u64>)>,
}

impl Total {
    pub(crate) fn set_window(&mut self, of: Contributor, bins: impl Iterator<Item = Bin>) {
        self.windows.insert(of, bins.collect());
    }

    /// A child ends. What it has observed stays for as long as the window is.
    pub(crate) fn end(&mut self, of: Contributor, now: Duration) {
        let Some(bins) = self.windows.remove(&of) else { return };
        let slice = now.as_secs() / SLICE;
        while self.ended.front().is_some_and(|(ended, _)| ended + SLICES <= slice) {
            self.ended.pop_front();
        }
        if self.ended.back().is_none_or(|(last, _)| *last != slice) {
            self.ended.push_back((slice, BTreeMap::new()));
        }
        if let Some((_, into)) = self.ended.back_mut() {
            add(into, bins.iter().copied());
        }
    }

    /// All of it, with a value of the parent's own.
    pub(crate) fn shown(&self, own: Option<(&Quantiles, &[Bin])>, now: Duration) -> Quantiles {
        let mut all = BTreeMap::new();
        self.windows.values().for_each(|bins| add(&mut all, bins.iter().copied()));
        let slice = now.as_secs() / SLICE;
        let ended = self.ended.iter().filter(|(ended, _)| ended + SLICES > slice);
        ended.for_each(|(_, bins)| add(&mut all, bins.iter().map(|(bin, count)| (*bin, *count))));
        let (mut count, mut sum) = (self.count, self.sum);
        if let Some((own, bins)) = own {
            add(&mut all, bins.iter().copied());
            count = count.wrapping_add(own.count);
            sum.add(own.sum);
        }
        let bins: Vec<Bin> = all.into_iter().collect();
        Quantiles { values: quantiles(&bins), sum: sum.value(), count }
    }
}

fn add(to: &mut BTreeMap<i32, u64>, bins: impl Iterator<Item = Bin>) {
    for (bin, count) in bins {
        let sum = to.entry(bin).or_default();
        *sum = u64::saturating_add(*sum, count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_all_and_outlive_a_child_by_a_minute() {
        let mut total = Total::default();
        let bin = crate::fleet::merge::bins::bin;
        total.set_window((1, 1), [(bin(1.0), 99)].into_iter());
        total.set_window((2, 1), [(bin(100.0), 99)].into_iter());
        let quantile = |total: &Total, at: usize, seconds| total.shown(None, Duration::from_secs(seconds)).values[at].1;
        assert!((quantile(&total, 1, 0) - 100.0).abs() < 1.01 && (quantile(&total, 0, 0) - 1.0).abs() < 0.0101);
        total.end((2, 1), Duration::from_secs(5));
        total.end((2, 1), Duration::from_secs(6));
        assert!((quantile(&total, 1, 59) - 100.0).abs() < 1.01);
        assert!((quantile(&total, 1, 60) - 1.0).abs() < 0.0101);
        total.end((1, 1), Duration::from_secs(60));
        assert!(quantile(&total, 1, 200).is_nan());
    }
}
