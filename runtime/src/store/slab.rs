//! Words that each thread adds to without sharing a cache line, and their sum.
//!
//! A [`Slab`] has one writer at a time: the thread that holds it. It adds with a plain load and store, so that a count
//! costs about as much as on a local variable. Slabs are never freed and never reset while threads run; a thread that
//! ends leaves its counts where they are, and the next holder adds to them. Knows nothing of series.

use std::cell::Cell;

use crate::{
    gate,
    store::{segments, steady, value::Layout},
    sync::{AtomicBool, AtomicU64, OnceLock, Ordering, own},
};

/// Words in one segment; a series' words never straddle two.
#[cfg(not(tachometer_loom))]
pub(crate) const SEGMENT: usize = 1024;
#[cfg(tachometer_loom)]
pub(crate) const SEGMENT: usize = 4;

/// Segments in one slab.
#[cfg(not(tachometer_loom))]
pub(crate) const SEGMENTS: usize = 512;
#[cfg(tachometer_loom)]
pub(crate) const SEGMENTS: usize = 2;

/// The index of a word, the same in every slab.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Word(pub(crate) u32);

impl Word {
    #[inline]
    fn segment(self) -> usize {
        self.0 as usize / SEGMENT % SEGMENTS
    }

    #[inline]
    fn offset(self) -> usize {
        self.0 as usize % SEGMENT
    }
}

/// Words on cache lines of their own.
#[repr(align(64))]
struct Segment([AtomicU64; SEGMENT]);

/// One thread's words.
pub(crate) struct Slab {
    /// Whether a thread holds the slab; for the shared slab, always.
    held: AtomicBool,
    /// Whether there is at most one writer. The shared slab has many, and they use read-modify-write.
    exclusive: bool,
    /// Whether a reader asks those who observe to [give way](steady).
    asked: AtomicBool,
    segments: [OnceLock<Box<Segment>>; SEGMENTS],
}

impl Slab {
    fn new(exclusive: bool) -> Self {
        Self {
            held: AtomicBool::new(!exclusive),
            exclusive,
            asked: AtomicBool::new(false),
            segments: std::array::from_fn(|_| OnceLock::new()),
        }
    }

    /// The words from `word` to the end of its segment.
    #[inline]
    fn words(&self, word: Word) -> &[AtomicU64] {
        let segment = match self.segments[word.segment()].get() {
            Some(segment) => segment,
            None => self.grow(word),
        };
        &segment.0[word.offset()..]
    }

    #[cold]
    fn grow(&self, word: Word) -> &Segment {
        let new = within_shared(|| Box::new(Segment(std::array::from_fn(|_| AtomicU64::new(0)))));
        let make = || self.segments[word.segment()].get_or_init(|| new);
        // The shared one grows under a lock of the store, which a fork takes.
        if self.exclusive { gate::within(make) } else { make() }
    }

    /// Adds to one word, modulo 2⁶⁴.
    #[inline]
    pub(crate) fn add(&self, word: Word, amount: u64) {
        self.add_to(&self.words(word)[0], amount, Ordering::Relaxed);
    }

    /// Adds one to a word if there is memory for it yet; says whether.
    #[inline]
    pub(crate) fn try_count(&self, word: Word) -> bool {
        let segment = self.segments[word.segment()].get();
        if let Some(segment) = segment {
            self.add_to(&segment.0[word.offset()], 1, Ordering::Relaxed);
        }
        segment.is_some()
    }

    /// Adds one to the word at `bucket` and `amount` to the one at `sum`, both counted from `word`.
    /// The word behind `sum` takes over, as seconds, what does not fit that one.
    #[inline]
    pub(crate) fn observe(&self, word: Word, bucket: usize, sum: usize, amount: u64) {
        self.give_way();
        let words = self.words(word);
        self.add_to(&words[bucket], 1, Ordering::Release);
        let before = self.add_to(&words[sum], amount, Ordering::Release);
        carry(before, amount, &words[sum + 1]);
    }

    /// Adds `count` to the word at `bucket`, and `amount` to the one at `sum` as a floating-point number.
    pub(crate) fn observe_float(&self, word: Word, bucket: usize, count: u64, sum: usize, amount: f64) {
        self.give_way();
        let words = self.words(word);
        self.add_to(&words[bucket], count, Ordering::Release);
        if self.exclusive {
            let total = bounded(f64::from_bits(own(&words[sum])) + amount);
            words[sum].store(total.to_bits(), Ordering::Release);
        } else {
            add_float(&words[sum], amount);
        }
    }

    #[inline(always)]
    fn add_to(&self, cell: &AtomicU64, amount: u64, ordering: Ordering) -> u64 {
        if self.exclusive {
            let before = own(cell);
            cell.store(before.wrapping_add(amount), ordering);
            before
        } else {
            cell.fetch_add(amount, ordering)
        }
    }

    /// Waits for a reader that asks for it.
    #[inline(always)]
    fn give_way(&self) {
        if self.asked.load(Ordering::Relaxed) && !steady::give_way(|| self.asked.load(Ordering::Relaxed)) {
            // It has had its time, and asks again if it needs more.
            self.asked.store(false, Ordering::Relaxed);
        }
    }

    /// Adds what this slab has for a histogram to what was read of others.
    fn add_histogram(&self, word: Word, layout: Layout, read: &mut Sums, part: &mut Vec<u64>) {
        let Some(segment) = self.segments[word.segment()].get() else { return };
        let words = &segment.0[word.offset()..];
        let (nanos, float) = read_histogram(words, layout, part, |asked| self.asked.store(asked, Ordering::Relaxed));
        read.counts.iter_mut().zip(&*part).for_each(|(sum, count)| *sum = sum.wrapping_add(*count));
        read.nanos += u128::from(nanos);
        read.float = bounded(read.float + f64::from_bits(float));
    }

    fn read(&self, word: Word) -> u64 {
        self.segments[word.segment()].get().map_or(0, |segment| segment.0[word.offset()].load(Ordering::Relaxed))
    }
}

/// Adds 2⁶⁴ ns to a sum in seconds if a sum in nanoseconds has just overflowed: ten thousand long calls at once need
/// three weeks for it.
#[inline]
pub(crate) fn carry(before: u64, amount: u64, seconds: &AtomicU64) {
    if before.checked_add(amount).is_none() {
        add_float(seconds, 2.0_f64.powi(64) / 1e9);
    }
}

/// A sum of finite numbers: what passes the largest one stays there, so that no later addition makes it meaningless.
#[inline]
pub(crate) fn bounded(sum: f64) -> f64 {
    sum.clamp(f64::MIN, f64::MAX)
}

/// Adds to a sum that has several writers.
pub(crate) fn add_float(cell: &AtomicU64, amount: f64) {
    update_float(cell, |sum| bounded(sum + amount));
}

/// Changes a floating-point number that has several writers; says what it was and is.
///
/// Sequentially consistent, because a [cell](super::cells)'s generation is looked at afterwards.
#[inline]
pub(crate) fn update_float(cell: &AtomicU64, change: impl Fn(f64) -> f64) -> [u64; 2] {
    let mut seen = cell.load(Ordering::Relaxed);
    loop {
        let total = change(f64::from_bits(seen)).to_bits();
        match cell.compare_exchange_weak(seen, total, Ordering::SeqCst, Ordering::Relaxed) {
            Ok(_) => return [seen, total],
            Err(now) => seen = now,
        }
    }
}

/// The counts and the two sums of a histogram, of which the sums are of what is counted. What is being recorded is in one
/// of them or in both; that is one record of each thread. `ask` has those who record give way, or go on.
pub(crate) fn read_histogram(
    words: &[AtomicU64],
    layout: Layout,
    counts: &mut Vec<u64>,
    ask: impl Fn(bool),
) -> (u64, u64) {
    let buckets = &words[..layout.buckets()];
    let mut sums = (0, 0);
    let copy = || {
        counts.clear();
        counts.extend(buckets.iter().map(|bucket| bucket.load(Ordering::Acquire)));
        sums = (words[layout.nanos()].load(Ordering::Acquire), words[layout.float()].load(Ordering::Acquire));
        buckets.iter().zip(&*counts).all(|(bucket, count)| bucket.load(Ordering::Relaxed) == *count)
    };
    if steady::copy(copy, || ask(true)) {
        ask(false);
    }
    sums
}

/// What several slabs have for a histogram.
#[derive(Debug, Default)]
pub(crate) struct Sums {
    pub(crate) counts: Vec<u64>,
    pub(crate) nanos: u128,
    pub(crate) float: f64,
}

/// All slabs of a store: a bounded number with one writer each, and one that all other threads share.
pub(crate) struct Slabs {
    shared: Slab,
    own: Box<[OnceLock<Slab>]>,
}

impl Slabs {
    /// Room for `threads` slabs of their own.
    pub(crate) fn new(threads: usize) -> Self {
        Self { shared: Slab::new(false), own: (0..threads).map(|_| OnceLock::new()).collect() }
    }

    /// The slab that any number of threads may add to.
    pub(crate) fn shared(&self) -> &Slab {
        &self.shared
    }

    /// Makes room for a word in the shared slab, so that no thread ever waits there for another one's allocation.
    pub(crate) fn reserve(&self, word: Word) {
        self.shared.words(word);
    }

    /// A slab that no other thread holds, if there is one left.
    ///
    /// Acquire pairs with the Release of [`release`](Self::release): the new holder sees the last holder's stores.
    pub(crate) fn claim(&self) -> Option<&Slab> {
        self.own.iter().map(|slot| slot.get_or_init(|| Slab::new(true))).find(|slab| {
            !slab.held.load(Ordering::Relaxed)
                && slab.held.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed).is_ok()
        })
    }

    /// Hands a slab on. The caller must not add to it any more.
    pub(crate) fn release(slab: &Slab) {
        slab.held.store(false, Ordering::Release);
    }

    /// What all slabs have for a word, modulo 2⁶⁴.
    pub(crate) fn sum(&self, word: Word) -> u64 {
        self.all().fold(0, |sum, slab| sum.wrapping_add(slab.read(word)))
    }

    /// What all slabs have for a histogram, added in a fixed order so that equal states give equal sums. `part` is for
    /// what one of them has.
    pub(crate) fn sum_histogram(&self, word: Word, layout: Layout, sums: &mut Sums, part: &mut Vec<u64>) {
        sums.counts.clear();
        sums.counts.resize(layout.buckets(), 0);
        (sums.nanos, sums.float) = (0, 0.0);
        self.all().for_each(|slab| slab.add_histogram(word, layout, sums, part));
    }

    fn all(&self) -> impl Iterator<Item = &Slab> {
        std::iter::once(&self.shared).chain(self.own.iter().filter_map(OnceLock::get))
    }

    /// Sets every word to zero and frees the slabs of threads that do not exist in a forked child.
    ///
    /// Only for the child's single thread, before it records anything.
    pub(crate) fn reset(&self, kept: Option<&Slab>) {
        for slab in self.all() {
            for segment in slab.segments.iter().filter_map(OnceLock::get) {
                segments::clear(&segment.0);
            }
            let is_kept = kept.is_some_and(|kept| std::ptr::eq(kept, slab));
            slab.held.store(is_kept || !slab.exclusive, Ordering::Relaxed);
            slab.asked.store(false, Ordering::Relaxed);
        }
    }
}

thread_local! {
    /// The slab that this thread adds to. Has no destructor, so that reading it is one instruction and works until
    /// the thread's very end.
    static CURRENT: Cell<Option<&'static Slab>> = const { Cell::new(None) };

    /// What gives the slab back when the thread ends.
    static LEASE: Lease = const { Lease(Cell::new(None)) };
}

/// A thread's claim on a slab.
struct Lease(Cell<Option<&'static Slabs>>);

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(slabs) = self.0.get() else { return };
        // First the pointer, then the slab: another destructor of this thread may still record, and must not add to a
        // slab that a new thread has claimed meanwhile.
        if let Some(slab) = CURRENT.replace(Some(slabs.shared())) {
            Slabs::release(slab);
        }
    }
}

/// The slab that this thread may add to.
#[inline]
pub(crate) fn current(slabs: &'static Slabs) -> &'static Slab {
    match CURRENT.get() {
        Some(slab) => slab,
        None => attach(slabs),
    }
}

/// The slab that this thread has claimed before, if it has.
#[inline]
pub(crate) fn attached() -> Option<&'static Slab> {
    CURRENT.get()
}

/// Makes something of a slab, whose memory a program's own allocator may count: in the shared one, which has room for all
/// words.
fn within_shared<T>(make: impl FnOnce() -> T) -> T {
    let own = CURRENT.get();
    let shared = LEASE.try_with(|lease| lease.0.get().map(Slabs::shared)).ok().flatten();
    if let (Some(_), Some(shared)) = (own, shared) {
        CURRENT.set(Some(shared));
    }
    let made = make();
    CURRENT.set(own);
    made
}

#[cold]
fn attach(slabs: &'static Slabs) -> &'static Slab {
    // Where an allocator records what is allocated for this.
    CURRENT.set(Some(slabs.shared()));
    // The lease comes first: a slab must not be claimed by a thread that cannot give it back any more.
    let claimed =
        LEASE.try_with(|lease| gate::within(|| slabs.claim()).inspect(|_| lease.0.set(Some(slabs)))).ok().flatten();
    let slab = claimed.unwrap_or(slabs.shared());
    CURRENT.set(Some(slab));
    slab
}

/// loom's unsynchronised load, for [`own`].
#[cfg(tachometer_loom)]
pub(crate) fn unsync_load(cell: &AtomicU64) -> u64 {
    // SAFETY: called for words of an exclusive slab by its holder alone, so no other thread writes at the same time;
    // loom checks just that and fails the model otherwise.
    unsafe { cell.unsync_load() }
}

#[cfg(all(test, not(tachometer_loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_sum_that_overflows_goes_on_in_seconds() {
        let slabs = Slabs::new(1);
        let slab = slabs.claim().expect("nobody else wants it");
        let (bucket, nanos, seconds) = (0, 1, 2);
        slab.observe(Word(1), bucket, nanos, u64::MAX - 10);
        slab.observe(Word(1), bucket, nanos, 1_000_000_010);
        let mut sums = Sums::default();
        slabs.sum_histogram(Word(1), Layout::new(0), &mut sums, &mut Vec::new());
        let sum = sums.nanos as f64 / 1e9 + sums.float;
        assert!((sum - (2.0_f64.powi(64) / 1e9 + 1.0)).abs() < 1e-3, "{sum}");
        assert_eq!(sums.counts, [2]);
        assert_eq!(seconds, nanos + 1);
    }
}
