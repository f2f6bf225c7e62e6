//! Recorders of other crates: a test's own, and a foreign global one.

use std::sync::Arc;

use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};
use tachometer::{counted, measured};

use super::{counter, endings, installed};

#[measured(name = "step", result)]
fn step(fails: bool) -> Result<(), ()> {
    if fails { Err(()) } else { Ok(()) }
}

#[counted(name = "walks_total", labels(way))]
fn walk(way: &str) {
    let _ = way;
}

/// The total of a counter over all its series, as a debugging recorder has seen it since it was last asked.
fn total(seen: &Snapshotter, name: &str) -> u64 {
    seen.snapshot()
        .into_vec()
        .into_iter()
        .filter(|(key, ..)| key.key().name() == name)
        .map(|(.., value)| match value {
            DebugValue::Counter(value) => value,
            other => panic!("{name} is {other:?}"),
        })
        .sum()
}

#[test]
fn a_local_recorder_gets_what_its_thread_calls_and_nothing_else() {
    let telemetry = installed();
    step(false).expect("it is told to");
    let local = DebuggingRecorder::new();
    metrics::with_local_recorder(&local, || {
        step(false).expect("it is told to");
        walk("home");
        std::thread::scope(|scope| scope.spawn(|| step(true)).join().expect("it does not panic")).expect_err("told to");
    });
    step(false).expect("it is told to");
    walk("home");
    assert_eq!(total(&local.snapshotter(), "step_total"), 1);
    let snapshot = telemetry.snapshot();
    assert_eq!(endings(&snapshot, "step_total"), [2, 1, 0, 0]);
    assert_eq!(counter(&snapshot, "walks_total", &[("way", "home")]), 1);
}

#[test]
fn local_recorders_follow_each_other_at_one_address() {
    for _ in 0..3 {
        let local = Box::new(DebuggingRecorder::new());
        metrics::with_local_recorder(&*local, || step(false).expect("it is told to"));
        assert_eq!(total(&local.snapshotter(), "step_total"), 1);
    }
    let telemetry = installed();
    step(false).expect("it is told to");
    assert_eq!(endings(&telemetry.snapshot(), "step_total"), [1, 0, 0, 0]);
}

#[test]
fn a_foreign_global_recorder_is_respected_and_can_be_adopted() {
    let foreign = DebuggingRecorder::new();
    let seen = foreign.snapshotter();
    foreign.install().expect("it is the first");
    let error = tachometer::builder().no_listener().install().expect_err("it is taken");
    assert!(error.is_recorder_taken());
    assert!(error.to_string().contains("adopt_global"), "{error}");

    step(false).expect("it is told to");
    assert_eq!(total(&seen, "step_total"), 1, "not adopted, but right");
    tachometer::adopt_global().expect("there is one");
    step(false).expect("it is told to");
    walk("home");
    metrics::with_local_recorder(&DebuggingRecorder::new(), || step(true)).expect_err("told to");
    let names: Vec<_> = seen.snapshot().into_vec().into_iter().map(|(key, ..)| key.key().name().to_owned()).collect();
    assert!(names.iter().any(|name| name == "halve_total"), "every site is known from the adoption on: {names:?}");
    step(false).expect("it is told to");
    assert_eq!(total(&seen, "step_total"), 1);
}

#[test]
fn without_a_recorder_there_is_nothing_to_adopt() {
    assert!(tachometer::adopt_global().expect_err("there is none").is_no_recorder());
    step(false).expect("it is told to");
    drop(installed());
}

#[test]
fn an_installation_meets_calls_of_other_threads() {
    let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let callers: Vec<_> = (0..2)
        .map(|_| {
            let stop = stop.clone();
            std::thread::spawn(move || {
                let mut calls = 0;
                while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                    step(false).expect("it is told to");
                    calls += 1;
                }
                calls
            })
        })
        .collect();
    let telemetry = installed();
    let before = endings(&telemetry.snapshot(), "step_total")[0];
    while endings(&telemetry.snapshot(), "step_total")[0] < before + 1_000 {
        std::thread::yield_now();
    }
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    let made: u64 = callers.into_iter().map(|caller| caller.join().expect("it does not panic")).sum();
    let [ok, ..] = endings(&telemetry.snapshot(), "step_total");
    assert!(ok <= made && ok >= before + 1_000);
    assert_eq!(telemetry.snapshot().family("step_total").expect("it is there").series().len(), 3);
}
