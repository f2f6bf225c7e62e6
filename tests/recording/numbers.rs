//! Numbers of any type and times, where a handle takes one.
#![warn(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_lossless)]

use std::{
    num::{NonZeroI32, NonZeroU64, NonZeroUsize},
    time::Duration,
};

use tachometer::{Counter, FloatCounter, Gauge, Histogram, Number, Rolling, Summary, families::Value, testing};

use super::{counter, fractions, gauge, histogram, installed};

static READ: Counter = Counter::new("read_bytes_total");
static BUSY: FloatCounter = FloatCounter::new("busy_seconds_total");
static WAITING: Gauge = Gauge::new("waiting");
static SENT: Histogram = Histogram::new("sent_bytes");
static TOOK: Summary = Summary::new("took_seconds");
static LOAD: Rolling = Rolling::new();

#[test]
fn a_counter_takes_every_unsigned_integer_and_literals() {
    let telemetry = installed();
    let queue = [0_u8; 3];
    READ.increment(queue.len());
    READ.increment(1);
    READ.increment(1_u8);
    READ.increment(1_u16);
    READ.increment(1_u32);
    READ.increment(1_u64);
    READ.increment(1_u128);
    READ.increment(NonZeroU64::MIN);
    READ.increment(NonZeroUsize::MIN);
    assert_eq!(counter(&telemetry.snapshot(), "read_bytes_total", &[]), 11);
    // It goes round, as totals do.
    READ.increment(u64::MAX);
    READ.increment(u128::MAX);
    assert_eq!(counter(&telemetry.snapshot(), "read_bytes_total", &[]), 9);
}

#[test]
fn what_is_negative_is_no_part_of_a_total() {
    let telemetry = installed();
    READ.increment(0);
    READ.increment(-2);
    SENT.record_many(1, -1);
    BUSY.increment(-0.5);
    let snapshot = telemetry.snapshot();
    assert_eq!(counter(&snapshot, "read_bytes_total", &[]), 0);
    assert_eq!(counter(&snapshot, "tachometer_dropped_records_total", &[("reason", "negative")]), 3);
    testing::record(|| READ.increment(-2)).assert_counter(
        "tachometer_dropped_records_total",
        &[("reason", "negative")],
        1,
    );
}

/// What the gauge shows when it is set to this.
fn shown(value: impl Number) -> f64 {
    testing::record(|| WAITING.set(value)).gauge("waiting", &[])
}

#[test]
fn a_gauge_takes_every_number_and_times() {
    let queue = [0_u8; 3];
    assert_eq!(shown(queue.len()), 3.0);
    assert_eq!([shown(-4), shown(-4_i64), shown(-4_isize), shown(-4_i128), shown(-4_i8)], [-4.0; 5]);
    assert_eq!([shown(4_u64), shown(4_u128), shown(4_u16), shown(NonZeroU64::MIN.saturating_add(3))], [4.0; 4]);
    assert_eq!([shown(0.5), shown(0.5_f32), shown(Duration::from_millis(500))], [0.5; 3]);
    assert_eq!(shown(NonZeroI32::new(-1).expect("it is not zero")), -1.0);
    // The nearest of 53 bits.
    assert_eq!([shown(u64::MAX), shown((1_u64 << 53) + 1)], [18_446_744_073_709_551_616.0, 9_007_199_254_740_992.0]);
}

#[test]
fn every_handle_takes_every_number() {
    let telemetry = installed();
    let queue = [0_u8; 3];
    WAITING.increment(queue.len());
    WAITING.decrement(queue.len() as u64);
    SENT.record(1_500_u64);
    SENT.record_many(queue.len(), queue.len());
    BUSY.increment(Duration::from_secs(2));
    BUSY.increment(queue.len());
    BUSY.add(1_u64);
    TOOK.record(7_usize);
    LOAD.add(4_u64);
    let snapshot = telemetry.snapshot();
    assert_eq!(gauge(&snapshot, "waiting", &[]), 0.0);
    assert_eq!(histogram(&snapshot, "sent_bytes", &[]), (4, 1_509.0));
    assert_eq!(fractions(&snapshot, "busy_seconds_total", &[]), 6.0);
    let Some(Value::Summary(took)) = snapshot.get("took_seconds", &[]) else { panic!("it is a summary") };
    assert_eq!((took.count, took.sum), (1, 7.0));
    assert_eq!(LOAD.current(), Some(4.0));
}
