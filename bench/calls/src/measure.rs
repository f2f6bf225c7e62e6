//! Nanoseconds per call at one and at two threads. It does not know what is called.
//!
//! Other work on the machine only ever adds time, so that the best of many short rounds is what a call costs; rounds
//! of different rows alternate, so that a busy moment is shared by all of them.

use std::{
    hint::{black_box, spin_loop},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};

use crate::alloc;

/// How much is measured.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Rounds of each row.
    rounds: usize,
    /// How long a round takes at one thread: less than what a scheduler gives a thread at a time.
    round: Duration,
    /// Samples that each writer records while it is scraped.
    pub lost_samples: u64,
    /// Label values of a flood.
    pub flood: u64,
    /// Threads that are started one after the other.
    pub short_threads: u64,
    /// Rounds of the collectors.
    pub collector_rounds: u32,
    /// How long a program does nothing but let its collectors run.
    pub idle: Duration,
}

/// Something that is called so many times.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// What is called, and how.
    pub name: &'static str,
    /// Calls it so many times.
    pub run: fn(u64),
}

/// What a call of a row costs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Timing {
    /// That of the row.
    pub name: String,
    /// At one and at two threads.
    pub threads: [Figure; 2],
    /// Allocations per call.
    pub allocations: f64,
}

/// Nanoseconds per call and thread.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Figure {
    /// Of all rounds that count.
    pub best: f64,
    /// The same.
    pub median: f64,
}

/// Calls before a round begins: they fill caches, and what a thread keeps.
const WARM_UP: u64 = 200;

/// Of the time from the first thread's start to the last one's end, the part in which both were at it. With less, one
/// of them was waiting for a core, and they have not met.
const OVERLAP: f64 = 0.9;

impl Plan {
    /// For figures that are kept.
    pub const FULL: Self = Self {
        rounds: 40,
        round: Duration::from_millis(2),
        lost_samples: 4_000_000,
        flood: 10_000_000,
        short_threads: 100_000,
        collector_rounds: 100,
        idle: Duration::from_secs(21),
    };

    /// To see that it runs.
    pub const QUICK: Self = Self {
        rounds: 5,
        round: Duration::from_micros(500),
        lost_samples: 200_000,
        flood: 200_000,
        short_threads: 5_000,
        collector_rounds: 10,
        idle: Duration::from_secs(6),
    };
}

/// Calls `call` so many times.
#[inline(always)]
pub fn repeat(calls: u64, call: impl Fn(u64) -> u64) {
    for n in 0..calls {
        black_box(call(n));
    }
}

/// What a call of each row costs.
pub fn time(rows: &[Row], plan: Plan) -> Vec<Timing> {
    let calls: Vec<u64> = rows.iter().map(|row| calls_of(row, plan.round)).collect();
    let allocations: Vec<f64> = rows.iter().map(allocations).collect();
    let mut rounds = vec![[Vec::new(), Vec::new()]; rows.len()];
    for _ in 0..plan.rounds {
        for ((row, calls), rounds) in rows.iter().zip(&calls).zip(&mut rounds) {
            rounds[0].push(round(row, *calls, 1));
            rounds[1].push(round(row, *calls, 2));
        }
    }
    let timing = |((row, allocations), rounds): ((&Row, f64), [Vec<Round>; 2])| Timing {
        name: row.name.to_owned(),
        threads: rounds.map(|rounds| Figure::of(&rounds)),
        allocations,
    };
    rows.iter().zip(allocations).zip(rounds).map(timing).collect()
}

/// How often a row can be called in `time`.
fn calls_of(row: &Row, time: Duration) -> u64 {
    const SOME: u64 = 10_000;
    (row.run)(SOME);
    let begin = Instant::now();
    (row.run)(SOME);
    let took = begin.elapsed().as_secs_f64().max(1e-9);
    ((SOME as f64 * time.as_secs_f64() / took) as u64).max(1_000)
}

fn allocations(row: &Row) -> f64 {
    const CALLS: u64 = 6_400;
    // Whatever is made once has been made by now.
    (row.run)(WARM_UP);
    let ((), usage) = alloc::watch(|| (row.run)(CALLS));
    usage.allocations as f64 / CALLS as f64
}

/// One measurement.
#[derive(Debug, Clone, Copy)]
struct Round {
    /// Nanoseconds per call and thread.
    nanos: f64,
    /// Whether the threads ran at the same time.
    together: bool,
}

fn round(row: &Row, calls: u64, threads: usize) -> Round {
    let ready = AtomicUsize::new(0);
    let work = || {
        (row.run)(WARM_UP);
        ready.fetch_add(1, Ordering::AcqRel);
        while ready.load(Ordering::Acquire) < threads {
            spin_loop();
        }
        let begin = Instant::now();
        (row.run)(calls);
        (begin, Instant::now())
    };
    let spans: Vec<_> = thread::scope(|scope| {
        let started: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        started.into_iter().map(|thread| thread.join().expect("no row panics")).collect()
    });
    let (begins, ends): (Vec<Instant>, Vec<Instant>) = spans.into_iter().unzip();
    let first_and_last = |times: &[Instant]| {
        let first = times.iter().min().copied().expect("there is a thread");
        (first, times.iter().max().copied().expect("there is a thread"))
    };
    let ((begin, all_begun), (one_ended, end)) = (first_and_last(&begins), first_and_last(&ends));
    let (whole, shared) = ((end - begin).as_secs_f64(), one_ended.saturating_duration_since(all_begun).as_secs_f64());
    Round { nanos: whole * 1e9 / calls as f64, together: shared >= OVERLAP * whole }
}

impl Figure {
    /// Of the rounds in which the threads met, or of all if they never did.
    fn of(rounds: &[Round]) -> Self {
        let mut nanos: Vec<f64> = rounds.iter().filter(|round| round.together).map(|round| round.nanos).collect();
        if nanos.is_empty() {
            nanos = rounds.iter().map(|round| round.nanos).collect();
        }
        nanos.sort_by(f64::total_cmp);
        Self { best: nanos[0], median: nanos[nanos.len() / 2] }
    }

    /// Of two runs of one row.
    pub fn merged(self, other: Self) -> Self {
        Self { best: self.best.min(other.best), median: self.median.min(other.median) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_in_which_threads_waited_do_not_count() {
        let round = |nanos, together| Round { nanos, together };
        let figure = Figure::of(&[round(9.0, true), round(1.0, false), round(4.0, true), round(5.0, true)]);
        assert_eq!((figure.best, figure.median), (4.0, 5.0));
        assert_eq!(Figure::of(&[round(2.0, false)]).best, 2.0);
    }
}
