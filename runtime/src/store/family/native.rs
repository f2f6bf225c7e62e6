//! How values are added to native histograms. Knows no native buckets: [`Natives`] finds the bin of a value.
//!
//! One with bounds as well adds to the bucket of those last, so that a reader who looks at them first finds no observation
//! there that the bins do not have.

use super::Family;
use crate::{
    reentry,
    store::{
        cells::{CellRef, Life},
        exemplars,
        native::{Bin, Era, Natives},
        scale::Position,
        slab,
        table::Table,
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
        let bin = match position {
            None => None,
            Some(position) => match bin_of(natives, cell, life, position) {
                Some(Some(bin)) => Some(bin),
                Some(None) => return self.retire_observed(observed),
                None => return,
            },
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
        match (bin, position) {
            (Some(bin), Some(position)) => self.add_to_bin(natives, (cell, life, position), bin, count),
            _ => self.add(cell, life, self.layout().zeros(), count),
        }
        if let Some(bucket) = bucket {
            self.add(cell, life, bucket, count);
        }
    }

    fn add_to_bin<'a>(
        &'a self,
        natives: &'a Natives,
        (cell, life, position): (CellRef, Life<'a>, Position),
        (mut era, mut bin): (Era<'a>, Bin<'a>),
        count: u64,
    ) {
        loop {
            let end = bin.word().fetch_add(count, Ordering::SeqCst).wrapping_add(count);
            if life.is_over() {
                return self.outlived_in(cell, || Some(Bin::base(bin)), self.layout().zeros(), end, count);
            }
            if !era.is_over() || !self.takes_back(bin, end, count) {
                return;
            }
            match bin_of(natives, cell, life, position) {
                Some(Some(next)) => (era, bin) = next,
                Some(None) => return self.retire(self.layout().zeros(), count),
                None => return,
            }
        }
    }

    /// The bins began anew while one of them was added to, and stood at `end` then. If that came after their beginning, it may
    /// be another value's bin by now, and is taken back.
    #[cold]
    fn takes_back(&self, bin: Bin<'_>, end: u64, count: u64) -> bool {
        let _alone = self.series.write().expect("nothing panics under this lock");
        let came_after = (end.wrapping_sub(bin.base().load(Ordering::Relaxed)) as i64) > 0;
        if came_after {
            bin.base().fetch_add(count, Ordering::Relaxed);
        }
        came_after
    }

    /// Whether there are series that may have the buckets of their first resolution again.
    pub(crate) fn is_due(&self, now: u64) -> bool {
        let Some(natives) = &self.natives else { return false };
        let series = self.series.read().expect("nothing panics under this lock");
        cells(&series.table).any(|(_, cell)| natives.is_due(cell.index, now))
    }

    /// Lets these series begin anew, at their first resolution.
    ///
    /// Not while a reader is on its way through the series.
    pub(crate) fn refine(&self, now: u64) {
        let Some(natives) = &self.natives else { return };
        let series = &mut *self.series.write().expect("nothing panics under this lock");
        let due: Vec<_> = cells(&series.table).filter(|(_, cell)| natives.is_due(cell.index, now)).collect();
        for (at, cell) in due {
            self.retire_some(self.layout().zeros(), natives.begin(cell.index, now));
            self.cells.renew(cell, |words, bases| self.begin_again(words, bases));
            series.table.set_started(at, self.ground.age());
        }
        self.settle(series, 0);
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

/// A bin, and the era in which it is counted.
type Found<'a> = (Era<'a>, Bin<'a>);

/// The bin of a value, none if the series is over; or the record is dropped, because it comes from our own work. Room for
/// the bin is made under a lock.
fn bin_of<'a>(natives: &'a Natives, cell: CellRef, life: Life<'_>, position: Position) -> Option<Option<Found<'a>>> {
    reentry::alone(|| {
        let era = natives.era(cell.index)?;
        Some((era, natives.bin(cell.index, position, || life.is_over())?))
    })
}

/// The cells of all series, by their places in the table.
fn cells(table: &Table) -> impl Iterator<Item = (usize, CellRef)> {
    (0..table.slots()).filter_map(|at| Some((at, table.place(at)?.cell()?)))
}
