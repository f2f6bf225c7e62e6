use std::time::Duration;

use tachometer::{Slo, counted, in_flight, measured, slo::ms, timed};

const GOOD: Slo = Slo::new("checkout").success_rate(99.9).latency(ms(250), 99.0);
const EMPTY: Slo = Slo::new("checkout");
const RATE: Slo = Slo::new("checkout").success_rate(99.9);
const LATENCY: Slo = Slo::new("checkout").latency(ms(300), 99.5);
const SHORT: Slo = Slo::new("checkout").latency(Duration::from_micros(10), 99.5);
static LONG: Slo = Slo::new("checkout").latency(Duration::from_secs(60), 99.5);
const BUCKETS: &[f64] = &[0.1, 0.3];

#[measured(name = "a", slo = LATENCY)]
fn no_bucket() {}

#[timed(name = "b_seconds", slo = SHORT)]
async fn below_all() {}

#[timed(name = "c_seconds", slo = LONG)]
fn above_all() {}

#[measured(slo = LATENCY)]
fn has_the_buckets_of_a_setting() {}

#[timed(name = "f_seconds", buckets = BUCKETS, slo = GOOD)]
fn no_bucket_of_its_own() {}

#[timed(name = "f_seconds", buckets = BUCKETS, slo = LATENCY)]
fn fits() {}

#[timed(name = "f_seconds", buckets = native, slo = LATENCY)]
fn native() {}

#[measured(name = "f", buckets = native, result, slo = RATE)]
fn native_without_latency() -> Result<(), ()> {
    Ok(())
}

#[measured(slo = EMPTY)]
fn says_nothing() {}

#[timed(slo = RATE)]
fn counts_nothing() {}

#[counted(slo = LATENCY)]
fn takes_no_time() {}

#[measured(name = "f", slo = GOOD)]
fn tells_no_errors() {}

#[counted(slo = 99.9, slo = GOOD)]
fn a_number() {}

#[counted(slo = GOOD, slo = GOOD)]
fn twice() {}

#[counted(slo)]
fn without_value() {}

#[counted(slo = BUCKETS)]
fn another_type() {}

#[in_flight(slo = GOOD)]
fn in_flight_has_none() {}

#[counted(name = "f_total", result, labels(objective_name = "x", objective_percentile = "y"), slo = GOOD)]
fn clashes() -> Result<(), ()> {
    Ok(())
}

#[timed(unit = "ms", name = "f_seconds")]
fn a_unit() {}

fn main() {}
