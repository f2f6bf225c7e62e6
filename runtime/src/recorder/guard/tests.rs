//! What the guard does with series, counted exactly, at a time that each test sets.

use std::{
    cell::Cell,
    fmt::{self, Write as _},
    sync::{Arc, Mutex},
    time::Duration,
};

use metrics::{Key, Label, Level, Metadata, Recorder};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};

use super::*;
use crate::{
    GaugeFold,
    facade::Facade,
    families::Value,
    metric::{kind::Kind, matcher::Matcher},
    snapshot::Snapshot,
    store::{
        family::{Family, admission::Wanted},
        pairs::Pairs,
        table::Found,
        value::Place,
        view::View,
    },
};

/// Counts warnings, and keeps the text of the last one.
#[derive(Clone, Default)]
pub(super) struct Listener(pub(super) Arc<Mutex<Vec<String>>>);

impl Subscriber for Listener {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        struct Text(String);
        impl Visit for Text {
            fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
                let _ = write!(self.0, "{field}={value:?} ");
            }
        }
        let mut text = Text(String::new());
        event.record(&mut text);
        self.0.lock().expect("nobody panics").push(text.0);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

thread_local! {
    pub(super) static NOW: Cell<u64> = const { Cell::new(0) };
}

pub(super) fn store(policy: Policy) -> &'static Store {
    let store: &'static Store = Box::leak(Box::new(Store::new(0, || NOW.get())));
    store.set_policy(policy);
    store
}

pub(super) fn counter(store: &'static Store, name: &str) -> &'static Family {
    store.family(name, Kind::Counter).expect("the name is free")
}

pub(super) fn look_up(store: &Store, family: &Family, labels: &[(&str, &str)]) -> Found {
    store.look_up(family, Pairs::Texts(labels), Wanted::default()).expect("it is not refused")
}

pub(super) fn count(store: &Store, family: &Family, labels: &[(&str, &str)]) {
    family.count(look_up(store, family, labels).place, 1);
}

pub(super) fn snapshot(store: &'static Store) -> Snapshot {
    Snapshot::of(&View::new(store, &[]))
}

pub(super) fn series(store: &'static Store, metric: &str) -> usize {
    snapshot(store).family(metric).map_or(0, |family| family.series().len())
}

pub(super) fn any(text: &str) -> Matcher {
    text.parse().expect("it is a matcher")
}

/// Ends all series that nobody records into.
pub(super) fn wait(store: &Store, seconds: u64) {
    store.sweep();
    NOW.set(NOW.get() + seconds);
    store.sweep();
}

#[test]
fn a_label_whose_values_are_known_is_on_no_list() {
    let store = store(Policy::default());
    let calls = counter(store, "calls_total");
    calls.set_finite(["result"]);
    let labels = [("tenant", "a"), ("result", "error")];
    count(store, calls, &labels);
    store.set_policy(Policy::default().allow_only(any("calls_*"), "result", ["ok"]));
    count(store, calls, &labels);
    assert_eq!(snapshot(store).get("calls_total", &labels), Some(Value::Counter(2)));
    assert_eq!(series(store, "calls_total"), 1, "the same series is not there twice");
}

#[test]
fn a_series_of_our_own_is_there_once_whatever_a_policy_says() {
    let store = store(Policy::default());
    let own = counter(store, "own_total");
    let key = Key::from_parts("own_total", vec![Label::new("reason", "full")]);
    let first = own.known_series(&key).expect("there is room");
    store.set_policy(Policy::default().drop_label(any("own_*"), "reason"));
    assert_eq!(own.known_series(&key), Ok(first));
    assert_eq!(series(store, "own_total"), 1);
}

#[test]
fn a_series_becomes_known_and_is_neither_twice_nor_counted() {
    let store = store(Policy::default().expire_after(Duration::from_secs(10)));
    let calls = counter(store, "calls_total");
    count(store, calls, &[("tenant", "a")]);
    store.set_policy(
        Policy::default().allow_only(any("calls_*"), "tenant", ["b"]).expire_after(Duration::from_secs(10)),
    );
    let known = calls.known_series(&Key::from_parts("calls_total", vec![Label::new("tenant", "a")]));
    calls.count(known.expect("it is there").place, 1);
    wait(store, 100);
    assert_eq!(snapshot(store).get("calls_total", &[("tenant", "a")]), Some(Value::Counter(2)));
    assert_eq!(store.cardinality().metric("calls_total"), None, "it is none of the guard's");
    assert_eq!(store.cardinality().series, 1, "the room for `other`");
}

#[test]
fn all_room_is_given_back_whatever_the_policy_was_meanwhile() {
    let expiring = |policy: Policy| policy.expire_after(Duration::from_secs(10));
    let store = store(expiring(Policy::unlimited()));
    let calls = counter(store, "calls_total");
    calls.set_finite(["result"]);
    count(store, calls, &[("tenant.id", "first")]);
    wait(store, 100);
    let room = store.cardinality();
    assert_eq!(room.series, 1, "that for `other`");
    let come_and_go = || {
        for round in 0..6_u64 {
            let limited = expiring(Policy::default().values(5 + round));
            store.set_policy(if round.is_multiple_of(2) { limited } else { expiring(Policy::unlimited()) });
            for n in 0..20 {
                let value = format!("{round}-{n}");
                count(store, calls, &[("tenant.id", &value), ("result", "ok")]);
                count(store, calls, &[("tenant.id", &value), ("result", "error")]);
            }
            // Some of them end under another policy than they began.
            store.sweep();
        }
        store.set_policy(expiring(Policy::default()));
        wait(store, 100);
        store.cardinality()
    };
    (0..49).for_each(|_| drop(come_and_go()));
    let report = come_and_go();
    assert_eq!(report.series, room.series);
    // Labels are moved together once half of so many chunks of them is garbage.
    assert!(report.bytes < 200 << 10, "what has ended leaves its memory to those that come: {}", report.bytes);
    let calls = report.metric("calls_total").expect("it is reported");
    assert_eq!((calls.series, calls.retired), (0, 1 + 50 * 240));
    assert!(calls.labels.iter().all(|label| label.values == 0), "{:?}", calls.labels);
}

#[test]
fn the_largest_of_values_below_zero_is_kept() {
    let store = store(Policy::default().values(1).gauges(GaugeFold::Max));
    let depth = store.family("depth", Kind::Gauge).expect("the name is free");
    for (tank, value) in [("a", -1.0), ("b", -9.0), ("c", -7.0), ("d", -8.0)] {
        depth.set(look_up(store, depth, &[("tank", tank)]).place, value);
    }
    assert_eq!(snapshot(store).get("depth", &[("tank", "other")]), Some(Value::Gauge(-7.0)));
}

#[test]
fn an_own_value_other_is_not_folded_and_folded_ones_are_whoever_came_first() {
    for own_first in [true, false] {
        let store = store(Policy::default().values(1));
        let level = store.family("level", Kind::Gauge).expect("the name is free");
        level.set(look_up(store, level, &[("tank", "a")]).place, 1.0);
        let set_own = || level.set(look_up(store, level, &[("tank", "other")]).place, 5.0);
        if own_first {
            set_own();
        }
        level.set(look_up(store, level, &[("tank", "b")]).place, 7.0);
        if !own_first {
            set_own();
        }
        assert_eq!(snapshot(store).get("level", &[("tank", "other")]), Some(Value::Gauge(5.0)));
    }
}

#[test]
fn labels_that_no_series_has_are_not_reported() {
    let store = store(Policy::default());
    let calls = counter(store, "calls_total");
    calls.set_finite(["error", "result"]);
    count(store, calls, &[("result", "ok"), ("tenant", "a")]);
    let report = store.cardinality();
    let labels: Vec<&str> =
        report.metric("calls_total").expect("it is reported").labels.iter().map(|label| &*label.label).collect();
    assert_eq!(labels, ["result", "tenant"]);
}

#[test]
fn a_flood_of_label_names_is_bounded_and_loses_no_count() {
    let store = store(Policy::default());
    let calls = counter(store, "calls_total");
    (0..2_000).for_each(|n| count(store, calls, &[(&*format!("name_{n}"), "x")]));
    let report = store.cardinality();
    assert!(report.metric("calls_total").expect("it is reported").labels.len() <= 256);
    let total: u64 = snapshot(store)
        .family("calls_total")
        .expect("it is there")
        .series()
        .map(|series| if let Value::Counter(count) = series.value() { count } else { 0 })
        .sum();
    assert_eq!(total, 2_000);
}

#[test]
fn handles_that_somebody_keeps_stay_alive_under_a_later_policy() {
    let store = store(Policy::default());
    let metadata = Metadata::new("test", Level::INFO, None);
    let gauge = Facade::new(store).register_gauge(&Key::from_parts("level", vec![Label::new("tank", "a")]), &metadata);
    gauge.set(1.0);
    store.set_policy(Policy::default().expire_after(Duration::from_secs(10)));
    wait(store, 100);
    gauge.set(2.0);
    assert_eq!(snapshot(store).get("level", &[("tank", "a")]), Some(Value::Gauge(2.0)));
    drop(gauge);
    wait(store, 100);
    wait(store, 100);
    assert_eq!(series(store, "level"), 0);
}

#[test]
fn what_is_folded_by_any_limit_is_in_the_book() {
    let store = store(Policy::unlimited().series_per_metric(8));
    let calls = counter(store, "calls_total");
    (0..50).for_each(|n| count(store, calls, &[("tenant", &*n.to_string())]));
    let report = store.cardinality();
    let tenant = report.metric("calls_total").and_then(|metric| metric.label("tenant")).expect("it is reported");
    assert_eq!(tenant.folded.get("metric_limit"), Some(&43));
    assert_eq!((tenant.values, series(store, "calls_total")), (7, 8));
}

#[test]
fn a_dropped_label_is_in_the_book() {
    let store = store(Policy::default().drop_label(any("calls_total"), "session"));
    let calls = counter(store, "calls_total");
    (0..5).for_each(|n| count(store, calls, &[("session", &*n.to_string())]));
    let report = store.cardinality();
    let session = report.metric("calls_total").and_then(|metric| metric.label("session")).expect("it is reported");
    assert_eq!(session.folded.get("label_dropped"), Some(&5));
}

#[test]
fn a_metric_that_comes_when_all_is_full_still_has_a_place() {
    let store = store(Policy::default().series(64));
    let flooded = counter(store, "flooded_total");
    (0..100).for_each(|n| count(store, flooded, &[("n", &*n.to_string())]));
    let late = counter(store, "late_total");
    late.set_finite(["result"]);
    for n in 0..10 {
        count(store, late, &[("n", &*n.to_string()), ("result", "ok")]);
        count(store, late, &[("n", &*n.to_string()), ("result", "error")]);
    }
    let labels = |result| [("n", "other"), ("result", result)];
    assert_eq!(snapshot(store).get("late_total", &labels("ok")), Some(Value::Counter(10)));
    assert_eq!(snapshot(store).get("late_total", &labels("error")), Some(Value::Counter(10)));
    assert!(store.cardinality().series <= 64);
}

#[test]
fn what_is_folded_has_a_place_under_limits_that_shrink() {
    let store = store(Policy::unlimited());
    let calls = counter(store, "calls_total");
    calls.set_finite(["result"]);
    let both = |n: u64| {
        count(store, calls, &[("n", &*n.to_string()), ("result", "ok")]);
        count(store, calls, &[("n", &*n.to_string()), ("result", "error")]);
    };
    (0..100).for_each(both);
    store.set_policy(Policy::default().series(10).bytes(10));
    (100..200).for_each(both);
    for result in ["ok", "error"] {
        let labels = [("n", "other"), ("result", result)];
        assert_eq!(snapshot(store).get("calls_total", &labels), Some(Value::Counter(100)));
    }
}

#[test]
fn a_rule_is_for_both_names_of_a_metric() {
    for early in [true, false] {
        let policy = Policy::default().values_of(any("http_requests"), "route", 1);
        let store = store(if early { policy.clone() } else { Policy::default() });
        let requests = counter(store, "http.requests");
        store.set_policy(policy);
        (0..5).for_each(|n| count(store, requests, &[("route", &*n.to_string())]));
        assert_eq!(series(store, "http.requests"), 2, "{early}");
    }
}

#[test]
fn a_handle_of_a_gauge_that_ended_finds_nothing() {
    let store = store(Policy::default().expire_after(Duration::from_secs(10)));
    let level = store.family("level", Kind::Gauge).expect("the name is free");
    let old = look_up(store, level, &[("tank", "a")]).place;
    level.set(old, 1.0);
    wait(store, 100);
    wait(store, 100);
    level.set(old, 2.0);
    assert_eq!(series(store, "level"), 0);
    assert!(matches!(old, Place::Cell(_)));
}

#[test]
fn people_hear_of_a_metric_once_an_hour() {
    let listener = Listener::default();
    let heard = listener.0.clone();
    tracing::subscriber::with_default(listener, || {
        let store = store(Policy::default().values(2));
        let calls = counter(store, "calls_total");
        calls.about(|about| about.source = Some("at src/shop.rs:7 in shop".to_owned()));
        let flood = |from: u64| (from..from + 50).for_each(|n| count(store, calls, &[("tenant", &*n.to_string())]));
        flood(0);
        NOW.set(3_599);
        flood(100);
        let texts = std::mem::take(&mut *heard.lock().expect("nobody panics"));
        assert_eq!(texts.len(), 1, "{texts:?}");
        for part in ["calls_total", "tenant", "label_limit", "at src/shop.rs:7 in shop"] {
            assert!(texts[0].contains(part), "{texts:?}");
        }
        NOW.set(3_600);
        flood(200);
        assert_eq!(heard.lock().expect("nobody panics").len(), 1);
    });
}

#[test]
fn samples_beside_the_store_take_room_and_our_own_never_the_last() {
    let store = store(Policy::default().samples_per_scrape(100));
    store.set_foreign_samples(70);
    let calls = counter(store, "calls_total");
    (0..100).for_each(|n| count(store, calls, &[("tenant", &*n.to_string())]));
    let own = snapshot(store).samples();
    assert!(own + 70 <= 100, "{own}");
    store.set_foreign_samples(80);
    let before = snapshot(store).samples();
    (0..20).for_each(|n| {
        let name = format!("late_{n}_total");
        let labels = Pairs::Texts(&[("tenant", "a")]);
        assert_eq!(store.look_up(counter(store, &name), labels, Wanted::default()), None);
    });
    assert_eq!(snapshot(store).samples(), before, "there is room for nothing more");
    let refused = [("reason", "limit")];
    assert_eq!(snapshot(store).get("tachometer_refused_series_total", &refused), Some(Value::Counter(20)));
}
