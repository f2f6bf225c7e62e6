//! Real runtimes that are watched. Bounds are generous; what must come is waited for.

use std::{
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use tokio::runtime::{Builder, Handle, Runtime};

use super::{Tokio, watch, watched};
use crate::{
    collectors::{Batch, Collector},
    families::{Details, Family, Value, Visitor},
    metric::block::LabelBlock,
};

const PATIENCE: Duration = Duration::from_secs(60);

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().build().expect("there is room for one")
}

/// A runtime that is driven by a thread of its own until this is dropped.
struct Driven {
    handle: Handle,
    _stop: mpsc::Sender<()>,
}

impl Driven {
    fn new() -> Self {
        let runtime = runtime();
        let handle = runtime.handle().clone();
        let (stop, stopped) = mpsc::channel::<()>();
        thread::spawn(move || {
            runtime.block_on(async {
                while stopped.try_recv() == Err(mpsc::TryRecvError::Empty) {
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
            });
        });
        Self { handle, _stop: stop }
    }
}

/// The series of one collection, as `name{labels}`, with a number that stands for the value.
#[derive(Default)]
struct Seen(Vec<(String, f64)>, String);

impl Visitor for Seen {
    fn family(&mut self, family: &Family<'_>) {
        self.1 = family.name.to_owned();
    }

    fn series(&mut self, labels: LabelBlock<'_>, value: Value<'_>, _: &Details<'_>) {
        let value = match value {
            Value::Counter(value) => value as f64,
            Value::FloatCounter(value) | Value::Gauge(value) => value,
            other => {
                let Value::Histogram(distribution) = other else { panic!("{} is {other:?}", self.1) };
                distribution.count() as f64
            }
        };
        self.0.push((format!("{}{{{}}}", self.1, labels.as_str()), value));
    }
}

impl Seen {
    fn now() -> Self {
        let mut collector = Tokio::new();
        let mut batch = Batch::new(collector.descriptors().into());
        collector.collect(&mut batch).expect("it has no errors");
        assert!(batch.take_faults().is_empty());
        let mut seen = Self::default();
        batch.metrics().for_each(|(place, _)| batch.visit(place, &mut seen));
        seen
    }

    fn get(&self, series: &str) -> Option<f64> {
        self.0.iter().find(|(this, _)| this == series).map(|(_, value)| *value)
    }
}

#[track_caller]
fn eventually(is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "still not");
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_blocked_loop_shows_it() {
    let blocked = Driven::new();
    let watch = watch(&blocked.handle, "blocked").expect("nobody has the name");
    blocked.handle.spawn(async {
        loop {
            thread::sleep(Duration::from_millis(60));
            tokio::time::sleep(Duration::from_millis(60)).await;
        }
    });
    eventually(|| watch.lag().p95() > Some(Duration::from_millis(20)));
    eventually(|| Seen::now().get("tokio_loop_lag_seconds{runtime=\"blocked\"}") > Some(5.0));
    let seen = Seen::now();
    assert!(seen.get("tokio_loop_lag_p95_seconds{runtime=\"blocked\"}") > Some(0.02));
    let (p50, p99) = (watch.lag().p50(), watch.lag().p99());
    assert!(p50 <= p99 && p99 <= watch.lag().max(), "{:?}", watch.lag());
    let together = watch.lag().quantiles([0.5, 0.95, 0.99]).expect("there are beats");
    assert!(together.is_sorted() && together[1] > Duration::from_millis(20), "{together:?}");
}

#[test]
fn runtimes_are_told_apart_and_vanish_when_they_end() {
    let (first, second) = (Driven::new(), runtime());
    let _first = watch(&first.handle, "first").expect("nobody has the name");
    let of_second = watch(second.handle(), "second").expect("nobody has the name");
    let error = watch(second.handle(), "first").expect_err("the name is taken");
    assert!(error.is_conflict() && error.to_string().contains("`first`"), "{error}");

    eventually(|| Seen::now().get("tokio_loop_lag_p50_seconds{runtime=\"first\"}").is_some());
    let seen = Seen::now();
    assert_eq!(seen.get("tokio_workers{runtime=\"first\"}"), Some(1.0));
    assert_eq!(seen.get("tokio_tasks_alive{runtime=\"second\"}"), Some(1.0), "the probe");
    assert!(seen.get("tokio_worker_busy_seconds_total{runtime=\"first\",worker=\"0\"}").is_some());

    drop(second);
    let seen = Seen::now();
    assert!(!seen.0.iter().any(|(series, _)| series.contains("\"second\"")), "{:?}", seen.0);
    assert!(!of_second.lag().is_running() && of_second.lag().p50().is_none());
    assert_eq!(of_second.lag().quantiles([0.5]), None);
    let again = runtime();
    let again = watch(again.handle(), "second").expect("the name is free again");
    drop(again);
}

#[test]
fn a_runtime_is_not_watched_any_more_when_the_watch_is_dropped() {
    let driven = Driven::new();
    drop(watch(&driven.handle, "briefly").expect("nobody has the name"));
    assert!(Seen::now().0.is_empty());
    eventually(|| driven.handle.metrics().num_alive_tasks() == 0);
}

#[test]
fn a_runtime_without_a_timer_is_watched_like_any_other() {
    let runtime = Builder::new_current_thread().build().expect("there is room for one");
    let watch = watch(runtime.handle(), "timeless").expect("nobody has the name");
    let deadline = Instant::now() + PATIENCE;
    runtime.block_on(async {
        while Seen::now().get("tokio_loop_lag_seconds{runtime=\"timeless\"}") < Some(2.0) {
            assert!(Instant::now() < deadline, "{:?}", watch.lag());
            tokio::task::yield_now().await;
        }
    });
}

/// Before each of them it rests for long enough to be called calm.
#[test]
fn each_stall_of_a_calm_loop_is_counted() {
    let calm = Driven::new();
    let watch = watch(&calm.handle, "calm").expect("nobody has the name");
    let stalls = || Seen::now().get("tokio_loop_stalls_total{runtime=\"calm\"}").unwrap_or_default();
    for stall in 1..=4 {
        let beats = || Seen::now().get("tokio_loop_lag_seconds{runtime=\"calm\"}").unwrap_or_default();
        let before = beats();
        eventually(|| beats() > before);
        calm.handle.spawn(async { thread::sleep(Duration::from_millis(400)) });
        eventually(|| stalls() >= f64::from(stall));
    }
    assert!(watch.lag().max() >= Some(Duration::from_millis(100)), "{:?}", watch.lag());
}

#[test]
fn a_runtime_that_is_made_again_begins_again_and_that_is_no_error() {
    let mut collector = Tokio::new();
    let mut last: Option<Batch> = None;
    for _ in 0..3 {
        let runtime = runtime();
        let watch = watch(runtime.handle(), "again").expect("the name is free");
        for _ in 0..3 {
            runtime.block_on(async {
                for _ in 0..20 {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            });
            let mut batch = Batch::new(collector.descriptors().into());
            collector.collect(&mut batch).expect("it has no errors");
            last.iter().for_each(|last| batch.hide_fallen(last));
            assert_eq!(batch.take_faults(), []);
            last = Some(batch);
        }
        drop(watch);
        // One that takes its name before the watcher has seen that it was free.
        drop(runtime);
    }
}

#[test]
fn the_current_runtime_is_watched_until_somebody_names_it() {
    assert!(watched::watch_current().is_none(), "there is none");
    let driven = runtime();
    driven.block_on(async {
        let unasked = Tokio::with_current();
        assert_eq!(Seen::now().get("tokio_workers{runtime=\"main\"}"), Some(1.0));
        assert!(watched::watch_current().is_none(), "it is watched already");
        let named = watch(&Handle::current(), "router").expect("nobody has the name");
        let seen = Seen::now();
        assert!(seen.get("tokio_workers{runtime=\"router\"}").is_some());
        assert!(seen.get("tokio_workers{runtime=\"main\"}").is_none());
        drop(unasked);
        assert!(Seen::now().get("tokio_workers{runtime=\"router\"}").is_some());
        drop(named);
    });
}

#[test]
fn the_delay_of_spawned_tasks_is_measured_on_request() {
    let driven = Driven::new();
    let watch = watch(&driven.handle, "spawned").expect("nobody has the name");
    let delays = || Seen::now().get("tokio_schedule_delay_seconds{runtime=\"spawned\"}");
    assert_eq!(delays(), None, "nobody has asked for it");
    let _watch = watch.schedule_delay().expect("there is a thread left");
    eventually(|| delays() >= Some(2.0));
}
