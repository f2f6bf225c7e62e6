//! A native histogram as a message holds it: spans of buckets that stand side by side, and for each bucket by how many it
//! differs from the one before; beside them the buckets of bounds, if it has both kinds. It knows nothing of families.

use super::{
    began,
    messages::{BucketSpan, Exemplar, Histogram},
};
use crate::families::{Details, Exponential};

/// How many exemplars there are at most beside native buckets.
const EXEMPLARS: usize = 10;

/// So many empty buckets are rather written than left out by another span.
const FILLED: i32 = 2;

impl Histogram {
    /// Also one that has observed nothing is known to be native: its zeros have a breadth.
    pub(super) fn fill_native(&mut self, value: &Exponential<'_>, details: &Details<'_>) {
        debug_assert!(value.zero_threshold > 0.0);
        match &value.classic {
            Some(classic) => self.fill_buckets(classic, details),
            None => self.bucket.clear(),
        }
        self.sample_count = Some(value.count());
        self.sample_sum = Some(value.sum);
        self.schema = Some(value.schema);
        self.zero_threshold = Some(value.zero_threshold);
        self.zero_count = Some(value.zero_count);
        spans(value.negative, &mut self.negative_span, &mut self.negative_delta);
        spans(value.positive, &mut self.positive_span, &mut self.positive_delta);
        self.created_timestamp = began(details);
        self.exemplars.clear();
        // They come in the order of time.
        let latest = details.exemplars.len().saturating_sub(EXEMPLARS);
        self.exemplars.extend(details.exemplars[latest..].iter().map(Exemplar::of));
    }
}

/// Writes buckets by index as spans, and their counts as differences.
fn spans(buckets: &[(i32, u64)], spans: &mut Vec<BucketSpan>, deltas: &mut Vec<i64>) {
    spans.clear();
    deltas.clear();
    let mut before = 0_u64;
    let mut append = |span: &mut BucketSpan, count: u64| {
        *span.length.get_or_insert_default() += 1;
        deltas.push(count.wrapping_sub(before) as i64);
        before = count;
    };
    let mut next = 0;
    for &(index, count) in buckets {
        let gap = index - next;
        match spans.last_mut() {
            Some(span) if gap <= FILLED => {
                (0..gap).for_each(|_| append(span, 0));
                append(span, count);
            }
            _ => {
                let mut span = BucketSpan { offset: Some(gap), length: None };
                append(&mut span, count);
                spans.push(span);
            }
        }
        next = index + 1;
    }
}
