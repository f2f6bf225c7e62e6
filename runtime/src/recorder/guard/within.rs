//! Limits of a label within each value of another one.

use std::{thread, time::Duration};

use super::{
    tests::{any, count, counter, look_up, series, snapshot, store, wait},
    *,
};
use crate::{families::Value, store::family::Family};

const CLIENTS: u64 = 3;

fn policy() -> Policy {
    Policy::default().values_within(any("calls_*"), "client", "organisation", CLIENTS)
}

fn call(store: &'static Store, calls: &Family, organisation: &str, client: u64) {
    count(store, calls, &[("organisation", organisation), ("client", &client.to_string())]);
}

fn calls(store: &'static Store, organisation: &str, client: &str) -> Option<u64> {
    match snapshot(store).get("calls_total", &[("client", client), ("organisation", organisation)]) {
        Some(Value::Counter(total)) => Some(total),
        _ => None,
    }
}

#[test]
fn a_flood_in_one_value_takes_no_room_of_another() {
    let store = store(policy());
    let family = counter(store, "calls_total");
    (0..5_000).for_each(|client| call(store, family, "acme", client));
    (0..2).for_each(|client| call(store, family, "umbrella", client));
    assert_eq!(calls(store, "acme", "other"), Some(5_000 - CLIENTS));
    assert_eq!([calls(store, "umbrella", "0"), calls(store, "umbrella", "1")], [Some(1); 2]);
    assert_eq!(calls(store, "umbrella", "other"), None);
    let report = store.cardinality();
    let client = report.metric("calls_total").and_then(|metric| metric.label("client")).expect("it is reported");
    assert_eq!(client.limit, None, "there is no other limit of it");
    let within = client.within.as_ref().expect("it is limited");
    assert_eq!((&*within.label, within.limit, within.full), ("organisation", Some(CLIENTS), 1));
    assert_eq!(client.folded.iter().collect::<Vec<_>>(), [(&"within_limit", &(5_000 - CLIENTS))]);
    store.show_guard();
    let labels = [("label", "client"), ("metric", "calls_total"), ("within", "organisation")];
    let own = |name: &str| snapshot(store).get(name, &labels).map(|value| format!("{value:?}"));
    assert_eq!(own("tachometer_guard_limit_within"), Some(format!("{:?}", Value::Gauge(CLIENTS as f64))));
    assert_eq!(own("tachometer_guard_full_within"), Some(format!("{:?}", Value::Gauge(1.0))));
}

#[test]
fn what_is_folded_itself_has_one_room() {
    let store = store(policy().values_of(any("calls_*"), "organisation", 1));
    let family = counter(store, "calls_total");
    for client in 0..10 {
        call(store, family, "acme", client);
        call(store, family, &format!("made up {client}"), client);
        count(store, family, &[("client", &client.to_string())]);
    }
    assert_eq!([calls(store, "acme", "other"), calls(store, "other", "other")], [Some(10 - CLIENTS); 2]);
    let without = snapshot(store).get("calls_total", &[("client", "other")]).map(|value| format!("{value:?}"));
    assert_eq!(without, Some(format!("{:?}", Value::Counter(10 - CLIENTS))), "without the label is one more room");
    assert_eq!(series(store, "calls_total") as u64, 3 * (CLIENTS + 1));
}

#[test]
fn one_name_in_several_values_counts_in_each() {
    let store = store(policy());
    let family = counter(store, "calls_total");
    for organisation in ["a", "b", "c"] {
        for client in [1, 2, 1, 3, 4] {
            for way in ["in", "out"] {
                let client = client.to_string();
                count(store, family, &[("client", &*client), ("organisation", organisation), ("way", way)]);
            }
        }
    }
    let [seen, of] = ["1", "other"].map(|client| {
        let labels = [("client", client), ("organisation", "c"), ("way", "in")];
        snapshot(store).get("calls_total", &labels).map(|value| format!("{value:?}"))
    });
    assert_eq!([seen, of], [Some("Counter(2)".to_owned()), Some("Counter(1)".to_owned())]);
}

#[test]
fn both_limits_hold_where_both_are_said() {
    let store = store(policy().values_of(any("calls_*"), "client", 4));
    let family = counter(store, "calls_total");
    for organisation in ["acme", "umbrella"] {
        (0..10).for_each(|client| call(store, family, organisation, client + 100 * organisation.len() as u64));
    }
    assert_eq!(calls(store, "acme", "other"), Some(10 - CLIENTS));
    assert_eq!(calls(store, "umbrella", "other"), Some(9), "there is room for one more in all");
}

#[test]
fn there_is_room_again_when_series_end_or_the_policy_changes() {
    let expiring = |policy: Policy| policy.expire_after(Duration::from_secs(10));
    let store = store(expiring(policy()));
    let family = counter(store, "calls_total");
    (0..5).for_each(|client| call(store, family, "acme", client));
    assert_eq!(calls(store, "acme", "other"), Some(2));
    wait(store, 100);
    wait(store, 100);
    call(store, family, "acme", 7);
    assert_eq!(calls(store, "acme", "7"), Some(1));
    store.set_policy(expiring(policy()).values_within(any("calls_*"), "client", "organisation", 1));
    call(store, family, "acme", 8);
    assert_eq!(calls(store, "acme", "8"), None);
    store.set_policy(expiring(Policy::default()));
    call(store, family, "acme", 9);
    assert_eq!(calls(store, "acme", "9"), Some(1));
    let labels = look_up(store, family, &[("organisation", "acme"), ("client", "9")]);
    assert!(!labels.folded);
}

#[test]
fn no_more_are_admitted_than_there_may_be_however_many_ask_at_once() {
    for _ in 0..20 {
        let store = store(policy());
        let family = counter(store, "calls_total");
        thread::scope(|scope| {
            for thread in 0..4 {
                scope.spawn(move || {
                    (0..25).for_each(|n| call(store, family, ["a", "b"][n as usize % 2], thread * 100 + n));
                });
            }
        });
        assert_eq!(series(store, "calls_total") as u64, 2 * (CLIENTS + 1));
        let total: u64 = snapshot(store).family("calls_total").map_or(0, |family| {
            family
                .series()
                .map(|series| match series.value() {
                    Value::Counter(total) => total,
                    _ => 0,
                })
                .sum()
        });
        assert_eq!(total, 100);
    }
}

#[test]
fn a_limit_that_makes_no_sense_is_refused() {
    let refused = |policy: Policy| policy.check().expect_err("it makes no sense").to_string();
    let of = |label: &str, within: &str, most| Policy::default().values_within(any("calls_*"), label, within, most);
    assert_eq!(
        refused(of("client", "organisation", 0)),
        "the guard's limit of label `client` of `calls_*` within each `organisation` is 0; write 1 or more, or drop the \
         label"
    );
    assert!(refused(of("client", "client", 5)).contains("one within itself"));
    assert!(
        refused(of("client", "zone", 5).drop_label(any("calls_*"), "zone")).contains("needs `zone`, which is dropped")
    );
    let chain = of("client", "organisation", 5).values_within(any("calls_*"), "organisation", "zone", 5);
    assert!(refused(chain).contains("is within a label that is limited within another one"));
    policy().check().expect("it makes sense");
}
