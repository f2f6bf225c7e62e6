//! A child that is forked while other threads are busy with handles can use all of them.
#![cfg(unix)]

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tachometer::{Counter, Family, Metrics, Rolling, Summary, Telemetry, counted, dynamic, families::Value};

use super::{counter, forked::in_child, unguarded};

static VISITS: Family<Counter, (u64,)> = Family::new("visits_total", &["n"]);
static WAIT: Summary = Summary::new("visit_wait_seconds");
static LOAD: Rolling = Rolling::new();

#[derive(Metrics)]
#[metrics(prefix = "visitor", labels(n))]
struct VisitorMetrics {
    /// Visitors seen.
    seen: Counter,
    /// Visitors by mood.
    #[metric(labels(good))]
    moods: Family<Counter, (bool,)>,
}

#[counted(name = "visited_total", labels(cap(n, 1000)), zero = false)]
fn visit(n: u64) {}

/// What threads do while another one forks: each time something new.
fn be_busy(telemetry: &Telemetry, n: u64) {
    VISITS.with(n % 1_000).increment(1);
    let metrics = VisitorMetrics::with_labels(n % 500);
    metrics.seen.increment(1);
    metrics.moods.with(n.is_multiple_of(2)).increment(1);
    dynamic::gauge("visitors", &[("n", &(n % 700).to_string())]).expect("it is well-formed").set(1);
    WAIT.record(n as f64);
    LOAD.add(n as f64);
    visit(n % 900);
    if n.is_multiple_of(64) {
        drop(telemetry.render());
        // A thread that ends leaves its slab to the next one.
        std::thread::scope(|scope| scope.spawn(|| visit(n % 900)).join()).expect("it does not panic");
    }
}

fn wait_of(telemetry: &Telemetry) -> (u64, bool) {
    match telemetry.snapshot().get("visit_wait_seconds", &[]) {
        Some(Value::Summary(wait)) => (wait.count, wait.values[0].1.is_nan()),
        other => panic!("it is {other:?}"),
    }
}

#[test]
fn a_child_forgets_what_its_parent_has_observed() {
    let telemetry = unguarded();
    (0..5).for_each(|n| WAIT.record(n));
    assert!(
        in_child(|| {
            let empty = wait_of(&telemetry) == (0, true);
            WAIT.record(1);
            empty && wait_of(&telemetry) == (1, false)
        }),
        "the child does not start from zero"
    );
    assert_eq!(wait_of(&telemetry), (5, false));
}

#[test]
fn what_a_child_records_by_what_its_parent_remembers_is_all_there() {
    let telemetry = unguarded();
    let kept = VISITS.with(1);
    let through_the_facade = metrics::counter!("facade_visits_total", "n" => "1");
    let record = || {
        kept.increment(1);
        VISITS.with(2).increment(1);
        through_the_facade.increment(1);
        visit(1);
    };
    let all = || {
        let snapshot = telemetry.snapshot();
        [("visits_total", "1"), ("visits_total", "2"), ("facade_visits_total", "1"), ("visited_total", "1")]
            .map(|(name, n)| counter(&snapshot, name, &[("n", n)]))
    };
    (0..5).for_each(|_| record());
    assert_eq!(all(), [5; 4]);
    let child = || {
        record();
        let first = all();
        record();
        (first, all()) == ([1; 4], [2; 4])
    };
    assert!(in_child(|| child() && in_child(child)), "a child's child begins anew as well");
    assert_eq!(all(), [5; 4]);
}

#[test]
fn a_child_forked_while_others_use_handles_does_not_hang() {
    let telemetry = unguarded();
    let (stop, next) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    be_busy(&telemetry, next.fetch_add(1, Ordering::Relaxed));
                }
            });
        }
        let passed = (0..60).all(|fork| {
            in_child(|| {
                // SAFETY: it has no requirement; a child that hangs is ended by it, and so fails.
                unsafe { libc::alarm(60) };
                (0..64).for_each(|n| be_busy(&telemetry, 1_000_000 + fork * 64 + n));
                VISITS.with(9_999).increment(3);
                counter(&telemetry.snapshot(), "visits_total", &[("n", "9999")]) == 3
            })
        });
        stop.store(true, Ordering::Relaxed);
        assert!(passed, "a child has failed");
    });
}
