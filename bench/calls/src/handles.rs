//! Handles, as programs keep them: in statics.

use std::hint::black_box;

use tachometer::{Counter, Family, Gauge, Histogram};

use crate::{
    measure::{Row, repeat},
    repeat_with_kind, row,
};

static CALLS: Counter = Counter::new("bench_handle_total");
static LEVEL: Gauge = Gauge::new("bench_handle_level");
static SECONDS: Histogram = Histogram::new("bench_handle_seconds");
static KINDS: Family<Counter, (String,)> = Family::new("bench_handle_kinds_total", &["kind"]);

/// Handles without labels.
pub const ROWS: [Row; 4] = [
    row("Counter", |calls| repeat(calls, count)),
    row("Gauge", |calls| repeat(calls, set)),
    row("Histogram", |calls| repeat(calls, record)),
    row("Histogram, timing", |calls| repeat(calls, time)),
];

/// One that is found by its label's value, each time.
pub const FAMILY: Row = row("Family, 1 dynamic label", |calls| repeat_with_kind(calls, count_kind));

#[inline(never)]
fn count(n: u64) -> u64 {
    CALLS.increment(1);
    black_box(n)
}

#[inline(never)]
fn set(n: u64) -> u64 {
    LEVEL.set(1.0);
    black_box(n)
}

#[inline(never)]
fn record(n: u64) -> u64 {
    SECONDS.record(0.5);
    black_box(n)
}

#[inline(never)]
fn time(n: u64) -> u64 {
    let _timing = SECONDS.time();
    black_box(n)
}

#[inline(never)]
fn count_kind(kind: &str, n: u64) -> u64 {
    KINDS.with(kind).increment(1);
    black_box(n)
}
