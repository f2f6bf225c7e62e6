//! Outlets that do what outlets do, under a clock that is moved by who waits for it.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use super::{Outlet, Push, PushError, Runner, Told, runner::Take, signal::Signal};
use crate::{
    Snapshot,
    exporters::fake,
    time::{Clock, fake::Fake},
};

const SECOND: Duration = Duration::from_secs(1);

type Script = Box<dyn FnMut(&mut Push<'_>) -> Result<(), PushError> + Send>;

/// Does as it is told, and notes when.
struct Scripted {
    interval: Option<Duration>,
    timeout: Duration,
    clock: Arc<Fake>,
    at: Arc<Mutex<Vec<(u64, u32, bool)>>>,
    script: Script,
}

impl Outlet for Scripted {
    fn name(&self) -> &str {
        "scripted"
    }

    fn interval(&self) -> Option<Duration> {
        self.interval
    }

    fn timeout(&self) -> Duration {
        self.timeout
    }

    fn push(&mut self, push: &mut Push<'_>) -> Result<(), PushError> {
        let now = u64::try_from(self.clock.now().as_millis()).expect("it is short");
        self.at.lock().expect("nothing panics").push((now, push.attempt(), push.is_last()));
        (self.script)(push)
    }
}

/// An outlet in its runner, and all that can be looked at.
struct Bench {
    runner: Runner,
    clock: Arc<Fake>,
    told: Arc<Told>,
    signal: Arc<Signal>,
    at: Arc<Mutex<Vec<(u64, u32, bool)>>>,
}

impl Bench {
    fn new(
        interval: Option<Duration>,
        timeout: Duration,
        script: impl FnMut(&mut Push<'_>) -> Result<(), PushError> + Send + 'static,
    ) -> Self {
        let (clock, told, signal, at) = <(Arc<Fake>, Arc<Told>, Arc<Signal>, Arc<Mutex<Vec<_>>>)>::default();
        let outlet = Scripted { interval, timeout, clock: clock.clone(), at: at.clone(), script: Box::new(script) };
        let take: Take = Arc::new(|| Snapshot::of(&fake::Fake::new().gauge("load", "Load.", &[(&[], 1.5)])).into());
        let runner = Runner::new(Box::new(outlet), take, clock.clone(), told.clone(), signal.clone());
        Self { runner, clock, told, signal, at }
    }

    fn at(&self) -> Vec<(u64, u32, bool)> {
        self.at.lock().expect("nothing panics").clone()
    }
}

#[test]
fn pushes_follow_the_first_one_in_step() {
    let mut bench = Bench::new(Some(10 * SECOND), SECOND, |_| Ok(()));
    for _ in 0..3 {
        assert!(bench.runner.turn());
    }
    let at: Vec<_> = bench.at().into_iter().map(|(at, ..)| at).collect();
    assert!(at[0] <= 10_000, "the first one is at {at:?}");
    assert_eq!([at[1] - at[0], at[2] - at[1]], [10_000, 10_000]);
    assert_eq!((bench.told.of("pushed"), bench.told.of("failed"), bench.told.of("dropped")), (3.0, 0.0, 0.0));
    assert_eq!((bench.told.of("last_success_timestamp_seconds") * 1e3) as u64, at[2]);
}

#[test]
fn the_first_push_of_many_programs_is_spread_over_the_interval() {
    let first = |_| {
        let mut bench = Bench::new(Some(10 * SECOND), SECOND, |_| Ok(()));
        bench.runner.turn();
        bench.at()[0].0
    };
    let firsts: Vec<u64> = (0..200).map(first).collect();
    assert!(firsts.iter().any(|at| *at < 2_500) && firsts.iter().any(|at| *at > 7_500), "{firsts:?}");
}

#[test]
fn a_failure_is_tried_again_after_growing_pauses_until_the_timeout() {
    let mut bench = Bench::new(Some(60 * SECOND), 10 * SECOND, |_| Err(PushError::retry("closed")));
    bench.runner.turn();
    let at = bench.at();
    let pauses: Vec<_> = at.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
    for (pause, full) in pauses.iter().zip([1_000, 2_000, 4_000]) {
        assert!((full / 2..=full).contains(pause), "{pauses:?}");
    }
    assert!(at.last().expect("there was one").0 - at[0].0 < 10_000);
    assert_eq!(at.iter().map(|(_, attempt, _)| *attempt).collect::<Vec<_>>(), (0..at.len() as u32).collect::<Vec<_>>());
    assert_eq!((bench.told.of("failed"), bench.told.of("dropped")), (at.len() as f64, 1.0));
    assert!(bench.told.of("last_success_timestamp_seconds").is_nan(), "nothing has succeeded");
}

#[test]
fn what_would_fail_again_is_given_up_at_once() {
    let mut bench = Bench::new(Some(60 * SECOND), 10 * SECOND, |_| Err(PushError::give_up("it is too large")));
    bench.runner.turn();
    assert_eq!((bench.at().len(), bench.told.of("failed"), bench.told.of("dropped")), (1, 1.0, 1.0));
}

#[test]
fn a_panic_is_a_failure_and_the_outlet_goes_on() {
    let mut bench = Bench::new(Some(60 * SECOND), 10 * SECOND, |push| {
        push.buffered(7);
        panic!("it is broken")
    });
    bench.runner.turn();
    bench.runner.turn();
    assert_eq!((bench.at().len(), bench.told.of("failed"), bench.told.of("dropped")), (2, 2.0, 2.0));
    assert_eq!(bench.told.of("buffer_bytes"), 7.0);
}

#[test]
fn the_pause_that_the_other_side_asks_for_is_kept_within_and_beyond_a_push() {
    let mut pauses = vec![3 * SECOND, 150 * SECOND].into_iter();
    let mut bench = Bench::new(Some(60 * SECOND), 10 * SECOND, move |_| match pauses.next() {
        Some(pause) => Err(PushError::retry("busy").after(pause)),
        None => Ok(()),
    });
    (0..4).for_each(|_| assert!(bench.runner.turn()));
    let at = bench.at();
    let since_first: Vec<_> = at.iter().map(|(at_, ..)| at_ - at[0].0).collect();
    assert_eq!(since_first, [0, 3_000, 180_000]);
    assert_eq!((bench.told.of("failed"), bench.told.of("dropped"), bench.told.of("pushed")), (2.0, 1.0, 1.0));
}

#[test]
fn a_long_push_leaves_beats_out_and_does_not_move_them() {
    let clock: Arc<Mutex<Option<Arc<Fake>>>> = Arc::default();
    let its = clock.clone();
    let mut bench = Bench::new(Some(10 * SECOND), SECOND, move |_| {
        its.lock().expect("nothing panics").as_ref().expect("it is set").advance(23 * SECOND);
        Ok(())
    });
    *clock.lock().expect("nothing panics") = Some(bench.clock.clone());
    bench.runner.turn();
    bench.runner.turn();
    assert_eq!(bench.at()[1].0 - bench.at()[0].0, 30_000);
    assert_eq!(bench.told.of("duration_seconds"), 23.0);
}

#[test]
fn the_end_is_a_last_push_within_what_is_left() {
    let left: Arc<Mutex<Vec<Duration>>> = Arc::default();
    let its = left.clone();
    let mut bench = Bench::new(Some(60 * SECOND), 10 * SECOND, move |push| {
        its.lock().expect("nothing panics").push(push.time_left());
        Err(PushError::retry("closed"))
    });
    bench.signal.stop(2 * SECOND);
    assert!(!bench.runner.turn());
    let at = bench.at();
    assert!(at.iter().all(|(at, _, is_last)| *at < 2_000 && *is_last), "{at:?}");
    assert!(at.len() > 1, "it is tried again while there is time: {at:?}");
    assert_eq!(left.lock().expect("nothing panics")[0], 2 * SECOND);
}

#[test]
fn an_outlet_without_an_interval_waits_for_a_flush() {
    let mut bench = Bench::new(None, 10 * SECOND, |_| Ok(()));
    let number = bench.signal.flush(5 * SECOND);
    assert!(bench.runner.turn());
    assert_eq!(bench.at(), [(0, 0, false)]);
    assert_eq!(bench.signal.answer(number, std::time::Instant::now()), Some(true));
}

#[test]
fn what_an_outlet_says_is_counted() {
    let mut bench = Bench::new(Some(SECOND), SECOND, |push| {
        push.pushed(3);
        push.dropped(2);
        push.dropped_points(super::DroppedPoints::Rejected, 5);
        push.buffered(64);
        Err(PushError::retry("the rest waits").kept())
    });
    bench.runner.turn();
    let told = |name| bench.told.of(name);
    let attempts = bench.at().len() as f64;
    assert_eq!((told("pushed"), told("dropped"), told("failed")), (3.0 * attempts, 2.0 * attempts, attempts));
    assert_eq!((told("dropped_points rejected"), told("buffer_bytes")), (5.0 * attempts, 64.0));
}
