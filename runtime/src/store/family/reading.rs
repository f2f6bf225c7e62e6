//! What a reader sees of a family: what is known of it, its labels, and the value of each series.

use std::borrow::Cow;

use metrics::Label;

use super::Family;
use crate::{
    families,
    metric::kind::Kind,
    store::{
        exemplars::Latest,
        native::Bins,
        pairs::Pairs,
        sketch::QUANTILES,
        slab::{self, Word},
        table::Batch,
        value::{Layout, Place},
    },
};

/// Where a reader's buckets are written.
#[derive(Default)]
pub(crate) struct Scratch {
    counts: Vec<u64>,
    bins: Bins,
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
        self.exemplars.copy()
    }

    /// Copies up to `most` series, beginning with the `from`-th, into `batch`.
    pub(crate) fn copy(&self, from: usize, most: usize, batch: &mut Batch) {
        self.series.read().expect("nothing panics under this lock").table.copy(from, most, batch);
    }

    /// The value of a series that lives at `place`; buckets are written to the scratch.
    pub(crate) fn read<'a>(&'a self, place: Place, scratch: &'a mut Scratch) -> Option<families::Value<'a>> {
        let Scratch { counts, bins } = scratch;
        let slabs = &self.ground.slabs;
        let words = match place {
            Place::Word(_) => None,
            Place::Cell(cell) | Place::Folded(cell) => Some((cell, self.cells.get(cell)?)),
        };
        let word = |at: usize| match (words, place) {
            (Some((cell, words)), _) => self.counted(cell, words, at),
            (None, Place::Word(word)) => slabs.sum(Word(word.0 + at as u32)),
            (None, Place::Cell(_) | Place::Folded(_)) => 0,
        };
        Some(match self.kind {
            Kind::Counter => match self.scale {
                None => families::Value::Counter(word(0)),
                Some(scale) => families::Value::FloatCounter(word(0) as f64 / scale.get() as f64),
            },
            // Read between one thread's decrement and another one's increment, a gauge of calls may be below zero.
            Kind::Gauge if words.is_none() => families::Value::Gauge((word(0) as i64).max(0) as f64),
            Kind::Gauge => families::Value::Gauge(f64::from_bits(word(0))),
            Kind::Histogram => {
                let layout = Layout::new(self.bounds.len());
                counts.clear();
                counts.extend((0..layout.buckets()).map(word));
                let float = match place {
                    Place::Word(word) => slabs.sum_float(Word(word.0 + layout.float() as u32)),
                    Place::Cell(_) | Place::Folded(_) => f64::from_bits(word(layout.float())),
                };
                let nanos = match place {
                    Place::Word(word) => slabs.sum_wide(Word(word.0 + layout.nanos() as u32)) as i128,
                    Place::Cell(_) | Place::Folded(_) => words.map_or(0, |(cell, words)| {
                        // The word of a cell that lives again may have gone round since its base: what it has then less
                        // than that, the floating-point sum has more.
                        let [word, base] = self.word_and_base(cell, words, layout.nanos());
                        i128::from(word) - i128::from(base)
                    }),
                };
                let sum = slab::bounded(nanos as f64 / 1e9 + float);
                if let (Some(natives), Place::Cell(cell)) = (&self.natives, place) {
                    return Some(families::Value::NativeHistogram(natives.read(cell.index, counts[0], sum, bins)));
                }
                families::Value::Histogram(families::Distribution::new(&self.bounds, counts, sum))
            }
            Kind::Summary => {
                let (Some(sketches), Place::Cell(cell)) = (&self.sketches, place) else { return None };
                let (quantiles, count) = sketches.read(cell.index, self.slice(), counts);
                let values = std::array::from_fn(|at| (QUANTILES[at], quantiles[at]));
                families::Value::Summary(families::Quantiles { values, sum: f64::from_bits(word(0)), count })
            }
        })
    }
}
