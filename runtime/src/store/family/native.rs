//! How values are added to native histograms. Knows no native buckets: [`Natives`] finds the bin of a value.
//!
//! One with bounds as well adds to the bucket of those last, so that a reader who looks at them first finds no observation
//! there that the bins do not have.

use super::Family;
use crate::{
    store::{
        exemplars,
        native::{Bin, Natives},
        scale::Position,
        slab,
        value::Place,
    },
    sync::Ordering,
};

/// What an observation adds to a sum.
#[derive(Clone, Copy)]
enum Amount {
    Nanos(u64),
    Float(f64),
}

/// An observation, or several of one value.
#[derive(Clone, Copy)]
struct Observed {
    value: f64,
    count: u64,
    amount: Amount,
    /// Which one it is of the buckets beside the native ones, if there are such.
    bucket: Option<usize>,
}

impl Family {
    /// Records a duration in a native histogram of seconds.
    #[inline(never)]
    pub(super) fn observe_nanos_natively(&self, natives: &Natives, place: Place, nanos: u64) {
        let bucket = (!self.bounds.is_empty()).then(|| self.bucket_of_nanos(nanos));
        let observed = Observed { value: nanos as f64 / 1e9, count: 1, amount: Amount::Nanos(nanos), bucket };
        self.observe_all(natives, place, observed);
    }

    /// Records a number in a native histogram, `count` times.
    #[inline(never)]
    pub(super) fn observe_natively(&self, natives: &Natives, place: Place, value: f64, count: u64) {
        let bucket = (!self.bounds.is_empty()).then(|| self.bucket_of(value));
        let amount = Amount::Float(slab::bounded(value * count as f64));
        self.observe_all(natives, place, Observed { value, count, amount, bucket });
    }

    fn observe_all(&self, natives: &Natives, place: Place, observed: Observed) {
        // Native histograms have no words of slabs.
        let (Place::Cell(cell) | Place::Folded(cell)) = place else { return };
        let Observed { value, count, amount, bucket } = observed;
        let position = Position::of(value);
        if exemplars::is_on() {
            self.show(place, bucket.unwrap_or_else(|| position.map_or(0, Position::exemplar)), value);
        }
        let Some(life) = self.cells.life(cell) else { return self.retire_observed(observed) };
        let bin = match position.map(|position| natives.bin(cell.index, position, || life.is_over())) {
            None => None,
            Some(Some(bin)) => Some(bin),
            Some(None) => return self.retire_observed(observed),
        };
        match amount {
            Amount::Nanos(nanos) => {
                let before = life.words[self.layout().nanos()].fetch_add(nanos, Ordering::SeqCst);
                slab::carry(before, nanos, &life.words[self.layout().float()]);
                if life.is_over() {
                    self.outlived(cell, self.layout().nanos(), before.wrapping_add(nanos), nanos);
                }
            }
            // A sum of fractions cannot be told apart by when it was added to; it is right in total.
            Amount::Float(amount) => {
                slab::add_float(&life.words[self.layout().float()], amount);
            }
        }
        match bin {
            None => self.add(cell, life, self.layout().zeros(), count),
            Some(bin) => {
                let before = bin.word().fetch_add(count, Ordering::SeqCst);
                if life.is_over() {
                    let base = || Some(Bin::base(bin));
                    self.outlived_in(cell, base, self.layout().zeros(), before.wrapping_add(count), count);
                }
            }
        }
        if let Some(bucket) = bucket {
            self.add(cell, life, bucket, count);
        }
    }

    /// Adds to what ended series have counted.
    #[cold]
    fn retire_observed(&self, Observed { count, amount, bucket, .. }: Observed) {
        self.retire(self.layout().zeros(), count);
        bucket.into_iter().for_each(|bucket| self.retire(bucket, count));
        match amount {
            Amount::Nanos(nanos) => self.retire(self.layout().nanos(), nanos),
            Amount::Float(amount) => self.retire_float(self.layout().float(), amount),
        }
    }
}
