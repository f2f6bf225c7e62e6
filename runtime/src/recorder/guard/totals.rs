//! Totals under all that a guard does at once: threads, floods, policies that change, and series that end.

use std::{
    sync::{
        Barrier,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use proptest::prelude::*;

use super::*;
use crate::{
    families::Value,
    metric::{kind::Kind, matcher::Matcher},
    snapshot::Snapshot,
    store::{
        family::{Family, admission::Wanted},
        pairs::Pairs,
        value::Place,
        view::View,
    },
};

static NOW: AtomicU64 = AtomicU64::new(0);

/// What one thread does, in the order of these.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// Records under this tenant.
    Record(u8),
    /// Records into a series that was looked up earlier, and may have ended meanwhile.
    Again,
    /// Keeps a series from ending for a while.
    Hold(u8),
    Release,
}

/// What happens meanwhile.
#[derive(Debug, Clone, Copy)]
enum Event {
    Policy(u8),
    Pass(u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => any::<u8>().prop_map(Step::Record),
        3 => Just(Step::Again),
        1 => any::<u8>().prop_map(Step::Hold),
        1 => Just(Step::Release),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![any::<u8>().prop_map(Event::Policy), (0..30_u8).prop_map(Event::Pass)]
}

fn policy(of: u8) -> Policy {
    let calls = || Matcher::Prefix("calls".to_owned());
    let policy = match of % 8 {
        0 => Policy::unlimited(),
        1 => Policy::default().values(3),
        2 => Policy::default().series_per_metric(5),
        3 => Policy::default().series(40).values(30),
        4 => Policy::default().allow_only(calls(), "tenant", ["1", "2", "3"]),
        5 => Policy::default().drop_label(calls(), "tenant"),
        6 => Policy::default().passive(true).values(2),
        _ => Policy::default().value_bytes(1).bytes(10_000),
    };
    if of & 64 == 0 { policy.expire_after(Duration::from_secs(5)) } else { policy }
}

struct Metrics {
    store: &'static Store,
    counter: &'static Family,
    histogram: &'static Family,
}

impl Metrics {
    fn new() -> Self {
        let store: &'static Store = Box::leak(Box::new(Store::new(0, || NOW.load(Ordering::Relaxed))));
        let family = |name, kind| store.family(name, kind).expect("the name is free");
        let metrics = Self {
            store,
            counter: family("calls_total", Kind::Counter),
            histogram: family("calls_seconds", Kind::Histogram),
        };
        metrics.counter.set_finite(["result"]);
        // Metrics that are there go on under any limit; new ones may be refused.
        metrics.look_up(metrics.counter, 0, false);
        metrics.look_up(metrics.histogram, 0, false);
        metrics
    }

    fn look_up(&self, family: &Family, tenant: u8, pinned: bool) -> Place {
        let value = tenant.to_string();
        let result = if tenant.is_multiple_of(2) { "ok" } else { "error" };
        let labels = [("tenant", value.as_str()), ("result", result)];
        let labels = if family.kind() == Kind::Counter { &labels[..] } else { &labels[..1] };
        let wanted = Wanted { noted: true, pinned };
        self.store.look_up(family, Pairs::Texts(labels), wanted).expect("there is room").place
    }

    /// Does as it is told; says how often it has recorded.
    fn run(&self, steps: &[Step]) -> u64 {
        let (mut recorded, mut places, mut held) = (0, Vec::new(), Vec::new());
        let record = |(counter, histogram): (Place, Place)| {
            self.counter.count(counter, 1);
            self.histogram.observe_nanos(histogram, 1_000);
        };
        let look_up =
            |tenant, pinned| (self.look_up(self.counter, tenant, pinned), self.look_up(self.histogram, tenant, pinned));
        for step in steps {
            match *step {
                Step::Record(tenant) => {
                    let place = look_up(tenant, false);
                    places.push(place);
                    record(place);
                    recorded += 1;
                }
                Step::Again => {
                    if let Some(place) = places.get(recorded as usize % places.len().max(1)) {
                        record(*place);
                        recorded += 1;
                    }
                }
                Step::Hold(tenant) => held.push(look_up(tenant, true)),
                Step::Release => {
                    if let Some((counter, histogram)) = held.pop() {
                        self.counter.pin(counter, -1);
                        self.histogram.pin(histogram, -1);
                    }
                }
            }
        }
        recorded
    }

    fn happen(&self, event: Event) {
        match event {
            Event::Policy(of) => self.store.set_policy(policy(of)),
            Event::Pass(seconds) => {
                NOW.fetch_add(seconds.into(), Ordering::Relaxed);
                self.store.sweep();
            }
        }
    }

    /// What is exported and what is retired, of both metrics.
    fn totals(&self) -> [u64; 2] {
        let snapshot = Snapshot::of(&View::new(self.store, &[]));
        let exported = |name| -> u64 {
            let count = |value| match value {
                Value::Counter(count) => count,
                Value::Histogram(distribution) => distribution.count(),
                other => panic!("{other:?}"),
            };
            snapshot.family(name).map_or(0, |family| family.series().map(|series| count(series.value())).sum())
        };
        [exported("calls_total") + self.counter.retired().1, exported("calls_seconds") + self.histogram.retired().1]
    }

    /// Each line of the text is there once.
    fn has_no_series_twice(&self) -> bool {
        let snapshot = Snapshot::of(&View::new(self.store, &[]));
        let labels = |name| {
            let family = snapshot.family(name);
            family.map_or_else(Vec::new, |family| family.series().map(|it| it.labels().collect::<Vec<_>>()).collect())
        };
        [labels("calls_total"), labels("calls_seconds")].iter().all(|all| {
            let mut once = all.clone();
            once.sort();
            once.dedup();
            once.len() == all.len()
        })
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]
    #[test]
    fn exported_and_retired_are_all_calls(
        threads in proptest::collection::vec(proptest::collection::vec(step(), 0..60), 1..4),
        events in proptest::collection::vec(event(), 0..20),
    ) {
        let metrics = Metrics::new();
        let recorded: u64 = thread::scope(|scope| {
            let all: Vec<_> = threads.iter().map(|steps| scope.spawn(|| metrics.run(steps))).collect();
            events.iter().for_each(|event| metrics.happen(*event));
            all.into_iter().map(|thread| thread.join().expect("it does not panic")).sum()
        });
        prop_assert_eq!(metrics.totals(), [recorded; 2]);
        prop_assert!(metrics.has_no_series_twice());
        // And once all of it has ended.
        metrics.happen(Event::Policy(1));
        (0..4).for_each(|_| metrics.happen(Event::Pass(29)));
        prop_assert_eq!(metrics.totals(), [recorded; 2]);
    }
}

#[test]
fn sixty_four_threads_at_the_limit_fill_it_and_no_more() {
    const THREADS: usize = 64;
    let metrics = Metrics::new();
    metrics.store.set_policy(Policy::default().values(THREADS as u64 - 1));
    let gate = Barrier::new(THREADS);
    thread::scope(|scope| {
        for tenant in 0..THREADS {
            let (metrics, gate) = (&metrics, &gate);
            scope.spawn(move || {
                gate.wait();
                metrics.run(&[Step::Record(tenant as u8)]);
            });
        }
    });
    let report = metrics.store.cardinality();
    for name in ["calls_total", "calls_seconds"] {
        let tenant = report.metric(name).and_then(|metric| metric.label("tenant")).expect("it is reported");
        assert_eq!((tenant.values, tenant.folded.get("label_limit")), (THREADS as u64 - 1, Some(&1)));
    }
    assert_eq!(metrics.totals(), [THREADS as u64; 2]);
}
