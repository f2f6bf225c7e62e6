use tachometer::{counted, in_flight, measured, timed};

#[counted]
#[measured]
fn same_by_default() {}

#[timed]
#[timed]
#[tachometer::timed]
fn three_times() {}

#[measured(name = "a")]
#[counted(name = "a_total")]
#[timed(name = "a_seconds")]
#[in_flight(name = "a_in_flight")]
fn same_by_name() {}

#[timed(name = NAME)]
#[in_flight(name = NAME)]
fn same_by_path() {}

// Each attribute answers for its own mistakes, and all of them do.
#[counted(nmae = "a_total")]
#[timed(name = 1)]
#[in_flight(result)]
fn mistakes_in_each() {}

#[counted]
#[timed(nmae = "b")]
fn mistake_below() {}

const NAME: &str = "a_seconds";

fn main() {
    same_by_default();
    three_times();
    same_by_name();
    same_by_path();
    mistakes_in_each();
    mistake_below();
}
