//! Totals under all that a guard does at once: threads, floods, policies that change, and series that end.

use std::{
    num::NonZero,
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
    metric::{
        bounds::{Ladder, Native},
        kind::Kind,
        matcher::Matcher,
    },
    snapshot::Snapshot,
    store::{
        family::{Family, admission::Wanted},
        pairs::Pairs,
        registry::Declaration,
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
    /// The series of a tenant are removed.
    Remove(u8),
    /// Those of all tenants above this one are.
    Retain(u8),
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
    prop_oneof![
        any::<u8>().prop_map(Event::Policy),
        (0..30_u8).prop_map(Event::Pass),
        any::<u8>().prop_map(Event::Remove),
        any::<u8>().prop_map(Event::Retain),
    ]
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

/// A metric of each kind that has totals.
struct Metrics {
    store: &'static Store,
    families: Vec<&'static Family>,
}

/// Native buckets that soon get too wide, and come back after a while.
const NARROW: Native = Native::new().max_buckets(4).min_reset(Duration::from_secs(20));

impl Metrics {
    fn new() -> Self {
        let store: &'static Store = Box::leak(Box::new(Store::new(0, || NOW.load(Ordering::Relaxed))));
        let declared = |name: &str, kind, buckets, labels: &[&'static str], scale| {
            let (name, help, source) = (name.to_owned(), String::new(), "here".to_owned());
            let labels = labels.to_vec();
            let declaration = Declaration { name, kind, help, unit: None, buckets, labels, source };
            store.agreed(&declaration, scale).unwrap_or_else(|_| panic!("the name is free"))
        };
        let (unit, tenant) = (Ladder::OfUnit, &["tenant"][..]);
        let families = vec![
            declared("calls_total", Kind::Counter, unit, &["result", "tenant"], None),
            declared("calls_parts_total", Kind::Counter, unit, tenant, NonZero::new(1_000)),
            declared("calls_seconds", Kind::Histogram, unit, tenant, None),
            declared("calls_width", Kind::Histogram, Ladder::Native(NARROW), tenant, None),
            declared("calls_size", Kind::Histogram, Ladder::Both(&[1.0, 1e3], NARROW), tenant, None),
            declared("calls_wait", Kind::Summary, unit, tenant, None),
        ];
        let metrics = Self { store, families };
        metrics.families[0].set_finite(["result"]);
        // Metrics that are there go on under any limit; new ones may be refused.
        metrics.look_up(0, false);
        metrics
    }

    fn labels<T>(family: &Family, tenant: u8, with: impl FnOnce(Pairs<'_>) -> T) -> T {
        let value = tenant.to_string();
        let result = if tenant.is_multiple_of(2) { "ok" } else { "error" };
        let labels = [("tenant", value.as_str()), ("result", result)];
        let has_result = family.about(|about| about.labels.as_ref().is_some_and(|labels| labels.len() == 2));
        with(Pairs::Texts(if has_result { &labels[..] } else { &labels[..1] }))
    }

    fn look_up(&self, tenant: u8, pinned: bool) -> Vec<Place> {
        let wanted = Wanted { noted: true, pinned };
        let found = |family: &&'static Family| {
            Self::labels(family, tenant, |labels| self.store.look_up(family, labels, wanted))
                .expect("there is room")
                .place
        };
        self.families.iter().map(found).collect()
    }

    /// Does as it is told; says how often it has recorded.
    fn run(&self, steps: &[Step]) -> u64 {
        let (mut recorded, mut places, mut held) = (0_u64, Vec::new(), Vec::new());
        let record = |places: &[Place], recorded: u64| {
            let value = 1.5_f64.powi((recorded * 7 % 80) as i32);
            for (family, place) in self.families.iter().zip(places) {
                match family.kind() {
                    Kind::Counter => family.count_units(*place, 1),
                    Kind::Histogram if recorded.is_multiple_of(3) => family.observe_nanos(*place, value as u64),
                    _ => family.observe(*place, value, 1),
                }
            }
        };
        for step in steps {
            match *step {
                Step::Record(tenant) => {
                    let found = self.look_up(tenant, false);
                    record(&found, recorded);
                    places.push(found);
                    recorded += 1;
                }
                Step::Again => {
                    if let Some(places) = places.get(recorded as usize % places.len().max(1)) {
                        record(places, recorded);
                        recorded += 1;
                    }
                }
                Step::Hold(tenant) => held.push(self.look_up(tenant, true)),
                Step::Release => {
                    let places = held.pop().unwrap_or_default();
                    self.families.iter().zip(places).for_each(|(family, place)| family.pin(place, -1));
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
                self.store.refine();
            }
            Event::Remove(tenant) => {
                for family in &self.families {
                    Self::labels(family, tenant, |labels| self.store.end(family, labels));
                }
            }
            Event::Retain(most) => {
                let is_kept = |value: &str| value.parse().is_ok_and(|tenant: u8| tenant <= most);
                for family in &self.families {
                    self.store.retain(family, |labels| labels.iter().any(|(_, value)| is_kept(value)));
                }
            }
        }
    }

    /// What is exported and what is retired, of all metrics.
    fn totals(&self) -> Vec<u64> {
        let snapshot = Snapshot::of(&View::new(self.store, &[]));
        let exported = |name| -> u64 {
            let count = |value| match value {
                Value::Counter(count) => count,
                Value::FloatCounter(units) => units as u64,
                Value::Histogram(distribution) => distribution.count(),
                Value::NativeHistogram(native) => {
                    assert!(native.classic.is_none_or(|classic| classic.count() == native.count()), "{native:?}");
                    native.count()
                }
                Value::Summary(quantiles) => quantiles.count,
                other => panic!("{other:?}"),
            };
            snapshot.family(name).map_or(0, |family| family.series().map(|series| count(series.value())).sum())
        };
        self.families.iter().map(|family| exported(family.name()) + family.retired().1).collect()
    }

    /// Each line of the text is there once.
    fn has_no_series_twice(&self) -> bool {
        let snapshot = Snapshot::of(&View::new(self.store, &[]));
        let labels = |family: &&'static Family| {
            let family = snapshot.family(family.name());
            family.map_or_else(Vec::new, |family| family.series().map(|it| it.labels().collect::<Vec<_>>()).collect())
        };
        self.families.iter().map(labels).all(|all| {
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
        prop_assert_eq!(metrics.totals(), vec![recorded; 6]);
        prop_assert!(metrics.has_no_series_twice());
        // And once all of it has ended.
        metrics.happen(Event::Policy(1));
        (0..4).for_each(|_| metrics.happen(Event::Pass(29)));
        prop_assert_eq!(metrics.totals(), vec![recorded; 6]);
        // In a child that is forked now, it is what that one records.
        metrics.store.hold().reset();
        prop_assert_eq!(metrics.totals(), vec![0; 6]);
        let again = metrics.run(&threads[0]);
        events.iter().for_each(|event| metrics.happen(*event));
        prop_assert_eq!(metrics.totals(), vec![again; 6]);
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
    for family in &metrics.families {
        let tenant = report.metric(family.name()).and_then(|metric| metric.label("tenant")).expect("it is reported");
        assert_eq!((tenant.values, tenant.folded.get("label_limit")), (THREADS as u64 - 1, Some(&1)));
    }
    assert_eq!(metrics.totals(), [THREADS as u64; 6]);
}
