use tachometer::{Histogram, measured, metric::bounds::Native, timed};

const UNSORTED: &[f64] = &[1.0, 0.5];
const NUMBER: f64 = 1.0;

#[timed(name = "a_seconds", buckets = [0.1, 0.5, 0.2, 0.3, 0.3, 1.0])]
fn unsorted() {}

#[measured(name = "a", buckets = [-1.0, 0.0, f64::INFINITY, f64::NAN, 1e999])]
fn infinite() {}

#[timed(name = "a_seconds", buckets = 0.1)]
fn no_array() {}

#[timed(name = "a_seconds", buckets)]
fn no_value() {}

#[timed(name = "a_seconds", buckets = [0.1; 3])]
fn repeated() {}

#[timed(name = "a_seconds", buckets = [])]
fn empty() {}

#[timed(name = "a_seconds", buckets = UNSORTED)]
fn unsorted_constant() {}

#[timed(name = "a_seconds", buckets = [0.5, NUMBER, 0.75])]
fn unsorted_mix() {}

#[timed(name = "a_seconds", buckets = NUMBER)]
fn number() {}

#[timed(name = "a_seconds", buckets = [0.1, 1])]
fn integer() {}

#[timed(name = "a_seconds", buckets = "native")]
fn text() {}

#[timed(name = "a_seconds", buckets = native(9))]
fn no_key() {}

#[timed(name = "a_seconds", buckets = native(factor = 1.1))]
fn other_key() {}

#[timed(name = "a_seconds", buckets = native(schema = 3, schema = 4))]
fn key_twice() {}

#[timed(name = "a_seconds", buckets = native(schema = 9))]
fn too_fine() {}

#[measured(name = "a", buckets = native(schema = 3, max_buckets = NONE))]
fn no_buckets() {}

#[timed(name = "a_seconds", buckets = native(schema = 1.1))]
fn fraction() {}

#[timed(buckets = native)]
fn no_name() {}

const NONE: usize = 0;

static TOO_MANY: Histogram = Histogram::new("a_bytes").native(Native::new().max_buckets(2000));

fn main() {}
