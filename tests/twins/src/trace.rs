//! The trace: what has happened on this thread, in order.

use std::{
    cell::{Cell, RefCell},
    panic::{self, Location},
};

thread_local! {
    static TRACE: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    static TICKS: Cell<u32> = const { Cell::new(0) };
}

/// Adds an event to the trace.
pub fn log(event: impl Into<String>) {
    TRACE.with_borrow_mut(|trace| trace.push(event.into()));
}

/// Adds the place of the caller, which stands on the same line and column in both twins.
#[track_caller]
pub fn at() {
    let place = Location::caller();
    log(format!("at {}:{}", place.line(), place.column()));
}

/// Adds the line that a function was called in, which sees its caller.
pub fn called(place: &Location<'_>) {
    log(format!("called in {}", place.line()));
}

/// Is true each other time since the trace has begun.
#[must_use]
pub fn odd() -> bool {
    let tick = TICKS.get();
    TICKS.set(tick + 1);
    tick % 2 == 1
}

/// Takes what has happened, and begins a new trace.
pub(crate) fn take() -> Vec<String> {
    TICKS.set(0);
    TRACE.take()
}

/// Puts panics into the trace, with their messages and places, instead of printing them.
pub(crate) fn catch_panics() {
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(|place| (place.line(), place.column()));
        let message = panic.payload_as_str().unwrap_or_default();
        log(format!("panic '{message}' at {place:?}"));
    }));
}
