//! The series of one family: a look-up from labels to a compact record, and the label blocks in an arena.
//!
//! Plain data without locks; the [family](super::family) guards it. Keys that would print the same line are one series.

mod batch;

mod room;

use std::{
    collections::BTreeSet,
    hash::{BuildHasher, Hasher},
    ops::Range,
};

use hashbrown::HashTable;

pub(crate) use self::batch::Batch;
use crate::{
    metric::block::{self, LabelBlock},
    store::{
        pairs::{self, Pairs},
        value::Place,
    },
};

/// Records in one chunk of the list.
const CHUNK: usize = 1024;

/// Bytes in the largest chunk of the arena, and so of the longest block.
const ARENA_CHUNK: usize = 1 << 16;

/// All series of a family, in the order of their admission.
#[derive(Default)]
pub(crate) struct Table {
    /// Seeded, so that nobody can bring forth labels that all have one hash.
    hasher: foldhash::fast::RandomState,
    index: HashTable<u32>,
    records: Vec<Vec<Record>>,
    /// How many records there are, those of series that have ended among them.
    slots: usize,
    /// Records of series that have ended.
    vacant: Vec<u32>,
    arena: Vec<String>,
    /// Bytes of the arena that belong to no series any more.
    garbage: usize,
    /// Bytes that the chunks of records and of the arena take.
    chunks: usize,
    /// Records that look-ups do not find, though their series are there. Hardly ever any.
    unlinked: BTreeSet<u32>,
}

/// What is known of a series besides its labels' text and its value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Record {
    /// The lower half of the key's hash; the rest of it is made up from this half.
    hash: u32,
    /// Where the block begins: the chunk in the upper half, the offset in the lower.
    at: u32,
    len: u16,
    classic: bool,
    standing: Standing,
    place: [u32; 2],
    started: Age,
}

/// What a series is to the guard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Known before it is recorded into, so that it takes no room and never ends.
    Known,
    /// One of those that are limited.
    Counted,
    /// All its labels that can be folded are: there is nowhere else to go.
    LastResort,
}

/// How old the store was, in tenths of a second: enough for 13 years.
pub(crate) type Age = u32;

/// What is noted of a new series besides its labels.
#[derive(Debug, Clone, Copy)]
pub(crate) struct New {
    /// Where its value lives.
    pub(crate) place: Place,
    pub(crate) standing: Standing,
    pub(crate) now: Age,
}

impl Record {
    /// When the series was admitted.
    pub(crate) fn started(&self) -> Age {
        self.started
    }

    pub(crate) fn place(&self) -> Option<Place> {
        Place::unpack(u64::from(self.place[0]) << 32 | u64::from(self.place[1]))
    }
}

/// A series that is in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    /// Its position in the order of admission.
    pub(crate) at: u32,
    /// Where its value lives.
    pub(crate) place: Place,
    /// Whether it is not the one that was asked for, but one that stands for it.
    pub(crate) folded: bool,
}

/// The labels of a series that has ended.
pub(crate) struct Gone {
    text: String,
    classic: bool,
    pub(crate) standing: Standing,
}

impl Gone {
    pub(crate) fn labels(&self) -> LabelBlock<'_> {
        LabelBlock::new(&self.text, self.classic)
    }
}

/// Why a series cannot be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// There is no room for its value or its labels.
    Full,
    /// Two of its labels would be printed under one name.
    LabelNames,
    /// A limit of the guard leaves no other way.
    Limit,
}

/// Labels as the table looks them up.
#[derive(Clone, Copy)]
pub(crate) struct Labels<'a> {
    hash: u32,
    pairs: Pairs<'a>,
}

impl Table {
    /// How many places there are, those of series that have ended among them.
    pub(crate) fn slots(&self) -> usize {
        self.slots
    }

    /// Where the value of the `at`-th series lives; nowhere if it has ended.
    pub(crate) fn place(&self, at: usize) -> Option<Place> {
        (at < self.slots).then(|| self.record(at)).and_then(Record::place)
    }

    /// Forgets the `at`-th series; its labels, unless it is gone already.
    pub(crate) fn remove(&mut self, at: usize) -> Option<Gone> {
        let record = *self.record(at);
        record.place()?;
        let (text, classic, standing) = (self.block(&record).as_str().to_owned(), record.classic, record.standing);
        self.unlink(at);
        self.unlinked.remove(&(at as u32));
        let gone = self.record_mut(at);
        // Not where its block was: the arena may be shorter by the time that the record is copied.
        (gone.place, gone.at, gone.len) = ([0, 0], 0, 0);
        self.vacant.push(at as u32);
        self.garbage += text.len();
        Some(Gone { text, classic, standing })
    }

    /// Lets the `at`-th series be found, or not. It keeps its place and its value.
    pub(crate) fn set_linked(&mut self, at: usize, linked: bool) {
        if !linked {
            self.unlink(at);
            self.unlinked.insert(at as u32);
            return;
        }
        self.unlinked.remove(&(at as u32));
        if self.index.find(spread(self.record(at).hash), |&other| other as usize == at).is_none() {
            self.link(at as u32);
        }
    }

    fn unlink(&mut self, at: usize) {
        let hash = self.record(at).hash;
        if let Ok(entry) = self.index.find_entry(spread(hash), |&other| other as usize == at) {
            entry.remove();
        }
    }

    fn link(&mut self, at: u32) {
        let records = &self.records;
        let hash_of = |&at: &u32| spread(records[at as usize / CHUNK][at as usize % CHUNK].hash);
        self.index.insert_unique(hash_of(&at), at, hash_of);
    }

    /// Gives memory back once half of it belongs to series that have ended.
    pub(crate) fn compact(&mut self) {
        let bytes: usize = self.arena.iter().map(String::len).sum();
        if self.garbage < ARENA_CHUNK || self.garbage * 2 < bytes {
            return;
        }
        let old = std::mem::take(&mut self.arena);
        self.chunks -= old.iter().map(String::capacity).sum::<usize>();
        for at in 0..self.slots {
            let record = *self.record(at);
            if record.place().is_some() {
                let start = record.at as usize % ARENA_CHUNK;
                let text = &old[record.at as usize / ARENA_CHUNK][start..start + usize::from(record.len)];
                // It has been there before, in no less room.
                if let Some(at_new) = self.keep(text) {
                    self.record_mut(at).at = at_new;
                }
            }
        }
        self.garbage = 0;
    }

    /// Labels to look up, in whatever order they are given. Names are compared as they are printed: those that are no
    /// classic ones match nothing.
    #[inline]
    pub(crate) fn labels_of<'a>(&self, pairs: Pairs<'a>) -> Labels<'a> {
        let hash = pairs.iter().fold(0, |sum: u64, (name, value)| sum.wrapping_add(self.hash(name, value)));
        Labels { hash: (hash >> 32) as u32, pairs }
    }

    /// The hash of one label.
    #[inline]
    pub(crate) fn hash(&self, name: &str, value: &str) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        hasher.write(name.as_bytes());
        hasher.write(value.as_bytes());
        hasher.finish()
    }

    /// The series with these labels.
    pub(crate) fn find(&self, labels: &Labels<'_>) -> Option<Found> {
        let at = *self.index.find(spread(labels.hash), |&at| self.is(at, labels))?;
        Some(Found { at, place: self.record(at as usize).place()?, folded: false })
    }

    /// The series with these labels, also one that look-ups do not find.
    pub(crate) fn find_any(&self, labels: &Labels<'_>) -> Option<Found> {
        let unlinked = || self.unlinked.iter().copied().find(|at| self.is(*at, labels));
        self.find(labels).or_else(|| {
            let at = unlinked()?;
            Some(Found { at, place: self.record(at as usize).place()?, folded: false })
        })
    }

    /// What the `at`-th series is to the guard.
    pub(crate) fn standing(&self, at: usize) -> Standing {
        self.record(at).standing
    }

    /// From now on the `at`-th series is this to the guard.
    pub(crate) fn set_standing(&mut self, at: usize, standing: Standing) {
        self.record_mut(at).standing = standing;
    }

    /// From now on the `at`-th series counts from this age on.
    pub(crate) fn set_started(&mut self, at: usize, now: Age) {
        self.record_mut(at).started = now;
    }

    /// The labels of the `at`-th series.
    pub(crate) fn labels(&self, at: u32) -> LabelBlock<'_> {
        self.block(self.record(at as usize))
    }

    /// Adds the series with these labels, which is not there yet. It is printed with the names that are `written`.
    pub(crate) fn insert(
        &mut self,
        labels: &Labels<'_>,
        written: Pairs<'_>,
        New { place, standing, now }: New,
    ) -> Result<Found, Refusal> {
        if labels.pairs.have_a_name_twice() {
            return Err(Refusal::LabelNames);
        }
        let (at, len, classic) = self.store_block(written).ok_or(Refusal::Full)?;
        let packed = place.pack();
        let place_words = [(packed >> 32) as u32, packed as u32];
        let record = Record { hash: labels.hash, at, len, classic, standing, place: place_words, started: now };
        Ok(Found { at: self.push(record), place, folded: false })
    }

    /// Copies some series, at most `most`, beginning with the `from`-th; none when there are no more.
    pub(crate) fn copy(&self, from: usize, most: usize, batch: &mut Batch) {
        batch.text.clear();
        batch.records.clear();
        let chunk = self.records.get(from / CHUNK).and_then(|chunk| chunk.get(from % CHUNK..)).unwrap_or_default();
        batch.records.extend_from_slice(&chunk[..chunk.len().min(most)]);
        // Most blocks stand one behind the other, and such a run is one copy.
        let mut run = 0..0;
        for record in &batch.records {
            let at = record.at as usize;
            if at != run.end || at.is_multiple_of(ARENA_CHUNK) {
                batch.text.push_str(self.text(&run));
                run = at..at;
            }
            run.end += usize::from(record.len);
        }
        batch.text.push_str(self.text(&run));
    }

    fn push(&mut self, record: Record) -> u32 {
        let at = match self.vacant.pop() {
            Some(at) => {
                *self.record_mut(at as usize) = record;
                at
            }
            None => self.append(record),
        };
        // No entry equals a new one: `insert` has looked.
        self.link(at);
        at
    }

    fn append(&mut self, record: Record) -> u32 {
        let at = self.slots as u32;
        self.slots += 1;
        let room = self.room();
        let before = match self.records.last_mut() {
            Some(chunk) if chunk.len() < CHUNK => {
                let before = chunk.capacity();
                chunk.push(record);
                before
            }
            _ => {
                let mut chunk = Vec::with_capacity(room);
                chunk.push(record);
                self.records.push(chunk);
                0
            }
        };
        let now = self.records.last().map_or(0, Vec::capacity);
        self.chunks += (now - before) * size_of::<Record>();
        at
    }

    /// How many records there is room for in the next chunk.
    fn room(&self) -> usize {
        if self.records.is_empty() { 1 } else { CHUNK }
    }

    fn record(&self, at: usize) -> &Record {
        &self.records[at / CHUNK][at % CHUNK]
    }

    fn record_mut(&mut self, at: usize) -> &mut Record {
        &mut self.records[at / CHUNK][at % CHUNK]
    }

    fn block(&self, record: &Record) -> LabelBlock<'_> {
        let at = record.at as usize;
        LabelBlock::new(self.text(&(at..at + usize::from(record.len))), record.classic)
    }

    /// A part of the arena, within one chunk.
    fn text(&self, part: &Range<usize>) -> &str {
        let start = part.start % ARENA_CHUNK;
        self.arena.get(part.start / ARENA_CHUNK).map_or("", |chunk| &chunk[start..start + part.len()])
    }

    fn is(&self, at: u32, labels: &Labels<'_>) -> bool {
        let record = self.record(at as usize);
        record.hash == labels.hash && pairs::same(self.block(record), labels.pairs)
    }

    fn store_block(&mut self, labels: Pairs<'_>) -> Option<(u32, u16, bool)> {
        let (text, classic) = block::of(labels.iter());
        let len = u16::try_from(text.len()).ok()?;
        Some((self.keep(&text)?, len, classic))
    }

    /// Copies a text into the arena.
    fn keep(&mut self, text: &str) -> Option<u32> {
        if !self.fits(text.len()) {
            if self.arena.len() >= ARENA_CHUNK {
                return None;
            }
            let chunk = String::with_capacity(self.next_chunk(text.len()));
            self.chunks += chunk.capacity();
            self.arena.push(chunk);
        }
        let number = self.arena.len() - 1;
        let chunk = &mut self.arena[number];
        let at = number * ARENA_CHUNK + chunk.len();
        chunk.push_str(text);
        u32::try_from(at).ok()
    }
}

/// A whole hash of the half that a record keeps: hashbrown wants the upper bits to differ as well.
#[inline]
fn spread(hash: u32) -> u64 {
    u64::from(hash).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

#[cfg(all(test, not(tachometer_loom)))]
mod tests;
