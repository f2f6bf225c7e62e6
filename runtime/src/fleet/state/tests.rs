//! A parent that ends and comes back, with children that live on, end meanwhile or are new.

use std::time::Duration;

use super::kept;
use crate::{
    Snapshot,
    exporters::{fake::Fake, prometheus::text::Text},
    families::{Families, Visitor},
    fleet::{
        child::dictionary::Dictionary,
        joined,
        merge::{modes::Modes, whole::Whole},
        parent::roster::Roster,
        wire::{
            frame,
            greeting::{Hello, Id, Membership},
            reader::Fault,
        },
    },
    metric::block::LabelBlock,
};

const NOW: Duration = Duration::from_secs(50);

/// A parent without sockets.
struct Parent {
    whole: Whole,
    roster: Roster,
}

impl Parent {
    fn new(number: u8) -> Self {
        let own = Membership { parent: [number; 16], lineage: [number; 16], saved: 0 };
        Self { whole: Whole::new(Modes::default(), 100), roster: Roster::new(own, 100) }
    }

    fn of(number: u8, bytes: &[u8]) -> Self {
        let mut parent = Self::new(number);
        kept::read(bytes, &mut parent.whole, &mut parent.roster, NOW).expect("it is a state");
        parent
    }

    fn save(&mut self) -> Vec<u8> {
        kept::write(&self.whole, &mut self.roster)
    }

    fn hear(&mut self, child: &mut Child, jobs: u64) {
        let hello = Hello { incarnation: child.id, pid: 1, role: "mail", slot: 0, before: child.before };
        self.roster.greet(&hello, std::process::id(), NOW).expect("there is room");
        child.before = self.roster.own;
        child.dictionary.begin();
        let families = Fake::new()
            .counter("jobs_total", "J.", &[(&[], jobs)])
            .float_counter("joules_total", "W.", &[(&[("zone", "a")], jobs as f64 * 0.25)])
            .histogram("spread", "S.", &[1.0], &[(&[], &[jobs, 1], 3.0)])
            .native("sizes", "Z.", 3, &[(&[], 1, &[(-7, jobs), (4, 3)], &[(0, 1)], 9.5)])
            .summary("waits", "W.", &[(&[], [0.5, 0.75, 1.0], 4.5, jobs)])
            .gauge("level", "L.", &[(&[], 7.0)]);
        let bytes = child.dictionary.frames(&families, 1 << 16, 0, false);
        let (_, body, _) = frame::first(&bytes, 1 << 16).expect("it is one").expect("it is whole");
        let live = &mut self.roster.get_mut(&child.id).expect("it was greeted").live;
        self.whole.receive(live, body, NOW).expect("a child keeps to the protocol");
    }

    fn jobs(&self) -> u64 {
        match Snapshot::of(self).get("jobs_total", &[]) {
            Some(crate::families::Value::Counter(jobs)) => jobs,
            other => panic!("it is {other:?}"),
        }
    }
}

impl Families for Parent {
    fn common_labels(&self) -> LabelBlock<'_> {
        LabelBlock::EMPTY
    }

    fn visit(&self, visitor: &mut dyn Visitor) {
        joined::show(&Snapshot::empty(), &self.whole, visitor, NOW);
    }
}

struct Child {
    id: Id,
    before: Membership,
    dictionary: Dictionary,
}

impl Child {
    fn new(number: u8) -> Self {
        Self { id: [number; 16], before: Membership::default(), dictionary: Dictionary::default() }
    }
}

#[test]
fn a_child_that_lives_on_is_not_added_twice_and_one_that_ended_stays() {
    let mut first = Parent::new(1);
    let (mut lives, mut ends) = (Child::new(1), Child::new(2));
    first.hear(&mut lives, 5);
    first.hear(&mut ends, 10);
    let state = first.save();
    let totals = |parent: &Parent| {
        let text = Text::encode_to_string(parent);
        let is_total = |line: &&str| !line.contains("level") && !line.contains("quantile");
        text.lines().filter(is_total).map(str::to_owned).collect::<Vec<_>>()
    };
    let mut second = Parent::of(2, &state);
    assert_eq!(totals(&second), totals(&first));
    assert!(!Text::encode_to_string(&second).contains("\nlevel 7"), "gauges are of the living");
    second.hear(&mut lives, 7);
    first.hear(&mut lives, 7);
    assert_eq!((second.jobs(), totals(&second)), (17, totals(&first)));
}

#[test]
fn a_file_that_lacks_a_child_adds_all_of_it_once() {
    let mut first = Parent::new(1);
    let state = first.save();
    // It came after the last save, and the parent ended.
    let mut child = Child::new(1);
    first.hear(&mut child, 5);
    let mut second = Parent::of(2, &state);
    second.hear(&mut child, 6);
    assert_eq!(second.jobs(), 6);
    let mut third = Parent::of(3, &second.save());
    third.hear(&mut child, 8);
    assert_eq!(third.jobs(), 8);
}

#[test]
fn a_child_that_was_forgotten_is_where_it_goes_on_from() {
    let mut first = Parent::new(1);
    let mut child = Child::new(1);
    first.hear(&mut child, 5);
    let _earlier = first.save();
    // What is known of it is lost, as that of a process in another namespace is in time; its totals are in the next state.
    let mut later = Parent::new(1);
    later.hear(&mut Child::new(3), 1);
    let forgotten = later.save();
    let mut second = Parent::of(2, &forgotten);
    second.roster.loaded += 1;
    second.hear(&mut child, 6);
    second.hear(&mut child, 9);
    assert_eq!(second.jobs(), 1 + 3);
}

#[test]
fn a_state_that_is_none_is_refused() {
    let mut parent = Parent::new(1);
    parent.hear(&mut Child::new(1), 5);
    let state = parent.save();
    for len in 0..state.len() {
        let mut other = Parent::new(2);
        assert!(kept::read(&state[..len], &mut other.whole, &mut other.roster, NOW).is_err(), "{len}");
    }
    let mut longer = state;
    longer.push(0);
    let mut other = Parent::new(2);
    assert_eq!(kept::read(&longer, &mut other.whole, &mut other.roster, NOW), Err(Fault::Trailing));
}
