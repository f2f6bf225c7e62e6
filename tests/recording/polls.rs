//! Time in polls, and how many there are.

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    task::{Context, Poll, Waker},
    time::Duration,
};

use tachometer::{measured, timed};

use super::{catch, counter, finish, histogram, installed};

/// Is pending so many times.
async fn pend(times: u32) {
    let mut left = times;
    poll_fn(|_| {
        left = left.saturating_sub(1);
        if left == 0 { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

#[measured(name = "download", labels(id = next(ids)), poll, result)]
async fn fetch(ids: &mut u32, polls: u32) -> Option<u32> {
    *ids += 100;
    pend(polls).await;
    assert_ne!(polls, 7, "unlucky");
    Some(polls)
}

fn next(ids: &u32) -> u32 {
    *ids + 1
}

#[timed(poll)]
fn shared() -> Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(pend(2))
}

#[timed(name = "named_seconds", poll, buckets = [0.5, 60.0])]
fn named() -> impl Future<Output = ()> {
    async {
        std::thread::sleep(Duration::from_millis(3));
        pend(2).await;
    }
}

#[timed(poll, name = "block_of_polls_seconds")]
impl Fetcher {
    fn synchronous(&self) {}

    async fn asynchronous(&self) {
        pend(3).await;
    }
}

struct Fetcher;

#[test]
fn polls_are_counted_and_timed_once_a_call() {
    let telemetry = installed();
    let shared_labels = [("function", "shared"), ("module", "integration::recording::polls")];
    assert_eq!(counter(&telemetry.snapshot(), "named_polls_total", &[]), 0);
    assert_eq!(counter(&telemetry.snapshot(), "function_calls_polls_total", &shared_labels), 0);

    let mut ids = 0;
    assert_eq!(finish(fetch(&mut ids, 3)), Some(3));
    finish(shared());
    finish(named());
    Fetcher.synchronous();
    finish(Fetcher.asynchronous());

    let snapshot = telemetry.snapshot();
    let id = [("id", "1")];
    assert_eq!(counter(&snapshot, "download_polls_total", &id), 3);
    assert_eq!(histogram(&snapshot, "download_poll_duration_seconds", &id).0, 1);
    assert_eq!(counter(&snapshot, "download_total", &[id[0], ("result", "ok")]), 1, "values are evaluated once");
    assert_eq!(counter(&snapshot, "function_calls_polls_total", &shared_labels), 2);
    assert_eq!(histogram(&snapshot, "function_calls_poll_duration_seconds", &shared_labels).0, 1);
    assert_eq!(counter(&snapshot, "named_polls_total", &[]), 2);
    let (count, sum) = histogram(&snapshot, "named_poll_duration_seconds", &[]);
    assert!(count == 1 && sum >= 0.003, "{sum} s");
    assert!(histogram(&snapshot, "named_seconds", &[]).1 >= sum, "the time of a call includes that of its polls");
    assert_eq!(counter(&snapshot, "block_of_polls_polls_total", &[]), 3);
    assert_eq!(histogram(&snapshot, "block_of_polls_seconds", &[]).0, 2);
}

#[test]
fn polls_of_futures_that_are_dropped_or_panic_are_counted() {
    let telemetry = installed();
    let (mut first, mut second, mut third) = (10, 20, 30);
    let mut call = Box::pin(fetch(&mut first, 5));
    for _ in 0..2 {
        assert!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    assert!(
        telemetry
            .snapshot()
            .get("download_polls_total", &[("id", "11")])
            .is_some_and(|value| { matches!(value, tachometer::families::Value::Counter(0)) })
    );
    drop(call);
    catch(|| assert!(finish(fetch(&mut second, 7)).is_none()));
    drop(fetch(&mut third, 1));
    let snapshot = telemetry.snapshot();
    assert_eq!(counter(&snapshot, "download_polls_total", &[("id", "11")]), 2);
    assert_eq!(counter(&snapshot, "download_polls_total", &[("id", "21")]), 7);
    assert_eq!(histogram(&snapshot, "download_poll_duration_seconds", &[("id", "21")]).0, 1);
    assert!(snapshot.get("download_polls_total", &[("id", "31")]).is_none(), "it was never polled");
}

#[test]
fn polls_reach_other_recorders() {
    let recorder = metrics_util::debugging::DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    metrics::with_local_recorder(&recorder, || finish(named()));
    let snapshot = snapshotter.snapshot().into_hashmap();
    let named = |name: &str| snapshot.iter().find(|(key, _)| key.key().name() == name).map(|(_, (_, _, value))| value);
    assert_eq!(named("named_polls_total"), Some(&metrics_util::debugging::DebugValue::Counter(2)));
    assert!(named("named_poll_duration_seconds").is_some());
}
