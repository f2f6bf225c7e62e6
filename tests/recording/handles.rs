//! Handles that are kept: counters, gauges and histograms by themselves.

use std::time::Duration;

use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};
use tachometer::{Counter, Family, FloatCounter, Gauge, Histogram, Telemetry, counted};

use super::{counter, fractions, gauge, histogram, installed};

static EVENTS: Counter = Counter::new("events_total").help("Things that happened.");
static ENERGY: FloatCounter = FloatCounter::new("energy_joules_total").scale(1e-6);
static DEPTH: Gauge = Gauge::new("queue_depth");
static WAIT: Histogram = Histogram::new("wait_seconds");
static SIZES: Histogram = Histogram::new("batch_items").buckets(&[1.0, 8.0]);

/// What a debugging recorder has seen of a counter or a gauge since it was last asked, series added up.
fn seen(by: &Snapshotter, name: &str) -> f64 {
    let all = by.snapshot().into_vec().into_iter().filter(|(key, ..)| key.key().name() == name);
    all.map(|(.., value)| match value {
        DebugValue::Counter(value) => value as f64,
        DebugValue::Gauge(value) => value.into_inner(),
        DebugValue::Histogram(values) => values.into_iter().map(f64::from).sum(),
    })
    .sum()
}

fn dropped(telemetry: &Telemetry, reason: &str) -> u64 {
    counter(&telemetry.snapshot(), "tachometer_dropped_records_total", &[("reason", reason)])
}

#[test]
fn every_kind_arrives() {
    let telemetry = installed();
    EVENTS.increment(2);
    EVENTS.increment(3);
    ENERGY.add(0.25);
    ENERGY.add(Duration::from_millis(500));
    DEPTH.set(10);
    DEPTH.increment(2.5);
    DEPTH.decrement(1_u32);
    SIZES.record_many(8, 3);
    SIZES.record(9_u8);
    WAIT.record(Duration::from_millis(250));
    let snapshot = telemetry.snapshot();
    assert_eq!(counter(&snapshot, "events_total", &[]), 5);
    assert_eq!(fractions(&snapshot, "energy_joules_total", &[]), 0.75);
    assert_eq!(gauge(&snapshot, "queue_depth", &[]), 11.5);
    assert_eq!(histogram(&snapshot, "batch_items", &[]), (4, 33.0));
    assert_eq!(histogram(&snapshot, "wait_seconds", &[]), (1, 0.25));
    let text = telemetry.render();
    for line in [
        "# HELP events_total Things that happened.",
        "# TYPE events_total counter",
        "events_total 5",
        "# TYPE energy_joules_total counter",
        "energy_joules_total 0.75",
        "# HELP queue_depth No description.",
        "batch_items_bucket{le=\"8\"} 3",
        "wait_seconds_bucket{le=\"0.1\"} 0",
        "wait_seconds_bucket{le=\"0.25\"} 1",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} in\n{text}");
    }
    assert!(telemetry.snapshot().to_json().contains("\"value\":0.75"));
}

#[test]
fn a_handle_from_before_the_installation_records_after_it() {
    EVENTS.increment(100);
    let early = Counter::new("early_total");
    let copy = early.clone();
    early.increment(100);
    DEPTH.set(100);
    let timing = WAIT.time();
    let telemetry = installed();
    drop(timing);
    assert!(telemetry.snapshot().family("early_total").is_none(), "nothing was recorded, and nobody has looked");
    early.increment(1);
    copy.increment(1);
    EVENTS.increment(1);
    DEPTH.increment(1);
    let snapshot = telemetry.snapshot();
    assert_eq!(counter(&snapshot, "early_total", &[]), 2);
    assert_eq!(counter(&snapshot, "events_total", &[]), 1);
    assert_eq!(gauge(&snapshot, "queue_depth", &[]), 1.0);
    assert!(snapshot.family("wait_seconds").is_none(), "a time is that of a whole stretch, or none");
}

#[counted(name = "shared_by_hand_total")]
fn shared() {}

#[test]
fn handles_of_one_name_are_one_series_whoever_made_them() {
    let telemetry = installed();
    let (one, two) = (Counter::new("shared_by_hand_total"), Counter::new("shared_by_hand_total"));
    one.increment(1);
    two.increment(2);
    shared();
    metrics::counter!("shared_by_hand_total").increment(4);
    let snapshot = telemetry.snapshot();
    assert_eq!(counter(&snapshot, "shared_by_hand_total", &[]), 8);
    assert_eq!(snapshot.family("shared_by_hand_total").expect("it is there").series().len(), 1);
}

#[test]
fn fractions_add_up_exactly_and_meet_the_facade() {
    let telemetry = installed();
    let exact = FloatCounter::new("cpu_seconds_total");
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..10_000).for_each(|_| exact.add(0.1)));
        }
    });
    assert_eq!(fractions(&telemetry.snapshot(), "cpu_seconds_total", &[]), 4_000.0);
    exact.add(1e-10);
    metrics::counter!("cpu_seconds_total").increment(2);
    metrics::counter!("cpu_seconds_total").absolute(4_003);
    exact.add(0.5);
    assert_eq!(fractions(&telemetry.snapshot(), "cpu_seconds_total", &[]), 4_003.5);
}

#[test]
fn what_no_counter_holds_is_dropped_and_counted() {
    let telemetry = installed();
    ENERGY.add(f64::NAN);
    ENERGY.add(-0.5);
    ENERGY.add(f64::INFINITY);
    ENERGY.add(1e15);
    ENERGY.add(1.0);
    WAIT.record(f64::NAN);
    assert_eq!(fractions(&telemetry.snapshot(), "energy_joules_total", &[]), 1.0);
    assert_eq!(["not_a_number", "negative", "too_large"].map(|reason| dropped(&telemetry, reason)), [2, 1, 2]);
}

#[test]
fn a_guard_records_seconds_when_it_goes() {
    let telemetry = installed();
    drop(WAIT.time());
    {
        let _timing = WAIT.time();
    }
    WAIT.time().discard();
    super::catch(|| {
        let _timing = WAIT.time();
        panic!("a panic takes time as well");
    });
    assert_eq!(histogram(&telemetry.snapshot(), "wait_seconds", &[]).0, 3);
}

#[test]
fn a_contradicting_handle_records_nothing_and_is_counted() {
    let telemetry = installed();
    EVENTS.increment(1);
    let whole = Counter::new("mixed_seconds_total");
    let fraction = FloatCounter::new("mixed_seconds_total");
    whole.increment(1);
    fraction.add(1.0);
    fraction.add(1.0);
    let [one, other] = [&[1.0], &[2.0]].map(|bounds| Histogram::new("mixed_items").buckets(bounds));
    one.record(1);
    other.record(1);
    let snapshot = telemetry.snapshot();
    assert_eq!(counter(&snapshot, "mixed_seconds_total", &[]), 1);
    assert_eq!(histogram(&snapshot, "mixed_items", &[]).0, 1);
    assert_eq!(counter(&snapshot, "tachometer_conflicts_total", &[("reason", "kind")]), 1);
    assert_eq!(counter(&snapshot, "tachometer_conflicts_total", &[("reason", "buckets")]), 1);
}

#[test]
fn a_local_recorder_gets_what_its_thread_records_and_nothing_else() {
    let telemetry = installed();
    EVENTS.increment(1);
    for _ in 0..3 {
        let local = Box::new(DebuggingRecorder::new());
        metrics::with_local_recorder(&*local, || {
            EVENTS.increment(4);
            DEPTH.set(2);
            SIZES.record_many(3, 2);
            drop(WAIT.time());
        });
        let by = local.snapshotter();
        assert_eq!(seen(&by, "events_total"), 4.0);
        let local = Box::new(DebuggingRecorder::new());
        metrics::with_local_recorder(&*local, || DEPTH.decrement(2));
        assert_eq!(seen(&local.snapshotter(), "queue_depth"), -2.0);
    }
    EVENTS.increment(1);
    assert_eq!(counter(&telemetry.snapshot(), "events_total", &[]), 2);
    assert!(telemetry.snapshot().family("queue_depth").is_none());
}

#[test]
fn an_adopted_recorder_gets_whole_units_and_the_rest_is_carried() {
    let foreign = DebuggingRecorder::new();
    let by = foreign.snapshotter();
    foreign.install().expect("it is the first");
    ENERGY.add(0.75);
    assert_eq!(seen(&by, "energy_joules_total"), 0.0);
    tachometer::adopt_global().expect("there is one");
    ENERGY.add(0.75);
    assert_eq!(seen(&by, "energy_joules_total"), 1.0);
    ENERGY.add(2.5);
    assert_eq!(seen(&by, "energy_joules_total"), 3.0);
    ENERGY.add(-1.0);
    assert_eq!(seen(&by, "tachometer_dropped_records_total"), 1.0);
    EVENTS.increment(2);
    EVENTS.increment(3);
    DEPTH.set(4);
    WAIT.record(0.5);
    assert_eq!(seen(&by, "events_total"), 5.0);
    metrics::with_local_recorder(&DebuggingRecorder::new(), || EVENTS.increment(7));
    EVENTS.increment(1);
    assert_eq!(seen(&by, "events_total"), 1.0);
}

static LEGACY: Counter = Counter::as_is("http_requests");
static LEGACY_ROUTES: Family<Counter, (&'static str,)> = Family::as_is("http_route_requests", &["route"]);
static LEGACY_TIMES: Histogram = Histogram::as_is("latency_ms");

#[test]
fn names_that_were_there_before_are_kept() {
    let telemetry = installed();
    LEGACY.increment(1);
    LEGACY_ROUTES.with("/").increment(2);
    LEGACY_TIMES.record(3);
    let snapshot = telemetry.snapshot();
    assert_eq!(counter(&snapshot, "http_requests", &[]), 1);
    assert_eq!(counter(&snapshot, "http_route_requests", &[("route", "/")]), 2);
    assert_eq!(histogram(&snapshot, "latency_ms", &[]), (1, 3.0));
}
