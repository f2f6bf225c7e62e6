//! Native histograms of many children as one: in the coarsest resolution that any of them ever had, which never rises, since
//! Prometheus reads a rise as a reset.

use std::collections::BTreeMap;

use super::exact::Exact;
use crate::{families::Exponential, fleet::wire::entry};

/// The finest and the coarsest resolution, as Prometheus numbers them.
const FINEST: i32 = 8;
const COARSEST: i32 = -4;

/// More buckets than these on both sides together halve the resolution.
const MOST: usize = 320;

pub(crate) type Bins = BTreeMap<i32, u64>;

/// What one child has told last, in the resolution of that moment; or all children together.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Native {
    pub(crate) schema: i32,
    pub(crate) zero_threshold: f64,
    pub(crate) zero_count: u64,
    positive: Bins,
    negative: Bins,
    pub(crate) sum: f64,
}

impl Native {
    /// What a child tells; none if there is no such resolution.
    pub(crate) fn of(sent: &entry::Native<'_>) -> Option<Self> {
        let is_known = (COARSEST..=FINEST).contains(&sent.schema) && sent.zero_threshold > 0.0;
        is_known.then(|| Self {
            schema: sent.schema,
            zero_threshold: sent.zero_threshold,
            zero_count: sent.zero_count,
            positive: sent.positive.iter().collect(),
            negative: sent.negative.iter().collect(),
            sum: sent.sum,
        })
    }

    pub(crate) fn of_shown(shown: &Exponential<'_>) -> Self {
        Self {
            schema: shown.schema,
            zero_threshold: shown.zero_threshold,
            zero_count: shown.zero_count,
            positive: shown.positive.iter().copied().collect(),
            negative: shown.negative.iter().copied().collect(),
            sum: shown.sum,
        }
    }

    /// The buckets above and below 0, to be kept in a file.
    pub(crate) fn sides(&self) -> [&Bins; 2] {
        [&self.positive, &self.negative]
    }

    /// One of a file; none if there is no such resolution.
    pub(crate) fn of_parts(
        schema: i32,
        zero_threshold: f64,
        zero_count: u64,
        [positive, negative]: [Bins; 2],
        sum: f64,
    ) -> Option<Self> {
        let is_known = (COARSEST..=FINEST).contains(&schema) && zero_threshold > 0.0;
        is_known.then_some(Self { schema, zero_threshold, zero_count, positive, negative, sum })
    }

    fn coarsen(&mut self, schema: i32) {
        while self.schema > schema {
            self.schema -= 1;
            self.positive = halved(&self.positive);
            self.negative = halved(&self.negative);
        }
    }

    /// Whether nothing in it is less than it was in an earlier one, in a resolution that both have.
    fn is_since(&self, earlier: &Self) -> bool {
        let is_less = |now: &Bins, before: &Bins| {
            before.iter().any(|(bin, before)| now.get(bin).copied().unwrap_or_default() < *before)
        };
        self.zero_count >= earlier.zero_count
            && !is_less(&self.positive, &earlier.positive)
            && !is_less(&self.negative, &earlier.negative)
    }
}

/// Two buckets become one: those of index 2n - 1 and 2n end where the one of index n does.
fn halved(bins: &Bins) -> Bins {
    let mut wider = Bins::new();
    for (bin, count) in bins {
        let wide = wider.entry((bin >> 1) + (bin & 1)).or_default();
        *wide = u64::wrapping_add(*wide, *count);
    }
    wider
}

/// All children together.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Total {
    pub(crate) bins: Native,
    pub(crate) sum: Exact,
}

impl Total {
    /// Takes over what a child tells in the place of what it told before. Whether it had gone back, so that all of it was
    /// added.
    ///
    /// # Errors
    /// If it counts other values as 0.
    pub(crate) fn advance(&mut self, before: Option<&Native>, now: &Native) -> Result<bool, Mismatch> {
        if self.bins.zero_threshold != now.zero_threshold {
            return Err(Mismatch);
        }
        let schema = self.bins.schema.min(now.schema).min(before.map_or(FINEST, |before| before.schema));
        let mut to = now.clone();
        to.coarsen(schema);
        let from = before.map(|before| {
            let mut from = before.clone();
            from.coarsen(schema);
            from
        });
        self.bins.coarsen(schema);
        let (from, fell) = match from {
            Some(from) if to.is_since(&from) => (Some(from), false),
            Some(_) => (None, true),
            None => (None, false),
        };
        self.bins.zero_count = self.bins.zero_count.wrapping_add(to.zero_count);
        add(&mut self.bins.positive, &to.positive, u64::wrapping_add);
        add(&mut self.bins.negative, &to.negative, u64::wrapping_add);
        self.sum.add(to.sum);
        if let Some(from) = from {
            self.bins.zero_count = self.bins.zero_count.wrapping_sub(from.zero_count);
            add(&mut self.bins.positive, &from.positive, u64::wrapping_sub);
            add(&mut self.bins.negative, &from.negative, u64::wrapping_sub);
            self.sum.add(-from.sum);
        }
        while self.bins.positive.len() + self.bins.negative.len() > MOST && self.bins.schema > COARSEST {
            self.bins.coarsen(self.bins.schema - 1);
        }
        Ok(fell)
    }

    /// With nothing in it, in the resolution of the first child.
    pub(crate) fn like(first: &Native) -> Self {
        let bins = Native { zero_count: 0, positive: Bins::new(), negative: Bins::new(), sum: 0.0, ..first.clone() };
        Self { bins, sum: Exact::default() }
    }

    /// Fills lists with the buckets, and shows them with a value of the parent's own, if there is one.
    pub(crate) fn shown<'a>(&self, own: Option<&Exponential<'_>>, lists: &'a mut Lists) -> Exponential<'a> {
        let mut all = self.clone();
        if let Some(own) = own {
            // Of other zeros is nothing but a parent that another version wrote.
            let _ = all.advance(None, &Native::of_shown(own));
        }
        let filled = |bins: &Bins, list: &mut Vec<(i32, u64)>| {
            list.clear();
            list.extend(bins.iter().filter(|(_, count)| **count > 0).map(|(bin, count)| (*bin, *count)));
        };
        filled(&all.bins.positive, &mut lists.0);
        filled(&all.bins.negative, &mut lists.1);
        Exponential {
            schema: all.bins.schema,
            zero_threshold: all.bins.zero_threshold,
            zero_count: all.bins.zero_count,
            positive: &lists.0,
            negative: &lists.1,
            sum: all.sum.value(),
            classic: None,
        }
    }
}

fn add(to: &mut Bins, bins: &Bins, with: fn(u64, u64) -> u64) {
    for (bin, count) in bins {
        let sum = to.entry(*bin).or_default();
        *sum = with(*sum, *count);
    }
}

/// Positive and negative buckets to be shown.
pub(crate) type Lists = (Vec<(i32, u64)>, Vec<(i32, u64)>);

/// Another child counts other values as 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mismatch;

#[cfg(test)]
mod tests {
    use super::*;

    fn native(schema: i32, positive: &[(i32, u64)]) -> Native {
        Native {
            schema,
            zero_threshold: 1e-9,
            zero_count: 1,
            positive: positive.iter().copied().collect(),
            negative: Bins::new(),
            sum: 1.0,
        }
    }

    #[test]
    fn the_resolution_is_the_coarsest_and_never_rises() {
        let (fine, coarse) = (native(3, &[(1, 1), (2, 2), (3, 4), (-1, 8)]), native(2, &[(1, 16)]));
        let mut total = Total::like(&fine);
        assert_eq!(total.advance(None, &fine), Ok(false));
        assert_eq!(total.advance(None, &coarse), Ok(false));
        let expected = native(2, &[(0, 8), (1, 3 + 16), (2, 4)]);
        assert_eq!((total.bins.schema, &total.bins.positive), (2, &expected.positive));
        // The coarse one ends, and the fine one goes on.
        let next = native(3, &[(1, 1), (2, 3), (3, 4), (-1, 8)]);
        assert_eq!(total.advance(Some(&fine), &next), Ok(false));
        assert_eq!((total.bins.schema, total.bins.positive[&1], total.bins.zero_count), (2, 20, 2));
        assert_eq!(total.sum.value(), 2.0);
    }

    #[test]
    fn what_goes_back_is_added_whole_and_told() {
        let (first, less) = (native(3, &[(1, 5)]), native(3, &[(1, 2)]));
        let mut total = Total::like(&first);
        assert_eq!(total.advance(None, &first), Ok(false));
        assert_eq!(total.advance(Some(&first), &less), Ok(true));
        assert_eq!(total.bins.positive[&1], 7);
        assert_eq!(total.advance(None, &Native { zero_threshold: 0.5, ..less }), Err(Mismatch));
    }

    #[test]
    fn too_many_buckets_halve_the_resolution() {
        let bins: Vec<_> = (0..1000).map(|bin| (bin, 1)).collect();
        let wide = native(8, &bins);
        let mut total = Total::like(&wide);
        total.advance(None, &wide).expect("zeros are the same");
        assert!(total.bins.positive.len() <= MOST && total.bins.schema == 6);
        assert_eq!(total.bins.positive.values().sum::<u64>(), 1000);
    }
}
