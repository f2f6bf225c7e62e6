//! Native buckets under every interleaving.

use std::time::Duration;

use loom::thread;

use super::{leaked, series};
use crate::{
    cardinality::{policy::Policy, rules::Rules},
    families::{Exponential, Value},
    metric::{
        bounds::{Ladder, Native},
        kind::Kind,
    },
    store::{
        family::{About, Family, reading::Scratch},
        ground::Ground,
        native::{Bins, Natives},
        scale::Position,
    },
    sync::Ordering,
};

/// A native histogram whose first resolution has room for two chunks.
fn native() -> &'static Natives {
    let natives = leaked(Natives::new(Native::new().schema(8).max_buckets(1)));
    natives.begin(0, 0);
    natives
}

fn read<'a>(natives: &Natives, bins: &'a mut Bins) -> Exponential<'a> {
    let resolution = natives.copy(0, bins);
    natives.shown(resolution, 0, 0.0, bins)
}

fn observe(natives: &Natives, value: f64) {
    let position = Position::of(value).expect("it does not count as 0");
    natives.bin(0, position, || false).expect("it lives").word().fetch_add(1, Ordering::SeqCst);
}

/// Two threads that find a resolution full: one of them makes the next, and nothing is lost or counted twice, also for
/// a reader that comes in between.
#[test]
fn loom_a_resolution_that_changes_loses_nothing() {
    loom::model(|| {
        let natives = native();
        observe(natives, 1.0);
        observe(natives, 4.0);
        let writer = thread::spawn(move || observe(natives, 16.0));
        observe(natives, 1.0);
        let mut bins = Bins::default();
        let (first, schema) = {
            let read = read(natives, &mut bins);
            (read.count(), read.schema)
        };
        assert!((3..=4).contains(&first));
        observe(natives, 64.0);
        writer.join().expect("it does not panic");
        let read = read(natives, &mut bins);
        assert_eq!(read.count(), 5);
        assert!(read.schema <= schema, "a resolution never gets finer");
    });
}

/// Two threads whose values are in one new chunk.
#[test]
fn loom_a_chunk_is_made_once() {
    loom::model(|| {
        let natives = native();
        let threads: Vec<_> = (0..2).map(|_| thread::spawn(move || observe(natives, 3.0))).collect();
        for thread in threads {
            thread.join().expect("it does not panic");
        }
        let mut bins = Bins::default();
        assert_eq!(read(natives, &mut bins).count(), 2);
        assert_eq!(natives.counted(0), 2);
    });
}

/// What is observed by a series while it ends is in what it leaves behind, and never in the next one, whose buckets are
/// the very same memory.
#[test]
fn loom_a_late_observation_is_not_the_next_series() {
    let mut model = loom::model::Builder::new();
    // All orders would take hours: threads are switched at most three times where neither of them waits.
    model.preemption_bound = Some(3);
    model.check(|| {
        let ground: &'static Ground = leaked(Ground::new(0, || 0));
        let buckets = Ladder::Native(Native::new().schema(8).max_buckets(1));
        let family: &'static Family =
            leaked(Family::new(ground, "wait_seconds", Kind::Histogram, buckets, About::default()));
        family.set_rules(Rules::of(&Policy::default().expire_after(Duration::from_secs(1)), "wait_seconds"));
        let old = series(family, "a");
        family.sweep(0);
        let writer = thread::spawn(move || family.observe(old, 1.0, 1));
        family.sweep(5);
        family.sweep(6);
        let new = series(family, "b");
        family.observe(new, 1.0, 1);
        writer.join().expect("it does not panic");
        let count = |place| match family.read(place, &mut Scratch::default()) {
            Some(Value::NativeHistogram(native)) => native.count(),
            _ => 0,
        };
        assert_eq!(count(new), 1);
        assert_eq!(family.retired().1 + count(old), 1);
    });
}

/// What is observed while a series gets its resolution back is in what it has counted until then or from then on, once, and
/// in the bucket of its value.
#[test]
fn loom_an_observation_meets_a_new_era() {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(|| {
        let ground: &'static Ground = leaked(Ground::new(0, || 0));
        let buckets = Ladder::Native(Native::new().schema(8).max_buckets(1));
        let family: &'static Family =
            leaked(Family::new(ground, "wait_seconds", Kind::Histogram, buckets, About::default()));
        let place = series(family, "a");
        [1.0, 4.0, 16.0].into_iter().for_each(|value| family.observe(place, value, 1));
        assert!(family.is_due(3_600), "it has lost its resolution");
        let writer = thread::spawn(move || family.observe(place, 1.0, 1));
        family.refine(3_600);
        family.observe(place, 64.0, 1);
        writer.join().expect("it does not panic");
        let mut scratch = Scratch::default();
        let Some(Value::NativeHistogram(native)) = family.read(place, &mut scratch) else { panic!("it is native") };
        assert_eq!(family.retired().1 + native.count(), 5);
        let low = native.positive.iter().filter(|(index, _)| *index <= 0).map(|(_, count)| count).sum::<u64>();
        assert!(low <= 1 && native.count() == 1 + low, "{native:?}");
    });
}
