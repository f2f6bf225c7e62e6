//! The same through other libraries, each in the quickest way that its documentation shows: handles are kept, buckets
//! are the 11 of all others. They have registries of their own and know no facade.

use std::{hint::black_box, sync::LazyLock, time::Instant};

use autometrics::autometrics;
use measured::{LabelGroup, lasso::ThreadedRodeo, metric::histogram::Thresholds};
use prometheus::{IntCounter, IntCounterVec};
use prometheus_client::{encoding::EncodeLabelSet, metrics::family::Family};
use tachometer_bench_calls::{
    measure::{Row, repeat},
    repeat_with_kind, row,
};

use crate::setup::BOUNDS;

pub(super) const ROWS: [Row; 9] = [
    row("autometrics 3.0, #[autometrics]", |calls| repeat(calls, call_autometrics)),
    row("prometheus 0.14, kept counter and histogram of an Instant", |calls| repeat(calls, call_prometheus)),
    row("prometheus 0.14, 1 dynamic label", |calls| repeat_with_kind(calls, call_prometheus_label)),
    row("prometheus-client 0.25, kept counter and histogram of an Instant", |calls| repeat(calls, call_client)),
    row("prometheus-client 0.25, 1 dynamic label", |calls| repeat_with_kind(calls, call_client_label)),
    row("measured 0.0.25, kept counter and histogram of an Instant", |calls| repeat(calls, call_measured)),
    row("measured 0.0.25, 1 dynamic label", |calls| repeat_with_kind(calls, call_measured_label)),
    row("prometric 0.2, kept counter and histogram of an Instant", |calls| repeat(calls, call_prometric)),
    row("prometric 0.2, 1 dynamic label", |calls| repeat_with_kind(calls, call_prometric_label)),
];

#[autometrics]
#[inline(never)]
fn call_autometrics(n: u64) -> u64 {
    black_box(n)
}

static PROMETHEUS: LazyLock<(IntCounter, prometheus::Histogram, IntCounterVec)> = LazyLock::new(|| {
    let buckets = prometheus::HistogramOpts::new("bench_seconds", "Seconds.").buckets(BOUNDS.to_vec());
    let by_kind = prometheus::Opts::new("bench_kinds_total", "Calls.");
    (
        IntCounter::new("bench_total", "Calls.").expect("the name is right"),
        prometheus::Histogram::with_opts(buckets).expect("the name is right"),
        IntCounterVec::new(by_kind, &["kind"]).expect("the name is right"),
    )
});

#[inline(never)]
fn call_prometheus(n: u64) -> u64 {
    let (counter, histogram, _) = &*PROMETHEUS;
    let start = Instant::now();
    let n = black_box(n);
    counter.inc();
    histogram.observe(start.elapsed().as_secs_f64());
    n
}

#[inline(never)]
fn call_prometheus_label(kind: &str, n: u64) -> u64 {
    PROMETHEUS.2.with_label_values(&[kind]).inc();
    black_box(n)
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByKind {
    kind: String,
}

type Client = prometheus_client::metrics::counter::Counter;

static CLIENT: LazyLock<(Client, prometheus_client::metrics::histogram::Histogram, Family<ByKind, Client>)> =
    LazyLock::new(|| {
        (Client::default(), prometheus_client::metrics::histogram::Histogram::new(BOUNDS), Family::default())
    });

#[inline(never)]
fn call_client(n: u64) -> u64 {
    let (counter, histogram, _) = &*CLIENT;
    let start = Instant::now();
    let n = black_box(n);
    counter.inc();
    histogram.observe(start.elapsed().as_secs_f64());
    n
}

#[inline(never)]
fn call_client_label(kind: &str, n: u64) -> u64 {
    CLIENT.2.get_or_create(&ByKind { kind: kind.to_owned() }).inc();
    black_box(n)
}

#[derive(LabelGroup)]
#[label(set = KindSet)]
struct Kind<'a> {
    #[label(dynamic_with = ThreadedRodeo, default)]
    kind: &'a str,
}

static MEASURED: LazyLock<(measured::Counter, measured::Histogram<11>, measured::CounterVec<KindSet>)> =
    LazyLock::new(|| {
        let histogram = measured::Histogram::with_metadata(Thresholds::with_buckets(BOUNDS));
        (measured::Counter::new(), histogram, measured::CounterVec::new())
    });

#[inline(never)]
fn call_measured(n: u64) -> u64 {
    let (counter, histogram, _) = &*MEASURED;
    let start = Instant::now();
    let n = black_box(n);
    counter.inc();
    histogram.observe(start.elapsed().as_secs_f64());
    n
}

#[inline(never)]
fn call_measured_label(kind: &str, n: u64) -> u64 {
    MEASURED.2.inc(Kind { kind });
    black_box(n)
}

#[prometric_derive::metrics(scope = "bench", static)]
struct PrometricMetrics {
    /// Calls.
    #[metric]
    calls: prometric::Counter,
    /// Seconds of calls.
    #[metric(buckets = BOUNDS)]
    seconds: prometric::Histogram,
    /// Calls by kind.
    #[metric(labels = ["kind"])]
    kinds: prometric::Counter,
}

#[inline(never)]
fn call_prometric(n: u64) -> u64 {
    let start = Instant::now();
    let n = black_box(n);
    PROMETRIC_METRICS.calls().inc();
    PROMETRIC_METRICS.seconds().observe(start.elapsed().as_secs_f64());
    n
}

#[inline(never)]
fn call_prometric_label(kind: &str, n: u64) -> u64 {
    PROMETRIC_METRICS.kinds(kind).inc();
    black_box(n)
}
