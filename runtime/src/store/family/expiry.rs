//! How series that nobody records into any more come to an end, without a total ever getting lost.
//!
//! A sweep looks whether a series has been added to since the last one; recording itself knows nothing of it. What an
//! ended series has counted goes to the metric's *retired* total, and not into `other`, where it would look like new
//! calls.

use std::{borrow::Cow, time::SystemTime};

use metrics::Label;

use super::{Family, Scale, Series, recording::TOUCHED, summary::SUM};
use crate::{
    metric::{kind::Kind, label},
    store::{
        pairs::Pairs,
        table::Standing,
        value::{Layout, Place},
    },
    sync::{AtomicU64, OnceLock, Ordering},
};

/// What series that have ended have counted: the words of a cell, added up.
#[derive(Default)]
pub(super) struct Retired {
    words: OnceLock<Box<[AtomicU64]>>,
    pub(super) series: AtomicU64,
}

/// When the series of a metric were last added to, by their place in the table.
#[derive(Debug, Default)]
pub(super) struct Idle(Vec<Sighting>);

/// What a sweep has seen of a series.
#[derive(Debug, Clone, Copy, Default)]
struct Sighting {
    /// Where it lives.
    place: u64,
    /// What it had counted then.
    mark: u64,
    /// When that was seen first.
    since: u64,
}

/// How many series a sweep looks at before it lets others have the lock.
const AT_ONCE: usize = 4096;

/// Lets those have a lock who wait for it.
fn breathe() {
    #[cfg(not(tachometer_loom))]
    std::thread::sleep(std::time::Duration::from_micros(50));
}

impl Idle {
    pub(super) fn bytes(&self) -> usize {
        self.0.capacity() * size_of::<Sighting>()
    }
}

impl Retired {
    /// Only for a forked child's single thread.
    pub(super) fn reset(&self) {
        self.words.get().into_iter().flatten().for_each(|word| word.store(0, Ordering::Relaxed));
    }
}

impl Family {
    /// Ends all series that nobody has recorded into for as long as the policy allows; says how many.
    ///
    /// Not while a reader is on its way through the series, which must see each of them once. New series wait for some
    /// thousands of looks at the most.
    pub(crate) fn sweep(&self, now: u64) -> usize {
        self.exemplars.forget_old(SystemTime::now());
        let write = || self.series.write().expect("nothing panics under this lock");
        write().free.next_round();
        let (mut ended, mut from) = self.sweep_some(&mut write(), 0, now);
        while let Some(next) = from {
            // Locks are not given to those who wait, but to the next one that asks.
            breathe();
            let more = self.sweep_some(&mut write(), next, now);
            (ended, from) = (ended + more.0, more.1);
        }
        let series = &mut *write();
        series.table.compact();
        self.settle(series, 0);
        ended
    }

    /// Does so with some series from this one on; says how many have ended, and where the next one is that was not looked at.
    fn sweep_some(&self, series: &mut Series, from: usize, now: u64) -> (usize, Option<usize>) {
        let Some(expiry) = series.rules.expiry else { return (0, None) };
        let mut idle = std::mem::take(&mut series.idle);
        idle.0.resize(series.table.slots(), Sighting::default());
        let mut ended = 0;
        for (at, sighting) in idle.0.iter_mut().enumerate().skip(from).take(AT_ONCE) {
            let Some(place) = series.table.place(at) else { continue };
            if series.table.labels(at as u32).is_empty() {
                continue;
            }
            let (Place::Cell(cell) | Place::Folded(cell)) = place else { continue };
            // The last question, because from its answer on no call finds the series.
            if self.is_idle(place, sighting, now, expiry) && self.pins.end_idle(cell.index) {
                ended += usize::from(self.end(series, at, place));
            }
        }
        series.idle = idle;
        let next = from + AT_ONCE;
        (ended, (next < series.table.slots()).then_some(next))
    }

    /// The series that may end, by their positions, with where they live and their labels.
    pub(crate) fn passing(&self) -> Vec<(u32, Place, Vec<Label>)> {
        let series = self.series.read().expect("nothing panics under this lock");
        let table = &series.table;
        let owned = |(name, value): (Cow<'_, str>, Cow<'_, str>)| Label::new(name.into_owned(), value.into_owned());
        let may_end = |at: &usize| table.standing(*at) != Standing::Known;
        let all = (0..table.slots()).filter(may_end);
        all.filter_map(|at| Some((at as u32, table.place(at)?, table.labels(at as u32).iter().map(owned).collect())))
            .collect()
    }

    /// Ends the series with just these labels, whatever points to it; says whether it was there.
    pub(crate) fn end_one(&self, labels: Pairs<'_>) -> bool {
        let found = {
            let series = self.series.read().expect("nothing panics under this lock");
            series.table.find_any(&series.table.labels_of(labels))
        };
        found.is_some_and(|found| self.end_all(&[(found.at, found.place)]) > 0)
    }

    /// Ends those of these series that have not ended yet, whatever points to them; says how many.
    ///
    /// Not while a reader is on its way through the series, which must see each of them once.
    pub(crate) fn end_all(&self, gone: &[(u32, Place)]) -> usize {
        let series = &mut *self.series.write().expect("nothing panics under this lock");
        let is_there = |series: &Series, at: usize, place| {
            series.table.place(at) == Some(place) && series.table.standing(at) != Standing::Known
        };
        let ended = gone
            .iter()
            .filter(|(at, place)| is_there(series, *at as usize, *place) && self.end(series, *at as usize, *place))
            .count();
        series.table.compact();
        self.settle(series, 0);
        ended
    }

    /// How many series have ended, and what they have counted: whole units of a counter, or observations.
    pub(crate) fn retired(&self) -> (u64, u64) {
        let series = self.series.read().expect("nothing panics under this lock");
        let counts = match self.kind {
            Kind::Histogram => Layout::new(self.bounds.len()).buckets(),
            _ => 1,
        };
        let of = |words: &[AtomicU64]| -> u64 {
            words.iter().take(counts).fold(0, |sum, word| sum.wrapping_add(word.load(Ordering::Relaxed)))
        };
        // What native buckets count, bounds beside them have counted as well.
        let beside = |index| if self.bounds.is_empty() { self.beside(index) } else { 0 };
        let dead = series.free.dead().map(|index| {
            of(self.cells.words(index)).wrapping_sub(of(self.cells.bases(index))).wrapping_add(beside(index))
        });
        let total = dead.fold(self.retired.words.get().map_or(0, |words| of(words)), u64::wrapping_add);
        let units = if self.kind == Kind::Gauge { 0 } else { total / self.scale.map_or(1, Scale::get) };
        (self.retired.series.load(Ordering::Relaxed), units)
    }

    /// The same, if there is anything to add.
    pub(super) fn retire_some(&self, at: usize, amount: u64) {
        if amount > 0 {
            self.retire(at, amount);
        }
    }

    /// Adds to what ended series have counted.
    #[cold]
    pub(super) fn retire(&self, at: usize, amount: u64) {
        self.retired_words()[at].fetch_add(amount, Ordering::Relaxed);
    }

    /// The same for a sum of fractions.
    #[cold]
    pub(super) fn retire_float(&self, at: usize, amount: f64) {
        crate::store::slab::add_float(&self.retired_words()[at], amount);
    }

    /// A cell begins its next life: what the last one has left is retired, and the bases are set.
    pub(super) fn begin_again(&self, words: &[AtomicU64], bases: &[AtomicU64]) {
        let float = match self.kind {
            Kind::Histogram => Some(Layout::new(self.bounds.len()).float()),
            Kind::Summary => Some(SUM),
            Kind::Counter | Kind::Gauge => None,
        };
        for (at, (word, base)) in words.iter().zip(bases).enumerate() {
            if self.kind == Kind::Gauge {
                word.store(0, Ordering::SeqCst);
            } else if float == Some(at) {
                self.retire_float(at, f64::from_bits(word.swap(0, Ordering::SeqCst)));
            } else {
                // A read-modify-write: it comes before or after each addition, and none is in between.
                let now = word.fetch_add(0, Ordering::SeqCst);
                let left = now.wrapping_sub(base.swap(now, Ordering::Relaxed));
                self.retire(at, left);
            }
        }
    }

    /// Whether the series that lived there has not ended.
    #[inline]
    pub(crate) fn is_alive(&self, place: Place) -> bool {
        match place {
            Place::Word(_) => true,
            Place::Cell(cell) | Place::Folded(cell) => self.cells.get(cell).is_some(),
        }
    }

    /// A handle keeps a series from ending, or lets it end again.
    pub(crate) fn pin(&self, place: Place, by: i32) {
        if let Place::Cell(cell) | Place::Folded(cell) = place {
            self.pins.shift(cell.index, by);
        }
    }

    /// A call that begins keeps a series from ending; says whether the series is there.
    pub(crate) fn hold_for_call(&self, place: Place) -> bool {
        match place {
            Place::Word(_) => true,
            Place::Cell(cell) | Place::Folded(cell) => self.pins.hold(cell.index, || self.cells.get(cell).is_some()),
        }
    }

    /// The call has ended.
    pub(crate) fn release_call(&self, place: Place) {
        if let Place::Cell(cell) | Place::Folded(cell) = place {
            self.pins.release(cell.index);
        }
    }

    /// Whether series of the metric may end for want of records.
    pub(crate) fn expires(&self) -> bool {
        self.series.read().expect("nothing panics under this lock").rules.expiry.is_some()
    }

    fn retired_words(&self) -> &[AtomicU64] {
        self.retired.words.get_or_init(|| (0..self.width()).map(|_| AtomicU64::new(0)).collect())
    }

    /// Whether a series has not been added to for so many seconds.
    fn is_idle(&self, place: Place, sighting: &mut Sighting, now: u64, expiry: u64) -> bool {
        let (Place::Cell(cell) | Place::Folded(cell)) = place else { return false };
        let Some(words) = self.cells.get(cell) else { return false };
        let mark = match self.kind {
            Kind::Gauge => {
                let is_untouched = words[1].fetch_and(!TOUCHED, Ordering::Relaxed) & TOUCHED == 0;
                // Calls in flight will end, and want to find their gauge.
                let is_busy =
                    self.about(|about| about.is_of_calls) && f64::from_bits(words[0].load(Ordering::Relaxed)) != 0.0;
                if is_untouched && !is_busy { sighting.mark } else { sighting.mark.wrapping_add(1) }
            }
            _ => {
                let beside = self.beside(cell.index);
                words.iter().fold(beside, |sum: u64, word| sum.wrapping_add(word.load(Ordering::Relaxed)))
            }
        };
        if (sighting.place, sighting.mark) != (place.pack(), mark) {
            *sighting = Sighting { place: place.pack(), mark, since: now };
            return false;
        }
        now.saturating_sub(sighting.since) >= expiry
    }

    /// What is counted beside the words of a cell, in its present or its last life.
    fn beside(&self, index: u32) -> u64 {
        let natives = self.natives.as_ref().map_or(0, |natives| natives.counted(index));
        natives + self.sketches.as_ref().map_or(0, |sketches| sketches.counted(index))
    }

    /// Ends one series; says whether it could.
    fn end(&self, series: &mut Series, at: usize, place: Place) -> bool {
        let (Place::Cell(cell) | Place::Folded(cell)) = place else { return false };
        let Series { table, axes, free, last_resorts, .. } = series;
        let Some(gone) = table.remove(at) else { return false };
        let labels: Vec<_> =
            gone.labels().iter().map(|(name, value)| (label::sanitize(&name).into_owned(), value)).collect();
        let pairs: Vec<(&str, &str)> = labels.iter().map(|(name, value)| (name.as_str(), value.as_ref())).collect();
        self.pins.end(cell.index);
        self.cells.kill(cell, free);
        // Behind the end of its life, after which none is taken.
        self.exemplars.forget(place);
        match gone.standing {
            // Somebody holds those for ever.
            Standing::Known => {}
            Standing::Counted => {
                axes.discount();
                self.ground.ledger.give(self.place_of_one());
            }
            Standing::LastResort => {
                *last_resorts -= 1;
                if *last_resorts > 0 {
                    self.ground.ledger.give(self.last_resort());
                }
            }
        }
        axes.remove(&pairs.iter().copied(), |name, value| table.hash(name, value));
        self.retired.series.fetch_add(1, Ordering::Relaxed);
        true
    }
}
