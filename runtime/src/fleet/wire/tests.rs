//! Frames of any bytes, and those that a child writes.

use proptest::prelude::*;

use super::{
    entry::Entry,
    frame::{self, Kind, MAX_GREETING, StateHead},
    greeting::{Hello, Membership, Welcome},
    reader::{Fault, Reader},
    writer::Write,
};
use crate::{
    exporters::fake::Fake,
    fleet::{child::dictionary::Dictionary, fuzz},
};

fn families() -> Fake {
    Fake::new()
        .counter("a_total", "A.", &[(&[("k", "1")], 3)])
        .float_counter("b_total", "B.", &[(&[], 0.25)])
        .gauge("c.d", "C.", &[(&[], f64::NAN)])
        .histogram("e_seconds", "E.", &[0.5, 1.0], &[(&[], &[1, 2, 3], 4.5)])
        .summary("f_seconds", "F.", &[(&[], [0.5, 0.75, 1.0], 4.5, 6)])
        .native("g", "G.", 3, &[(&[], 1, &[(-7, 2), (4, 3)], &[(0, 1)], 9.5)])
        .exemplar(0, 0.5, std::time::UNIX_EPOCH)
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        fuzz::frames(&bytes);
    }

    /// Bytes that are nearly right go further.
    #[test]
    fn a_frame_with_other_bytes_in_it_is_read_without_a_panic(
        changes in prop::collection::vec((any::<usize>(), any::<u8>()), 1..6),
        cut in any::<usize>(),
    ) {
        let mut bytes = Dictionary::default().frames(&families(), 1 << 16, 0, false);
        let len = bytes.len();
        changes.iter().for_each(|(at, byte)| bytes[at % len] = *byte);
        bytes.truncate(cut % len + 1);
        fuzz::frames(bytes.get(frame::HEADER + 1..).unwrap_or_default());
    }

    #[test]
    fn numbers_are_read_as_they_were_written(number: u64, signed: i32, float: f64, text: String) {
        let mut bytes = Vec::new();
        bytes.number(number);
        bytes.signed(signed);
        bytes.float(float);
        bytes.text(&text);
        let mut reader = Reader::new(&bytes);
        prop_assert_eq!(reader.number(), Ok(number));
        prop_assert_eq!(reader.signed(), Ok(signed));
        prop_assert_eq!(reader.float().map(f64::to_bits), Ok(float.to_bits()));
        prop_assert_eq!(reader.text(), Ok(&*text));
        prop_assert_eq!(reader.finish(), Ok(()));
    }
}

#[test]
fn a_greeting_is_read_as_it_was_written() {
    let before = Membership { parent: [1; 16], lineage: [2; 16], saved: 300 };
    let hello = Hello { incarnation: [7; 16], pid: 70_000, role: "mail", slot: 3, before };
    let mut bytes = Vec::new();
    frame::append(&mut bytes, Kind::Hello, |out| hello.write(out));
    let (kind, body, len) = frame::first(&bytes, MAX_GREETING).expect("it is one").expect("it is whole");
    assert_eq!((kind, len), (Kind::Hello, bytes.len()));
    assert_eq!(Hello::read(body), Ok(hello));
    assert_eq!(Hello::read(b"GET / HTTP/1.1\r\n"), Err(Fault::Greeting));
    assert_eq!(Hello::read(&body[..body.len() - 1]), Err(Fault::Truncated));
    let welcome = Welcome { membership: before, interval: 1000, most: 1 << 22 };
    let mut bytes = Vec::new();
    welcome.write(&mut bytes);
    assert_eq!(Welcome::read(&bytes), Ok(welcome));
}

#[test]
fn a_frame_is_refused_by_its_length_before_it_is_there() {
    let header = |len: u32| [&len.to_le_bytes()[..], &[2]].concat();
    assert_eq!(frame::first(&header(1 << 20), 1 << 19), Err(Fault::Length));
    assert_eq!(frame::first(&header(0), 100), Err(Fault::Truncated));
    assert!(frame::first(&header(50), 100).is_ok_and(|frame| frame.is_none()));
    assert_eq!(frame::first(&[5, 0, 0, 0, 99], 100), Err(Fault::Kind));
}

#[test]
fn a_list_is_no_longer_than_its_bytes() {
    let mut bytes = Vec::new();
    bytes.number(u64::MAX);
    bytes.bytes(&[0; 8]);
    assert_eq!(Reader::new(&bytes).list(Reader::number).map(|list| list.len()), Err(Fault::Count));
    assert_eq!(Reader::new(&[0xff; 10]).number(), Err(Fault::Number));
}

#[test]
fn a_state_is_cut_into_frames_that_are_no_longer_than_they_may_be() {
    let zones: Vec<String> = (0..2000).map(|zone| format!("zone-{zone}")).collect();
    let labels: Vec<_> = zones.iter().map(|zone| [("zone", zone.as_str())]).collect();
    let series: Vec<(crate::exporters::fake::Labels<'_>, u64)> = labels.iter().map(|zone| (&zone[..], 7)).collect();
    let families = Fake::new().counter("calls_total", "C.", &series);
    let mut dictionary = Dictionary::default();
    let (most, mut frames, mut heads) = (2000, 0, Vec::new());
    let bytes = dictionary.frames(&families, most, 9, true);
    let (mut rest, mut entries) = (&bytes[..], 0);
    while let Some((_, body, len)) = frame::first(rest, most + 100).expect("none is too long") {
        let mut reader = Reader::new(body);
        heads.push(StateHead::read(&mut reader).expect("it has one"));
        Entry::all(reader, |_| {
            entries += 1;
            Ok(())
        })
        .expect("all are entries");
        (rest, frames) = (&rest[len..], frames + 1);
    }
    assert!(rest.is_empty() && frames > 10);
    assert_eq!(entries, 1 + 2 * 2000);
    let (last, others) = heads.split_last().expect("there are some");
    assert!(last.is_complete && last.is_last && last.answers == 9 && last.sequence == frames);
    assert!(others.iter().all(|head| !head.is_complete && !head.is_last));
    // Nothing has changed, which is told too.
    let bytes = dictionary.frames(&families, most, 0, false);
    assert!(bytes.len() < 20, "{bytes:?}");
}
