//! The store's rules under every interleaving: `RUSTFLAGS="--cfg tachometer_loom"`, see CONTRIBUTING.md.

use std::{collections::HashSet, time::Duration};

use loom::{sync::Arc, thread};

use crate::{
    cardinality::{policy::Policy, rules::Rules},
    families::Value,
    metric::{bounds::Ladder, kind::Kind, matcher::Matcher},
    store::{
        cells::{Cells, FreeList},
        family::{About, Family, admission::Wanted, reading::Scratch},
        ground::Ground,
        ledger::{Claim, Cost, Ledger},
        pairs::Pairs,
        sketch::Sketches,
        slab::{Slabs, Word},
        table::Batch,
        value::Place,
    },
    sync::Ordering,
};

mod native;

mod pins;

mod together;

const WORD: Word = Word(1);

fn leaked<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

fn counter(threads: usize) -> &'static Family {
    let ground: &'static Ground = leaked(Ground::new(threads, || 0));
    leaked(Family::new(ground, "calls_total", Kind::Counter, Ladder::OfUnit, About::default()))
}

/// The series of this kind of calls.
fn series(family: &Family, value: &str) -> Place {
    let wanted = Wanted { noted: false, pinned: false };
    family.look_up(Pairs::Texts(&[("kind", value)]), wanted).expect("there is room").place
}

fn total(family: &Family, place: Place) -> u64 {
    match family.read(place, &mut Scratch::default()) {
        Some(Value::Counter(total)) => total,
        other => panic!("a counter reads as {other:?}"),
    }
}

/// A reader never sees a total go back, and at the end it sees all that was added.
#[test]
fn loom_a_sum_only_rises_while_a_thread_adds() {
    loom::model(|| {
        let slabs = Arc::new(Slabs::new(1));
        slabs.reserve(WORD);
        let writer = {
            let slabs = slabs.clone();
            thread::spawn(move || {
                let slab = slabs.claim().expect("nobody else wants it");
                slab.add(WORD, 1);
                slab.add(WORD, 1);
                Slabs::release(slab);
            })
        };
        slabs.shared().add(WORD, 1);
        let first = slabs.sum(WORD);
        let second = slabs.sum(WORD);
        assert!(1 <= first && first <= second && second <= 3);
        writer.join().expect("it does not panic");
        assert_eq!(slabs.sum(WORD), 3);
    });
}

/// Two threads never hold one slab, and the next holder goes on where the last one ended.
#[test]
fn loom_a_slab_is_handed_over_with_all_its_counts() {
    loom::model(|| {
        let slabs = Arc::new(Slabs::new(1));
        let add = |slabs: &Slabs| match slabs.claim() {
            Some(slab) => {
                slab.add(WORD, 1);
                Slabs::release(slab);
            }
            None => slabs.shared().add(WORD, 1),
        };
        let others: Vec<_> = (0..2)
            .map(|_| {
                let slabs = slabs.clone();
                thread::spawn(move || add(&slabs))
            })
            .collect();
        for other in others {
            other.join().expect("it does not panic");
        }
        assert_eq!(slabs.sum(WORD), 2);
    });
}

/// The slab that threads share when there is none left loses nothing.
#[test]
fn loom_the_shared_slab_loses_nothing() {
    loom::model(|| {
        let slabs = Arc::new(Slabs::new(0));
        slabs.reserve(WORD);
        let other = {
            let slabs = slabs.clone();
            thread::spawn(move || slabs.shared().add(WORD, 1))
        };
        slabs.shared().add(WORD, 1);
        other.join().expect("it does not panic");
        assert_eq!(slabs.sum(WORD), 2);
    });
}

/// A segment that a reader finds is whole.
#[test]
fn loom_a_new_segment_meets_a_reader() {
    loom::model(|| {
        let slabs = Arc::new(Slabs::new(1));
        let far = Word(4);
        let writer = {
            let slabs = slabs.clone();
            thread::spawn(move || slabs.claim().expect("nobody else wants it").add(far, 5))
        };
        assert!([0, 5].contains(&slabs.sum(far)));
        writer.join().expect("it does not panic");
        assert_eq!(slabs.sum(far), 5);
    });
}

/// Two threads that add to one shared cell lose nothing.
#[test]
fn loom_shared_cells_lose_nothing() {
    loom::model(|| {
        let family = counter(0);
        let threads: Vec<_> = (0..2)
            .map(|_| {
                thread::spawn(move || {
                    let place = series(family, "a");
                    family.count(place, 1);
                    place
                })
            })
            .collect();
        let places: Vec<_> = threads.into_iter().map(|thread| thread.join().expect("it does not panic")).collect();
        assert_eq!(places[0], places[1], "one key is one series");
        assert_eq!(total(family, places[0]), 2);
    });
}

/// A batch that a reader copies while series are added holds whole series only, each once.
#[test]
fn loom_a_reader_meets_new_series() {
    loom::model(|| {
        let family = counter(0);
        let writer = thread::spawn(move || {
            for value in ["a", "b"] {
                let place = series(family, value);
                family.count(place, 1);
            }
        });
        let mut batch = Batch::default();
        family.copy(0, 8, &mut batch);
        let seen: Vec<_> = batch.iter().map(|(_, labels)| labels.as_str().to_owned()).collect();
        assert!(["kind=\"a\"", "kind=\"b\""].starts_with(&seen.iter().map(String::as_str).collect::<Vec<_>>()));
        for (record, _) in batch.iter() {
            assert!(total(family, record.place().expect("it has one")) <= 1);
        }
        writer.join().expect("it does not panic");
        family.copy(0, 8, &mut batch);
        assert_eq!(batch.len(), 2);
    });
}

/// Who holds a cell of a life that is over finds either that life or nothing, never the next one.
#[test]
fn loom_a_stale_reference_finds_nothing() {
    loom::model(|| {
        let cells = Arc::new(Cells::new(1));
        let mut list = FreeList::default();
        let old = cells.allocate(&mut list, |_, _| {}).expect("there is room");
        let reader = {
            let cells = cells.clone();
            thread::spawn(move || cells.get(old).is_some())
        };
        cells.kill(old, &mut list);
        list.next_round();
        let new = cells.allocate(&mut list, |_, _| {}).expect("there is room");
        assert_eq!(new.index, old.index);
        assert!(cells.get(old).is_none());
        reader.join().expect("it does not panic");
    });
}

/// What is added to a series while it ends is in what it leaves behind, and never in the next one, wherever its cell
/// is by then.
#[test]
fn loom_a_late_addition_is_not_the_next_series() {
    loom::model(|| {
        let family = counter(0);
        family.set_rules(Rules::of(&Policy::default().expire_after(Duration::from_secs(1)), "calls_total"));
        let old = series(family, "a");
        family.sweep(0);
        let writer = thread::spawn(move || family.count(old, 1));
        family.sweep(5);
        family.sweep(6);
        let new = series(family, "b");
        family.count(new, 1);
        writer.join().expect("it does not panic");
        assert_eq!(total(family, new), 1);
        let left = match family.read(old, &mut Scratch::default()) {
            Some(Value::Counter(total)) => total,
            _ => 0,
        };
        assert_eq!(family.retired().1 + left, 1);
    });
}

/// The same for a histogram, whose words are added to one after the other.
#[test]
fn loom_a_late_observation_is_not_the_next_series() {
    loom::model(|| {
        let ground: &'static Ground = leaked(Ground::new(0, || 0));
        let family: &'static Family =
            leaked(Family::new(ground, "calls_seconds", Kind::Histogram, Ladder::Bounds(&[1.0]), About::default()));
        family.set_rules(Rules::of(&Policy::default().expire_after(Duration::from_secs(1)), "calls_seconds"));
        let count = |place| match family.read(place, &mut Scratch::default()) {
            Some(Value::Histogram(distribution)) => distribution.count(),
            _ => 0,
        };
        let old = series(family, "a");
        family.sweep(0);
        let writer = thread::spawn(move || family.observe_nanos(old, 1));
        family.sweep(5);
        family.sweep(6);
        let new = series(family, "b");
        writer.join().expect("it does not panic");
        assert_eq!((count(new), count(old) + family.retired().1), (0, 1));
    });
}

/// The same for a summary, whose bins are the next one's memory.
#[test]
fn loom_a_late_value_is_not_the_next_summarys() {
    let mut model = loom::model::Builder::new();
    // All orders would take hours: threads are switched at most three times where neither of them waits.
    model.preemption_bound = Some(3);
    model.check(|| {
        let ground: &'static Ground = leaked(Ground::new(0, || 0));
        let family: &'static Family =
            leaked(Family::new(ground, "wait_seconds", Kind::Summary, Ladder::OfUnit, About::default()));
        family.set_rules(Rules::of(&Policy::default().expire_after(Duration::from_secs(1)), "wait_seconds"));
        let count = |place| match family.read(place, &mut Scratch::default()) {
            Some(Value::Summary(quantiles)) => quantiles.count,
            _ => 0,
        };
        let old = series(family, "a");
        family.sweep(0);
        let writer = thread::spawn(move || family.observe(old, 1.0, 1));
        family.sweep(5);
        family.sweep(6);
        let new = series(family, "b");
        writer.join().expect("it does not panic");
        // Not before: what says that a thread is within our own work is one for all threads of a model.
        family.observe(new, 1.0, 1);
        assert_eq!((count(new), count(old) + family.retired().1), (1, 1));
    });
}

/// Two new values that race for the last place: one gets it, the other one is folded, and no call is lost.
#[test]
fn loom_the_last_place_is_taken_once() {
    loom::model(|| {
        let family = counter(0);
        family.set_rules(Rules::of(&Policy::default().values(1), "calls_total"));
        let other = thread::spawn(move || {
            let place = series(family, "a");
            family.count(place, 1);
            place
        });
        let mine = series(family, "b");
        family.count(mine, 1);
        let theirs = other.join().expect("it does not panic");
        let folded = series(family, "c");
        assert_ne!(mine, theirs);
        assert!(folded == mine || folded == theirs, "the one that came second is in `other`");
        assert_eq!((total(family, mine), total(family, theirs)), (1, 1));
    });
}

/// A policy that comes while a value is admitted: the value is there or folded, in one series in any case, and no call is
/// lost.
#[test]
fn loom_a_policy_meets_an_admission() {
    loom::model(|| {
        let family = counter(0);
        let flip = thread::spawn(move || {
            let only = Policy::default().allow_only(Matcher::Full("calls_total".to_owned()), "kind", ["b"]);
            family.set_rules(Rules::of(&only, "calls_total"));
        });
        let first = series(family, "a");
        family.count(first, 1);
        flip.join().expect("it does not panic");
        let second = series(family, "a");
        family.count(second, 1);
        family.set_rules(Rules::of(&Policy::default(), "calls_total"));
        let mut batch = Batch::default();
        family.copy(0, 8, &mut batch);
        let blocks: Vec<_> = batch.iter().map(|(_, labels)| labels.as_str().to_owned()).collect();
        let distinct: HashSet<_> = blocks.iter().collect();
        assert_eq!(distinct.len(), blocks.len(), "no series is there twice");
        let sum: u64 = batch.iter().map(|(record, _)| total(family, record.place().expect("it has one"))).sum();
        assert_eq!(sum, 2);
    });
}

/// Room for one series in the process is given away once.
#[test]
fn loom_the_ledger_never_gives_more_than_there_is() {
    loom::model(|| {
        let ledger = Arc::new(Ledger::new(&Policy::default().series(1)));
        let cost = Cost { series: 1, ..Cost::NONE };
        let other = {
            let ledger = ledger.clone();
            thread::spawn(move || ledger.take(cost, Claim::Ordinary))
        };
        let mine = ledger.take(cost, Claim::Ordinary);
        let theirs = other.join().expect("it does not panic");
        assert!(mine != theirs);
        ledger.give(cost);
        assert!(ledger.take(cost, Claim::Ordinary));
    });
}

fn observe(sketches: &Sketches, slice: u64, value: f64) {
    sketches.bin(0, slice, value, || false).expect("it lives").word().fetch_add(1, Ordering::SeqCst);
}

/// Who observes in a slice is in the window from its beginning on, whoever of several is the first in it.
#[test]
fn loom_a_slice_that_two_threads_begin_has_both() {
    loom::model(|| {
        let sketches = Arc::new(Sketches::new());
        sketches.begin(0);
        observe(&sketches, 10, 0.0);
        let threads: Vec<_> = [0.0, 1.0]
            .map(|value| {
                let sketches = sketches.clone();
                thread::spawn(move || observe(&sketches, 20, value))
            })
            .into();
        for thread in threads {
            thread.join().expect("it does not panic");
        }
        let mut counts = Vec::new();
        assert_eq!(sketches.read(0, 20, &mut counts).1, 3);
        assert_eq!(counts.iter().sum::<u64>(), 2, "the first one is long ago");
    });
}

/// A reader sees a total that only rises, while slices begin and bins are made.
#[test]
fn loom_a_reader_meets_a_slice_that_begins() {
    loom::model(|| {
        let sketches = Arc::new(Sketches::new());
        sketches.begin(0);
        observe(&sketches, 10, 0.0);
        let writer = {
            let sketches = sketches.clone();
            thread::spawn(move || observe(&sketches, 11, 1.0))
        };
        let mut counts = Vec::new();
        let total = sketches.read(0, 11, &mut counts).1;
        assert!([1, 2].contains(&total));
        assert_eq!(counts.iter().sum::<u64>(), total);
        writer.join().expect("it does not panic");
        assert_eq!(sketches.read(0, 11, &mut counts).1, 2);
    });
}
