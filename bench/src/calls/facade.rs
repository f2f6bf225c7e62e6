//! The `metrics` facade by hand, as any crate uses it. Which recorder is behind it, the code does not say.

use std::{hint::black_box, time::Instant};

use metrics::{Counter, Histogram, counter, histogram};
use tachometer_bench_calls::{
    measure::{Row, repeat},
    repeat_with_kind, row,
};

pub(crate) const COUNTER: &str = "counter!";
pub(crate) const COUNTER_LABEL: &str = "counter!, 1 dynamic label";
const BOTH: &str = "counter! and histogram! of an Instant";
const BOTH_LABEL: &str = "counter! and histogram! of an Instant, 1 dynamic label";
const KEPT_COUNTER: &str = "kept counter";
const KEPT_BOTH: &str = "kept counter and kept histogram of an Instant";

pub(super) const ROWS: [Row; 6] = [
    row(COUNTER, |calls| repeat(calls, call_counter)),
    row(COUNTER_LABEL, |calls| repeat_with_kind(calls, call_counter_label)),
    row(BOTH, |calls| repeat(calls, call_both)),
    row(BOTH_LABEL, |calls| repeat_with_kind(calls, call_both_label)),
    row(KEPT_COUNTER, |calls| {
        let counter = counter!("bench_kept_total");
        repeat(calls, |n| call_kept_counter(&counter, n));
    }),
    row(KEPT_BOTH, |calls| {
        let (counter, histogram) = (counter!("bench_kept_both_total"), histogram!("bench_kept_both_seconds"));
        repeat(calls, |n| call_kept_both(&counter, &histogram, n));
    }),
];

#[inline(never)]
fn call_counter(n: u64) -> u64 {
    counter!("bench_facade_total").increment(1);
    black_box(n)
}

#[inline(never)]
fn call_counter_label(kind: &str, n: u64) -> u64 {
    counter!("bench_facade_label_total", "kind" => kind.to_owned()).increment(1);
    black_box(n)
}

#[inline(never)]
fn call_both(n: u64) -> u64 {
    let start = Instant::now();
    let n = black_box(n);
    counter!("bench_facade_both_total").increment(1);
    histogram!("bench_facade_both_seconds").record(start.elapsed());
    n
}

#[inline(never)]
fn call_both_label(kind: &str, n: u64) -> u64 {
    let start = Instant::now();
    let n = black_box(n);
    counter!("bench_facade_both_label_total", "kind" => kind.to_owned()).increment(1);
    histogram!("bench_facade_both_label_seconds", "kind" => kind.to_owned()).record(start.elapsed());
    n
}

#[inline(never)]
fn call_kept_counter(counter: &Counter, n: u64) -> u64 {
    counter.increment(1);
    black_box(n)
}

#[inline(never)]
fn call_kept_both(counter: &Counter, histogram: &Histogram, n: u64) -> u64 {
    let start = Instant::now();
    let n = black_box(n);
    counter.increment(1);
    histogram.record(start.elapsed());
    n
}
