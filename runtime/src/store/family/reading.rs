//! What a reader sees of a family: what is known of it, its labels, and the value of each series.

use std::{borrow::Cow, time::SystemTime};

use metrics::Label;

use super::{Family, summary::SUM};
use crate::{
    families,
    metric::kind::Kind,
    store::{
        cells::CellRef,
        exemplars::Latest,
        native::{Bins, Natives},
        pairs::Pairs,
        sketch::QUANTILES,
        slab::{self, Sums},
        steady,
        table::Batch,
        value::{Layout, Place},
    },
    sync::{AtomicU64, Ordering},
};

/// Where a reader's buckets are written.
#[derive(Default)]
pub(crate) struct Scratch {
    sums: Sums,
    part: Vec<u64>,
    bins: Bins,
    window: Vec<(i32, u64)>,
}

impl Scratch {
    /// What the summary that was read last has in its window.
    pub(crate) fn window(&self) -> &[(i32, u64)] {
        &self.window
    }
}

impl Family {
    /// Calls `visit` with what an encoder may know of the metric.
    pub(crate) fn describe<T>(&self, visit: impl FnOnce(&families::Family<'_>) -> T) -> T {
        let about = self.about.read().expect("nothing panics under this lock").clone();
        visit(&families::Family {
            name: &self.name,
            original_name: &self.original_name,
            kind: self.kind,
            help: if about.help.is_empty() { "No description." } else { &about.help },
            unit: about.unit,
        })
    }

    /// The labels of the `at`-th series, as the program wrote them, if it is still the one that lives at `place`.
    pub(crate) fn labels(&self, at: u32, place: Place) -> Option<Vec<Label>> {
        let series = self.series.read().expect("nothing panics under this lock");
        series.table.place(at as usize).filter(|now| *now == place)?;
        let owned = |(name, value): (Cow<'_, str>, Cow<'_, str>)| Label::new(name.into_owned(), value.into_owned());
        Some(series.table.labels(at).iter().map(owned).collect())
    }

    /// Whether there is a series with just these labels.
    pub(crate) fn has(&self, labels: &[(&str, &str)]) -> bool {
        let series = self.series.read().expect("nothing panics under this lock");
        series.table.find_any(&series.table.labels_of(Pairs::Texts(labels))).is_some()
    }

    /// The values that are known with their traces, if there are any.
    pub(crate) fn exemplars(&self) -> Option<Box<Latest>> {
        // Prometheus wants those of native buckets in the order of time.
        self.exemplars.copy(self.natives.is_some(), SystemTime::now())
    }

    /// Copies up to `most` series, beginning with the `from`-th, into `batch`.
    pub(crate) fn copy(&self, from: usize, most: usize, batch: &mut Batch) {
        self.series.read().expect("nothing panics under this lock").table.copy(from, most, batch);
    }

    /// The value of a series that lives at `place`; buckets are written to the scratch.
    pub(crate) fn read<'a>(&'a self, place: Place, scratch: &'a mut Scratch) -> Option<families::Value<'a>> {
        match self.kind {
            Kind::Counter => {
                let total = self.total(place)?;
                Some(match self.scale {
                    None => families::Value::Counter(total),
                    Some(scale) => families::Value::FloatCounter(total as f64 / scale.get() as f64),
                })
            }
            Kind::Gauge => Some(families::Value::Gauge(match place {
                // Read between one thread's decrement and another one's increment, one of calls may be below zero.
                Place::Word(word) => (self.ground.slabs.sum(word) as i64).max(0) as f64,
                Place::Cell(_) | Place::Folded(_) => f64::from_bits(self.total(place)?),
            })),
            Kind::Histogram => self.read_histogram(place, scratch),
            Kind::Summary => self.read_summary(place, scratch),
        }
    }

    /// What the first word of a series says.
    fn total(&self, place: Place) -> Option<u64> {
        match place {
            Place::Word(word) => Some(self.ground.slabs.sum(word)),
            Place::Cell(cell) | Place::Folded(cell) => Some(self.counted(cell, self.cells.get(cell)?, 0)),
        }
    }

    fn read_histogram<'a>(&'a self, place: Place, scratch: &'a mut Scratch) -> Option<families::Value<'a>> {
        let Scratch { sums, part, bins, .. } = scratch;
        let layout = Layout::new(self.bounds.len());
        let (cell, words) = match place {
            Place::Word(word) => {
                self.ground.slabs.sum_histogram(word, layout, sums, part);
                let sum = total_sum(sums.nanos as i128, sums.float);
                let spread = families::Distribution::new(&self.bounds, &sums.counts, sum);
                return Some(families::Value::Histogram(spread));
            }
            Place::Cell(cell) | Place::Folded(cell) => (cell, self.cells.get(cell)?),
        };
        if let Some(natives) = &self.natives {
            return Some(families::Value::NativeHistogram(self.read_native(
                natives,
                cell,
                words,
                (bins, &mut sums.counts),
            )));
        }
        let ask = |asked| self.cells.ask(cell, asked);
        let (nanos, float) = slab::read_histogram(words, layout, &mut sums.counts, ask);
        let counts = sums.counts.iter_mut().enumerate();
        counts.for_each(|(at, count)| *count = count.wrapping_sub(self.base(cell, at)));
        let sum = total_sum(self.since(cell, layout.nanos(), nanos), f64::from_bits(float));
        Some(families::Value::Histogram(families::Distribution::new(&self.bounds, &sums.counts, sum)))
    }

    fn read_native<'a>(
        &'a self,
        natives: &Natives,
        cell: CellRef,
        words: &[AtomicU64],
        (bins, counts): (&'a mut Bins, &'a mut Vec<u64>),
    ) -> families::Exponential<'a> {
        let layout = self.layout();
        let beside = if self.bounds.is_empty() { 0 } else { layout.buckets() };
        let mut read = None;
        let copy = || {
            // Before the bins, which were added to first.
            counts.clear();
            counts.extend((0..beside).map(|at| self.counted(cell, words, at)));
            let (zeros, resolution) = (self.counted(cell, words, layout.zeros()), natives.copy(cell.index, bins));
            let [nanos, float] = [layout.nanos(), layout.float()].map(|at| words[at].load(Ordering::Acquire));
            read = Some((zeros, resolution, nanos, float));
            let now = self.counted(cell, words, layout.zeros()).wrapping_add(natives.counted(cell.index));
            now == zeros.wrapping_add(bins.total()) && (0..beside).all(|at| self.counted(cell, words, at) == counts[at])
        };
        if steady::copy(copy, || self.cells.ask(cell, true)) {
            self.cells.ask(cell, false);
        }
        let (zeros, resolution, nanos, float) = read.expect("it is copied once at least");
        let sum = total_sum(self.since(cell, layout.nanos(), nanos), f64::from_bits(float));
        let shown = natives.shown(resolution, zeros, sum, bins);
        let Some(last) = counts.len().checked_sub(1) else { return shown };
        // Both kinds of buckets are to have one count. What has reached the bins alone belongs into a bucket that is yet to
        // be seen; in the last one, no bucket falls when that is.
        let seen = counts.iter().fold(0, |sum: u64, count| sum.wrapping_add(*count));
        let rest = shown.count().wrapping_sub(seen) as i64;
        counts[last] = counts[last].wrapping_add(rest.max(0) as u64);
        families::Exponential { classic: Some(families::Distribution::new(&self.bounds, counts, sum)), ..shown }
    }

    fn read_summary<'a>(&self, place: Place, scratch: &'a mut Scratch) -> Option<families::Value<'a>> {
        let (Some(sketches), Place::Cell(cell)) = (&self.sketches, place) else { return None };
        let words = self.cells.get(cell)?;
        let (quantiles, _) = sketches.read_window(cell.index, self.slice(), &mut scratch.part, &mut scratch.window);
        // Not the quantiles with them: to find those takes longer than records can wait.
        let mut read = (0, 0.0);
        let copy = || {
            let count = sketches.counted(cell.index);
            read = (count, f64::from_bits(words[SUM].load(Ordering::Acquire)));
            sketches.counted(cell.index) == count
        };
        if steady::copy(copy, || self.cells.ask(cell, true)) {
            self.cells.ask(cell, false);
        }
        let (count, sum) = read;
        let values = std::array::from_fn(|at| (QUANTILES[at], quantiles[at]));
        Some(families::Value::Summary(families::Quantiles { values, sum, count }))
    }

    /// How far the word has come since the life of a cell began. That of one that lives again may have gone round since
    /// its base: what it has then less than that, the floating-point sum has more.
    fn since(&self, cell: CellRef, at: usize, word: u64) -> i128 {
        i128::from(word) - i128::from(self.base(cell, at))
    }
}

/// What was recorded in nanoseconds and in fractions, in seconds.
fn total_sum(nanos: i128, float: f64) -> f64 {
    slab::bounded(nanos as f64 / 1e9 + float)
}
