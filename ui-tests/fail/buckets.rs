use tachometer::{measured, timed};

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

fn main() {}
