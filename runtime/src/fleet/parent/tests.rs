//! Children that keep to nothing, in one process with their parent.

use std::{
    io::{Read, Write},
    os::unix::net::UnixStream,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use super::{Limits, builder::Parent};
use crate::{
    Policy, Snapshot,
    exporters::fake::Fake,
    families::{Families, Value, Visitor},
    fleet::{
        child::dictionary::Dictionary,
        joined,
        shared::Shared,
        wire::{
            frame::{self, Kind, MAX_GREETING},
            greeting::{Hello, Membership, Welcome},
            reader::Reader,
        },
    },
    metric::block::LabelBlock,
};

const LIMITS: Limits = Limits {
    children: 4,
    series_per_child: 100,
    frame_bytes: 64 << 10,
    interval: Duration::from_secs(3600),
    pull_timeout: Duration::from_millis(50),
};

struct Fleet {
    parent: Parent,
    shared: Arc<Shared>,
}

impl Fleet {
    fn new(limits: &Limits) -> Self {
        let parent = Parent::builder().build().expect("there is room");
        let shared = parent.begin(limits, None, &[], Policy::default).expect("there is a thread");
        Self { parent, shared }
    }

    fn value(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        match Snapshot::of(self).get(name, labels)? {
            Value::Counter(count) => Some(count as f64),
            Value::FloatCounter(value) | Value::Gauge(value) => Some(value),
            _ => None,
        }
    }

    /// Waits until a value is this one.
    #[track_caller]
    fn becomes(&self, name: &str, labels: &[(&str, &str)], expected: f64) {
        let until = Instant::now() + Duration::from_secs(60);
        while self.value(name, labels) != Some(expected) {
            assert!(Instant::now() < until, "{name}{labels:?} is {:?}", self.value(name, labels));
            thread::park_timeout(Duration::from_millis(5));
        }
    }

    fn connect(&self) -> Client {
        let stream = UnixStream::connect(self.parent.socket()).expect("it listens");
        stream.set_read_timeout(Some(Duration::from_secs(60))).expect("it is a socket");
        Client { stream, received: Vec::new() }
    }

    /// A child that has been welcomed.
    #[track_caller]
    fn child(&self, incarnation: u16, before: Membership) -> (Client, Welcome) {
        let mut client = self.connect();
        client.greet(incarnation, before);
        let (kind, body) = client.frame().expect("it is answered");
        assert_eq!(kind, Kind::Welcome, "{body:?}");
        (client, Welcome::read(&body).expect("it is one"))
    }
}

impl Families for Fleet {
    fn common_labels(&self) -> LabelBlock<'_> {
        LabelBlock::EMPTY
    }

    fn visit(&self, visitor: &mut dyn Visitor) {
        self.shared.look(|whole, now| joined::show(&Snapshot::empty(), whole, visitor, now));
    }
}

struct Client {
    stream: UnixStream,
    received: Vec<u8>,
}

impl Client {
    fn greet(&mut self, incarnation: u16, before: Membership) {
        let mut id = [0; 16];
        id[..2].copy_from_slice(&incarnation.to_le_bytes());
        let hello = Hello { incarnation: id, pid: 1, role: "mail", slot: incarnation.into(), before };
        let mut bytes = Vec::new();
        frame::append(&mut bytes, Kind::Hello, |out| hello.write(out));
        self.send(&bytes);
    }

    fn send(&mut self, bytes: &[u8]) {
        // It may have been cut off.
        let _ = self.stream.write_all(bytes);
    }

    fn tell(&mut self, dictionary: &mut Dictionary, jobs: u64) {
        self.send(&dictionary.frames(&Fake::new().counter("jobs_total", "J.", &[(&[], jobs)]), 1 << 16, 0, false));
    }

    /// The next frame; none if the connection ends.
    fn frame(&mut self) -> Option<(Kind, Vec<u8>)> {
        loop {
            if let Some((kind, body, len)) = frame::first(&self.received, MAX_GREETING).expect("it is a frame") {
                let body = body.to_vec();
                self.received.drain(..len);
                return Some((kind, body));
            }
            let mut bytes = [0; 1024];
            match self.stream.read(&mut bytes) {
                Ok(len) if len > 0 => self.received.extend_from_slice(&bytes[..len]),
                _ => return None,
            }
        }
    }

    /// Why it is refused.
    #[track_caller]
    fn refusal(&mut self) -> String {
        match self.frame() {
            Some((Kind::Refused, body)) => Reader::new(&body).text().expect("it says why").to_owned(),
            other => panic!("it is {other:?}"),
        }
    }
}

#[test]
fn what_is_no_frame_is_cut_off_and_counted() {
    let fleet = Fleet::new(&LIMITS);
    let mut stranger = fleet.connect();
    stranger.send(b"GET / HTTP/1.1\r\n\r\n");
    assert_eq!(stranger.refusal(), "what it sent is no frame: it is longer than frames may be");
    assert_eq!(stranger.frame(), None);
    fleet.becomes("tachometer_fleet_cut_off_total", &[("reason", "garbage")], 1.0);
    let mut other = fleet.connect();
    let mut bytes = Vec::new();
    frame::append(&mut bytes, Kind::Hello, |out| out.extend_from_slice(b"nonsense"));
    other.send(&bytes);
    assert!(other.refusal().starts_with("its greeting is none"));
    fleet.becomes("tachometer_fleet_refused_total", &[("reason", "greeting")], 1.0);
}

#[test]
fn a_child_that_tells_too_often_is_cut_off_and_its_totals_stay() {
    let fleet = Fleet::new(&LIMITS);
    let (mut child, welcome) = fleet.child(1, Membership::default());
    let mut dictionary = Dictionary::default();
    child.tell(&mut dictionary, 5);
    fleet.becomes("jobs_total", &[], 5.0);
    for _ in 0..300 {
        child.tell(&mut dictionary, 5);
    }
    assert_eq!(child.refusal(), "too often");
    fleet.becomes("tachometer_fleet_cut_off_total", &[("reason", "too_often")], 1.0);
    let mut again = fleet.connect();
    again.greet(1, welcome.membership);
    assert!(again.refusal().contains("let in again later"));
    assert_eq!(fleet.value("jobs_total", &[]), Some(5.0));
}

#[test]
fn a_child_that_reconnects_tells_everything_and_nothing_is_added_twice() {
    let fleet = Fleet::new(&LIMITS);
    let mut dictionary = Dictionary::default();
    let (mut child, welcome) = fleet.child(1, Membership::default());
    child.tell(&mut dictionary, 5);
    fleet.becomes("jobs_total", &[], 5.0);
    // The parent has not heard yet that the first connection is over.
    let (mut again, _) = fleet.child(1, welcome.membership);
    dictionary.begin();
    again.tell(&mut dictionary, 7);
    fleet.becomes("jobs_total", &[], 7.0);
    drop((child, again));
    fleet.becomes("tachometer_fleet_children", &[("state", "away")], 1.0);
    let (mut third, _) = fleet.child(1, welcome.membership);
    dictionary.begin();
    third.tell(&mut dictionary, 8);
    fleet.becomes("jobs_total", &[], 8.0);
    // One that was forgotten goes on from what it tells first.
    let (mut forgotten, _) = fleet.child(2, welcome.membership);
    let mut dictionary = Dictionary::default();
    forgotten.tell(&mut dictionary, 100);
    forgotten.tell(&mut dictionary, 101);
    fleet.becomes("jobs_total", &[], 9.0);
}

#[test]
fn there_are_no_more_children_than_there_may_be() {
    let fleet = Fleet::new(&LIMITS);
    let children: Vec<_> = (0..4).map(|child| fleet.child(child, Membership::default())).collect();
    let mut one_more = fleet.connect();
    one_more.greet(9, Membership::default());
    assert!(one_more.refusal().contains("METRICS_FLEET_CHILDREN"));
    fleet.becomes("tachometer_fleet_refused_total", &[("reason", "children")], 1.0);
    drop(children);
    fleet.becomes("tachometer_fleet_children", &[("state", "away")], 4.0);
    fleet.child(9, Membership::default());
}

#[test]
fn a_child_that_does_not_answer_is_late_and_not_waited_for_again() {
    let fleet = Fleet::new(&LIMITS);
    let (mut child, _) = fleet.child(1, Membership::default());
    let mut dictionary = Dictionary::default();
    child.tell(&mut dictionary, 1);
    fleet.becomes("jobs_total", &[], 1.0);
    fleet.shared.pull();
    fleet.becomes("tachometer_fleet_children", &[("state", "late")], 1.0);
    assert_eq!(child.frame().map(|(kind, _)| kind), Some(Kind::Pull));
    fleet.shared.pull();
    child.tell(&mut dictionary, 2);
    fleet.becomes("tachometer_fleet_children", &[("state", "live")], 1.0);
    // The second question was for those that answer.
    fleet.shared.pull();
    let (kind, body) = child.frame().expect("it is asked again");
    assert_eq!((kind, Reader::new(&body).number()), (Kind::Pull, Ok(3)));
}

#[test]
fn a_thousand_children_connect_at_once() {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    let wanted = rustix::process::Rlimit { current: limit.maximum, ..limit };
    rustix::process::setrlimit(rustix::process::Resource::Nofile, wanted).expect("it is allowed");
    let fleet = Fleet::new(&Limits { children: 1000, ..LIMITS });
    let mut children: Vec<Client> = (0..1000).map(|_| fleet.connect()).collect();
    for (child, at) in children.iter_mut().zip(0_u16..) {
        child.greet(at, Membership::default());
        child.tell(&mut Dictionary::default(), 1);
    }
    fleet.becomes("jobs_total", &[], 1000.0);
    fleet.becomes("tachometer_fleet_children", &[("state", "live")], 1000.0);
    drop(children);
    fleet.becomes("tachometer_fleet_children", &[("state", "away")], 1000.0);
    assert_eq!(fleet.value("jobs_total", &[]), Some(1000.0));
}
