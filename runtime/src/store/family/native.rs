//! How values are added to native histograms. Knows no buckets: [`Natives`] finds the bin of a value.

use super::Family;
use crate::{
    reentry,
    store::{
        exemplars,
        native::{Bin, Natives},
        scale::Position,
        slab,
        value::{Layout, Place},
    },
    sync::Ordering,
};

/// The word of what counts as 0. Bins are retired with it.
const ZERO: usize = 0;

/// The words of a cell: that one, and the sums.
fn layout() -> Layout {
    Layout::new(0)
}

/// What an observation adds to a sum.
#[derive(Clone, Copy)]
enum Amount {
    Nanos(u64),
    Float(f64),
}

impl Family {
    /// Records a duration in a native histogram of seconds.
    #[inline(never)]
    pub(super) fn observe_nanos_natively(&self, natives: &Natives, place: Place, nanos: u64) {
        self.observe_amount(natives, place, nanos as f64 / 1e9, 1, Amount::Nanos(nanos));
    }

    /// Records a number in a native histogram, `count` times.
    #[inline(never)]
    pub(super) fn observe_natively(&self, natives: &Natives, place: Place, value: f64, count: u64) {
        self.observe_amount(natives, place, value, count, Amount::Float(slab::bounded(value * count as f64)));
    }

    fn observe_amount(&self, natives: &Natives, place: Place, value: f64, count: u64, amount: Amount) {
        // Native histograms have no words of slabs.
        let (Place::Cell(cell) | Place::Folded(cell)) = place else { return };
        let position = Position::of(value);
        if exemplars::is_on() {
            self.show(place, position.map_or(0, Position::exemplar), value);
        }
        let Some(life) = self.cells.life(cell) else { return self.retire_amount(count, amount) };
        let bin = match position {
            None => None,
            // Room for it is made under a lock.
            Some(position) => match reentry::alone(|| natives.bin(cell.index, position, || life.is_over())) {
                Some(Some(bin)) => Some(bin),
                Some(None) => return self.retire_amount(count, amount),
                None => return,
            },
        };
        match amount {
            Amount::Nanos(nanos) => {
                let before = life.words[layout().nanos()].fetch_add(nanos, Ordering::SeqCst);
                slab::carry(before, nanos, &life.words[layout().float()]);
                if life.is_over() {
                    self.outlived(cell, layout().nanos(), before.wrapping_add(nanos), nanos);
                }
            }
            // A sum of fractions cannot be told apart by when it was added to; it is right in total.
            Amount::Float(amount) => {
                slab::add_float(&life.words[layout().float()], amount);
            }
        }
        let Some(bin) = bin else { return self.add(cell, life, ZERO, count) };
        let before = bin.word().fetch_add(count, Ordering::SeqCst);
        if life.is_over() {
            self.outlived_in(cell, || Some(Bin::base(bin)), ZERO, before.wrapping_add(count), count);
        }
    }

    /// Adds to what ended series have counted.
    #[cold]
    fn retire_amount(&self, count: u64, amount: Amount) {
        self.retire(ZERO, count);
        match amount {
            Amount::Nanos(nanos) => self.retire(layout().nanos(), nanos),
            Amount::Float(amount) => self.retire_float(layout().float(), amount),
        }
    }
}
