//! A flood of label values that nobody has seen before, and what a series pays for it that was there already.

use std::{
    error::Error,
    fmt::Write as _,
    hint::black_box,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::Instant,
};

use opentelemetry::{
    KeyValue,
    metrics::{Counter, MeterProvider},
};
use opentelemetry_sdk::metrics::{
    InMemoryMetricExporter, PeriodicReader, SdkMeterProvider,
    data::{AggregatedMetrics, MetricData, ScopeMetrics},
};
use serde::{Deserialize, Serialize};
use tachometer::{families::Value, measured};
use tachometer_bench_calls::alloc;

use crate::{
    setup::{Installed, Setup},
    threads::resident,
};

/// The figures of one library.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Flood {
    /// Different values, each of which is recorded once.
    pub(crate) values: u64,
    pub(crate) recorded: u64,
    pub(crate) exported: u64,
    pub(crate) series: usize,
    /// Median nanoseconds of a call that records into a series which was there before: alone, and in the flood.
    pub(crate) quiet: f64,
    pub(crate) flooded: f64,
    /// Mean nanoseconds of a call of the flood, on each of its threads.
    pub(crate) new: f64,
    /// Allocations of a call whose label is folded.
    pub(crate) allocations: f64,
    /// KiB of memory before and after; none where the system does not say.
    pub(crate) memory: Option<(u64, u64)>,
}

/// Threads that flood.
const FLOODERS: u64 = 4;

/// Values before anything is looked at: more than any of the limits.
const FIRST: u64 = 5_000;

/// Calls that are timed at once: fewer than a scheduler interrupts.
const CALLS: u32 = 1_000;

/// Rounds that are timed without a flood.
const ROUNDS: usize = 2_000;

/// Who records.
enum Target<'a> {
    Ours(&'a tachometer::Telemetry),
    Peer(&'a Installed),
    OpenTelemetry(SdkMeterProvider, InMemoryMetricExporter, Counter<u64>),
}

/// Floods a recorder with so many values, or with a tenth if it keeps them all.
pub(crate) fn flood(setup: Setup, installed: &Installed, values: u64) -> Result<Flood, Box<dyn Error>> {
    let target = Target::new(installed)?;
    let values = if setup == Setup::Peer { values / 10 } else { values };
    let mut recorded = 0;
    let mut steady = |rounds: usize, until: &dyn Fn() -> bool| {
        let mut nanos = Vec::new();
        while nanos.len() < rounds && !until() {
            let begin = Instant::now();
            for _ in 0..CALLS {
                target.record(black_box("acme"));
            }
            nanos.push(begin.elapsed().as_secs_f64() * 1e9 / f64::from(CALLS));
            recorded += u64::from(CALLS);
        }
        nanos.sort_by(f64::total_cmp);
        nanos[nanos.len() / 2]
    };
    steady(10, &|| false);
    new_values(0..FIRST, |value| target.record(value));
    let ((), usage) = alloc::watch(|| new_values(FIRST..2 * FIRST, |value| target.record(value)));
    let quiet = steady(ROUNDS, &|| false);
    let before = resident();
    let (running, share) = (AtomicUsize::new(FLOODERS as usize), values / FLOODERS);
    let (flooded, nanos) = thread::scope(|scope| {
        let flooders: Vec<_> = (0..FLOODERS)
            .map(|thread| {
                let (running, target, first) = (&running, &target, 2 * FIRST + thread * share);
                scope.spawn(move || {
                    let begin = Instant::now();
                    new_values(first..first + share, |value| target.record(value));
                    running.fetch_sub(1, Ordering::AcqRel);
                    begin.elapsed().as_secs_f64() * 1e9
                })
            })
            .collect();
        let flooded = steady(usize::MAX, &|| running.load(Ordering::Acquire) < FLOODERS as usize);
        (flooded, flooders.into_iter().map(|thread| thread.join().expect("nothing in it panics")).sum::<f64>())
    });
    let after = resident();
    let (exported, series) = target.exported()?;
    Ok(Flood {
        values,
        recorded: recorded + 2 * FIRST + share * FLOODERS,
        exported,
        series,
        quiet,
        flooded,
        new: nanos / (share * FLOODERS) as f64,
        // The text of a value grows once.
        allocations: (usage.allocations.saturating_sub(1)) as f64 / FIRST as f64,
        memory: before.zip(after),
    })
}

/// Hands each of these values to `record` as a text, all in one buffer.
fn new_values(range: std::ops::Range<u64>, record: impl Fn(&str)) {
    let mut text = String::with_capacity(32);
    for n in range {
        text.clear();
        // Writing to a string does not fail.
        let _ = write!(text, "tenant-{n}");
        record(&text);
    }
}

/// Counted, timed and watched in flight: what most functions are.
#[measured(name = "bench_flood", labels(tenant))]
#[inline(never)]
fn call(tenant: &str) {
    black_box(tenant);
}

impl<'a> Target<'a> {
    fn new(installed: &'a Installed) -> Result<Self, Box<dyn Error>> {
        Ok(match installed {
            Installed::Ours(telemetry) => Self::Ours(telemetry),
            Installed::Peer(_) => Self::Peer(installed),
            Installed::Nothing => {
                let exporter = InMemoryMetricExporter::default();
                let reader = PeriodicReader::builder(exporter.clone()).build();
                let provider = SdkMeterProvider::builder().with_reader(reader).build();
                let counter = provider.meter("bench").u64_counter("bench_flood_total").build();
                Self::OpenTelemetry(provider, exporter, counter)
            }
        })
    }

    #[inline]
    fn record(&self, tenant: &str) {
        match self {
            Self::Ours(_) => call(tenant),
            Self::Peer(_) => metrics::counter!("bench_flood_total", "tenant" => tenant.to_owned()).increment(1),
            Self::OpenTelemetry(_, _, counter) => counter.add(1, &[KeyValue::new("tenant", tenant.to_owned())]),
        }
    }

    /// The total of all series, and how many there are.
    fn exported(&self) -> Result<(u64, usize), Box<dyn Error>> {
        Ok(match self {
            Self::Ours(telemetry) => {
                let snapshot = telemetry.snapshot();
                let family = snapshot.family("bench_flood_total").ok_or("nothing was counted")?;
                let count = |value| if let Value::Counter(count) = value { count } else { 0 };
                (family.series().map(|series| count(series.value())).sum(), family.series().len())
            }
            Self::Peer(installed) => {
                let text = installed.render();
                let lines = text.lines().filter(|line| line.starts_with("bench_flood_total{"));
                let counts = lines.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok());
                counts.fold((0, 0), |(sum, series), count| (sum + count, series + 1))
            }
            Self::OpenTelemetry(provider, exporter, _) => {
                provider.force_flush()?;
                let exports = exporter.get_finished_metrics()?;
                let last = exports.last().ok_or("nothing was exported")?;
                let metrics = last.scope_metrics().flat_map(ScopeMetrics::metrics);
                let mut total = (0, 0);
                for metric in metrics {
                    if let AggregatedMetrics::U64(MetricData::Sum(sum)) = metric.data() {
                        sum.data_points().for_each(|point| total = (total.0 + point.value(), total.1 + 1));
                    }
                }
                total
            }
        })
    }
}
