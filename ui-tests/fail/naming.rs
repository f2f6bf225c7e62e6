use tachometer::{counted, measured, time, timed};

#[counted(as_is)]
fn without_name() {}

#[counted(name = "no name", as_is)]
fn bad_syntax() {}

#[timed(name = "__reserved", as_is = true, zero)]
fn values() {}

#[measured(name = "__reserved", as_is)]
fn reserved() {}

#[counted(zero = 0, zero = false)]
fn no_truth() {}

fn blocks() {
    time!();
    time!("x_seconds");
    time!("x_seconds", 1, 2);
}

#[timed(name = "x_latency")]
fn no_unit() {}

#[timed(name = "x_latency", as_is)]
fn kept() {}

fn latency() {
    time!("x_latency", 1);
}

#[counted(function = "")]
fn unnamed() {}

fn main() {}
