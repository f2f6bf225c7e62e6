//! Buckets that have been read, put together and made wider. It does not know where they were read.

/// The numbers of buckets, and how many values are in each: those above 0, and those below.
#[derive(Debug, Default)]
pub(crate) struct Bins([Vec<(i32, u64)>; 2]);

impl Bins {
    pub(super) fn clear(&mut self) {
        self.0.iter_mut().for_each(Vec::clear);
    }

    /// Takes over what was read of a bucket, unless it is empty.
    pub(super) fn push(&mut self, is_negative: bool, number: i32, count: u64) {
        if count > 0 {
            self.0[usize::from(is_negative)].push((number, count));
        }
    }

    /// Puts them in order, each number once.
    pub(super) fn sort(&mut self) {
        for side in &mut self.0 {
            side.sort_unstable_by_key(|(number, _)| *number);
            add_up(side);
        }
    }

    /// How many values are in all buckets together.
    pub(crate) fn total(&self) -> u64 {
        self.0.iter().flatten().fold(0, |sum, (_, count)| sum.wrapping_add(*count))
    }

    pub(super) fn len(&self) -> usize {
        self.0.iter().map(Vec::len).sum()
    }

    /// Makes each bucket twice as wide.
    pub(super) fn halve(&mut self) {
        for side in &mut self.0 {
            side.iter_mut().for_each(|(number, _)| *number >>= 1);
            add_up(side);
        }
    }

    /// The positive and the negative ones by Prometheus' index: a bucket includes its upper bound, and is numbered by that.
    pub(super) fn by_index(&mut self) -> [&[(i32, u64)]; 2] {
        self.0.iter_mut().flatten().for_each(|(number, _)| *number += 1);
        self.0.each_ref().map(Vec::as_slice)
    }
}

/// Makes one of neighbours that have the same number.
fn add_up(side: &mut Vec<(i32, u64)>) {
    side.dedup_by(|next, kept| {
        let is_same = next.0 == kept.0;
        if is_same {
            kept.1 = kept.1.wrapping_add(next.1);
        }
        is_same
    });
}
