//! Many threads: nothing lost, nothing kept.

use std::{cell::Cell, thread};

use tachometer::{counted, families::Value, measured};

use super::{counter, endings, histogram, installed};

#[counted(name = "beats_total")]
fn beat() {}

#[measured(name = "tick", result)]
fn tick() -> Result<(), ()> {
    Ok(())
}

#[test]
fn no_call_is_lost_while_others_read() {
    const THREADS: u64 = 4;
    const CALLS: u64 = 100_000;
    let telemetry = installed();
    let sizes = metrics::histogram!("sizes");
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for n in 0..CALLS {
                    tick().expect("it does not fail");
                    sizes.record((n % 7) as f64);
                }
            });
        }
        let mut last = 0;
        while last < THREADS * CALLS {
            let snapshot = telemetry.snapshot();
            let [now, ..] = endings(&snapshot, "tick_total");
            assert!(now >= last, "a total went back");
            last = now;
            if let Some(Value::Histogram(sizes)) = snapshot.get("sizes", &[]) {
                assert!(sizes.count() <= THREADS * CALLS);
            }
        }
    });
    let snapshot = telemetry.snapshot();
    assert_eq!(endings(&snapshot, "tick_total"), [THREADS * CALLS, 0, 0, 0]);
    assert_eq!(histogram(&snapshot, "tick_duration_seconds", &[]).0, THREADS * CALLS);
    assert_eq!(histogram(&snapshot, "sizes", &[]).0, THREADS * CALLS);
}

#[test]
fn more_threads_at_once_than_slabs_lose_nothing() {
    const THREADS: u64 = 64;
    let telemetry = installed();
    let gate = std::sync::Barrier::new(THREADS as usize);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                gate.wait();
                for _ in 0..1_000 {
                    beat();
                    tick().expect("it does not fail");
                }
                gate.wait();
            });
        }
    });
    let snapshot = telemetry.snapshot();
    assert_eq!(counter(&snapshot, "beats_total", &[]), THREADS * 1_000);
    assert_eq!(endings(&snapshot, "tick_total"), [THREADS * 1_000, 0, 0, 0]);
}

#[test]
fn short_threads_leave_no_memory_behind() {
    let telemetry = installed();
    let churn = |threads: u64| (0..threads).for_each(|_| thread::spawn(beat).join().expect("it does not panic"));
    churn(200);
    let before = resident();
    churn(5_000);
    let growth = resident().saturating_sub(before);
    assert_eq!(counter(&telemetry.snapshot(), "beats_total", &[]), 5_200);
    assert!(growth < 4 << 20, "{growth} bytes more after 5,000 threads");
}

/// What the process has in memory, in bytes; 0 where that is not told.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    status.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok()).unwrap_or(0) * 4096
}

#[test]
fn calls_from_the_destructors_of_a_thread_are_counted() {
    struct Last(Cell<bool>);
    impl Drop for Last {
        fn drop(&mut self) {
            beat();
            metrics::counter!("late_total").increment(1);
        }
    }
    thread_local!(static FIRST: Last = const { Last(Cell::new(false)) });
    thread_local!(static SECOND: Last = const { Last(Cell::new(false)) });
    let telemetry = installed();
    for _ in 0..50 {
        // One destructor is registered before the thread's first call, one after it, and some threads only call there.
        let late = |calls: bool| {
            FIRST.with(|first| first.0.set(true));
            if calls {
                beat();
            }
            SECOND.with(|second| second.0.set(true));
        };
        thread::spawn(move || late(true)).join().expect("it does not panic");
        thread::spawn(move || late(false)).join().expect("it does not panic");
    }
    assert_eq!(counter(&telemetry.snapshot(), "beats_total", &[]), 50 * 5);
    assert_eq!(counter(&telemetry.snapshot(), "late_total", &[]), 50 * 4);
}
