//! Rules that are for nothing.

use super::{
    tests::{Listener, NOW, any, count, counter, snapshot, store},
    *,
};
use crate::metric::matcher::Ladders;

/// What is warned of at a look after so many seconds.
fn told(listener: &Listener, store: &'static Store, seconds: u64) -> Vec<String> {
    NOW.set(NOW.get() + seconds);
    tracing::subscriber::with_default(listener.clone(), || snapshot(store));
    std::mem::take(&mut *listener.0.lock().expect("nobody panics"))
}

#[test]
fn a_rule_for_nothing_is_told_of_once_with_the_nearest_names() {
    let policy = Policy::default()
        .values_of(any("http_*"), "route", 50)
        .values_of(any("htp_request_total"), "http_route", 50)
        .series_of(any("http_requests_total"), 7);
    let store = store(policy);
    let mut ladders = Ladders::default();
    ladders.insert(any("*_seconds"), [1.0]);
    store.set_ladders(ladders);
    count(store, counter(store, "http_requests_total"), &[("http_route", "/")]);
    count(store, counter(store, "jobs_total"), &[("kind", "a")]);
    let listener = Listener::default();
    assert_eq!(told(&listener, store, 30), [""; 0], "there may be one yet");
    let warnings = told(&listener, store, 31);
    let [label, metric, buckets] = &warnings[..] else { panic!("{warnings:?}") };
    assert!(label.contains("http_*") && label.contains("nearest are `http_route`"), "{label}");
    assert!(metric.contains("htp_request_total") && metric.contains("nearest are `http_requests_total`"), "{metric}");
    assert!(buckets.contains("`buckets` is for no metric") && buckets.contains("*_seconds"), "{buckets}");
    assert_eq!(told(&listener, store, 1_000), [""; 0], "once");
    store.set_policy(Policy::default().series_of(any("http_*"), 9));
    assert_eq!(told(&listener, store, 61).len(), 1, "that for buckets is still for nothing");
}
