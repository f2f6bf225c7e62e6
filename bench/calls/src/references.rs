//! What calls are compared with: nothing at all, one shared atomic, two readings of the clock.

use std::{
    hint::black_box,
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
};

use crate::{
    measure::{Row, repeat},
    row,
};

/// Nothing is done.
pub const EMPTY: &str = "empty call";
/// The least that counts.
pub const ATOMIC: &str = "add to a shared atomic";
/// The least that times.
pub const CLOCK: &str = "two raw readings of the clock";

/// What all others are compared with.
pub const ROWS: [Row; 3] = [
    row(EMPTY, |calls| repeat(calls, empty)),
    row(ATOMIC, |calls| repeat(calls, atomic)),
    row(CLOCK, |calls| repeat(calls, |n| clock(&QUANTA, n))),
];

/// Alone on its cache lines.
#[repr(align(128))]
struct Shared(AtomicU64);

static SHARED: Shared = Shared(AtomicU64::new(0));

static QUANTA: LazyLock<quanta::Clock> = LazyLock::new(quanta::Clock::new);

#[inline(never)]
fn empty(n: u64) -> u64 {
    black_box(n)
}

#[inline(never)]
fn atomic(n: u64) -> u64 {
    SHARED.0.fetch_add(1, Ordering::Relaxed);
    black_box(n)
}

#[inline(never)]
fn clock(clock: &quanta::Clock, n: u64) -> u64 {
    let start = clock.raw();
    let n = black_box(n);
    black_box(clock.raw().wrapping_sub(start));
    n
}
