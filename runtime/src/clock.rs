//! The clock of calls: raw readings of the processor's counter, and what a difference of two is in nanoseconds.

use std::sync::OnceLock;

use crate::gate;

static CLOCK: OnceLock<quanta::Clock> = OnceLock::new();

/// Builds and calibrates the clock, which takes up to 0.2 s. Before it, every reading is 0.
pub(crate) fn calibrate() {
    if CLOCK.get().is_none() {
        // Two threads may each build one, of which the first is kept.
        gate::fill(&CLOCK, quanta::Clock::new());
    }
}

/// A reading.
#[inline]
pub(crate) fn raw() -> u64 {
    CLOCK.get().map_or(0, quanta::Clock::raw)
}

/// The time from one reading to a later one, in nanoseconds; 0 if the counter has gone back meanwhile.
#[inline]
pub(crate) fn nanos(start: u64, end: u64) -> u64 {
    CLOCK.get().map_or(0, |clock| clock.delta_as_nanos(start, end))
}

/// Whole seconds since some moment in the past; 0 before there is a clock.
pub(crate) fn seconds() -> u64 {
    CLOCK.get().map_or(0, |clock| clock.delta_as_nanos(0, clock.raw()) / 1_000_000_000)
}
