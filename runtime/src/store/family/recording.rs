//! How values are added to, whatever series they are of and wherever they live.

use super::{Family, Scale, summary};
use crate::{
    cardinality::policy::GaugeFold,
    metric::kind::Kind,
    store::{
        cells::{CellRef, Life},
        exemplars,
        health::Dropped,
        slab::{self, Slab},
        value::{Layout, Place},
    },
    sync::{AtomicU64, Ordering},
};

/// Bits of a gauge's second word: it was touched since somebody looked, and at any time.
pub(super) const TOUCHED: u64 = 1;
const EVER: u64 = 2;

impl Family {
    /// Adds whole units to a counter, also to one that counts fractions.
    pub(crate) fn count_units(&self, place: Place, units: u64) {
        if let Some(amount) = self.quanta(units) {
            self.count(place, amount);
        }
    }

    /// Raises a counter to at least so many units.
    pub(crate) fn raise_units(&self, place: Place, units: u64) {
        if let Some(total) = self.quanta(units) {
            self.raise(place, total);
        }
    }

    /// Whole units as the counter counts them; none, counted as dropped, if those are more than it holds.
    fn quanta(&self, units: u64) -> Option<u64> {
        let quanta = units.checked_mul(self.scale.map_or(1, Scale::get));
        if quanta.is_none() {
            self.ground.health().dropped(Dropped::TooLarge, 1);
        }
        quanta
    }

    /// Adds to a counter: units, or quanta where it counts fractions.
    #[inline(always)]
    pub(crate) fn count(&self, place: Place, amount: u64) {
        if exemplars::is_on() && amount > 0 {
            self.show(place, 0, amount as f64 / self.scale.map_or(1.0, |scale| scale.get() as f64));
        }
        match place {
            Place::Word(word) => self.slab().add(word, amount),
            Place::Cell(cell) | Place::Folded(cell) => match self.cells.life(cell) {
                Some(life) => self.add(cell, life, 0, amount),
                None => self.retire(0, amount),
            },
        }
    }

    /// Raises a counter to at least `total`.
    fn raise(&self, place: Place, total: u64) {
        // Two that raise at once must not both add the difference.
        let _alone = self.series.write().expect("nothing panics under this lock");
        match place {
            Place::Word(word) => {
                let missing = total.saturating_sub(self.ground.slabs.sum(word));
                self.ground.slabs.shared().add(word, missing);
            }
            // Under the lock no life ends.
            Place::Cell(cell) | Place::Folded(cell) => {
                if let Some(words) = self.cells.get(cell) {
                    let missing = total.saturating_sub(self.counted(cell, words, 0));
                    words[0].fetch_add(missing, Ordering::Relaxed);
                }
            }
        }
    }

    /// Sets a gauge.
    pub(crate) fn set(&self, place: Place, value: f64) {
        match place {
            Place::Word(word) => {
                let _alone = self.series.write().expect("nothing panics under this lock");
                let missing = (value as i64).wrapping_sub(self.ground.slabs.sum(word) as i64);
                self.ground.slabs.shared().add(word, missing as u64);
            }
            Place::Cell(cell) => self.with_gauge(cell, |word, _| set_float(word, value)),
            Place::Folded(cell) => match self.gauge_fold() {
                GaugeFold::Last => self.with_gauge(cell, |word, _| set_float(word, value)),
                // Nothing is larger than what is not a number, or smaller.
                GaugeFold::Max if value.is_nan() => self.ground.health().dropped(Dropped::NotANumber, 1),
                GaugeFold::Max => self.with_gauge(cell, |word, has_value| raise_float(word, value, has_value)),
                GaugeFold::Drop | GaugeFold::Sum => self.ground.health().dropped(Dropped::Folded, 1),
            },
        }
    }

    /// Adds to a gauge, or takes from it, what is finite: no later change could undo the rest. A gauge of calls in flight
    /// holds whole numbers only.
    #[inline]
    pub(crate) fn shift(&self, place: Place, amount: f64) {
        if !amount.is_finite() {
            return self.ground.health().dropped(Dropped::NotANumber, 1);
        }
        match place {
            Place::Word(word) => self.slab().add(word, amount as i64 as u64),
            Place::Cell(cell) => self.with_gauge(cell, |word, _| shift_float(word, amount)),
            Place::Folded(cell) => match self.gauge_fold() {
                GaugeFold::Last | GaugeFold::Sum => self.with_gauge(cell, |word, _| shift_float(word, amount)),
                GaugeFold::Drop | GaugeFold::Max => self.ground.health().dropped(Dropped::Folded, 1),
            },
        }
    }

    /// Adds to a gauge of calls in flight, which is always a sum.
    #[inline]
    pub(crate) fn shift_calls(&self, place: Place, amount: f64) {
        match place {
            Place::Folded(cell) if amount.is_finite() => self.with_gauge(cell, |word, _| shift_float(word, amount)),
            place => self.shift(place, amount),
        }
    }

    /// Records a duration in a histogram of seconds.
    #[inline]
    pub(crate) fn observe_nanos(&self, place: Place, nanos: u64) {
        if let Some(natives) = &self.natives {
            return self.observe_nanos_natively(natives, place, nanos);
        }
        let bucket = self.bucket_of_nanos(nanos);
        let sum = Layout::new(self.bounds.len()).nanos();
        if exemplars::is_on() {
            self.show(place, bucket, nanos as f64 / 1e9);
        }
        match place {
            Place::Word(word) => self.slab().observe(word, bucket, sum, nanos),
            Place::Cell(cell) | Place::Folded(cell) => match self.cells.life(cell) {
                Some(life) => {
                    let words = life.words;
                    let before = words[sum].fetch_add(nanos, Ordering::SeqCst);
                    slab::carry(before, nanos, &words[sum + 1]);
                    let counted = words[bucket].fetch_add(1, Ordering::SeqCst);
                    if life.is_over() {
                        self.outlived(cell, bucket, counted.wrapping_add(1), 1);
                        self.outlived(cell, sum, before.wrapping_add(nanos), nanos);
                    }
                }
                None => {
                    self.retire(bucket, 1);
                    self.retire(sum, nanos);
                }
            },
        }
    }

    /// Records a value in a histogram or a summary, `count` times. What is not finite is counted as dropped: it would make
    /// the sum useless for ever.
    pub(crate) fn observe(&self, place: Place, value: f64, count: u64) {
        if count == 0 {
            return;
        }
        if !value.is_finite() {
            return self.ground.health().dropped(Dropped::NotANumber, count);
        }
        if let Some(natives) = &self.natives {
            return self.observe_natively(natives, place, value, count);
        }
        if let Some(sketches) = &self.sketches {
            return self.observe_lately(sketches, place, value, count);
        }
        let bucket = self.bucket_of(value);
        let sum = Layout::new(self.bounds.len()).float();
        let amount = slab::bounded(value * count as f64);
        if exemplars::is_on() {
            self.show(place, bucket, value);
        }
        match place {
            Place::Word(word) => self.slab().observe_float(word, bucket, count, sum, amount),
            Place::Cell(cell) | Place::Folded(cell) => match self.cells.life(cell) {
                Some(life) => {
                    // A sum of fractions cannot be told apart by when it was added to; it is right in total.
                    slab::add_float(&life.words[sum], amount);
                    self.add(cell, life, bucket, count);
                }
                None => {
                    self.retire_float(sum, amount);
                    self.retire(bucket, count);
                }
            },
        }
    }

    /// The bucket of a duration, by the bounds.
    #[inline(always)]
    pub(super) fn bucket_of_nanos(&self, nanos: u64) -> usize {
        // Without a branch per bound: their outcome is hard to predict.
        self.nanos.iter().map(|first| usize::from(*first <= nanos)).sum()
    }

    /// The bucket of a number, by the bounds.
    pub(super) fn bucket_of(&self, value: f64) -> usize {
        self.bounds.partition_point(|bound| *bound < value)
    }

    /// The words of a histogram's cell.
    #[inline]
    pub(super) fn layout(&self) -> Layout {
        Layout::new(self.bounds.len())
    }

    /// Counts a record that has no series, because that one was refused.
    #[cold]
    pub(crate) fn refuse(&self) {
        self.ground.health().dropped(Dropped::Refused, 1);
    }

    /// What a life of a cell has counted in a word.
    #[inline]
    pub(super) fn counted(&self, cell: CellRef, words: &[AtomicU64], at: usize) -> u64 {
        words[at].load(Ordering::Acquire).wrapping_sub(self.base(cell, at))
    }

    /// What a word of a cell said when its present life began.
    #[inline]
    pub(super) fn base(&self, cell: CellRef, at: usize) -> u64 {
        self.cells.bases(cell.index).get(at).map_or(0, |base| base.load(Ordering::Relaxed))
    }

    /// Keeps a value with the trace that it is recorded in, for as long as its series lives.
    #[cold]
    pub(super) fn show(&self, place: Place, bucket: usize, value: f64) {
        self.exemplars.offer(place, bucket, value, || self.is_alive(place));
    }

    #[inline]
    fn slab(&self) -> &'static Slab {
        self.ground.slab()
    }

    /// Adds to a word of a cell that was alive a moment ago.
    #[inline(always)]
    pub(super) fn add(&self, cell: CellRef, life: Life<'_>, at: usize, amount: u64) {
        if let Some(end) = life.add(at, amount) {
            self.outlived(cell, at, end, amount);
        }
    }

    /// The cell of a place, for those who count in it often and tell [`outlived`](Self::outlived) themselves.
    pub(crate) fn life(&self, place: Place) -> Option<Life<'_>> {
        match place {
            Place::Cell(cell) => self.cells.life(cell),
            Place::Folded(_) | Place::Word(_) => None,
        }
    }

    /// A word was added to, and stood at `end` then, while the life of its cell ended. What came after the beginning of
    /// the next life is none of that one's.
    #[cold]
    pub(crate) fn outlived(&self, cell: CellRef, at: usize, end: u64, amount: u64) {
        self.outlived_in(cell, || self.cells.bases(cell.index).get(at), at, end, amount);
    }

    /// The same for a word whose base is there, and which is retired with the one at `at`.
    #[cold]
    pub(super) fn outlived_in<'a>(
        &'a self,
        cell: CellRef,
        base: impl FnOnce() -> Option<&'a AtomicU64>,
        at: usize,
        end: u64,
        amount: u64,
    ) {
        let _alone = self.series.write().expect("nothing panics under this lock");
        if self.cells.generation(cell.index) == cell.generation.wrapping_add(1) {
            // No next life yet; it begins behind this addition.
            return;
        }
        let Some(base) = base() else { return };
        // Words only rise, so that where one stood tells what came first.
        if (end.wrapping_sub(base.load(Ordering::Relaxed)) as i64) > 0 {
            base.fetch_add(amount, Ordering::Relaxed);
            self.retire(at, amount);
        }
    }

    /// Changes a gauge that was alive a moment ago; `change` is told whether it was ever changed before, and says what it
    /// found and what it left. One that has died has no value any more; if its cell lives again, the change is taken back.
    #[inline]
    pub(super) fn with_gauge(&self, cell: CellRef, change: impl FnOnce(&AtomicU64, bool) -> [u64; 2]) {
        let Some([word, touched]) = self.cells.get(cell).and_then(|words| words.first_chunk::<2>()) else { return };
        let [before, after] = change(word, touched.load(Ordering::Relaxed) & EVER != 0);
        touched.store(TOUCHED | EVER, Ordering::Relaxed);
        let now = self.cells.generation(cell.index);
        if now != cell.generation && now != cell.generation.wrapping_add(1) {
            // Unless it has another value by now, which is its own.
            let _ = word.compare_exchange(after, before, Ordering::SeqCst, Ordering::Relaxed);
        }
    }

    fn gauge_fold(&self) -> GaugeFold {
        self.series.read().expect("nothing panics under this lock").rules.gauges
    }
}

/// Sets a floating-point number that has several writers; says what it was and is, as [`slab::add_float`] does.
fn set_float(cell: &AtomicU64, value: f64) -> [u64; 2] {
    [cell.swap(value.to_bits(), Ordering::SeqCst), value.to_bits()]
}

/// Adds to a floating-point number that has several writers; says what it was and is.
fn shift_float(cell: &AtomicU64, amount: f64) -> [u64; 2] {
    slab::update_float(cell, |value| value + amount)
}

/// Raises a floating-point number that has several writers. The 0 of one that has no value yet is below all.
fn raise_float(cell: &AtomicU64, value: f64, has_value: bool) -> [u64; 2] {
    let mut seen = cell.load(Ordering::Relaxed);
    // What is not a number was set under another rule.
    while value > f64::from_bits(seen) || f64::from_bits(seen).is_nan() || (seen == 0 && !has_value) {
        match cell.compare_exchange_weak(seen, value.to_bits(), Ordering::SeqCst, Ordering::Relaxed) {
            Ok(_) => return [seen, value.to_bits()],
            Err(now) => seen = now,
        }
    }
    [seen, seen]
}

/// How many words a series of this kind takes.
pub(super) fn width(kind: Kind, bounds: usize, is_native: bool) -> usize {
    match kind {
        Kind::Histogram => Layout::new(bounds).width(is_native),
        // The number, and whether it was touched since somebody looked.
        Kind::Gauge => 2,
        Kind::Counter => 1,
        Kind::Summary => summary::WIDTH,
    }
}
