use tachometer::{counted, in_flight, measured, timed};

#[measured(poll)]
fn synchronous() {}

#[timed(poll = true)]
async fn value() {}

#[counted(poll)]
#[in_flight(poll)]
async fn without_time() {}

#[measured(name = "bad name", labels(le = 1, a), poll)]
async fn bad_name(a: f64) {}

fn main() {}
