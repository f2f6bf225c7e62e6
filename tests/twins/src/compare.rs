//! Runs twins, and prints those whose traces differ.

use std::{
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::{Pin, pin},
    process::ExitCode,
    task::{Context, Poll, Waker},
};

use crate::{Show, log, trace};

/// A function's name and how it is called.
pub type Twin = (&'static str, Run);

/// How a function is called, with the number that it decides by.
#[derive(Debug, Clone, Copy)]
pub enum Run {
    /// At once.
    Now(fn(u32)),
    /// By so many polls, after which the future is dropped.
    Later(fn(u32, u32)),
}

/// The numbers that each function is called with.
const NUMBERS: u32 = 4;

/// After how many polls a future is dropped; the last is more than any needs.
const POLLS: [u32; 5] = [0, 1, 2, 3, 200];

/// Compares all functions with their twins, before an installation and under one, and prints each difference.
///
/// A difference is a line `difference NAME ..`, and lines of both traces, up to a line `end`.
#[must_use]
pub fn compare(plain: &[Twin], measured: &[Twin]) -> ExitCode {
    assert_eq!(plain.len(), measured.len(), "each function has a twin");
    trace::catch_panics();
    let mut differences = differences(plain, measured, "nothing installed");
    match tachometer::builder().install() {
        Ok(_telemetry) => differences += self::differences(plain, measured, "installed"),
        Err(error) => {
            say(&format!("cannot install: {error}"));
            return ExitCode::FAILURE;
        }
    }
    if differences == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn differences(plain: &[Twin], measured: &[Twin], recorder: &str) -> usize {
    plain.iter().zip(measured).filter(|(plain, measured)| differ(plain, measured, recorder)).count()
}

/// Whether a function and its twin differ; the first difference is printed.
fn differ((name, plain): &Twin, (_, measured): &Twin, recorder: &str) -> bool {
    let polls: &[u32] = if matches!(plain, Run::Now(_)) { &[0] } else { &POLLS };
    let calls = (0..NUMBERS).flat_map(|number| polls.iter().map(move |polls| (number, *polls)));
    for (number, polls) in calls {
        let traces = [plain, measured].map(|run| traced(*run, number, polls));
        if traces[0] != traces[1] {
            let [plain, measured] = traces.map(|trace| trace.join("\n"));
            say(&format!("difference {name} with {number}, {polls} polls, {recorder}\n{plain}\n--\n{measured}\nend"));
            return true;
        }
    }
    false
}

fn traced(run: Run, number: u32, polls: u32) -> Vec<String> {
    drop(trace::take());
    match run {
        Run::Now(run) => run(number),
        Run::Later(run) => run(number, polls),
    }
    trace::take()
}

/// Calls a function, and says what it returns or that it panics.
pub fn now<R: Show>(call: impl FnOnce() -> R) {
    let called = catch_unwind(AssertUnwindSafe(|| {
        let returned = call();
        log(format!("returned {}", returned.show()));
    }));
    if called.is_err() {
        log("unwound");
    }
}

/// Makes a future, polls it so many times, and drops it.
pub fn later<F: Future<Output: Show>>(polls: u32, make: impl FnOnce() -> F) {
    match catch_unwind(AssertUnwindSafe(make)) {
        Ok(future) => {
            log("made");
            poll(polls, pin!(future));
        }
        Err(_) => log("unwound"),
    }
}

fn poll(polls: u32, mut future: Pin<&mut dyn Shown>) {
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..polls {
        match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll_shown(&mut context))) {
            Ok(true) => break,
            Ok(false) => log("pending"),
            Err(_) => {
                log("unwound");
                break;
            }
        }
    }
    log("end of polls");
}

/// A future whose output is said by itself.
trait Shown {
    /// Polls it once; whether it is done.
    fn poll_shown(self: Pin<&mut Self>, context: &mut Context<'_>) -> bool;
}

impl<F: Future<Output: Show>> Shown for F {
    fn poll_shown(self: Pin<&mut Self>, context: &mut Context<'_>) -> bool {
        match self.poll(context) {
            Poll::Ready(output) => {
                log(format!("returned {}", output.show()));
                true
            }
            Poll::Pending => false,
        }
    }
}

#[expect(clippy::print_stdout, reason = "it is all that the program is for")]
fn say(text: &str) {
    println!("{text}");
}
