//! The outlet over a link that fails when a test says so, under a clock that is moved by who waits for it.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use super::{Fault, Link, List, Redis};
use crate::{
    Snapshot,
    exporters::fake,
    push::{Runner, Told},
    time::{Clock, fake::Fake},
};

/// A list, and whether it is out of reach.
#[derive(Default)]
struct Far {
    list: Vec<Vec<u8>>,
    is_down: bool,
    is_lasting: bool,
    attempts: usize,
    longest: usize,
}

#[derive(Clone, Default)]
struct Wire(Arc<Mutex<Far>>);

impl Wire {
    fn with<T>(&self, look: impl FnOnce(&mut Far) -> T) -> T {
        look(&mut self.0.lock().expect("nothing panics"))
    }
}

impl Link for Wire {
    fn send(&mut self, _: &List, documents: &[&[u8]], _: Duration) -> Result<(), Fault> {
        self.with(|far| {
            far.attempts += 1;
            far.longest = far.longest.max(documents.len());
            if far.is_down {
                let (message, is_lasting) = ("it is down".to_owned(), far.is_lasting);
                return Err(Fault { message, remedy: "wait", is_lasting });
            }
            far.list.extend(documents.iter().map(|document| document.to_vec()));
            Ok(())
        })
    }
}

/// The outlet, with documents that are numbered.
struct Bench {
    runner: Runner,
    wire: Wire,
    clock: Arc<Fake>,
    told: Arc<Told>,
}

impl Bench {
    fn new(set: impl FnOnce(Redis) -> Redis) -> Self {
        let (wire, clock, told) = (Wire::default(), Arc::<Fake>::default(), Arc::<Told>::default());
        let number = Mutex::new(0_u32);
        let redis = Redis::over(Box::new(wire.clone()), "nowhere".to_owned())
            .interval(Duration::from_secs(10))
            .document(move |_| {
                let mut number = number.lock().expect("nothing panics");
                *number += 1;
                format!("{number:08}").into_bytes()
            });
        let take = Arc::new(|| Snapshot::of(&fake::Fake::new()).into());
        let runner = Runner::new(Box::new(set(redis)), take, clock.clone(), told.clone(), Arc::default());
        Self { runner, wire, clock, told }
    }

    fn run_until(&mut self, seconds: u64) {
        while self.clock.now() < Duration::from_secs(seconds) {
            assert!(self.runner.turn());
        }
    }

    fn arrived(&self) -> Vec<u32> {
        let number = |document: &Vec<u8>| String::from_utf8_lossy(document).parse().expect("it is a number");
        self.wire.with(|far| far.list.iter().map(number).collect())
    }
}

#[test]
fn an_hour_of_outage_costs_the_oldest_documents_and_no_memory() {
    let mut bench = Bench::new(|redis| redis.buffer(100, 640));
    bench.wire.with(|far| far.is_down = true);
    bench.run_until(3_600);
    assert_eq!(bench.told.of("buffer_bytes"), 640.0);
    assert!(bench.arrived().is_empty());
    let dropped = bench.told.of("dropped");
    assert!((279.0..=281.0).contains(&dropped), "{dropped}");
    // Once every half minute at the least, and not much more often than that.
    let attempts = bench.wire.with(|far| far.attempts);
    assert!((120..300).contains(&attempts), "{attempts}");

    bench.wire.with(|far| far.is_down = false);
    bench.run_until(3_660);
    let arrived = bench.arrived();
    // Some more had to go before the next attempt.
    let dropped = bench.told.of("dropped");
    assert_eq!(arrived[0], dropped as u32 + 1, "the oldest that was kept is the first");
    assert!(arrived.array_windows().all(|[one, next]| *next == one + 1), "{arrived:?}");
    assert!(bench.wire.with(|far| far.longest) <= super::TOGETHER);
    assert_eq!((bench.told.of("buffer_bytes"), bench.told.of("pushed")), (0.0, arrived.len() as f64));
}

#[test]
fn what_will_last_is_tried_after_the_longest_pause() {
    let mut bench = Bench::new(|redis| redis.backoff(Duration::from_secs(1), Duration::from_secs(60)));
    bench.wire.with(|far| (far.is_down, far.is_lasting) = (true, true));
    bench.run_until(1_200);
    let attempts = bench.wire.with(|far| far.attempts);
    assert!((20..=41).contains(&attempts), "{attempts}");
    assert_eq!(bench.told.of("failed"), attempts as f64);
    assert_eq!(bench.told.of("dropped"), 0.0);
}

#[test]
fn a_batch_travels_together() {
    let mut bench = Bench::new(|redis| redis.batch(5));
    bench.run_until(105);
    assert_eq!(bench.arrived(), (1..=10).collect::<Vec<_>>());
    assert_eq!(bench.wire.with(|far| (far.attempts, far.longest)), (2, 5));
}

#[test]
fn a_url_that_is_none_is_refused_without_its_password() {
    let error = Redis::new("http://me:secret@host").expect_err("it is no URL of Redis");
    assert!(error.is_setting());
    assert!(!format!("{error:?}").contains("secret"), "{error:?}");
    let redis = Redis::new("redis://me:secret@host:1/2").expect("it is one");
    assert!(!format!("{redis:?}").contains("secret"));
}
