//! What annotated functions and the facade leave in the snapshot. Each test is a process of its own.

mod allocations;
mod allocator;
mod blocks;
mod bodies;
mod both_buckets;
mod callers;
mod calls;
mod cancelled;
mod charged;
mod collectors;
mod conflicts;
mod coverage;
mod derives;
mod differential;
mod dynamic;
mod ending;
mod error_kinds;
mod exemplars;
mod facade;
mod families;
mod finite;
mod finite_families;
mod flat;
mod fleet;
mod followed;
mod foreign;
mod forked;
mod forked_handles;
mod futures;
mod gpu;
mod gpu_faults;
mod guard;
mod guard_rooms;
mod guard_rules;
mod handles;
mod keys;
mod known_labels;
mod label_mishaps;
mod label_names;
mod label_values;
mod labels;
mod lasting;
mod life;
mod logged;
mod mounted;
mod native;
mod nested;
mod nothing_installed;
mod numbers;
mod outcomes;
mod polls;
mod pushes;
mod recorders;
mod requests;
mod returned;
mod rolling;
mod second_mode;
mod second_mode_settings;
mod settings;
mod shapes;
mod shared;
mod signatures;
mod sizes;
mod slo;
mod stack;
mod streams;
mod summaries;
mod tenants;
mod testing;
mod threads;
mod together;
mod type_arguments;
mod untold;
mod verdicts;
mod versions;

use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::{Context, Poll, Waker},
};

use tachometer::{Snapshot, Telemetry, families::Value};

/// Polls a future until it is done.
fn finish<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
    }
}

/// Is pending once.
async fn later() {
    let mut polled = false;
    poll_fn(|_| if std::mem::replace(&mut polled, true) { Poll::Ready(()) } else { Poll::Pending }).await;
}

/// An installation without an endpoint.
fn installed() -> Telemetry {
    tachometer::builder().no_listener().install().expect("it is the only one of its process")
}

/// The same without limits.
fn unguarded() -> Telemetry {
    let builder = tachometer::builder().no_listener().guard(tachometer::Policy::unlimited());
    builder.install().expect("it is the only one of its process")
}

/// The value of a counter; fails if there is no such series.
fn counter(snapshot: &Snapshot, name: &str, labels: &[(&str, &str)]) -> u64 {
    match snapshot.get(name, labels) {
        Some(Value::Counter(value)) => value,
        other => panic!("{name}{labels:?} is {other:?}"),
    }
}

/// The value of a gauge; fails if there is no such series.
fn gauge(snapshot: &Snapshot, name: &str, labels: &[(&str, &str)]) -> f64 {
    match snapshot.get(name, labels) {
        Some(Value::Gauge(value)) => value,
        other => panic!("{name}{labels:?} is {other:?}"),
    }
}

/// The value of a counter of fractions; fails if there is no such series.
fn fractions(snapshot: &Snapshot, name: &str, labels: &[(&str, &str)]) -> f64 {
    match snapshot.get(name, labels) {
        Some(Value::FloatCounter(value)) => value,
        other => panic!("{name}{labels:?} is {other:?}"),
    }
}

/// How many observations a histogram has, and their sum; fails if there is no such series.
fn histogram(snapshot: &Snapshot, name: &str, labels: &[(&str, &str)]) -> (u64, f64) {
    match snapshot.get(name, labels) {
        Some(Value::Histogram(distribution)) => (distribution.count(), distribution.sum),
        other => panic!("{name}{labels:?} is {other:?}"),
    }
}

/// How often a measured function has ended in each way: ok, error, panicked, cancelled.
fn endings(snapshot: &Snapshot, name: &str) -> [u64; 4] {
    ["ok", "error", "panicked", "cancelled"].map(|result| match snapshot.get(name, &[("result", result)]) {
        Some(Value::Counter(value)) => value,
        _ => 0,
    })
}

/// Runs a closure that panics, silently.
fn catch(body: impl FnOnce()) {
    std::panic::set_hook(Box::new(|_| {}));
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(body));
    let _ = std::panic::take_hook();
    caught.expect_err("it panics");
}
