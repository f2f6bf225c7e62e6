//! Limits of a label within each value of another one, as far as the program's own tests (`tests/recording/guard_rooms`) cannot
//! see or wait for it.

use std::time::Duration;

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
