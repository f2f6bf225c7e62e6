//! Series that come and go: what is refused and comes in later, what is removed, and what is remembered of all that.

use std::{
    hint::black_box,
    thread,
    time::{Duration, Instant},
};

use tachometer::{
    Counter, Family, FloatCounter, Gauge, Histogram, Metrics, Policy, Snapshot, Telemetry, counted, dynamic,
    families::Value, timed,
};

use super::{allocations::held, counter};

fn guarded(policy: Policy) -> Telemetry {
    tachometer::builder().no_listener().guard(policy).install().expect("nothing stands in the way")
}

fn dropped(telemetry: &Telemetry) -> u64 {
    counter(&telemetry.snapshot(), "tachometer_dropped_records_total", &[("reason", "refused")])
}

/// The values of the label `peer` in a metric.
fn peers(snapshot: &Snapshot, metric: &str) -> Vec<String> {
    let Some(family) = snapshot.family(metric) else { return Vec::new() };
    let mut peers: Vec<_> = family.series().map(|it| it.label("peer").unwrap_or_default().into_owned()).collect();
    peers.sort_unstable();
    peers
}

#[test]
fn a_handle_of_a_refused_series_counts_what_it_drops_until_there_is_room() {
    let telemetry = guarded(Policy::default().series(1));
    metrics::counter!("first_total", "peer" => "a").increment(1);
    let kept = dynamic::counter("bytes_total", &[("peer", "a")]).expect("names are fine");
    let level = dynamic::gauge("level", &[("peer", "a")]).expect("names are fine");
    static BY_PEER: Family<Histogram, (String,)> = Family::new("wait_by_peer", &["peer"]);
    let wait = BY_PEER.with("a");
    for _ in 0..3 {
        kept.increment(1);
        level.set(1);
        wait.record(1);
        BY_PEER.with("a").record(1);
    }
    assert_eq!(dropped(&telemetry), 12);
    telemetry.set_policy(Policy::default()).expect("it makes sense");
    kept.increment(1);
    level.set(2);
    wait.record(1);
    BY_PEER.with("a").record(1);
    let snapshot = telemetry.snapshot();
    assert_eq!(counter(&snapshot, "bytes_total", &[("peer", "a")]), 1);
    assert_eq!(snapshot.get("level", &[("peer", "a")]), Some(Value::Gauge(2.0)));
    assert!(
        matches!(snapshot.get("wait_by_peer", &[("peer", "a")]), Some(Value::Histogram(wait)) if wait.count() == 2)
    );
    assert_eq!(dropped(&telemetry), 12);
}

#[test]
fn a_folded_handle_gets_a_series_of_its_own_when_there_is_room() {
    let telemetry = guarded(Policy::default().values(1));
    let handles = ["a", "b"].map(|peer| dynamic::counter("bytes_total", &[("peer", peer)]).expect("names are fine"));
    let count = || handles.iter().for_each(|handle| handle.increment(1));
    count();
    telemetry.set_policy(Policy::default()).expect("it makes sense");
    thread::scope(|scope| (0..4).for_each(|_| drop(scope.spawn(count))));
    let of = |peer| counter(&telemetry.snapshot(), "bytes_total", &[("peer", peer)]);
    assert_eq!(["a", "other"].map(of)[0], 5);
    assert_eq!(of("b") + of("other"), 5);
    count();
    assert!(of("b") >= 1);
}

#[derive(Metrics)]
#[metrics(prefix = "pool", labels(peer))]
struct PoolMetrics {
    /// Jobs done.
    jobs: Counter,
    /// Jobs that wait.
    waiting: Gauge,
}

/// What a counter has, or nothing once it was removed.
fn count(snapshot: &Snapshot, metric: &str, peer: &str) -> u64 {
    match snapshot.get(metric, &[("peer", peer)]) {
        Some(Value::Counter(count)) => count,
        None => 0,
        other => panic!("a counter reads as {other:?}"),
    }
}

#[test]
fn what_is_removed_is_shown_no_more_and_begins_again_when_it_is_recorded() {
    let telemetry = guarded(Policy::default());
    static JOBS: Family<Counter, (String,)> = Family::new("pool_jobs_total", &["peer"]);
    let [a, b] = ["a", "b"].map(PoolMetrics::with_labels);
    b.waiting.set(3);
    (0..5).for_each(|_| a.jobs.increment(1));
    b.jobs.increment(1);
    JOBS.with("c").increment(7);
    let kept = JOBS.with("c");
    assert!(JOBS.remove("a") && JOBS.remove("c"));
    assert!(!JOBS.remove("a") && !JOBS.remove("nobody"), "there is none");
    let snapshot = telemetry.snapshot();
    assert_eq!(peers(&snapshot, "pool_jobs_total"), ["b"]);
    assert_eq!(peers(&snapshot, "pool_waiting"), ["a", "b"], "another metric");
    let report = telemetry.cardinality();
    let report = report.metric("pool_jobs_total").expect("it is there");
    assert_eq!((report.retired_series, report.retired, report.series), (2, 12, 1));
    a.jobs.increment(2);
    kept.increment(3);
    let snapshot = telemetry.snapshot();
    assert_eq!(counter(&snapshot, "pool_jobs_total", &[("peer", "a")]), 2);
    assert_eq!(counter(&snapshot, "pool_jobs_total", &[("peer", "c")]), 3);
    JOBS.retain(|labels| labels != [("peer", "c")]);
    assert_eq!(peers(&telemetry.snapshot(), "pool_jobs_total"), ["a", "b"]);
}

#[counted(name = "strolls_total", labels(peer))]
fn visit(peer: &str) {}

#[test]
fn a_function_counts_in_a_new_series_after_its_old_one_was_removed() {
    let telemetry = guarded(Policy::default());
    static VISITS: Family<Counter, (String,)> = Family::new("strolls_total", &["peer"]);
    (0..3).for_each(|_| visit("a"));
    VISITS.with("b").increment(1);
    VISITS.retain(|_| false);
    assert_eq!(peers(&telemetry.snapshot(), "strolls_total"), [""; 0]);
    (0..2).for_each(|_| visit("a"));
    assert_eq!(counter(&telemetry.snapshot(), "strolls_total", &[("peer", "a")]), 2);
    assert_eq!(telemetry.cardinality().metric("strolls_total").expect("it is there").retired, 4);
}

#[test]
fn nothing_is_lost_while_series_are_removed() {
    let telemetry = guarded(Policy::default());
    static SENT: Family<Counter, (u8,)> = Family::new("letters_sent_total", &["peer"]);
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| (0..20_000_u32).for_each(|n| SENT.with((n % 7) as u8).increment(1)));
        }
        scope.spawn(|| (0..200_u32).for_each(|n| _ = SENT.remove((n % 7) as u8)));
    });
    let snapshot = telemetry.snapshot();
    let shown: u64 = (0..7).map(|peer| count(&snapshot, "letters_sent_total", &peer.to_string())).sum();
    let retired = telemetry.cardinality().metric("letters_sent_total").expect("it is there").retired;
    assert_eq!(shown + retired, 60_000);
}

/// Waits until something has come true, for as long as a busy machine may need.
fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < deadline, "{what}");
        thread::sleep(Duration::from_millis(20));
    }
}

#[counted(name = "long_visits_total", labels(peer), result)]
#[timed(name = "long_visit_seconds", labels(peer))]
fn last(peer: &str, body: impl FnOnce()) -> Result<(), ()> {
    body();
    Ok(())
}

#[counted(name = "long_rests_total", labels(peer))]
fn rest(peer: &str, body: impl FnOnce()) {
    body();
}

#[test]
fn a_call_that_outlasts_the_expiry_is_shown() {
    let telemetry = guarded(Policy::default().expire_after(Duration::from_secs(1)));
    let others_end = || {
        (0..2).for_each(|round| {
            let name = format!("brief_{round}");
            rest(&name, || ());
            let is_there = || peers(&telemetry.snapshot(), "long_rests_total").contains(&name);
            eventually("what nothing holds ends", || !is_there());
        });
    };
    last("a", || rest("b", others_end)).expect("it is fine");
    let snapshot = telemetry.snapshot();
    assert_eq!(counter(&snapshot, "long_visits_total", &[("peer", "a"), ("result", "ok")]), 1);
    assert_eq!(counter(&snapshot, "long_rests_total", &[("peer", "b")]), 1);
    let Some(Value::Histogram(took)) = snapshot.get("long_visit_seconds", &[("peer", "a")]) else {
        panic!("it is there")
    };
    assert_eq!(took.count(), 1);
    eventually("it ends when its call has", || peers(&telemetry.snapshot(), "long_visits_total").is_empty());
}

/// What `record` of values that each come once adds to what the thread holds, from the second half of them on.
fn growth(values: u32, mut record: impl FnMut(u32)) -> i64 {
    (0..values / 2).for_each(&mut record);
    let before = held();
    (values / 2..values).for_each(record);
    held() - before
}

#[test]
fn values_that_come_once_are_forgotten_without_a_recorder() {
    static BY_PEER: Family<Counter, (u32,)> = Family::new("bytes_by_peer_total", &["peer"]);
    static USED: Family<FloatCounter, (u32,)> = Family::new("used_joules_total", &["peer"]);
    let grown = growth(60_000, |peer| {
        black_box(BY_PEER.with(peer)).increment(1);
        USED.with(peer).add(0.5);
    });
    assert!(grown < 3_000_000, "{grown} bytes are kept of 60,000 series");
}

#[test]
fn values_that_come_once_are_forgotten_when_they_are_folded_or_removed() {
    let _telemetry = guarded(Policy::default().values(10));
    static BY_PEER: Family<Counter, (u32,)> = Family::new("bytes_by_peer_total", &["peer"]);
    static BRIEF: Family<Histogram, (u32,)> = Family::new("brief_size", &["peer"]);
    let grown = growth(20_000, |peer| BY_PEER.with(peer).increment(1));
    assert!(grown < 100_000, "{grown} bytes are kept of folded values");
    let grown = growth(20_000, |peer| {
        BRIEF.with(peer).record(1);
        assert!(BRIEF.remove(peer));
    });
    assert!(grown < 100_000, "{grown} bytes are kept of removed series");
}

#[test]
fn a_handle_that_is_kept_needs_no_family() {
    let telemetry = guarded(Policy::default().expire_after(Duration::from_secs(3600)));
    static BY_PEER: Family<Counter, (u32,)> = Family::new("bytes_by_peer_total", &["peer"]);
    let first = BY_PEER.with(0);
    (1..900).for_each(|peer| BY_PEER.with(peer).increment(1));
    thread::spawn(|| BY_PEER.with(0).increment(1)).join().expect("it does not panic");
    first.increment(1);
    BY_PEER.with(0).increment(1);
    assert_eq!(counter(&telemetry.snapshot(), "bytes_by_peer_total", &[("peer", "0")]), 3);
}
