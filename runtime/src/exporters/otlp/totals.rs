//! What a receiver has got of each series, for those that want differences. It knows nothing of messages.

use std::{collections::HashMap, sync::Arc};

use crate::families::Value;

/// What was acknowledged, by family and labels.
#[derive(Debug, Default)]
pub(crate) struct Totals {
    known: HashMap<Arc<str>, HashMap<Box<str>, Known>>,
    round: u64,
}

/// One series as the receiver has it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Known {
    pub(super) value: Total,
    /// Nanoseconds since 1970.
    pub(super) at: u64,
    round: u64,
}

/// A series' totals; none of those that are no totals.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Total {
    Count(u64),
    Float(f64),
    Buckets { counts: Box<[u64]>, sum: f64 },
    Native { schema: i32, zeros: u64, positive: Box<[(i32, u64)]>, negative: Box<[(i32, u64)]>, sum: f64 },
}

impl Total {
    pub(super) fn of(value: &Value<'_>) -> Option<Self> {
        Some(match value {
            Value::Counter(count) => Self::Count(*count),
            Value::FloatCounter(count) => Self::Float(*count),
            Value::Histogram(value) => Self::Buckets { counts: value.counts.into(), sum: value.sum },
            Value::NativeHistogram(value) => Self::Native {
                schema: value.schema,
                zeros: value.zero_count,
                positive: value.positive.into(),
                negative: value.negative.into(),
                sum: value.sum,
            },
            Value::Gauge(_) | Value::Summary(_) => return None,
        })
    }
}

impl Totals {
    /// What the receiver has of a series, which is there now.
    pub(super) fn known(&mut self, family: &str, labels: &str) -> Option<&Known> {
        let known = self.known.get_mut(family)?.get_mut(labels)?;
        known.round = self.round;
        Some(known)
    }

    /// Notes what it has by now.
    pub(crate) fn acknowledge(&mut self, acks: impl IntoIterator<Item = Ack>) {
        for Ack { family, labels, value, at } in acks {
            let known = Known { value, at, round: self.round };
            self.known.entry(family).or_default().insert(labels, known);
        }
    }

    /// Begins another snapshot. Series that were in none of the last ones are forgotten.
    pub(super) fn begin(&mut self) {
        self.round += 1;
        let round = self.round;
        for series in self.known.values_mut() {
            series.retain(|_, known| known.round + KEPT >= round);
        }
        self.known.retain(|_, series| !series.is_empty());
    }
}

/// For how many snapshots a series may be absent, as those of a collector that fails are, and still be remembered.
const KEPT: u64 = 60;

/// What a point says of a series, once it has arrived.
#[derive(Debug, Clone)]
pub(crate) struct Ack {
    pub(super) family: Arc<str>,
    pub(super) labels: Box<str>,
    pub(super) value: Total,
    pub(super) at: u64,
}

impl Total {
    /// By how much it has risen since; all of it where it has begun anew meanwhile.
    pub(super) fn since(&self, before: &Self) -> Self {
        self.difference(before).unwrap_or_else(|| self.clone())
    }

    /// Whether nothing has been added.
    pub(super) fn is_zero(&self) -> bool {
        match self {
            Self::Count(count) => *count == 0,
            Self::Float(count) => *count == 0.0,
            Self::Buckets { counts, .. } => counts.iter().all(|count| *count == 0),
            Self::Native { zeros, positive, negative, .. } => *zeros == 0 && positive.is_empty() && negative.is_empty(),
        }
    }

    fn difference(&self, before: &Self) -> Option<Self> {
        Some(match (self, before) {
            (Self::Count(now), Self::Count(before)) => Self::Count(now.checked_sub(*before)?),
            (Self::Float(now), Self::Float(before)) if now >= before => Self::Float(now - before),
            (Self::Buckets { counts, sum }, Self::Buckets { counts: before, sum: sum_before })
                if counts.len() == before.len() =>
            {
                let counts: Option<_> =
                    counts.iter().zip(before).map(|(now, before)| now.checked_sub(*before)).collect();
                Self::Buckets { counts: counts?, sum: sum - sum_before }
            }
            (
                Self::Native { schema, zeros, positive, negative, sum },
                Self::Native { schema: finer, zeros: zeros_before, positive: up, negative: down, sum: sum_before },
            ) => Self::Native {
                schema: *schema,
                zeros: zeros.checked_sub(*zeros_before)?,
                positive: risen(positive, &coarsened(up, finer - schema)?)?,
                negative: risen(negative, &coarsened(down, finer - schema)?)?,
                sum: sum - sum_before,
            },
            _ => return None,
        })
    }
}

/// Buckets of native histograms, as many times half as fine.
pub(super) fn coarsened(buckets: &[(i32, u64)], times: i32) -> Option<Vec<(i32, u64)>> {
    let times = u32::try_from(times).ok()?;
    let mut coarse: Vec<(i32, u64)> = Vec::with_capacity(buckets.len());
    for &(index, count) in buckets {
        // Each bucket is whole within one of the coarser ones.
        let index = (0..times).fold(index, |index, _| (index + 1) >> 1);
        match coarse.last_mut() {
            Some((last, sum)) if *last == index => *sum = sum.wrapping_add(count),
            _ => coarse.push((index, count)),
        }
    }
    Some(coarse)
}

/// What is in each bucket that was not; none if one has fallen.
fn risen(now: &[(i32, u64)], before: &[(i32, u64)]) -> Option<Box<[(i32, u64)]>> {
    let of = |index| now.binary_search_by_key(&index, |(index, _)| *index).map_or(0, |at| now[at].1);
    if before.iter().any(|(index, count)| of(*index) < *count) {
        return None;
    }
    let was = |index| before.binary_search_by_key(&index, |(index, _)| *index).map_or(0, |at| before[at].1);
    Some(now.iter().map(|&(index, count)| (index, count - was(index))).filter(|(_, count)| *count > 0).collect())
}
