//! One metric whose series end and come back, and what it makes of values that are out of the ordinary.

use std::time::{Duration, SystemTime};

use super::{admission::Wanted, reading::Scratch, *};
use crate::{
    cardinality::policy::{GaugeFold, Policy},
    families::{Value, trace::TraceContext},
    metric::bounds::{Ladder, Native},
    store::{exemplars, registry::Store, table::Batch},
};

/// A metric whose series end after a second.
fn family(kind: Kind, buckets: Ladder<'_>) -> &'static Family {
    ruled(kind, buckets, &Policy::default().expire_after(Duration::from_secs(1)))
}

fn ruled(kind: Kind, buckets: Ladder<'_>, policy: &Policy) -> &'static Family {
    let family = Family::new(Store::new(0, || 0).ground(), "metric", kind, buckets, About::default());
    family.set_rules(Rules::of(policy, "metric"));
    Box::leak(Box::new(family))
}

fn series(family: &Family, value: &str) -> Place {
    family.look_up(Pairs::Texts(&[("kind", value)]), Wanted::default()).expect("room").place
}

fn cell(place: Place) -> CellRef {
    match place {
        Place::Cell(cell) | Place::Folded(cell) => cell,
        Place::Word(_) => panic!("it lives in a cell"),
    }
}

/// Ends all series that are not pinned, so that their cells may live again.
fn end_all(family: &Family) {
    for now in [0, 5, 10, 15] {
        family.sweep(now);
    }
}

#[test]
fn who_sets_a_gauge_that_has_ended_leaves_the_next_one_its_value() {
    let family = family(Kind::Gauge, Ladder::OfUnit);
    let old = series(family, "a");
    family.set(old, 5.0);
    let mut next = None;
    family.with_gauge(cell(old), |word, _| {
        end_all(family);
        let new = series(family, "b");
        family.set(new, 9.0);
        next = Some(new);
        [word.swap(7.0_f64.to_bits(), Ordering::SeqCst), 7.0_f64.to_bits()]
    });
    let next = next.expect("it was made");
    assert_eq!(cell(next).index, cell(old).index, "the cell lives again");
    assert_eq!(family.read(next, &mut Scratch::default()), Some(Value::Gauge(9.0)));
}

#[test]
fn exemplars_end_with_their_series() {
    let family = family(Kind::Counter, Ladder::OfUnit);
    exemplars::set_source(Some(|| Some(TraceContext::new(1, 2))));
    let old = series(family, "a");
    family.count(old, 1);
    let kept = || family.exemplars().map_or(0, |latest| latest.len());
    assert_eq!(kept(), 1);
    let ended: usize = [0, 5, 6].into_iter().map(|now| family.sweep(now)).sum();
    assert_eq!((ended, kept()), (1, 0));
    family.count(old, 1);
    assert_eq!(kept(), 0, "who comes late shows nothing");
    let new = series(family, "b");
    assert_eq!(cell(old).index, cell(new).index, "the cell lives again");
    assert_eq!(kept(), 0);
    family.count(new, 1);
    assert!(family.exemplars().is_some_and(|latest| latest.contains_key(&new.pack())));
    exemplars::set_source(None);
}

#[test]
fn exemplars_are_shown_while_they_are_young() {
    let family = family(Kind::Histogram, Ladder::Bounds(&[1.0]));
    exemplars::set_source(Some(|| Some(TraceContext::new(1, 2))));
    let place = series(family, "a");
    family.observe(place, 0.5, 1);
    let held = family.exemplars.bytes();
    let now = SystemTime::now();
    let kept = |now| family.exemplars.copy(false, now).map_or(0, |latest| latest[&place.pack()].len());
    let later = |seconds| now + Duration::from_secs(seconds);
    assert_eq!([now, later(299), later(302)].map(kept), [1, 1, 0]);
    exemplars::set_age(Duration::from_secs(400));
    assert_eq!([later(399), later(402)].map(kept), [1, 0]);
    exemplars::set_age(Duration::ZERO);
    assert_eq!(kept(later(1 << 30)), 1, "for ever");
    exemplars::set_age(Duration::from_secs(300));
    family.exemplars.forget_old(later(302));
    assert!(family.exemplars.copy(false, now).is_some_and(|latest| latest.is_empty()));
    assert!(family.exemplars.bytes() < held);
    exemplars::set_source(None);
}

#[test]
fn exemplars_of_native_buckets_are_in_the_order_of_time() {
    let family = family(Kind::Histogram, Ladder::Native(Native::new()));
    exemplars::set_source(Some(|| Some(TraceContext::new(1, 2))));
    let place = series(family, "a");
    [1e5, 1.0, 1e3].into_iter().for_each(|value| family.observe(place, value, 1));
    let latest = family.exemplars().expect("they are kept");
    let values: Vec<f64> = latest[&place.pack()].iter().map(|exemplar| exemplar.value).collect();
    assert_eq!(values, [1e5, 1.0, 1e3]);
    exemplars::set_source(None);
}

/// What a native histogram with bounds shows: its schema, its native buckets and its others, and its sum.
type Shown = (i32, Vec<(i32, u64)>, Vec<u64>, f64);

fn shown(family: &Family, place: Place) -> Shown {
    let mut scratch = Scratch::default();
    let Some(Value::NativeHistogram(it)) = family.read(place, &mut scratch) else { panic!("it is native") };
    let classic = it.classic.expect("it has bounds");
    assert_eq!(classic.count(), it.count());
    (it.schema, it.positive.to_vec(), classic.counts.to_vec(), it.sum)
}

#[test]
fn a_resolution_that_was_lost_comes_back_after_its_time() {
    let native = Native::new().max_buckets(2);
    let family = ruled(Kind::Histogram, Ladder::Both(&[1.0], native), &Policy::default());
    let [wide, narrow] = ["wide", "narrow"].map(|value| series(family, value));
    [0.0, 1.0, 1e3, 1e6, 1e9].into_iter().for_each(|value| family.observe(wide, value, 1));
    family.observe(narrow, 1.0, 1);
    family.observe_nanos(wide, 2_000_000_000);
    let before = shown(family, wide);
    assert!(before.0 < 3 && before.2 == [2, 4], "{before:?}");
    assert!(!family.is_due(3_599), "not before its time");
    assert!(family.is_due(3_600));
    let known = family.pins.bytes();
    family.refine(3_600);
    assert_eq!(shown(family, wide), (3, vec![], vec![0, 0], 0.0), "it begins anew");
    assert_eq!(shown(family, narrow), (3, vec![(0, 1)], vec![1, 0], 1.0), "others go on");
    assert_eq!(family.retired(), (0, 6), "nothing is lost");
    family.observe(wide, 3.0, 2);
    assert_eq!(shown(family, wide), (3, vec![(13, 2)], vec![0, 2], 6.0));
    assert!(!family.is_due(u64::MAX), "it is as fine as it may be");
    [1e-9, 1e9].into_iter().for_each(|value| family.observe(wide, value, 1));
    assert!(family.is_due(7_200) && !family.is_due(7_199), "and once more");
    assert_eq!(family.pins.bytes(), known);
    let never = ruled(Kind::Histogram, Ladder::Native(native.min_reset(Duration::ZERO)), &Policy::default());
    let place = series(never, "wide");
    [0.1, 1.0, 1e3, 1e6, 1e9].into_iter().for_each(|value| never.observe(place, value, 1));
    assert!(!never.is_due(u64::MAX));
}

#[test]
fn a_series_that_begins_anew_says_since_when() {
    let store = Store::new(0, || 7_200);
    let about = About { help: "Sizes.".to_owned(), ..About::default() };
    let native = Ladder::Native(Native::new().max_buckets(2).min_reset(Duration::from_nanos(1)));
    let family: &'static Family =
        Box::leak(Box::new(Family::new(store.ground(), "size", Kind::Histogram, native, about)));
    let place = series(family, "a");
    [0.1, 1.0, 1e3, 1e6, 1e9].into_iter().for_each(|value| family.observe(place, value, 1));
    let started = || {
        let mut batch = Batch::default();
        family.copy(0, 1, &mut batch);
        batch.iter().next().map_or(0, |(record, _)| record.started())
    };
    family.series.write().expect("nothing panics under this lock").table.set_started(0, u32::MAX);
    family.refine(7_201);
    assert!(started() < 100, "the store is young: {}", started());
}

#[test]
fn threads_lose_nothing_while_resolutions_come_back() {
    let family = ruled(Kind::Histogram, Ladder::Native(Native::new().max_buckets(4)), &Policy::default());
    let place = series(family, "a");
    let now = AtomicU64::new(0);
    std::thread::scope(|scope| {
        let writers: Vec<_> = (1..=3_u8)
            .map(|thread| {
                scope.spawn(move || {
                    let value = |n: i32| f64::from(thread) * 1.5_f64.powi(n % 120);
                    (0..20_000).for_each(|n| family.observe(place, value(n), 1));
                })
            })
            .collect();
        while writers.iter().any(|writer| !writer.is_finished()) {
            family.refine(now.fetch_add(3_600, Ordering::Relaxed));
        }
    });
    let left = match family.read(place, &mut Scratch::default()) {
        Some(Value::NativeHistogram(it)) => it.count(),
        other => panic!("{other:?}"),
    };
    assert_eq!(family.retired().1 + left, 60_000);
    assert!(family.retired().1 > 0, "it began anew meanwhile");
}

/// A child must forget what it inherits before it runs on; it looks at no series for that.
#[test]
fn a_fork_looks_at_no_series() {
    for kind in [Kind::Counter, Kind::Histogram, Kind::Summary] {
        let family = ruled(kind, Ladder::Bounds(&[1.0]), &Policy::unlimited());
        let places: Vec<_> = (0..20_000).map(|n| series(family, &n.to_string())).collect();
        let record = |place| match kind {
            Kind::Counter => family.count(place, 1),
            _ => family.observe(place, 1.0, 1),
        };
        let total = |place| match family.read(place, &mut Scratch::default()) {
            Some(Value::Counter(total)) => total,
            Some(Value::Histogram(it)) => it.count(),
            Some(Value::Summary(it)) => it.count,
            other => panic!("{other:?}"),
        };
        places.iter().for_each(|place| record(*place));
        family.hold().reset();
        let (segments, covered) = family.cells.covered();
        assert!(segments == covered && segments < 20, "{kind}: {covered} of {segments}");
        assert_eq!([0, 1, 19_999].map(|at| total(places[at])), [0; 3], "{kind}");
        record(places[1]);
        assert_eq!((total(places[1]), total(places[2])), (1, 0), "{kind}");
        assert_eq!(family.cells.covered().1, segments - 2, "{kind}: only what was asked for");
    }
}

#[test]
fn a_summary_ends_and_its_memory_is_the_next_ones() {
    let family = family(Kind::Summary, Ladder::OfUnit);
    let read = |place| match family.read(place, &mut Scratch::default()) {
        Some(Value::Summary(quantiles)) => Some((quantiles.count, quantiles.sum)),
        _ => None,
    };
    let old = series(family, "a");
    family.observe(old, 2.0, 3);
    assert_eq!(read(old), Some((3, 6.0)));
    end_all(family);
    assert_eq!((read(old), family.retired()), (None, (1, 3)));
    let before = family.charged();
    let new = series(family, "b");
    assert_eq!(cell(new).index, cell(old).index, "the cell lives again");
    assert!(family.charged() < before + 2_000, "so does its memory");
    assert_eq!(read(new), Some((0, 0.0)));
    family.observe(new, 5.0, 1);
    family.observe(old, 7.0, 1);
    assert_eq!((read(new), family.retired()), (Some((1, 5.0)), (1, 4)), "who comes late is retired");
}

#[test]
fn what_is_charged_is_what_is_held() {
    for kind in [Kind::Counter, Kind::Gauge, Kind::Histogram, Kind::Summary] {
        let family = ruled(kind, Ladder::Bounds(&[1.0, 2.0]), &Policy::unlimited());
        let ledger = &family.ground.ledger;
        let taken = || ledger.state()[1].0 - family.last_resort().bytes;
        for n in 0..3_000 {
            series(family, &n.to_string());
            assert_eq!(taken(), family.charged(), "{kind} {n}");
        }
        assert_eq!(family.charged() as usize, family.bytes(&family.series.read().expect("nothing panics")));
    }
}

#[test]
fn the_largest_value_of_a_folded_gauge_is_a_number() {
    let family = ruled(Kind::Gauge, Ladder::OfUnit, &Policy::default().values(1).gauges(GaugeFold::Last));
    series(family, "a");
    let other = series(family, "b");
    family.set(other, f64::NAN);
    family.set_rules(Rules::of(&Policy::default().values(1).gauges(GaugeFold::Max), "metric"));
    for (value, shown) in [(-3.0, -3.0), (f64::NAN, -3.0), (-5.0, -3.0), (4.0, 4.0)] {
        family.set(other, value);
        assert_eq!(family.read(other, &mut Scratch::default()), Some(Value::Gauge(shown)), "after {value}");
    }
}

#[test]
fn a_word_that_goes_round_in_a_second_life_adds_no_centuries() {
    let family = family(Kind::Histogram, Ladder::Bounds(&[1.0]));
    let old = series(family, "a");
    family.observe_nanos(old, u64::MAX - 10);
    end_all(family);
    let new = series(family, "b");
    assert_eq!(cell(new).index, cell(old).index, "the cell lives again");
    family.observe_nanos(new, 1_000_000_000);
    family.observe_nanos(new, 2_000_000_000);
    let mut scratch = Scratch::default();
    let Some(Value::Histogram(spread)) = family.read(new, &mut scratch) else { panic!("it is a histogram") };
    assert_eq!(spread.count(), 2);
    assert!((spread.sum - 3.0).abs() < 1e-5, "{}", spread.sum);
}
