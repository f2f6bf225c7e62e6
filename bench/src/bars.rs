//! What the figures must not exceed. It knows the figures and nothing of how they were found.

use serde::Serialize;
use tachometer_bench_calls::{
    attributes::{self, ASYNC_COUNTED_TIMED, ASYNC_MEASURED, COUNTED, COUNTED_TIMED, LABEL, MEASURED, TIMED},
    handles,
    measure::Row,
    references::{ATOMIC, CLOCK},
};

use crate::{
    calls::{COUNTER, COUNTER_LABEL},
    report::Report,
    setup::Setup,
    stores::Kind,
};

/// A figure and its limit.
#[derive(Debug, Serialize)]
pub(crate) struct Bar {
    pub(crate) name: String,
    pub(crate) figure: f64,
    pub(crate) at_most: f64,
    pub(crate) unit: Unit,
}

/// What a figure is in.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) enum Unit {
    Ratio,
    Nanoseconds,
    Milliseconds,
    Bytes,
    KiB,
    Allocations,
    Samples,
    Percent,
}

impl Bar {
    pub(crate) fn is_met(&self) -> bool {
        self.figure <= self.at_most
    }
}

impl Unit {
    /// What stands behind a figure of it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Ratio => "×",
            Self::Nanoseconds => "ns",
            Self::Milliseconds => "ms",
            Self::Bytes => "B",
            Self::KiB => "KiB",
            Self::Allocations => "",
            Self::Samples => "",
            Self::Percent => "%",
        }
    }
}

/// A call may be this much dearer at two threads than at one.
const FLAT: f64 = 1.2;

/// The bars of which the report has the figures.
pub(crate) fn of(report: &Report) -> Vec<Bar> {
    let mut bars = Vec::new();
    bars.extend(calls(report));
    bars.extend(peers(report));
    bars.extend(not_installed(report));
    bars.extend(debug(report));
    bars.extend(stores(report));
    bars.extend(losses(report));
    bars.extend(collectors(report));
    bars.extend(pushes(report));
    bars
}

fn bar(name: impl Into<String>, figure: f64, at_most: f64, unit: Unit) -> Bar {
    Bar { name: name.into(), figure, at_most, unit }
}

/// Our calls beside what the machine can do.
fn calls(report: &Report) -> Vec<Bar> {
    let ours = |name: &str, threads| report.above_empty(Setup::Ours, name, threads);
    let versus = |name: &str, reference: &str, at_most| {
        let ratio = ours(name, 1)? / ours(reference, 1)?;
        Some(bar(format!("{name}, beside: {reference}"), ratio, at_most, Unit::Ratio))
    };
    let flat = |name: &str| {
        let ratio = ours(name, 2)? / ours(name, 1)?;
        Some(bar(format!("{name}, 2 threads beside 1"), ratio, FLAT, Unit::Ratio))
    };
    let attributes = [COUNTED, TIMED, COUNTED_TIMED, MEASURED, ASYNC_COUNTED_TIMED, ASYNC_MEASURED, LABEL];
    let allocations = attributes.iter().filter_map(|name| Some(report.call(Setup::Ours, name)?.allocations));
    let bars = [
        versus(COUNTED, ATOMIC, 0.6),
        flat(COUNTED),
        versus(COUNTED_TIMED, CLOCK, 1.6),
        flat(COUNTED_TIMED),
        versus(ASYNC_COUNTED_TIMED, CLOCK, 1.6),
        flat(ASYNC_COUNTED_TIMED),
        allocations
            .reduce(f64::max)
            .map(|most| bar("allocations of a call under any attribute", most, 0.0, Unit::Allocations)),
    ];
    bars.into_iter().flatten().collect()
}

/// Calls through us beside calls through the peer.
fn peers(report: &Report) -> Vec<Bar> {
    let versus = |name: &str, peers: &str, at_most| {
        let ratio = report.above_empty(Setup::Ours, name, 1)? / report.above_empty(Setup::Peer, peers, 1)?;
        Some(bar(format!("{name}, beside the peer's {peers}"), ratio, at_most, Unit::Ratio))
    };
    let bars =
        [versus(LABEL, COUNTER_LABEL, 0.125), versus(COUNTER, COUNTER, 1.0), versus(COUNTER_LABEL, COUNTER_LABEL, 1.0)];
    bars.into_iter().flatten().collect()
}

fn not_installed(report: &Report) -> Vec<Bar> {
    let above = |name: &str| {
        let nanos = report.above_empty(Setup::NotInstalled, name, 1)?;
        Some(bar(format!("{name}, nothing installed"), nanos, 3.0, Unit::Nanoseconds))
    };
    [COUNTED, COUNTED_TIMED, ASYNC_COUNTED_TIMED, LABEL].into_iter().filter_map(above).collect()
}

/// A debug build with nothing installed, as tests of a library are: what counts is what a call takes as a whole.
fn debug(report: &Report) -> Vec<Bar> {
    let timed: Vec<_> = report.calls.get(&Setup::Debug).into_iter().flatten().collect();
    let dearest = |what: &str, rows: &[Row]| {
        let timed = timed.iter().filter(|timing| rows.iter().any(|row| row.name == timing.name));
        let nanos = timed.map(|timing| timing.threads[0].best).reduce(f64::max)?;
        Some(bar(format!("{what}, nothing installed, debug build"), nanos, 100.0, Unit::Nanoseconds))
    };
    let allocations = timed.iter().map(|timing| timing.allocations).reduce(f64::max);
    let bars = [
        dearest("a call under any attribute", &attributes::ROWS),
        dearest("a record by any handle", &handles::ROWS),
        allocations.map(|most| bar("allocations, nothing installed, debug build", most, 0.0, Unit::Allocations)),
    ];
    bars.into_iter().flatten().collect()
}

fn stores(report: &Report) -> Vec<Bar> {
    let mut bars = Vec::new();
    for (kind, bytes) in [(Kind::Counter, 110.0), (Kind::Histogram, 240.0)] {
        for stored in report.stores(Setup::Ours, kind) {
            let name = format!("memory per series, {} {}s", stored.series, kind.as_str());
            bars.push(bar(name, stored.bytes_per_series, bytes, Unit::Bytes));
        }
    }
    for (kind, series, at_most) in
        [(Kind::Counter, 100_000, 3.0), (Kind::Histogram, 100_000, 40.0), (Kind::Counter, 1_000_000, 30.0)]
    {
        // A scrape gets the pieces as they are; `render` joins them to one string besides.
        let stored = report.stores(Setup::Ours, kind).find(|stored| stored.series == series);
        let name = format!("text of {series} {}s, until the first byte of a scrape", kind.as_str());
        let figure = stored.and_then(|stored| stored.get.as_ref()).map(|get| get.first_byte_ms);
        bars.extend(figure.map(|figure| bar(name, figure, at_most, Unit::Milliseconds)));
    }
    bars
}

fn losses(report: &Report) -> Vec<Bar> {
    let lost = report.lost.get(&Setup::Ours).into_iter().flatten();
    let mut bars: Vec<Bar> = lost
        .map(|lost| {
            let name = format!("lost of {} samples, {}", lost.recorded, lost.way);
            bar(name, lost.samples().unsigned_abs() as f64, 0.0, Unit::Samples)
        })
        .collect();
    if let Some(flood) = report.floods.get(&Setup::Ours) {
        let missing = flood.recorded.abs_diff(flood.exported) as f64;
        bars.push(bar(format!("lost calls of a flood of {} values", flood.values), missing, 0.0, Unit::Samples));
        let slower = flood.flooded / flood.quiet;
        bars.push(bar("a steady series in a flood, beside its quiet value".to_owned(), slower, 1.5, Unit::Ratio));
        bars.push(bar("allocations of a folded call".to_owned(), flood.allocations, 0.0, Unit::Allocations));
        if let Some((before, after)) = flood.memory {
            let grown = before.abs_diff(after) as f64;
            bars.push(bar("memory that a flood leaves".to_owned(), grown, 20.0 * 1024.0, Unit::KiB));
        }
    }
    if let Some(threads) = &report.threads {
        let missing = threads.threads.abs_diff(threads.counted) as f64;
        bars.push(bar(format!("lost calls of {} short threads", threads.threads), missing, 0.0, Unit::Samples));
        if let Some((before, after)) = threads.memory {
            let name = format!("memory that {} short threads leave", threads.threads);
            bars.push(bar(name, after.saturating_sub(before) as f64, 1024.0, Unit::KiB));
        }
    }
    bars
}

fn collectors(report: &Report) -> Vec<Bar> {
    let Some(collectors) = &report.collectors else { return Vec::new() };
    let all = format!("all {} collectors", collectors.collectors);
    let both = collectors.round_ms + collectors.scrape_ms;
    let mut bars = vec![bar(format!("{all}, one round and a scrape"), both, 5.0, Unit::Milliseconds)];
    let processor = collectors.processor.map(|share| bar(format!("{all}, of a processor"), share, 0.1, Unit::Percent));
    bars.extend(processor);
    bars
}

/// A push beside one of as many series by OpenTelemetry's own exporter.
fn pushes(report: &Report) -> Option<Bar> {
    let of = |setup| report.pushes.get(&setup);
    let (ours, theirs) = (of(Setup::Ours)?, of(Setup::Others)?);
    let name = format!("a push of {} series over OTLP, beside opentelemetry-otlp's", ours.series);
    Some(bar(name, ours.push_ms / theirs.push_ms, 1.0, Unit::Ratio))
}
