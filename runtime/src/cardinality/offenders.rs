//! What was turned away from one label: how often and why, about how many different values, and which most of all.
//!
//! Nobody waits here: the sketch is atomic maxima, and whoever finds the list of values taken adds to its error instead.

use std::sync::atomic::AtomicU32;

use hyperloglockless::AtomicHyperLogLog;

use crate::{
    cardinality::{folding::Reason, values::TOLD_APART},
    sync::{AtomicU64, Mutex, Ordering},
};

/// Values that are remembered with their counts.
const REMEMBERED: usize = 16;

/// Bytes that are remembered of a value.
const TEXT: usize = 64;

/// 4,096 registers of a byte: an error of about 1.6 %.
const PRECISION: u8 = 12;

/// How many labels of a process may have a sketch: 16 MiB of them. Somebody may make up metrics and labels, too.
const SKETCHES: u32 = 4096;

/// How many have one. The standard library's own type, as it is a constant.
static SKETCHED: AtomicU32 = AtomicU32::new(0);

const REASONS: usize = Reason::ALL.len();

/// The book of one label.
pub(crate) struct Offenders {
    folded: [AtomicU64; REASONS],
    would_fold: [AtomicU64; REASONS],
    /// None where there are too many of them.
    distinct: Option<AtomicHyperLogLog>,
    top: Mutex<Top>,
    /// How many values were not looked at, because the list was taken.
    missed: AtomicU64,
}

/// The values that were turned away most often, by the space-saving algorithm: the rarest gives its place, and its
/// count as an error, to a new one.
#[derive(Default)]
struct Top {
    entries: Vec<Offender>,
}

/// A value that was turned away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Offender {
    /// Its beginning, for long ones.
    pub(crate) value: String,
    pub(crate) hash: u64,
    /// How often, as far as is known.
    pub(crate) count: u64,
    /// By how much that may be off.
    pub(crate) error: u64,
}

impl Offenders {
    /// With the hashes of the values that are there.
    pub(crate) fn new(admitted: impl Iterator<Item = u64>) -> Self {
        let has_room = SKETCHED.fetch_add(1, Ordering::Relaxed) < SKETCHES;
        let distinct = has_room.then(|| AtomicHyperLogLog::new(PRECISION));
        if let Some(sketch) = &distinct {
            admitted.for_each(|hash| sketch.insert_hash(mixed(hash)));
        }
        Self {
            folded: std::array::from_fn(|_| AtomicU64::new(0)),
            would_fold: std::array::from_fn(|_| AtomicU64::new(0)),
            distinct,
            top: Mutex::default(),
            missed: AtomicU64::new(0),
        }
    }

    /// Another value was admitted.
    pub(crate) fn admitted(&self, hash: u64) {
        if let Some(distinct) = &self.distinct {
            distinct.insert_hash(mixed(hash));
        }
    }

    /// A value was turned away.
    pub(crate) fn folded(&self, value: &str, hash: u64, reason: Reason) {
        self.folded[reason as usize].fetch_add(1, Ordering::Relaxed);
        self.saw(value, hash);
    }

    /// A value would have been turned away.
    pub(crate) fn would_fold(&self, value: &str, hash: u64, reason: Reason) {
        self.would_fold[reason as usize].fetch_add(1, Ordering::Relaxed);
        self.saw(value, hash);
    }

    /// How often a value was turned away, and would have been, for this reason.
    pub(crate) fn counts(&self, reason: Reason) -> (u64, u64) {
        let of = |counts: &[AtomicU64; REASONS]| counts[reason as usize].load(Ordering::Relaxed);
        (of(&self.folded), of(&self.would_fold))
    }

    /// About how many different values there have been, those that were admitted among them. Nobody knows where many
    /// other labels have turned values away before.
    pub(crate) fn distinct(&self) -> Option<u64> {
        self.distinct.as_ref().map(|distinct| distinct.raw_count().round() as u64)
    }

    /// The values that were turned away most often, the first of them first. Their errors hold what was missed.
    pub(crate) fn top(&self) -> Vec<Offender> {
        let missed = self.missed.load(Ordering::Relaxed);
        let Ok(top) = self.top.try_lock() else { return Vec::new() };
        let mut entries = top.entries.clone();
        drop(top);
        entries.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.value.cmp(&b.value)));
        entries.iter_mut().for_each(|entry| entry.error += missed);
        entries
    }

    /// Bytes of the book.
    pub(crate) fn bytes(&self) -> usize {
        let sketch = self.distinct.as_ref().map_or(0, |_| 1 << PRECISION);
        let top = REMEMBERED * (size_of::<Offender>() + TEXT);
        size_of::<Self>() + sketch + top
    }

    /// Forgets how often values were turned away, and which; only for a forked child's single thread. About how many
    /// different ones there have been stays.
    pub(crate) fn reset(&self) {
        let counts = self.folded.iter().chain(&self.would_fold).chain([&self.missed]);
        counts.for_each(|count| count.store(0, Ordering::Relaxed));
        if let Ok(mut top) = self.top.try_lock() {
            // Not freed: memory is nobody's to manage in the midst of a fork.
            std::mem::take(&mut top.entries).leak();
        }
    }

    fn saw(&self, value: &str, hash: u64) {
        self.admitted(hash);
        match self.top.try_lock() {
            Ok(mut top) => top.count(value, hash),
            Err(_) => {
                self.missed.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

/// A hash all of whose bits depend on all of another one's: a sketch looks at few of them (the finalizer of MurmurHash3).
fn mixed(hash: u64) -> u64 {
    let hash = hash & TOLD_APART;
    let hash = (hash ^ (hash >> 33)).wrapping_mul(0xFF51_AFD7_ED55_8CCD);
    let hash = (hash ^ (hash >> 33)).wrapping_mul(0xC4CE_B9FE_1A85_EC53);
    hash ^ (hash >> 33)
}

impl Top {
    fn count(&mut self, value: &str, hash: u64) {
        if let Some(known) = self.entries.iter_mut().find(|entry| entry.hash == hash) {
            known.count += 1;
            return;
        }
        let text = &value[..value.floor_char_boundary(TEXT)];
        if self.entries.len() < REMEMBERED {
            // Room for any value that may take this one's place.
            self.entries.reserve_exact(REMEMBERED - self.entries.len());
            let mut value = String::with_capacity(TEXT);
            value.push_str(text);
            self.entries.push(Offender { value, hash, count: 1, error: 0 });
            return;
        }
        if let Some(rarest) = self.entries.iter_mut().min_by_key(|entry| entry.count) {
            rarest.value.clear();
            rarest.value.push_str(text);
            rarest.hash = hash;
            rarest.error = rarest.count;
            rarest.count += 1;
        }
    }
}

#[cfg(all(test, not(tachometer_loom)))]
mod tests {
    use super::*;

    #[test]
    fn the_loudest_are_remembered_among_many() {
        let offenders = Offenders::new([1, 2, 3].into_iter().map(|n: u64| n << 20));
        for n in 4..10_000_u64 {
            offenders.folded(&n.to_string(), n << 20, Reason::Values);
            if n % 3 == 0 {
                offenders.folded("loud", 7, Reason::Values);
            }
        }
        let top = offenders.top();
        assert_eq!(top.len(), REMEMBERED);
        let loud = &top[0];
        assert_eq!(loud.value, "loud");
        assert!(loud.count - loud.error <= 3_332 && 3_332 <= loud.count, "{loud:?}");
        let distinct = offenders.distinct().expect("there is room");
        assert!((9_400..10_600).contains(&distinct), "{distinct}");
        assert_eq!(offenders.counts(Reason::Values), (9_996 + 3_332, 0));
    }

    #[test]
    fn values_that_nobody_could_note_are_in_the_error() {
        let offenders = Offenders::new(std::iter::empty());
        offenders.folded("first", 1 << 20, Reason::Values);
        let taken = offenders.top.lock().expect("nobody panics");
        (0..3).for_each(|_| offenders.folded("missed", 2 << 20, Reason::Values));
        drop(taken);
        let first = Offender { value: "first".to_owned(), hash: 1 << 20, count: 1, error: 3 };
        assert_eq!(offenders.top(), [first]);
        assert_eq!(offenders.counts(Reason::Values), (4, 0));
        assert_eq!(offenders.distinct(), Some(2));
    }

    #[test]
    fn there_are_only_so_many_sketches() {
        let books: Vec<_> = (0..SKETCHES + 10).map(|_| Offenders::new(std::iter::empty())).collect();
        books.iter().for_each(|book| book.folded("x", 1 << 20, Reason::Values));
        let sketched = books.iter().filter(|book| book.distinct() == Some(1)).count();
        assert!((1..=SKETCHES as usize).contains(&sketched), "{sketched}");
        let last = books.last().expect("there are some");
        assert_eq!((last.distinct(), last.counts(Reason::Values), last.top().len()), (None, (1, 0), 1));
    }

    #[test]
    fn long_values_are_cut_at_a_character() {
        let offenders = Offenders::new(std::iter::empty());
        offenders.would_fold(&"ä".repeat(100), 1, Reason::List);
        assert_eq!(offenders.top()[0].value, "ä".repeat(32));
        assert_eq!(offenders.counts(Reason::List), (0, 1));
    }
}
