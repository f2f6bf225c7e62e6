//! What a family holds, and what the guard charges it for that. It adds up what the parts say of themselves.
//!
//! The parts take memory in steps, so that most series find room which is there already. What a step will take is asked of
//! the guard before; what is held after it is charged. Buckets and exemplars that come while values are recorded are
//! charged at the next look: at an admission, a round of the guard, or a report.

use std::sync::atomic::Ordering;

use super::{Family, Series};
use crate::{
    metric::kind::Kind,
    store::{
        ledger::Cost,
        native::Natives,
        pairs::{self, Pairs},
        sketch::Sketches,
    },
};

/// Bytes that are kept for the series in which all labels are `other`, besides those of its value.
const LAST_RESORT: u64 = 128;

impl Family {
    /// What the series with these labels takes up that is not there yet.
    pub(super) fn cost(&self, series: &Series, pairs: Pairs<'_>) -> Cost {
        Cost { series: 1, bytes: self.growth(series, pairs) as u64, samples: self.samples() }
    }

    /// What a series takes up besides bytes.
    pub(super) fn place_of_one(&self) -> Cost {
        Cost { series: 1, bytes: 0, samples: self.samples() }
    }

    /// What is kept for the series in which all labels are `other`.
    pub(super) fn last_resort(&self) -> Cost {
        let beside = self.natives.as_ref().map_or(0, Natives::bytes_of_one);
        let beside = beside + self.sketches.as_ref().map_or(0, |_| Sketches::bytes_of_one());
        Cost { series: 1, bytes: LAST_RESORT + (self.width() * 8 + beside) as u64, samples: self.samples() }
    }

    /// Charges what the family holds by now, instead of what it was charged before, and of so many bytes that were taken
    /// for it meanwhile.
    pub(super) fn settle(&self, series: &Series, taken: u64) {
        let now = self.chargeable(series);
        let before = self.charged.swap(now, Ordering::Relaxed);
        self.ground.ledger.charge(now.wrapping_sub(before).wrapping_sub(taken));
    }

    /// The same, for those who only look.
    pub(crate) fn weigh(&self) {
        self.settle(&self.series.read().expect("nothing panics under this lock"), 0);
    }

    /// Bytes that the family is charged.
    pub(crate) fn charged(&self) -> u64 {
        self.charged.load(Ordering::Relaxed)
    }

    /// What the family holds, but for the part of series that were known before their first record.
    fn chargeable(&self, series: &Series) -> u64 {
        let (held, slots) = (self.bytes(series) as u128, series.table.slots() as u128);
        if slots == 0 {
            // What is declared takes no room before there is a series.
            return 0;
        }
        let known = held * u128::from(series.known) / slots;
        (held - known.min(held)) as u64
    }

    /// Bytes of all parts that grow with the series.
    pub(super) fn bytes(&self, series: &Series) -> usize {
        let Series { table, free, axes, idle, .. } = series;
        let books = table.bytes() + free.bytes() + axes.bytes() + idle.bytes() + self.pins.bytes();
        let beside = self.sketches.as_ref().map_or(0, Sketches::bytes)
            + self.natives.as_ref().map_or(0, Natives::bytes)
            + self.exemplars.bytes();
        books + self.cells.bytes() + beside
    }

    /// How many of these another series with such labels adds.
    fn growth(&self, series: &Series, pairs: Pairs<'_>) -> usize {
        let Series { table, free, axes, rules, .. } = series;
        let cell = self.cells.next(free);
        let pins = if rules.expiry.is_some() { self.pins.growth(cell) } else { 0 };
        let block = pairs.iter().map(|(name, value)| name.len() + value.len() + pairs::AROUND).sum();
        let beside = self.sketches.as_ref().map_or(0, |sketches| sketches.growth(cell))
            + self.natives.as_ref().map_or(0, |natives| natives.growth(cell));
        let axes = axes.growth(&pairs.iter(), |name, value| table.hash(name, value));
        table.growth(block) + self.cells.growth(free) + axes + pins + beside
    }

    /// How many samples a series has in a scrape.
    pub(super) fn samples(&self) -> u64 {
        match self.kind {
            Kind::Counter | Kind::Gauge => 1,
            Kind::Histogram => self.bounds.len() as u64 + 3,
            Kind::Summary => crate::store::sketch::QUANTILES.len() as u64 + 2,
        }
    }
}
