//! What a child has told of its metrics: the numbers that it has given them, and the last value of each, so that a frame has
//! what has changed since the one before. Numbers are for the life of the process and not of a connection.

use std::{
    collections::HashMap,
    hash::{BuildHasher, Hasher},
};

use crate::{
    families::{Details, Families, Family, Value, Visitor},
    fleet::{
        told,
        wire::{
            entry,
            frame::{self, StateHead},
            writer::Write,
        },
    },
    metric::block::LabelBlock,
};

/// The longest HELP that is told; a parent cuts off longer ones.
const LONGEST_HELP: usize = 16 << 10;

/// Room in a frame for what stands around an entry.
const MARGIN: usize = 64;

/// All that was told.
#[derive(Debug, Default)]
pub(crate) struct Dictionary {
    families: HashMap<Box<str>, Told>,
    layouts: Vec<Layout>,
    last: u64,
    /// How often all families were walked over.
    walks: u64,
    /// The frames of this connection.
    sequence: u64,
    hasher: foldhash::fast::RandomState,
}

/// A metric.
#[derive(Debug, Default)]
struct Told {
    id: u64,
    is_told: bool,
    series: HashMap<Box<str>, Series>,
}

#[derive(Debug)]
struct Layout {
    id: u64,
    bounds: Box<[f64]>,
    is_told: bool,
}

#[derive(Debug)]
struct Series {
    id: u64,
    started: u64,
    layout: u64,
    is_told: bool,
    /// Of the value that was told last.
    hash: Option<u64>,
    /// The walk that has seen it last.
    seen: u64,
    is_gone: bool,
}

impl Dictionary {
    /// Another connection: its parent has been told nothing.
    pub(crate) fn begin(&mut self) {
        self.sequence = 0;
        self.layouts.iter_mut().for_each(|layout| layout.is_told = false);
        for family in self.families.values_mut() {
            family.is_told = false;
            for series in family.series.values_mut() {
                (series.is_told, series.hash) = (false, None);
            }
        }
    }

    /// Frames with all that has changed, of at most so many bytes each.
    pub(crate) fn frames(&mut self, families: &dyn Families, most: usize, answers: u64, is_last: bool) -> Vec<u8> {
        self.walks += 1;
        let common = families.common_labels();
        let common = common.iter().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
        let out = Out { bytes: Vec::new(), most, head: StateHead { answers, ..StateHead::default() }, frame: None };
        let mut walk = Walk { dictionary: self, common, out, family: Box::default(), value: Vec::new() };
        families.visit(&mut walk);
        let Walk { mut out, .. } = walk;
        self.tell_gone(&mut out);
        out.entry(&mut self.sequence, |_| ());
        out.end(true, is_last);
        out.bytes
    }

    /// What was not seen this time has ended.
    fn tell_gone(&mut self, out: &mut Out) {
        let Self { families, walks, sequence, .. } = self;
        for family in families.values_mut() {
            family.series.retain(|_, series| {
                if series.seen == *walks || series.is_gone {
                    return true;
                }
                if series.is_told {
                    out.entry(sequence, |out| entry::write_gone(out, series.id));
                }
                (series.is_gone, series.hash) = (true, None);
                // It is another one if it comes back with another beginning; without one it goes on where it was.
                series.started == 0
            });
        }
    }
}

/// Frames as they are written.
struct Out {
    bytes: Vec<u8>,
    most: usize,
    head: StateHead,
    /// Where the open one begins, and where its flags stand.
    frame: Option<(usize, usize)>,
}

impl Out {
    /// Appends an entry, to another frame where the open one is full. Whether there was room for it in any.
    fn entry(&mut self, sequence: &mut u64, write: impl Fn(&mut Vec<u8>)) -> bool {
        let (begin, _) = self.open(sequence);
        let before = self.bytes.len();
        write(&mut self.bytes);
        if self.bytes.len() - begin <= self.most {
            return true;
        }
        let entry = self.bytes.split_off(before);
        if entry.len() + MARGIN > self.most {
            return false;
        }
        self.end(false, false);
        self.open(sequence);
        self.bytes.bytes(&entry);
        true
    }

    fn open(&mut self, sequence: &mut u64) -> (usize, usize) {
        *self.frame.get_or_insert_with(|| {
            *sequence += 1;
            let begin = frame::open(&mut self.bytes, frame::Kind::State);
            let head = self.bytes.len();
            StateHead { sequence: *sequence, ..self.head }.write(&mut self.bytes);
            (begin, head)
        })
    }

    fn end(&mut self, is_complete: bool, is_last: bool) {
        let Some((begin, head)) = self.frame.take() else { return };
        StateHead::mark(&mut self.bytes[head..], is_complete, is_last);
        frame::close(&mut self.bytes, begin);
    }
}

/// A walk over all families.
struct Walk<'a> {
    dictionary: &'a mut Dictionary,
    common: Vec<(String, String)>,
    out: Out,
    family: Box<str>,
    value: Vec<u8>,
}

impl Visitor for Walk<'_> {
    fn family(&mut self, family: &Family<'_>) {
        self.family = family.original_name.into();
        let Dictionary { families, last, sequence, .. } = &mut *self.dictionary;
        let told = families.entry(self.family.clone()).or_insert_with(|| Told { id: next(last), ..Told::default() });
        if !told.is_told {
            told.is_told = true;
            let about = entry::Family {
                id: told.id,
                name: family.original_name,
                kind: family.kind,
                help: &family.help[..family.help.floor_char_boundary(LONGEST_HELP)],
                unit: family.unit.map_or("", |unit| unit.as_str()),
            };
            self.out.entry(sequence, |out| entry::write_family(out, &about));
        }
    }

    fn series(&mut self, labels: LabelBlock<'_>, value: Value<'_>, details: &Details<'_>) {
        // Buckets of one kind are told.
        let value = told::of_one_kind(value);
        self.value.clear();
        entry::write_value(&mut self.value, &value, details.window(), details.exemplars);
        let hash = {
            let mut hasher = self.dictionary.hasher.build_hasher();
            hasher.write(&self.value);
            hasher.finish()
        };
        let layout = self.layout(&value);
        let Dictionary { families, last, sequence, walks, .. } = &mut *self.dictionary;
        let Some(told) = families.get_mut(&self.family) else { return };
        let started = details.started_millis();
        if !told.series.contains_key(labels.as_str()) {
            let new = Series { id: next(last), started, layout, is_told: false, hash: None, seen: 0, is_gone: false };
            told.series.insert(labels.as_str().into(), new);
        }
        let Some(series) = told.series.get_mut(labels.as_str()) else { return };
        (series.seen, series.is_gone) = (*walks, false);
        if series.started != started {
            // It ended and began again since the last walk.
            (series.started, series.is_told, series.hash) = (started, false, None);
        }
        if !series.is_told {
            series.is_told = declare(&mut self.out, sequence, told.id, series, (labels, &self.common));
        }
        if series.is_told && series.hash != Some(hash) {
            let (id, value) = (series.id, &self.value);
            if self.out.entry(sequence, |out| entry::write_value_of(out, id, value)) {
                series.hash = Some(hash);
            }
        }
    }
}

impl Walk<'_> {
    /// The number of a histogram's buckets, which are told before it; 0 for what has none.
    fn layout(&mut self, value: &Value<'_>) -> u64 {
        let Value::Histogram(distribution) = value else { return 0 };
        let Dictionary { layouts, last, sequence, .. } = &mut *self.dictionary;
        let at = layouts.iter().position(|layout| *layout.bounds == *distribution.bounds).unwrap_or_else(|| {
            layouts.push(Layout { id: next(last), bounds: distribution.bounds.into(), is_told: false });
            layouts.len() - 1
        });
        let layout = &mut layouts[at];
        if !layout.is_told {
            layout.is_told = true;
            self.out.entry(sequence, |out| entry::write_layout(out, layout.id, &layout.bounds));
        }
        layout.id
    }
}

fn declare(
    out: &mut Out,
    sequence: &mut u64,
    family: u64,
    series: &Series,
    (own, common): (LabelBlock<'_>, &[(String, String)]),
) -> bool {
    let own: Vec<_> = own.iter().collect();
    let is_free = |name: &str| !own.iter().any(|(taken, _)| *taken == *name);
    let common = common.iter().filter(|(name, _)| is_free(name)).map(|(name, value)| (&**name, &**value));
    let labels: Vec<(&str, &str)> = common.chain(own.iter().map(|(name, value)| (&**name, &**value))).collect();
    out.entry(sequence, |out| {
        entry::write_series(out, [series.id, family, series.layout, series.started], labels.iter().copied());
    })
}

fn next(last: &mut u64) -> u64 {
    *last += 1;
    *last
}
