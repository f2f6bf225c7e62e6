//! Children that come and go, beside one process that did all of their work.

use std::{collections::BTreeMap, time::Duration};

use proptest::prelude::*;

use super::{live::Live, modes::Modes, whole::Whole};
use crate::{
    Snapshot,
    exporters::{
        fake::{Fake, Labels},
        prometheus::text::Text,
    },
    families::{Families, Visitor},
    fleet::{child::dictionary::Dictionary, joined, wire::frame},
    metric::block::LabelBlock,
};

const NOW: Duration = Duration::from_secs(100);
const MOST: usize = 64 << 10;
const BOUNDS: [f64; 2] = [0.5, 4.0];

/// What one process has recorded: counts, amounts, and histograms by the label `zone`.
#[derive(Debug, Clone, Default)]
struct Work {
    counts: BTreeMap<u8, u64>,
    amounts: BTreeMap<u8, u64>,
    buckets: BTreeMap<u8, [u64; 3]>,
    native: BTreeMap<i32, u64>,
    level: f64,
}

impl Work {
    fn record(&mut self, zone: u8, amount: u64) {
        *self.counts.entry(zone).or_default() += amount;
        *self.amounts.entry(zone).or_default() += amount;
        self.buckets.entry(zone).or_default()[usize::from(zone) % 3] += amount;
        *self.native.entry(i32::from(zone) - 2).or_default() += amount;
        self.level += 1.0;
    }

    fn plus(mut self, other: &Self) -> Self {
        other.counts.iter().for_each(|(zone, count)| *self.counts.entry(*zone).or_default() += count);
        other.amounts.iter().for_each(|(zone, count)| *self.amounts.entry(*zone).or_default() += count);
        other.native.iter().for_each(|(bin, count)| *self.native.entry(*bin).or_default() += count);
        for (zone, counts) in &other.buckets {
            let into = self.buckets.entry(*zone).or_default();
            into.iter_mut().zip(counts).for_each(|(into, count)| *into += count);
        }
        self
    }

    fn families(&self, has_level: bool) -> Fake {
        let zones: Vec<String> = (0..=u8::MAX).map(|zone| zone.to_string()).collect();
        let labels: Vec<[(&str, &str); 1]> = zones.iter().map(|zone| [("zone", zone.as_str())]).collect();
        let of = |zone: &u8| -> Labels<'_> { &labels[usize::from(*zone)] };
        let counts: Vec<_> = self.counts.iter().map(|(zone, count)| (of(zone), *count)).collect();
        let amounts: Vec<_> = self.amounts.iter().map(|(zone, count)| (of(zone), *count as f64 * 0.25)).collect();
        let spread = self.buckets.iter().map(|(zone, counts)| (of(zone), &counts[..], counts[1] as f64 * 0.5));
        let spread: Vec<_> = spread.collect();
        let bins: Vec<(i32, u64)> = self.native.iter().map(|(bin, count)| (*bin, *count)).collect();
        let total = bins.iter().map(|(_, count)| *count as f64).sum();
        let fake = Fake::new()
            .counter("calls_total", "Calls.", &counts)
            .float_counter("joules_total", "Work.", &amounts)
            .native("sizes", "Sizes.", 3, &[(&[], 0, &bins, &[], total)])
            .histogram("spread", "Spread.", &BOUNDS, &spread);
        if has_level { fake.gauge("level", "Level.", &[(&[], self.level)]) } else { fake }
    }
}

/// A child, and what the parent knows of it.
struct Child {
    work: Work,
    /// What was told when the last frame arrived.
    told: Work,
    dictionary: Dictionary,
    live: Live,
}

impl Child {
    fn new(number: u32) -> Self {
        let (work, told) = (Work::default(), Work::default());
        Self { work, told, dictionary: Dictionary::default(), live: Live::new(number, "mail", number) }
    }

    /// Tells all that has changed; `times` of each frame arrive, up to `cut` bytes of all.
    fn tell(&mut self, whole: &mut Whole, times: usize, cut: Option<usize>) {
        let bytes = self.dictionary.frames(&self.work.families(true), MOST, 0, false);
        let whole_bytes = bytes.len();
        let mut rest = &bytes[..cut.map_or(whole_bytes, |cut| cut % whole_bytes)];
        while let Some((kind, body, len)) = frame::first(rest, MOST).expect("it is a frame") {
            assert_eq!(kind, frame::Kind::State);
            for _ in 0..times {
                whole.receive(&mut self.live, body, NOW).expect("a child keeps to the protocol");
            }
            rest = &rest[len..];
        }
        if cut.is_none() {
            self.told = self.work.clone();
        }
    }

    fn reconnect(&mut self, whole: &mut Whole) {
        whole.leave(&self.live, NOW);
        self.live.connect();
        self.dictionary.begin();
    }
}

struct Nothing;

impl Families for Nothing {
    fn common_labels(&self) -> LabelBlock<'_> {
        LabelBlock::EMPTY
    }

    fn visit(&self, _: &mut dyn Visitor) {}
}

/// The merged families, read with those of the parent's own.
struct Page<'a>(&'a Whole, &'a dyn Families);

impl Families for Page<'_> {
    fn common_labels(&self) -> LabelBlock<'_> {
        self.1.common_labels()
    }

    fn visit(&self, visitor: &mut dyn Visitor) {
        joined::show(self.1, self.0, visitor, NOW);
    }
}

/// The lines of a page, in any order.
fn lines(families: &dyn Families) -> Vec<String> {
    let text = Text::encode_to_string(families);
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

#[derive(Debug, Clone)]
enum Step {
    Record(usize, u8, u64),
    Tell(usize, usize),
    Reconnect(usize),
    /// The child ends in the middle of a frame, and another one takes its place.
    Kill(usize, usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..3_usize, 0..6_u8, 0..5_u64).prop_map(|(child, zone, amount)| Step::Record(child, zone, amount)),
        3 => (0..3_usize, 1..3_usize).prop_map(|(child, times)| Step::Tell(child, times)),
        1 => (0..3_usize).prop_map(Step::Reconnect),
        1 => (0..3_usize, any::<usize>()).prop_map(|(child, cut)| Step::Kill(child, cut)),
    ]
}

proptest! {
    /// The totals are those of one process that did what was told, at every moment, and never fall.
    #[test]
    fn many_children_are_one_process(steps in prop::collection::vec(step(), 0..60), own_zone in 0..6_u8) {
        let mut whole = Whole::new(Modes::default(), 1000);
        let mut children: Vec<Child> = (1..=3).map(Child::new).collect();
        let (mut ended, mut number) = (Work::default(), 3);
        let mut own = Work::default();
        own.record(own_zone, 7);
        for step in steps {
            match step {
                Step::Record(child, zone, amount) => children[child].work.record(zone, amount),
                Step::Tell(child, times) => children[child].tell(&mut whole, times, None),
                Step::Reconnect(child) => children[child].reconnect(&mut whole),
                Step::Kill(child, cut) => {
                    let dying = &mut children[child];
                    // All of a state is one frame here, and a part of a frame is none.
                    dying.tell(&mut whole, 1, Some(cut));
                    whole.leave(&dying.live, NOW);
                    number += 1;
                    let dead = std::mem::replace(dying, Child::new(number));
                    ended = ended.plus(&dead.told);
                }
            }
        }
        let all = children.iter().fold(ended.clone(), |all, child| all.plus(&child.told));
        let mut expected = lines(&all.families(false));
        let mut found = lines(&Page(&whole, &Nothing));
        let is_total = |line: &String| !line.contains("level") && (!line.starts_with('#') || line.contains("calls"));
        expected.retain(is_total);
        found.retain(is_total);
        let has_told = children.iter().any(|child| !child.told.native.is_empty()) || !ended.native.is_empty();
        if has_told {
            prop_assert_eq!(found, expected);
        }
        let mut expected = lines(&all.plus(&own).families(false));
        let own = own.families(false);
        let mut found = lines(&Page(&whole, &own));
        expected.retain(is_total);
        found.retain(is_total);
        prop_assert_eq!(found, expected);
        prop_assert!(whole.take_odd().is_empty());
    }
}

#[test]
fn gauges_go_with_their_child_and_totals_stay() {
    let mut whole = Whole::new(Modes::default(), 1000);
    let mut children = [Child::new(1), Child::new(2)];
    for child in &mut children {
        child.work.record(0, 2);
        child.tell(&mut whole, 1, None);
    }
    let level = |whole: &Whole| match Snapshot::of(&Page(whole, &Nothing)).get("level", &[]) {
        Some(crate::families::Value::Gauge(level)) => Some(level),
        _ => None,
    };
    assert_eq!(level(&whole), Some(2.0));
    whole.leave(&children[0].live, NOW);
    assert_eq!(level(&whole), Some(1.0));
    whole.leave(&children[1].live, NOW);
    assert_eq!(level(&whole), None);
    let calls = Snapshot::of(&Page(&whole, &Nothing)).get("calls_total", &[("zone", "0")]).is_some();
    assert!(calls);
}

/// What is refused, told apart or cut short, and what the parent says of it.
mod odd {
    use super::*;
    use crate::{Policy, fleet::merge::whole::Odd, metric::matcher::Matcher};

    fn told(whole: &mut Whole, number: u32, families: &dyn Families) -> (Dictionary, Live) {
        let (mut dictionary, mut live) = (Dictionary::default(), Live::new(number, "", number));
        tell(whole, (&mut dictionary, &mut live), families);
        (dictionary, live)
    }

    fn tell(whole: &mut Whole, (dictionary, live): (&mut Dictionary, &mut Live), families: &dyn Families) {
        let bytes = dictionary.frames(families, MOST, 0, false);
        let (mut rest, mut frames) = (&bytes[..], 0);
        while let Some((_, body, len)) = frame::first(rest, MOST).expect("it is a frame") {
            whole.receive(live, body, NOW).expect("a child keeps to the protocol");
            (rest, frames) = (&rest[len..], frames + 1);
        }
        assert!(frames > 0);
    }

    fn page(whole: &Whole) -> String {
        Text::encode_to_string(&Page(whole, &Nothing))
    }

    #[test]
    fn histograms_of_other_buckets_stand_side_by_side() {
        let mut whole = Whole::new(Modes::default(), 1000);
        told(&mut whole, 1, &Fake::new().histogram("spread", "S.", &[1.0], &[(&[], &[1, 2], 3.0)]));
        told(&mut whole, 2, &Fake::new().histogram("spread", "S.", &[2.0], &[(&[], &[4, 8], 3.0)]));
        told(&mut whole, 3, &Fake::new().histogram("spread", "S.", &[1.0], &[(&[], &[1, 1], 1.0)]));
        let text = page(&whole);
        assert!(text.contains("spread_count 5\n") && text.contains("spread_count{buckets=\"2\"} 12\n"), "{text}");
        assert_eq!(whole.take_odd(), BTreeMap::from([(Odd::Buckets, 1)]));
        let own = Fake::new().histogram("spread", "S.", &[7.0], &[(&[], &[1, 0], 3.0)]);
        let text = Text::encode_to_string(&Page(&whole, &own));
        assert!(text.contains("spread_count 1\n") && text.contains("spread_count{buckets=\"children\"} 5\n"), "{text}");
    }

    #[test]
    fn one_name_is_of_one_kind() {
        let mut whole = Whole::new(Modes::default(), 1000);
        told(&mut whole, 1, &Fake::new().counter("jobs", "J.", &[(&[], 1)]));
        let other = Fake::new().gauge("jobs", "J.", &[(&[], 9.0)]);
        let (mut dictionary, mut live) = told(&mut whole, 2, &other);
        tell(&mut whole, (&mut dictionary, &mut live), &Fake::new().gauge("jobs", "J.", &[(&[], 8.0)]));
        assert_eq!(page(&whole), "# HELP jobs J.\n# TYPE jobs counter\njobs 1\n");
        assert_eq!(whole.take_odd(), BTreeMap::from([(Odd::Kind, 1)]));
        let own = Fake::new().gauge("jobs", "Own.", &[(&[], 3.0)]);
        assert_eq!(Text::encode_to_string(&Page(&whole, &own)), "# HELP jobs Own.\n# TYPE jobs gauge\njobs 3\n");
    }

    #[test]
    fn the_guard_holds_over_all_children() {
        let mut whole = Whole::new(Modes::default(), 1000);
        whole.follow(&Policy::default().values_of(Matcher::Full("calls_total".to_owned()), "user", 3));
        for child in 0..4_u32 {
            let users: Vec<String> = (0..3).map(|user| format!("{child}-{user}")).collect();
            let labels: Vec<_> = users.iter().map(|user| [("user", user.as_str()), ("zone", "a")]).collect();
            let series: Vec<(Labels<'_>, u64)> = labels.iter().map(|labels| (&labels[..], 1)).collect();
            told(&mut whole, child, &Fake::new().counter("calls_total", "C.", &series));
        }
        let text = page(&whole);
        assert!(text.contains("calls_total{user=\"other\",zone=\"a\"} 9\n"), "{text}");
        assert_eq!(text.lines().filter(|line| line.starts_with("calls_total{")).count(), 4, "{text}");
        assert_eq!(whole.take_odd(), BTreeMap::from([(Odd::Folded("label_limit"), 9)]));
    }

    #[test]
    fn processes_are_told_apart_by_slot() {
        let mut whole = Whole::new(Modes::default(), 1000);
        for (child, seconds) in [(0, 1.5), (1, 2.0)] {
            told(&mut whole, child, &Fake::new().float_counter("process_cpu_seconds_total", "C.", &[(&[], seconds)]));
        }
        // The next one in the slot of a child that has ended.
        let live = &mut Live::new(7, "", 1);
        let next = Fake::new().float_counter("process_cpu_seconds_total", "C.", &[(&[], 0.25)]);
        tell(&mut whole, (&mut Dictionary::default(), live), &next);
        let own = Fake::new().float_counter("process_cpu_seconds_total", "C.", &[(&[], 9.0)]);
        let text = Text::encode_to_string(&Page(&whole, &own));
        for line in ["_total 9\n", "_total{worker=\"0\"} 1.5\n", "_total{worker=\"1\"} 2.25\n"] {
            assert!(text.contains(line), "{line} in {text}");
        }
    }

    #[test]
    fn a_total_that_falls_is_counted_and_added() {
        let mut whole = Whole::new(Modes::default(), 1000);
        let (mut dictionary, mut live) = told(&mut whole, 1, &Fake::new().counter("jobs", "J.", &[(&[], 5)]));
        tell(&mut whole, (&mut dictionary, &mut live), &Fake::new().counter("jobs", "J.", &[(&[], 2)]));
        assert!(page(&whole).contains("jobs 7\n"));
        assert_eq!(whole.take_odd(), BTreeMap::from([(Odd::WentBack, 1)]));
    }

    #[test]
    fn a_child_has_as_many_series_as_it_may() {
        let mut whole = Whole::new(Modes::default(), 2);
        let labels: Vec<String> = (0..5).map(|zone| zone.to_string()).collect();
        let labels: Vec<_> = labels.iter().map(|zone| [("zone", zone.as_str())]).collect();
        let series: Vec<(Labels<'_>, u64)> = labels.iter().map(|labels| (&labels[..], 1)).collect();
        told(&mut whole, 1, &Fake::new().counter("jobs", "J.", &series));
        assert_eq!(page(&whole).lines().filter(|line| line.starts_with("jobs{")).count(), 2);
        assert_eq!(whole.take_odd(), BTreeMap::from([(Odd::Series, 3)]));
    }

    #[test]
    fn what_is_known_to_be_counted_is_where_a_child_goes_on() {
        let mut whole = Whole::new(Modes::default(), 1000);
        let (mut dictionary, mut live) = (Dictionary::default(), Live::new(1, "", 0));
        live.is_counted = true;
        let jobs =
            |count| Fake::new().counter("jobs", "J.", &[(&[], count)]).float_counter("more", "M.", &[(&[], 0.5)]);
        tell(&mut whole, (&mut dictionary, &mut live), &jobs(5));
        assert!(page(&whole).contains("jobs 0\n") && page(&whole).contains("more 0\n"), "{}", page(&whole));
        tell(&mut whole, (&mut dictionary, &mut live), &jobs(7));
        assert!(page(&whole).contains("jobs 2\n"));
    }
}
