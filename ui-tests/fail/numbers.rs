//! What is no number where a handle takes one.

use tachometer::{Counter, FloatCounter, Gauge, Histogram};

static EVENTS: Counter = Counter::new("events_total");
static SECONDS: FloatCounter = FloatCounter::new("seconds_total");
static LEVEL: Gauge = Gauge::new("level");
static SIZE: Histogram = Histogram::new("size_bytes");

fn main() {
    EVENTS.increment(1.5);
    EVENTS.increment(-1_i64);
    EVENTS.increment("one");
    SECONDS.increment("one");
    LEVEL.set(true);
    let _held = LEVEL.hold(Some(1));
    SIZE.record("long");
    SIZE.record_many(1, 0.5);
}
