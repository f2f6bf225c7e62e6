//! Functions under tachometer's attributes, each with an empty body.

use std::{
    convert::Infallible,
    future::Future,
    hint::black_box,
    pin::pin,
    task::{Context, Poll, Waker},
};

use tachometer::{counted, measured, timed};

use crate::{
    measure::{Row, repeat},
    repeat_with_kind, row,
};

/// A call is counted.
pub const COUNTED: &str = "#[counted]";
/// A call is timed.
pub const TIMED: &str = "#[timed]";
/// A call is counted and timed by attributes of their own.
pub const COUNTED_TIMED: &str = "#[counted] #[timed]";
/// The same, and how many calls are in flight.
pub const MEASURED: &str = "#[measured]";
/// A future that is ready at once is counted and timed.
pub const ASYNC_COUNTED_TIMED: &str = "#[counted] #[timed] async";
/// The same, by what it returns.
pub const ASYNC_MEASURED: &str = "#[measured] async, by result";
/// A call is counted under the value of an argument.
pub const LABEL: &str = "#[counted], 1 dynamic label";

/// Each attribute, and some together.
pub const ROWS: [Row; 7] = [
    row(COUNTED, |calls| repeat(calls, call_counted)),
    row(TIMED, |calls| repeat(calls, call_timed)),
    row(COUNTED_TIMED, |calls| repeat(calls, call_counted_timed)),
    row(MEASURED, |calls| repeat(calls, call_measured)),
    row(ASYNC_COUNTED_TIMED, |calls| repeat(calls, poll_counted_timed)),
    row(ASYNC_MEASURED, |calls| repeat(calls, poll_measured)),
    row(LABEL, |calls| repeat_with_kind(calls, call_labelled)),
];

#[counted]
#[inline(never)]
fn call_counted(n: u64) -> u64 {
    black_box(n)
}

#[timed]
#[inline(never)]
fn call_timed(n: u64) -> u64 {
    black_box(n)
}

#[counted]
#[timed]
#[inline(never)]
fn call_counted_timed(n: u64) -> u64 {
    black_box(n)
}

#[measured]
#[inline(never)]
fn call_measured(n: u64) -> u64 {
    black_box(n)
}

#[counted]
#[timed]
async fn counted_timed(n: u64) -> u64 {
    black_box(n)
}

#[measured(name = "bench_measured", result)]
async fn measured(n: u64) -> Result<u64, Infallible> {
    Ok(black_box(n))
}

#[counted(name = "bench_labelled_total", labels(kind = kind))]
#[inline(never)]
fn call_labelled(kind: &str, n: u64) -> u64 {
    black_box(kind);
    black_box(n)
}

#[inline(never)]
fn poll_counted_timed(n: u64) -> u64 {
    poll(counted_timed(n))
}

#[inline(never)]
fn poll_measured(n: u64) -> u64 {
    poll(measured(n)).unwrap_or_else(|never| match never {})
}

/// The output of a future that is ready at once.
#[inline(always)]
fn poll<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("nothing in it waits"),
    }
}
