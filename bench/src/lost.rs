//! Samples that are lost while a program is scraped: what two threads record, beside what is counted in the end.

use std::{
    hint::black_box,
    thread::{self, ScopedJoinHandle},
};

use metrics::{Histogram, histogram};
use serde::{Deserialize, Serialize};
use tachometer::timed;
use tachometer_bench_calls::measure::repeat;

use crate::setup::Installed;

/// The samples of one way to record them.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Lost {
    pub(crate) way: String,
    pub(crate) recorded: u64,
    pub(crate) counted: u64,
    /// How often everything was rendered meanwhile.
    pub(crate) renders: u64,
}

impl Lost {
    /// How many are missing; below 0 if some were invented.
    pub(crate) fn samples(&self) -> i64 {
        self.recorded as i64 - self.counted as i64
    }
}

const WRITERS: usize = 2;

/// Records so many samples on each of two threads, in every way that the recorder has.
pub(crate) fn record(installed: &Installed, samples: u64) -> Vec<Lost> {
    let kept = histogram!("bench_kept_seconds");
    let by_handle = || repeat(samples, |n| call_kept(&kept, n));
    let mut ways = vec![under_scrapes(installed, "kept histogram", "bench_kept_seconds_count", samples, by_handle)];
    if matches!(installed, Installed::Ours(_)) {
        let by_attribute = || repeat(samples, call_timed);
        ways.insert(0, under_scrapes(installed, "#[timed]", "bench_timed_seconds_count", samples, by_attribute));
    }
    ways
}

fn under_scrapes(installed: &Installed, way: &str, count: &str, samples: u64, write: impl Fn() + Sync) -> Lost {
    let mut renders = 0;
    thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS).map(|_| scope.spawn(&write)).collect();
        while !writers.iter().all(ScopedJoinHandle::is_finished) {
            black_box(installed.render());
            renders += 1;
        }
        writers.into_iter().for_each(|writer| writer.join().expect("nothing in it panics"));
    });
    let counted = installed.value(count).unwrap_or_default() as u64;
    Lost { way: way.to_owned(), recorded: samples * WRITERS as u64, counted, renders }
}

#[timed(name = "bench_timed_seconds")]
#[inline(never)]
fn call_timed(n: u64) -> u64 {
    black_box(n)
}

#[inline(never)]
fn call_kept(histogram: &Histogram, n: u64) -> u64 {
    histogram.record(n as f64 * 1e-6);
    n
}
