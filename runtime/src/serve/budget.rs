//! How many bytes of documents exist for their readers, and who has to go when they become too many. It knows neither what
//! documents hold nor what connections are.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::{Duration, Instant},
};

/// A reader is as quick as it was in the last one to two of these.
const SLOT: Duration = Duration::from_secs(5);

/// Nobody is slow who has not had so long.
const YOUTH: Duration = Duration::from_secs(1);

/// The bound of all documents together, of all tenants.
pub(super) struct Budget<D> {
    bytes: u64,
    state: Mutex<State<D>>,
}

struct State<D> {
    held: u64,
    readers: Vec<Weak<Reader<D>>>,
}

/// The bytes of one document, as long as it exists.
pub(super) struct Held<D> {
    bytes: u64,
    budget: Arc<Budget<D>>,
}

/// One client on its way through a document.
pub(super) struct Reader<D> {
    document: Mutex<Option<Arc<D>>>,
    /// What tells documents apart.
    place: usize,
    begun: Instant,
    taken: Mutex<Taken>,
    /// Ends what waits for the client.
    end: Box<dyn Fn() + Send + Sync>,
}

/// What a client has taken lately, in bytes.
struct Taken {
    /// When the slot began that is being filled.
    slot: Instant,
    now: u64,
    before: u64,
}

impl<D> Budget<D> {
    pub(super) fn new(bytes: u64) -> Arc<Self> {
        Arc::new(Self { bytes, state: Mutex::new(State { held: 0, readers: Vec::new() }) })
    }

    /// Whether so many more bytes are too many.
    pub(super) fn is_short(&self, more: u64) -> bool {
        self.state().held.saturating_add(more) > self.bytes
    }

    /// Counts the bytes of a document that exists from now on.
    pub(super) fn hold(self: &Arc<Self>, bytes: u64) -> Held<D> {
        self.state().held += bytes;
        Held { bytes, budget: Arc::clone(self) }
    }

    /// Cuts readers off until there is room for so many more bytes, or no reader is left that could be: those of one document
    /// after the other, first of the one whose quickest reader is the slowest.
    pub(super) fn make_room(&self, more: u64) {
        while self.is_short(more) {
            let slowest = self.slowest(Instant::now());
            if slowest.is_empty() {
                return;
            }
            // Not under the lock, which the document takes when it goes.
            slowest.iter().for_each(|reader| reader.cut());
        }
    }

    fn slowest(&self, now: Instant) -> Vec<Arc<Reader<D>>> {
        let mut state = self.state();
        state.readers.retain(|reader| reader.strong_count() > 0);
        let readers: Vec<_> = state.readers.iter().filter_map(Weak::upgrade).filter(|it| it.is_reading()).collect();
        drop(state);
        let mut quickest: HashMap<usize, (f64, Instant)> = HashMap::new();
        for reader in &readers {
            let (speed, begun) = quickest.entry(reader.place).or_insert((0.0, reader.begun));
            (*speed, *begun) = (speed.max(reader.speed(now)), (*begun).min(reader.begun));
        }
        let of_all =
            quickest.into_iter().min_by(|(_, one), (_, other)| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)));
        let place = of_all.map(|(place, _)| place);
        readers.into_iter().filter(|reader| Some(reader.place) == place).collect()
    }

    fn state(&self) -> MutexGuard<'_, State<D>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<D> Held<D> {
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// A client that reads the document, and can be cut off; `end` ends what waits for it.
    pub(super) fn read(&self, document: Arc<D>, end: impl Fn() + Send + Sync + 'static) -> Arc<Reader<D>> {
        let reader = Arc::new(Reader::new(document, end));
        self.budget.state().readers.push(Arc::downgrade(&reader));
        reader
    }
}

impl<D> Drop for Held<D> {
    fn drop(&mut self) {
        self.budget.state().held -= self.bytes;
    }
}

impl<D> Reader<D> {
    /// One that no budget knows.
    pub(super) fn new(document: Arc<D>, end: impl Fn() + Send + Sync + 'static) -> Self {
        let begun = Instant::now();
        let taken = Mutex::new(Taken { slot: begun, now: 0, before: 0 });
        let place = Arc::as_ptr(&document).addr();
        Self { document: Mutex::new(Some(document)), place, begun, taken, end: Box::new(end) }
    }

    /// What it reads; none once it was cut off.
    pub(super) fn document(&self) -> Option<Arc<D>> {
        lock(&self.document).clone()
    }

    /// It has taken so many bytes.
    pub(super) fn took(&self, bytes: u64) {
        let mut taken = lock(&self.taken);
        taken.pass(Instant::now());
        taken.now += bytes;
    }

    fn is_reading(&self) -> bool {
        lock(&self.document).is_some()
    }

    fn cut(&self) {
        let document = lock(&self.document).take();
        drop(document);
        (self.end)();
    }

    /// Bytes a second.
    fn speed(&self, now: Instant) -> f64 {
        if now.saturating_duration_since(self.begun) < YOUTH {
            return f64::INFINITY;
        }
        let mut taken = lock(&self.taken);
        taken.pass(now);
        let from = taken.slot.checked_sub(SLOT).map_or(self.begun, |from| from.max(self.begun));
        (taken.before + taken.now) as f64 / now.saturating_duration_since(from).max(YOUTH).as_secs_f64()
    }
}

impl Taken {
    fn pass(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.slot);
        if passed >= 2 * SLOT {
            *self = Self { slot: now, now: 0, before: 0 };
        } else if passed >= SLOT {
            *self = Self { slot: self.slot + SLOT, now: 0, before: self.now };
        }
    }
}

impl<D> fmt::Debug for Reader<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("begun", &self.begun).finish_non_exhaustive()
    }
}

impl<D> fmt::Debug for Held<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Held").field(&self.bytes).finish()
    }
}

impl<D> fmt::Debug for Budget<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Budget").field("bytes", &self.bytes).field("held", &self.state().held).finish_non_exhaustive()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// A document of some bytes.
    #[derive(Debug)]
    struct Page(Option<Held<Page>>);

    fn page(budget: &Arc<Budget<Page>>, bytes: u64) -> Arc<Page> {
        Arc::new(Page(Some(budget.hold(bytes))))
    }

    /// A reader that began so long ago and has taken so many bytes since.
    fn reader(page: &Arc<Page>, seconds: u64, bytes: u64, ended: &Arc<AtomicUsize>) -> Arc<Reader<Page>> {
        let ended = Arc::clone(ended);
        let mut reader = Reader::new(page.clone(), move || {
            ended.fetch_add(1, Ordering::Relaxed);
        });
        let begun = Instant::now().checked_sub(Duration::from_secs(seconds)).expect("the machine runs for longer");
        reader.begun = begun;
        reader.taken = Mutex::new(Taken { slot: Instant::now(), now: bytes, before: 0 });
        let reader = Arc::new(reader);
        let budget = &page.0.as_ref().expect("it has some bytes").budget;
        budget.state().readers.push(Arc::downgrade(&reader));
        reader
    }

    #[test]
    fn bytes_are_held_as_long_as_a_document_exists() {
        let budget = Budget::<Page>::new(100);
        let first = page(&budget, 60);
        assert!(!budget.is_short(40) && budget.is_short(41));
        drop(first);
        assert!(!budget.is_short(100));
    }

    #[test]
    fn the_slowest_goes_first_and_only_as_many_as_have_to() {
        let budget = Budget::new(100);
        let ended = Arc::new(AtomicUsize::new(0));
        let pages: Vec<_> = (0..3).map(|_| page(&budget, 30)).collect();
        let quick = reader(&pages[0], 4, 4_000_000, &ended);
        let slow = reader(&pages[1], 4, 40_000, &ended);
        let resting = reader(&pages[2], 4, 0, &ended);
        drop(pages);
        budget.make_room(10);
        assert!(quick.is_reading() && slow.is_reading() && resting.is_reading(), "there is room");
        budget.make_room(20);
        assert!(quick.is_reading() && slow.is_reading() && !resting.is_reading());
        budget.make_room(70);
        assert!(quick.is_reading() && !slow.is_reading());
        assert_eq!(ended.load(Ordering::Relaxed), 2);
        budget.make_room(1000);
        assert!(!quick.is_reading() && !budget.is_short(100), "what does not fit has at least all that there is");
    }

    #[test]
    fn a_document_with_one_quick_reader_stays() {
        let budget = Budget::new(100);
        let ended = Arc::new(AtomicUsize::new(0));
        let (shared, single) = (page(&budget, 50), page(&budget, 50));
        let resting = reader(&shared, 9, 0, &ended);
        let quick = reader(&shared, 9, 9_000_000, &ended);
        let slow = reader(&single, 9, 900, &ended);
        drop((shared, single));
        budget.make_room(50);
        assert!(resting.is_reading() && quick.is_reading() && !slow.is_reading());
    }

    #[test]
    fn nobody_is_slow_who_has_just_come() {
        let budget = Budget::new(100);
        let ended = Arc::new(AtomicUsize::new(0));
        let (new, old) = (page(&budget, 50), page(&budget, 50));
        let fresh = reader(&new, 0, 0, &ended);
        let slow = reader(&old, 60, 100_000, &ended);
        drop((new, old));
        budget.make_room(50);
        assert!(fresh.is_reading() && !slow.is_reading());
    }

    #[test]
    fn speed_is_that_of_the_last_seconds() {
        let at = Instant::now();
        let mut taken = Taken { slot: at, now: 1000, before: 0 };
        taken.pass(at + SLOT);
        assert_eq!((taken.now, taken.before), (0, 1000));
        taken.now = 7;
        taken.pass(at + 2 * SLOT);
        assert_eq!((taken.now, taken.before), (0, 7));
        taken.pass(at + 5 * SLOT);
        assert_eq!((taken.now, taken.before), (0, 0), "what came long ago does not count");
    }
}
