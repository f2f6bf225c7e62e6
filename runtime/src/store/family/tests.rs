//! One metric whose series end and come back, and what it makes of values that are out of the ordinary.

use std::time::Duration;

use super::{admission::Wanted, reading::Scratch, *};
use crate::{
    cardinality::policy::{GaugeFold, Policy},
    families::{Value, trace::TraceContext},
    metric::bounds::Ladder,
    store::{exemplars, registry::Store},
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
