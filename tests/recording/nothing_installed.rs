//! A program that has installed nothing: calls and records ask the allocator for nothing, in debug builds as in others,
//! and recorders that look like nothing are still recorded into.

use std::{
    future::Future,
    pin::pin,
    sync::atomic::{AtomicU64, Ordering},
    task::{Context, Poll, Waker},
};

use metrics::{Key, KeyName, Metadata, NoopRecorder, Recorder, SharedString, Unit};
use tachometer::{Counter, ErrorKind, Family, FloatCounter, Gauge, Histogram, Summary, counted, in_flight, measured};

use super::allocations::allocated;

#[counted(name = "idle_total")]
fn count() {}

#[in_flight(name = "idle_in_flight")]
#[measured(name = "idle_whole")]
fn whole() {}

#[measured(name = "idle_result", result)]
fn result(fails: bool) -> Result<(), ()> {
    if fails { Err(()) } else { Ok(()) }
}

#[derive(Debug, ErrorKind)]
enum Refusal {
    Late,
}

#[measured(name = "idle_kinds", error_kind)]
fn kinds() -> Result<(), Refusal> {
    Err(Refusal::Late)
}

#[measured(name = "idle_labels", labels(tenant, number, shown = %1.5), result)]
fn labels(tenant: &str, number: u64) -> Result<(), ()> {
    std::hint::black_box((tenant, number));
    Ok(())
}

#[measured(name = "idle_later", labels(tenant), result)]
async fn later(tenant: &str) -> Result<(), ()> {
    std::hint::black_box(tenant);
    Ok(())
}

#[measured(name = "idle_plain_later")]
async fn plain_later() {}

#[measured(name = "idle_left")]
async fn left() {
    std::future::pending::<()>().await;
}

fn poll<T>(future: impl Future<Output = T>) -> Poll<T> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn calls_allocate_nothing() {
    let tenant = "a-tenant-of-ours".to_owned();
    let calls: [(&str, &dyn Fn()); 8] = [
        ("counted", &count),
        ("measured", &whole),
        ("result", &|| assert!(result(false).is_ok() && result(true).is_err())),
        ("error_kind", &|| assert!(kinds().is_err())),
        ("labels", &|| assert!(labels(&tenant, 7).is_ok())),
        ("async, labels", &|| assert!(matches!(poll(later(&tenant)), Poll::Ready(Ok(()))))),
        ("async", &|| assert!(poll(plain_later()).is_ready())),
        ("cancelled", &|| assert!(poll(left()).is_pending())),
    ];
    for (name, call) in calls {
        assert_eq!(allocated(|| (0..100).for_each(|_| call())), 0, "{name}");
    }
}

static COUNTER: Counter = Counter::new("idle_counter_total");
static FRACTIONS: FloatCounter = FloatCounter::new("idle_fractions_total");
static GAUGE: Gauge = Gauge::new("idle_gauge");
static HISTOGRAM: Histogram = Histogram::new("idle_histogram_seconds");
static SUMMARY: Summary = Summary::new("idle_summary");
static FAMILY: Family<Counter, (String,)> = Family::new("idle_family_total", &["tenant"]);

#[test]
fn handles_allocate_nothing_once_they_are_made() {
    let records: [(&str, &dyn Fn()); 7] = [
        ("counter", &|| COUNTER.increment(1)),
        ("fractions", &|| FRACTIONS.add(0.5)),
        ("gauge", &|| GAUGE.set(1.0)),
        ("histogram", &|| HISTOGRAM.record(1.0)),
        ("timer", &|| drop(HISTOGRAM.time())),
        ("summary", &|| SUMMARY.record(1.0)),
        ("family", &|| FAMILY.with("a-tenant-of-ours").increment(1)),
    ];
    for (name, record) in records {
        record();
        assert_eq!(allocated(|| (0..100).for_each(|_| record())), 0, "{name}");
    }
}

/// A recorder without data, which a program may write: it counts what it is asked for.
struct Bare;

static ASKED: AtomicU64 = AtomicU64::new(0);

impl Recorder for Bare {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn register_counter(&self, _: &Key, _: &Metadata<'_>) -> metrics::Counter {
        ASKED.fetch_add(1, Ordering::Relaxed);
        metrics::Counter::noop()
    }
    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> metrics::Gauge {
        metrics::Gauge::noop()
    }
    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> metrics::Histogram {
        metrics::Histogram::noop()
    }
}

static BARE: Bare = Bare;

/// How often a counter is asked for while a call is counted.
fn asked() -> u64 {
    let before = ASKED.load(Ordering::Relaxed);
    count();
    COUNTER.increment(1);
    ASKED.load(Ordering::Relaxed) - before
}

#[test]
fn recorders_without_data_are_recorded_into() {
    assert_eq!(asked(), 0);
    let boxed: Box<dyn Recorder> = Box::new(Bare);
    for bare in [&BARE, &Bare, &*boxed] {
        assert_eq!(metrics::with_local_recorder(bare, asked), 2);
        assert_eq!(asked(), 0, "between two of them there is none");
    }
    assert_eq!(metrics::with_local_recorder(&NoopRecorder, asked), 0);
    metrics::set_global_recorder(Bare).unwrap_or_else(|_| panic!("it is the first of this process"));
    assert_eq!(asked(), 2);
    assert_eq!(metrics::with_local_recorder(&NoopRecorder, asked), 0);
}
