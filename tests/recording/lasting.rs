//! What a handle measures for as long as something lives: timers, and what a gauge holds.

use std::{thread, time::Duration};

use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};
use tachometer::{Family, Gauge, Held, Histogram, Policy, Timing, families::Value, testing};

use super::{catch, gauge, histogram, installed};

static STEPS: Family<Histogram, (&'static str,)> = Family::new("step_seconds", &["step"]);
static WAIT: Histogram = Histogram::new("wait_seconds");
static OPEN: Gauge = Gauge::new("connections_open");
static BYTES: Family<Gauge, (String,)> = Family::new("held_bytes", &["pool"]);

/// What people put them into.
struct Connection {
    _open: Held,
    opened: Timing,
}

fn assert_owned<T: Send + Sync + 'static>() {}

#[test]
fn a_timer_of_a_family_is_kept_and_sent_to_a_thread() {
    assert_owned::<Timing>();
    let telemetry = installed();
    {
        let _load = STEPS.with("load").time();
        let send = STEPS.with("send").time();
        thread::spawn(move || drop(send)).join().expect("nothing panics");
    }
    let snapshot = telemetry.snapshot();
    assert_eq!(["load", "send"].map(|step| histogram(&snapshot, "step_seconds", &[("step", step)]).0), [1, 1]);
}

#[test]
fn a_timer_that_is_stopped_tells_what_it_has_recorded() {
    let telemetry = installed();
    let took = WAIT.time().stop();
    WAIT.time().discard();
    assert_eq!(histogram(&telemetry.snapshot(), "wait_seconds", &[]), (1, took.as_secs_f64()));
}

#[test]
fn a_timer_tells_the_time_where_nothing_is_recorded() {
    let timing = WAIT.time();
    thread::yield_now();
    assert!(timing.stop() > Duration::ZERO);
}

#[test]
fn what_lasts_is_recorded_where_it_has_begun() {
    let telemetry = installed();
    let connection = || Connection { _open: OPEN.hold(1), opened: WAIT.time() };
    let recorded = testing::record(|| {
        let connection = connection();
        testing::snapshot().assert_gauge("connections_open", &[], 1);
        // A thread that knows nothing of the test's recorder.
        thread::spawn(move || connection.opened.stop()).join().expect("nothing panics");
        connection_of_the_program(&telemetry)
    });
    recorded.assert_gauge("connections_open", &[], 0);
    recorded.assert_observations("wait_seconds", &[], 1);
    drop(recorded.into_value());
    let snapshot = telemetry.snapshot();
    assert_eq!((gauge(&snapshot, "connections_open", &[]), histogram(&snapshot, "wait_seconds", &[]).0), (0.0, 1));
}

/// One that another thread has opened, which runs under the program's recorder.
fn connection_of_the_program(telemetry: &tachometer::Telemetry) -> Connection {
    let opened = thread::spawn(|| Connection { _open: OPEN.hold(1), opened: WAIT.time() });
    let connection = opened.join().expect("nothing panics");
    assert_eq!(gauge(&telemetry.snapshot(), "connections_open", &[]), 1.0);
    connection
}

#[test]
fn a_gauge_takes_away_what_it_has_held() {
    assert_owned::<Held>();
    let telemetry = installed();
    let value = || gauge(&telemetry.snapshot(), "connections_open", &[]);
    let (one, bytes) = (OPEN.hold(1), OPEN.hold(512_usize));
    assert_eq!(value(), 513.0);
    drop(one);
    let later = OPEN.hold(0.5);
    thread::spawn(move || drop(bytes)).join().expect("nothing panics");
    assert_eq!(value(), 0.5);
    catch(|| {
        let _held = OPEN.hold(7);
        panic!("what was held is given back");
    });
    drop(later);
    assert_eq!(value(), 0.0);
    // A debt, which is paid.
    let debt = OPEN.hold(-3);
    assert_eq!(value(), -3.0);
    drop(debt);
    assert_eq!(value(), 0.0);
}

#[test]
fn what_could_not_be_taken_away_is_not_held() {
    let telemetry = installed();
    OPEN.set(2);
    drop([OPEN.hold(f64::NAN), OPEN.hold(f64::INFINITY)]);
    let snapshot = telemetry.snapshot();
    assert_eq!(gauge(&snapshot, "connections_open", &[]), 2.0);
    assert_eq!(super::counter(&snapshot, "tachometer_dropped_records_total", &[("reason", "not_a_number")]), 2);
}

#[test]
fn a_hold_from_before_the_installation_adds_and_takes_nothing() {
    let early = OPEN.hold(5);
    let telemetry = installed();
    let held = OPEN.hold(1);
    drop(early);
    assert_eq!(gauge(&telemetry.snapshot(), "connections_open", &[]), 1.0);
    drop(held);
    assert_eq!(gauge(&telemetry.snapshot(), "connections_open", &[]), 0.0);
}

#[test]
fn a_hold_outlives_a_shutdown() {
    let telemetry = installed();
    let held = OPEN.hold(1);
    telemetry.shutdown(Duration::from_secs(1)).expect("nothing is left to send");
    drop(held);
    drop(OPEN.hold(2));
}

#[test]
fn what_is_held_falls_where_labels_are_folded_too() {
    let policy = Policy::default().values(1);
    let telemetry = tachometer::builder().no_listener().guard(policy).install().expect("it is the only one");
    let held: Vec<Held> = ["a", "b", "c"].into_iter().map(|pool| BYTES.with(pool).hold(10)).collect();
    let all = || -> f64 {
        let snapshot = telemetry.snapshot();
        let family = snapshot.family("held_bytes").expect("it is there");
        let value = |value| if let Value::Gauge(value) = value { value } else { f64::NAN };
        family.series().map(|series| value(series.value())).sum()
    };
    assert_eq!(all(), 30.0);
    drop(held);
    assert_eq!(all(), 0.0);
}

/// How the gauges have changed since this was last asked.
fn seen(by: &Snapshotter) -> f64 {
    let value = |value| if let DebugValue::Gauge(value) = value { value.into_inner() } else { f64::NAN };
    by.snapshot().into_vec().into_iter().map(|(.., seen)| value(seen)).sum()
}

#[test]
fn another_crates_recorder_gets_back_what_it_was_given() {
    let local = DebuggingRecorder::new();
    let by = local.snapshotter();
    let held = metrics::with_local_recorder(&local, || OPEN.hold(4));
    assert_eq!(seen(&by), 4.0);
    drop(held);
    assert_eq!(seen(&by), -4.0);
}
