//! What short threads leave behind: a thread that ends must give back what it held.

use std::{fs, hint::black_box, thread};

use serde::{Deserialize, Serialize};
use tachometer::{counted, timed};

use crate::setup::Installed;

/// The figures of many threads.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Threads {
    pub(crate) threads: u64,
    /// Calls that are counted in the end: one for each thread.
    pub(crate) counted: u64,
    /// KiB of memory before and after; none where the system does not say.
    pub(crate) memory: Option<(u64, u64)>,
}

/// Threads that run at a time.
const AT_A_TIME: u64 = 8;

/// Starts so many threads, each of which makes one call, after a few that are not looked at.
pub(crate) fn start(installed: &Installed, threads: u64) -> Threads {
    run(threads / 50);
    let before = resident();
    let begun = calls(installed);
    run(threads);
    let counted = calls(installed) - begun;
    let after = resident();
    Threads { threads, counted, memory: before.zip(after) }
}

fn run(threads: u64) {
    let mut left = threads;
    while left > 0 {
        let now = left.min(AT_A_TIME);
        let started: Vec<_> = (0..now).map(|n| thread::spawn(move || call(n))).collect();
        for thread in started {
            thread.join().expect("nothing in it panics");
        }
        left -= now;
    }
}

#[counted(name = "bench_threads_total")]
#[timed(name = "bench_threads_seconds")]
fn call(n: u64) -> u64 {
    black_box(n)
}

fn calls(installed: &Installed) -> u64 {
    installed.value("bench_threads_total").unwrap_or_default() as u64
}

/// KiB of memory that the process holds.
pub(crate) fn resident() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.split_whitespace().next()?.parse().ok()
}
