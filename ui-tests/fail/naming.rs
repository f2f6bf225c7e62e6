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

#[counted(function = "")]
fn unnamed() {}

fn main() {}
