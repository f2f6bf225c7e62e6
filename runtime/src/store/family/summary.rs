//! How values are added to summaries. Knows no quantiles: [`Sketches`] finds the bin of a value.

use super::Family;
use crate::{
    reentry,
    store::{
        sketch::{Bin, Sketches, slice_of},
        slab,
        value::Place,
    },
    sync::Ordering,
};

/// The word that stands for all bins where observations are retired; those of a life are in its bins.
pub(super) const COUNT: usize = 0;

/// The word that sums what was observed.
pub(super) const SUM: usize = 1;

/// The words of a cell.
pub(super) const WIDTH: usize = 2;

impl Family {
    /// Records a number in a summary, `count` times.
    #[inline(never)]
    pub(super) fn observe_lately(&self, sketches: &Sketches, place: Place, value: f64, count: u64) {
        // Summaries have no words of slabs.
        let (Place::Cell(cell) | Place::Folded(cell)) = place else { return };
        let amount = slab::bounded(value * count as f64);
        let life = self.cells.life(cell);
        // Room for it is made under a lock.
        let bin = reentry::alone(|| {
            life.and_then(|life| Some((life, sketches.bin(cell.index, self.slice(), value, || life.is_over())?)))
        });
        let Some(bin) = bin else { return };
        let Some((life, bin)) = bin else {
            self.retire(COUNT, count);
            return self.retire_float(SUM, amount);
        };
        // A sum of fractions cannot be told apart by when it was added to; it is right in total.
        slab::add_float(&life.words[SUM], amount);
        let before = bin.word().fetch_add(count, Ordering::SeqCst);
        if life.is_over() {
            self.outlived_in(cell, || Some(Bin::base(bin)), COUNT, before.wrapping_add(count), count);
        }
    }

    /// The slice of a summary's window that is now.
    pub(super) fn slice(&self) -> u64 {
        slice_of(self.ground.seconds())
    }
}
