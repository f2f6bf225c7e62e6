//! When series end that nobody records into, and what becomes of their room, at a time that each test sets.

use std::{
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

use super::{
    tests::{NOW, any, count, counter, look_up, series, snapshot, store, wait},
    *,
};
use crate::{
    families::Value,
    metric::kind::Kind,
    store::{family::Family, pairs::Pairs},
};

fn expiring() -> Policy {
    Policy::default().expire_after(Duration::from_secs(10))
}

fn later(store: &Store, seconds: u64) {
    NOW.set(NOW.get() + seconds);
    store.sweep();
}

#[test]
fn a_series_ends_when_nothing_came_for_so_long_and_no_sooner() {
    let store = store(expiring());
    let calls = counter(store, "calls_total");
    let record = || count(store, calls, &[("tenant", "a")]);
    record();
    store.sweep();
    later(store, 9);
    assert_eq!(series(store, "calls_total"), 1);
    record();
    later(store, 1);
    later(store, 9);
    assert_eq!(series(store, "calls_total"), 1, "its time began anew");
    later(store, 1);
    assert_eq!(series(store, "calls_total"), 0);
}

#[test]
fn no_time_is_too_long() {
    let store = store(Policy::default().expire_after(Duration::MAX));
    let calls = counter(store, "calls_total");
    count(store, calls, &[("tenant", "a")]);
    (0..3).for_each(|_| later(store, u64::from(u32::MAX)));
    assert_eq!(series(store, "calls_total"), 1);
    store.set_policy(expiring());
    (0..2).for_each(|_| later(store, 10));
    assert_eq!(series(store, "calls_total"), 0);
}

#[test]
fn very_many_series_end_at_once_while_others_are_read_and_recorded() {
    const SERIES: u64 = 100_000;
    let store = store(Policy::unlimited().expire_after(Duration::from_secs(10)));
    let calls = counter(store, "calls_total");
    (0..SERIES).for_each(|n| count(store, calls, &[("tenant", &*n.to_string())]));
    store.sweep();
    NOW.set(NOW.get() + 10);
    let retired = || store.cardinality().metric("calls_total").map_or((0, 0), |it| (it.retired_series, it.retired));
    let others = AtomicU64::new(0);
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                let n = others.fetch_add(1, Ordering::Relaxed);
                count(store, calls, &[("tenant", &*format!("new {}", n % 100))]);
            }
        });
        scope.spawn(|| (0..20).for_each(|_| drop(snapshot(store))));
        let deadline = Instant::now() + Duration::from_secs(60);
        while retired().0 < SERIES && Instant::now() < deadline {
            store.sweep();
        }
        is_over.store(true, Ordering::Relaxed);
    });
    let retired = retired();
    assert!(retired.0 >= SERIES, "{}", retired.0);
    let left: u64 = snapshot(store).family("calls_total").map_or(0, |family| {
        let counts = family.series().map(|series| match series.value() {
            Value::Counter(count) => count,
            other => panic!("{other:?}"),
        });
        counts.sum()
    });
    assert_eq!(retired.1 + left, SERIES + others.into_inner());
}

#[test]
fn values_of_series_that_have_ended_make_room_for_others() {
    let store = store(expiring().values(2));
    let calls = counter(store, "calls_total");
    for day in 0..5 {
        for tenant in ["a", "b", "c"] {
            count(store, calls, &[("tenant", &*format!("{tenant}{day}"))]);
        }
        let snapshot = snapshot(store);
        for tenant in ["a", "b"] {
            let labels = [("tenant", &*format!("{tenant}{day}"))];
            assert_eq!(snapshot.get("calls_total", &labels), Some(Value::Counter(1)), "{day}");
        }
        wait(store, 100);
        wait(store, 100);
    }
}

#[test]
fn calls_in_flight_are_waited_for() {
    let store = store(expiring());
    let gauge: &Family = store.family("calls_in_flight", Kind::Gauge).expect("the name is free");
    gauge.about(|about| about.is_of_calls = true);
    let place = look_up(store, gauge, &[("tenant", "a")]).place;
    gauge.shift_calls(place, 1.0);
    (0..5).for_each(|_| later(store, 100));
    gauge.shift_calls(place, -1.0);
    assert_eq!(snapshot(store).get("calls_in_flight", &[("tenant", "a")]), Some(Value::Gauge(0.0)));
    (0..5).for_each(|_| later(store, 100));
    assert_eq!(series(store, "calls_in_flight"), 0);
}

#[test]
fn the_estimate_has_values_that_were_admitted_later_and_each_once() {
    let store = store(Policy::default().values(2));
    let calls = counter(store, "calls_total");
    let flood = |values: std::ops::Range<u64>| values.for_each(|n| count(store, calls, &[("tenant", &*n.to_string())]));
    flood(0..4);
    store.set_policy(Policy::default().values(50));
    flood(0..40);
    let report = store.cardinality();
    let tenant = report.metric("calls_total").and_then(|metric| metric.label("tenant")).expect("it is reported");
    assert_eq!((tenant.values, tenant.folded.get("label_limit")), (40, Some(&2)));
    assert!((39..=41).contains(&tenant.distinct_estimate), "{}", tenant.distinct_estimate);
}

#[test]
fn a_metric_at_its_limit_folds_the_label_that_has_the_most_values() {
    let store = store(Policy::default().series_of(any("calls_total"), 64));
    let calls = counter(store, "calls_total");
    for n in 0..50_u64 {
        for codec in ["raw", "gzip"] {
            count(store, calls, &[("codec", codec), ("tenant", &*n.to_string())]);
        }
    }
    let snapshot = snapshot(store);
    assert_eq!(snapshot.get("calls_total", &[("codec", "other"), ("tenant", "other")]), None);
    for codec in ["raw", "gzip"] {
        let folded = snapshot.get("calls_total", &[("codec", codec), ("tenant", "other")]);
        assert!(matches!(folded, Some(Value::Counter(calls)) if calls > 10), "{folded:?}");
    }
}

#[test]
fn a_child_begins_without_what_its_parent_has_retired() {
    let store = store(expiring());
    let calls = counter(store, "calls_total");
    for _ in 0..3 {
        // The second one lives in the first one's cell.
        count(store, calls, &[("tenant", "a")]);
        wait(store, 100);
        wait(store, 100);
    }
    assert_eq!(calls.retired(), (3, 3));
    calls.reset(false);
    assert_eq!(calls.retired().1, 0);
    let _ = calls.look_up(Pairs::Texts(&[("tenant", "b")]), crate::store::family::admission::Wanted::default());
    assert_eq!(calls.retired().1, 0, "nothing is left in the cell either");
}

#[test]
fn series_end_when_it_is_said_of_their_kind_or_their_metric() {
    let seconds = Duration::from_secs;
    let policy = Policy::default()
        .expire_after(seconds(100))
        .expire_kind_after(Kind::Gauge, seconds(10))
        .expire_kind_after(Kind::Summary, Duration::ZERO)
        .expire_after_of(any("kept_*"), Duration::ZERO)
        .expire_after_of(any("brief_total"), seconds(5));
    let store = store(policy);
    let names = [
        ("calls_total", Kind::Counter),
        ("level", Kind::Gauge),
        ("took", Kind::Summary),
        ("kept_level", Kind::Gauge),
        ("brief_total", Kind::Counter),
    ];
    for (name, kind) in names {
        look_up(store, store.family(name, kind).expect("the name is free"), &[("n", "1")]);
    }
    let left = || names.map(|(name, _)| series(store, name));
    for (seconds, expected) in [(6, [1, 1, 1, 1, 0]), (6, [1, 0, 1, 1, 0]), (100, [0, 0, 1, 1, 0])] {
        wait(store, seconds);
        assert_eq!(left(), expected, "{seconds} s later");
    }
}
