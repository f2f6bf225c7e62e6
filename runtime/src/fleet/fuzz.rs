//! What a fuzzer sends to a parent: bytes as any frame, and a child's frames one after the other.

use std::time::Duration;

use super::{
    merge::{live::Live, modes::Modes, whole::Whole},
    wire::{
        entry::Entry,
        frame::{self, MAX_GREETING, StateHead},
        greeting::{Hello, Welcome},
        reader::Reader,
    },
};
use crate::families::{Details, Family, Value, Visitor};

/// More series than these cannot come of what a fuzzer sends.
const MOST: usize = 64;

/// Reads bytes as everything that they could be, and shows what came of it.
pub(crate) fn frames(bytes: &[u8]) {
    for most in [0, 64, MAX_GREETING, 1 << 20] {
        let _ = frame::first(bytes, most);
    }
    let _ = (Hello::read(bytes), Welcome::read(bytes), Reader::new(bytes).text());
    let _ = StateHead::read(&mut Reader::new(bytes));
    let _ = Entry::all(Reader::new(bytes), |_| Ok(()));
    let mut whole = Whole::new(Modes::default(), MOST);
    let mut live = Live::new(1, "r", 0);
    let _ = whole.receive(&mut live, bytes, Duration::ZERO);
    let mut rest = bytes;
    while let Ok(Some((_, body, len))) = frame::first(rest, 1 << 20) {
        if whole.receive(&mut live, body, Duration::ZERO).is_err() {
            break;
        }
        rest = &rest[len..];
    }
    show(&whole);
    whole.leave(&live, Duration::ZERO);
    show(&whole);
}

fn show(whole: &Whole) {
    let mut shown = Shown(0);
    super::joined::show(&crate::Snapshot::empty(), whole, &mut shown, Duration::ZERO);
    assert!(shown.0 <= MOST, "{} series of {MOST}", shown.0);
}

struct Shown(usize);

impl Visitor for Shown {
    fn family(&mut self, family: &Family<'_>) {
        assert!(!family.help.is_empty());
    }

    fn series(&mut self, _: crate::metric::block::LabelBlock<'_>, value: Value<'_>, _: &Details<'_>) {
        self.0 += 1;
        if let Value::Histogram(distribution) = value {
            assert_eq!(distribution.counts.len(), distribution.bounds.len() + 1);
        }
    }
}
