//! The series of one family: a look-up from labels to a compact record, and the label blocks in an arena.
//!
//! Plain data without locks or atomics; the [family](super::family) guards it. Label names are compared as they are
//! printed, so that two keys which would print the same line are one series.

use std::{borrow::Cow, ops::Range};

use hashbrown::{HashTable, hash_table::Entry};
use metrics::{Key, Label};

use crate::{
    metric::{
        block::{self, LabelBlock},
        label,
    },
    store::value::Place,
};

/// Records in one chunk of the list.
const CHUNK: usize = 1024;

/// Bytes in the largest chunk of the arena, and so of the longest block.
const ARENA_CHUNK: usize = 1 << 16;

/// All series of a family, in the order of their admission.
#[derive(Default)]
pub(crate) struct Table {
    index: HashTable<u32>,
    records: Vec<Vec<Record>>,
    arena: Vec<String>,
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
    place: [u32; 2],
    started: Age,
}

/// How old the store was, in tenths of a second: enough for 13 years.
pub(crate) type Age = u32;

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
}

/// Why a series cannot be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// There is no room for its value or its labels.
    Full,
    /// Two of its labels would be printed under one name.
    LabelNames,
}

impl Refusal {
    /// The refusal as a label value.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::LabelNames => "label_names",
        }
    }
}

/// A key as the table looks it up.
pub(crate) struct Labels<'a> {
    hash: u32,
    /// As they are looked up: with classic names.
    canonical: Cow<'a, [Label]>,
    /// As the program wrote them.
    written: &'a [Label],
}

impl<'a> Labels<'a> {
    /// As the program wrote them, which is how nearly all keys are found.
    pub(crate) fn written(key: &'a Key) -> Self {
        let written = key.labels().as_slice();
        Self { hash: key.get_hash() as u32, canonical: Cow::Borrowed(written), written }
    }

    /// As they are printed in the family of this name, so that keys which are printed alike are one.
    pub(crate) fn printed(key: &'a Key, family: &str) -> Self {
        let labels = Self::written(key);
        if key.name() == family && labels.written.iter().all(|label| label::is_valid(label.key())) {
            return labels;
        }
        let plain = |given: &Label| Label::new(label::sanitize(given.key()).into_owned(), given.value().to_owned());
        let canonical: Vec<Label> = labels.written.iter().map(plain).collect();
        let hash = Key::from_parts(family.to_owned(), canonical.clone()).get_hash() as u32;
        Self { hash, canonical: Cow::Owned(canonical), ..labels }
    }

    fn has_a_name_twice(&self) -> bool {
        let labels = &self.canonical;
        labels.iter().enumerate().any(|(n, label)| labels[..n].iter().any(|other| other.key() == label.key()))
    }
}

impl Table {
    /// How many series there are.
    pub(crate) fn len(&self) -> usize {
        self.index.len()
    }

    /// The series with these labels.
    pub(crate) fn find(&self, labels: &Labels<'_>) -> Option<Found> {
        let at = *self.index.find(spread(labels.hash), |&at| self.is(at, labels))?;
        Some(Found { at, place: self.record(at as usize).place()? })
    }

    /// The labels of the `at`-th series.
    pub(crate) fn labels(&self, at: u32) -> LabelBlock<'_> {
        self.block(self.record(at as usize))
    }

    /// Adds the series with these labels, which is not there yet, and whose value lives at `place` from now on.
    pub(crate) fn insert(&mut self, labels: &Labels<'_>, place: Place, now: Age) -> Result<Found, Refusal> {
        if labels.has_a_name_twice() {
            return Err(Refusal::LabelNames);
        }
        let (at, len, classic) = self.store_block(labels.written).ok_or(Refusal::Full)?;
        let packed = place.pack();
        let record =
            Record { hash: labels.hash, at, len, classic, place: [(packed >> 32) as u32, packed as u32], started: now };
        Ok(Found { at: self.push(record), place })
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
        let at = self.len() as u32;
        match self.records.last_mut() {
            Some(chunk) if chunk.len() < CHUNK => chunk.push(record),
            last => {
                let room = if last.is_some() { CHUNK } else { 1 };
                let mut chunk = Vec::with_capacity(room);
                chunk.push(record);
                self.records.push(chunk);
            }
        }
        let records = &self.records;
        let hash_of = |&at: &u32| spread(records[at as usize / CHUNK][at as usize % CHUNK].hash);
        // No entry equals a new one: `insert` has looked.
        if let Entry::Vacant(vacant) = self.index.entry(spread(record.hash), |_| false, hash_of) {
            vacant.insert(at);
        }
        at
    }

    fn record(&self, at: usize) -> &Record {
        &self.records[at / CHUNK][at % CHUNK]
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
        record.hash == labels.hash && same(self.block(record), &labels.canonical)
    }

    fn store_block(&mut self, labels: &[Label]) -> Option<(u32, u16, bool)> {
        let (text, classic) = block::of(labels.iter().map(|label| (label.key(), label.value())));
        let len = u16::try_from(text.len()).ok()?;
        let fits = self.arena.last().is_some_and(|chunk| chunk.capacity() - chunk.len() >= text.len());
        if !fits {
            let size = (512 << self.arena.len().min(7)).max(text.len().next_power_of_two()).min(ARENA_CHUNK);
            if self.arena.len() >= ARENA_CHUNK {
                return None;
            }
            self.arena.push(String::with_capacity(size));
        }
        let number = self.arena.len() - 1;
        let chunk = &mut self.arena[number];
        let at = number * ARENA_CHUNK + chunk.len();
        chunk.push_str(&text);
        Some((u32::try_from(at).ok()?, len, classic))
    }
}

/// Series copied out of a table, so that their values can be read and printed without its lock.
#[derive(Default)]
pub(crate) struct Batch {
    /// The blocks of all series, one behind the other.
    text: String,
    records: Vec<Record>,
}

impl Batch {
    pub(crate) fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.records.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Record, LabelBlock<'_>)> {
        let mut rest = self.text.as_str();
        self.records.iter().map(move |record| {
            let (block, behind) = rest.split_at(usize::from(record.len));
            rest = behind;
            (record, LabelBlock::new(block, record.classic))
        })
    }
}

/// A whole hash of the half that a record keeps: hashbrown wants the upper bits to differ as well.
#[inline]
fn spread(hash: u32) -> u64 {
    u64::from(hash).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

/// Whether a block holds just these labels, in whatever order.
fn same(block: LabelBlock<'_>, labels: &[Label]) -> bool {
    if block.is_classic() && is_in_order(block.as_str().as_bytes(), labels) {
        return true;
    }
    let mut count = 0;
    let all_known = block.iter().all(|(name, value)| {
        count += 1;
        let name = label::sanitize(&name);
        labels.iter().any(|label| label.key() == name && label.value() == value)
    });
    all_known && count == labels.len()
}

/// Whether a block of classic names is just these labels in this order; the usual case, and quick.
fn is_in_order(mut block: &[u8], labels: &[Label]) -> bool {
    for (n, label) in labels.iter().enumerate() {
        let rest = if n == 0 { Some(block) } else { block.strip_prefix(b",") };
        let rest = rest
            .and_then(|rest| rest.strip_prefix(label.key().as_bytes()))
            .and_then(|rest| rest.strip_prefix(b"=\""))
            .and_then(|rest| block::strip_escaped(rest, label.value()))
            .and_then(|rest| rest.strip_prefix(b"\""));
        let Some(rest) = rest else { return false };
        block = rest;
    }
    block.is_empty()
}
