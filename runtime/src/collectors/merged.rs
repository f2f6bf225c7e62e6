//! Families with those of the collectors among them, by name. It knows neither where the others come from nor when
//! collectors run.

use std::{iter::Peekable, sync::Arc, vec};

use crate::{
    Report,
    collectors::{
        batch::Batch,
        fence::{Fence, HEALTH},
    },
    families::{Details, Families, Family, Value, Visitor},
    metric::{block::LabelBlock, kind::Kind},
};

/// Families, and what collectors have found.
pub(crate) struct Merged<F> {
    families: F,
    fences: Arc<[Arc<Fence>]>,
    /// Is told at each walk how many samples collectors have added.
    tell: Box<dyn Fn(u64) + Send + Sync>,
    /// The process that the collectors run in. A forked child has inherited values that nobody renews there.
    process: u32,
}

impl<F: Families> Merged<F> {
    pub(crate) fn new(families: F, fences: Arc<[Arc<Fence>]>, tell: impl Fn(u64) + Send + Sync + 'static) -> Self {
        Self { families, fences, tell: Box::new(tell), process: std::process::id() }
    }
}

/// One metric of a batch.
struct Metric<'a> {
    name: &'static str,
    kind: Kind,
    batch: &'a Batch,
    place: usize,
    /// Whose it is; none for the health of all collectors.
    fence: Option<&'a Fence>,
}

impl<'a> Metric<'a> {
    fn all(batch: &'a Batch, fence: Option<&'a Fence>) -> impl Iterator<Item = Self> {
        batch.metrics().map(move |(place, descriptor)| {
            let (name, kind) = (descriptor.name(), descriptor.kind());
            Metric { name, kind, batch, place, fence }
        })
    }
}

impl<F: Families> Families for Merged<F> {
    fn common_labels(&self) -> LabelBlock<'_> {
        self.families.common_labels()
    }

    fn visit(&self, visitor: &mut dyn Visitor) {
        if self.fences.is_empty() || self.process != std::process::id() {
            return self.families.visit(visitor);
        }
        let found = self.fences.iter().filter_map(|fence| Some((&**fence, fence.shown()?)));
        let found: Vec<(&Fence, Arc<Batch>)> = found.collect();
        let mut metrics: Vec<_> = found.iter().flat_map(|(fence, batch)| Metric::all(batch, Some(fence))).collect();
        metrics = self.distinct(metrics);
        // Only now, so that it knows what has just been noticed.
        let health = self.health();
        metrics.extend(Metric::all(&health, None));
        // Stable: of two collectors that say the same name, the first one is heard.
        metrics.sort_by_key(|metric| metric.name);
        let mut weave = Weave { visitor, metrics: metrics.into_iter().peekable(), samples: 0 };
        self.families.visit(&mut weave);
        weave.show_before(None);
        (self.tell)(weave.samples);
    }

    fn cardinality(&self) -> Option<Report> {
        self.families.cardinality()
    }
}

impl<F: Families> Merged<F> {
    /// Those whose samples have names that no other metric's have. A histogram of collectors stands before what else they
    /// call like its samples, as somebody else's metrics stand before all of theirs.
    fn distinct<'a>(&self, mut metrics: Vec<Metric<'a>>) -> Vec<Metric<'a>> {
        let of_kind = |metric: &Metric<'_>| (metric.kind == Kind::Histogram).then_some(metric.name);
        let histograms: Vec<&str> = metrics.iter().filter_map(of_kind).collect();
        let is_sample_of_another = |name: &str| {
            Kind::Histogram.suffixes().iter().any(|suffix| {
                let Some(base) = name.strip_suffix(suffix) else { return false };
                histograms.contains(&base)
                    || self.families.kind_of(base).is_some_and(|kind| kind.suffixes().contains(suffix))
            })
        };
        metrics.retain(|metric| {
            let mut samples = metric.kind.suffixes().iter().map(|suffix| [metric.name, suffix].concat());
            let is_alike =
                is_sample_of_another(metric.name) || samples.any(|sample| self.families.kind_of(&sample).is_some());
            if let Some(fence) = metric.fence.filter(|_| is_alike) {
                fence.clash(metric.name);
            }
            !is_alike
        });
        metrics
    }

    fn health(&self) -> Batch {
        let mut health = Batch::new(HEALTH.into());
        self.fences.iter().for_each(|fence| fence.report(&mut health));
        health
    }
}

/// Passes on what it is shown, with the metrics of collectors at their places in between.
struct Weave<'a, 'v> {
    visitor: &'v mut dyn Visitor,
    metrics: Peekable<vec::IntoIter<Metric<'a>>>,
    /// How many samples collectors have added.
    samples: u64,
}

impl Weave<'_, '_> {
    /// Shows the metrics whose names come before this one, or all; one of the very name is taken.
    fn show_before(&mut self, name: Option<&str>) {
        let mut shown: Option<&str> = None;
        while let Some(metric) = self.metrics.next_if(|metric| name.is_none_or(|name| metric.name <= name)) {
            if name == Some(metric.name) || shown == Some(metric.name) {
                if let Some(fence) = metric.fence {
                    fence.conflict(metric.name);
                }
                continue;
            }
            shown = Some(metric.name);
            let mut counting = Counting { visitor: &mut *self.visitor, samples: &mut self.samples };
            metric.batch.visit(metric.place, &mut counting);
        }
    }
}

/// Passes on what it is shown, and counts its samples.
struct Counting<'a> {
    visitor: &'a mut dyn Visitor,
    samples: &'a mut u64,
}

impl Visitor for Counting<'_> {
    fn family(&mut self, family: &Family<'_>) {
        self.visitor.family(family);
    }

    fn series(&mut self, labels: LabelBlock<'_>, value: Value<'_>, details: &Details<'_>) {
        *self.samples += value.samples() as u64;
        self.visitor.series(labels, value, details);
    }
}

impl Visitor for Weave<'_, '_> {
    fn family(&mut self, family: &Family<'_>) {
        self.show_before(Some(family.name));
        self.visitor.family(family);
    }

    fn series(&mut self, labels: LabelBlock<'_>, value: Value<'_>, details: &Details<'_>) {
        self.visitor.series(labels, value, details);
    }
}

/// Collectors that do what no collector should, and what readers see of them. The clock is moved by hand.
#[cfg(test)]
mod tests {
    use std::{
        sync::{Arc, atomic::AtomicU64, atomic::Ordering},
        time::Duration,
    };

    use super::*;
    use crate::{
        Error, Snapshot,
        collectors::{
            BROUGHT, Brought, Collector, Descriptor, MAX_SERIES,
            descriptor::table,
            wanted::{Plan, Wanted},
        },
        exporters::{fake::Fake as Others, prometheus::text::Text},
        time::fake::Fake,
    };

    const LIMIT: Duration = Duration::from_secs(5);

    const JOBS: Descriptor = Descriptor::gauge("jobs", "Jobs.").labels(&["queue"]);
    const PAGES: Descriptor = Descriptor::counter("pages_total", "Pages.").labels(&["queue"]);
    const SIZES: Descriptor = Descriptor::histogram("size_bytes", "Sizes.", &[1.0, 2.0]);
    const STRANGE: Descriptor = Descriptor::gauge("strange", "Not declared.");

    type Collect = dyn FnMut(&mut Batch) -> Result<(), Error> + Send;

    struct Spool(Box<Collect>, Vec<Descriptor>, &'static str);

    impl Collector for Spool {
        fn name(&self) -> &str {
            self.2
        }

        fn descriptors(&self) -> &[Descriptor] {
            &self.1
        }

        fn collect(&mut self, out: &mut Batch) -> Result<(), Error> {
            (self.0)(out)
        }
    }

    fn spool(collect: impl FnMut(&mut Batch) -> Result<(), Error> + Send + 'static) -> Spool {
        Spool(Box::new(collect), vec![PAGES, JOBS, SIZES], "spool")
    }

    /// A fence that is run by hand.
    struct Bench {
        clock: Arc<Fake>,
        fence: Arc<Fence>,
        merged: Merged<Others>,
        spool: Spool,
    }

    impl Bench {
        fn new(collect: impl FnMut(&mut Batch) -> Result<(), Error> + Send + 'static) -> Self {
            Self::beside(Others::new(), collect)
        }

        fn beside(others: Others, collect: impl FnMut(&mut Batch) -> Result<(), Error> + Send + 'static) -> Self {
            let clock = Arc::new(Fake::default());
            let spool = spool(collect);
            let fence = Arc::new(Fence::new(&spool, clock.clone()));
            let merged = Merged::new(others, Arc::new([fence.clone()]), |_| ());
            Self { clock, fence, merged, spool }
        }

        /// One that has been run once, of a spool with these metrics.
        fn of(
            others: Others,
            metrics: &[Descriptor],
            collect: impl FnMut(&mut Batch) -> Result<(), Error> + Send + 'static,
        ) -> Self {
            let mut spool = Spool(Box::new(collect), metrics.to_vec(), "spool");
            let clock = Arc::new(Fake::default());
            let fence = Arc::new(Fence::new(&spool, clock.clone()));
            fence.run(&mut spool);
            let merged = Merged::new(others, Arc::new([fence.clone()]), |_| ());
            Self { clock, fence, merged, spool }
        }

        fn run(&mut self) {
            self.fence.run(&mut self.spool);
        }

        fn snapshot(&self) -> Snapshot {
            Snapshot::of(&self.merged)
        }

        /// The value of a series of the spool.
        fn value(&self, name: &str, queue: &str) -> Option<f64> {
            let labels: &[(&str, &str)] = if queue.is_empty() { &[] } else { &[("queue", queue)] };
            match self.snapshot().get(name, labels)? {
                Value::Counter(value) => Some(value as f64),
                Value::FloatCounter(value) | Value::Gauge(value) => Some(value),
                other => {
                    let Value::Histogram(distribution) = other else { panic!("{name} is {other:?}") };
                    Some(distribution.count() as f64)
                }
            }
        }

        fn errors(&self, reason: &str) -> u64 {
            let labels = [("collector", "spool"), ("reason", reason)];
            match self.snapshot().get("tachometer_collector_errors_total", &labels) {
                Some(Value::Counter(errors)) => errors,
                other => panic!("errors of {reason}: {other:?}"),
            }
        }

        fn health(&self, name: &str) -> Option<f64> {
            match self.snapshot().get(name, &[("collector", "spool")])? {
                Value::Gauge(value) => Some(value),
                other => panic!("{name} is {other:?}"),
            }
        }
    }

    #[test]
    fn what_is_not_set_is_absent() {
        let mut round = 0;
        let mut bench = Bench::new(move |out| {
            round += 1;
            out.set(&JOBS, &["cellar"], (round == 1).then_some(3_u64));
            out.set(&JOBS, &["attic"], 0.5);
            Ok(())
        });
        assert!(bench.snapshot().family("jobs").is_none(), "nothing has been collected");
        bench.run();
        assert_eq!((bench.value("jobs", "cellar"), bench.value("jobs", "attic")), (Some(3.0), Some(0.5)));
        bench.run();
        assert_eq!((bench.value("jobs", "cellar"), bench.value("jobs", "attic")), (None, Some(0.5)));
    }

    #[test]
    fn families_stand_at_their_places_by_name() {
        let others = Others::new().gauge("a", "A.", &[(&[], 1.0)]).gauge("k", "K.", &[(&[], 2.0)]);
        let mut bench = Bench::beside(others, |out| {
            out.set(&JOBS, &["x\"y"], 1_u64);
            out.set(&PAGES, &["x"], Duration::from_millis(1500));
            out.histogram(&SIZES, &[], &[1, 0, 2], 9.5);
            Ok(())
        });
        bench.clock.advance(Duration::from_secs(90));
        bench.run();
        let text = Text::encode_to_string(&bench.merged);
        let zeros =
            |reason: &str| format!("tachometer_collector_errors_total{{collector=\"spool\",reason=\"{reason}\"}} 0\n");
        let reasons = ["error", "panicked", "timed_out", "reading", "invalid", "decreased", "conflict"];
        let expected = format!(
            "# HELP a A.\n# TYPE a gauge\na 1\n\
         # HELP jobs Jobs.\n# TYPE jobs gauge\njobs{{queue=\"x\\\"y\"}} 1\n\
         # HELP k K.\n# TYPE k gauge\nk 2\n\
         # HELP pages_total Pages.\n# TYPE pages_total counter\npages_total{{queue=\"x\"}} 1.5\n\
         # HELP size_bytes Sizes.\n# TYPE size_bytes histogram\n\
         size_bytes_bucket{{le=\"1\"}} 1\nsize_bytes_bucket{{le=\"2\"}} 1\nsize_bytes_bucket{{le=\"+Inf\"}} 3\n\
         size_bytes_sum 9.5\nsize_bytes_count 3\n\
         # HELP {0} {1}\n# TYPE {0} gauge\n{0}{{collector=\"spool\"}} 0\n\
         # HELP {2} {3}\n# TYPE {2} counter\n{4}\
         # HELP {5} {6}\n# TYPE {5} gauge\n{5}{{collector=\"spool\"}} 90\n",
            HEALTH[0].name(),
            HEALTH[0].help(),
            HEALTH[1].name(),
            HEALTH[1].help(),
            reasons.map(zeros).concat(),
            HEALTH[2].name(),
            HEALTH[2].help(),
        );
        assert_eq!(text, expected);
    }

    #[test]
    fn nonsense_is_left_out_and_counted() {
        let mut bench = Bench::new(|out| {
            out.set(&JOBS, &["nan"], f64::NAN);
            out.set(&PAGES, &["negative"], -1.0);
            out.set(&PAGES, &["infinite"], f64::INFINITY);
            out.set(&STRANGE, &[], 1.0);
            out.set(&JOBS, &[], 1.0);
            out.set(&JOBS, &["twice"], 1.0);
            out.set(&JOBS, &["twice"], 2.0);
            out.histogram(&SIZES, &[], &[1, 2], 3.0);
            out.set(&SIZES, &[], 1.0);
            out.set(&JOBS, &["fine"], f64::INFINITY);
            Ok(())
        });
        bench.run();
        assert_eq!(bench.errors("invalid"), 8);
        assert_eq!(bench.snapshot().family("jobs").expect("some are fine").series().len(), 2);
        assert_eq!(bench.value("jobs", "twice"), Some(1.0));
        assert!(bench.snapshot().family("pages_total").is_none() && bench.snapshot().family("strange").is_none());
    }

    #[test]
    fn a_flood_of_series_ends() {
        let mut bench = Bench::new(|out| {
            (0..MAX_SERIES + 7).for_each(|queue| out.set(&JOBS, &[&queue.to_string()], 1_u64));
            Ok(())
        });
        bench.run();
        assert_eq!(bench.snapshot().family("jobs").expect("it is there").series().len(), MAX_SERIES);
        assert_eq!(bench.errors("invalid"), 7);
    }

    #[test]
    fn a_counter_that_falls_is_left_out_once() {
        let rounds = [5_u64, 7, 2, 2, 3];
        let mut values = rounds.into_iter();
        let mut bench = Bench::new(move |out| {
            let value = values.next().expect("there are five rounds");
            out.set(&PAGES, &["steady"], 1_u64);
            out.set(&PAGES, &["falls"], value);
            out.histogram(&SIZES, &[], &[value, 1, 1], 1.0);
            Ok(())
        });
        let seen = rounds.map(|_| {
            bench.run();
            assert_eq!(bench.value("pages_total", "steady"), Some(1.0));
            (bench.value("pages_total", "falls"), bench.value("size_bytes", ""))
        });
        let both = |value: f64| (Some(value), Some(value + 2.0));
        assert_eq!(seen, [both(5.0), both(7.0), (None, None), both(2.0), both(3.0)]);
        assert_eq!(bench.errors("decreased"), 2);
    }

    #[test]
    fn an_error_leaves_nothing_behind() {
        let mut round = 0;
        let mut bench = Bench::new(move |out| {
            round += 1;
            out.set(&JOBS, &["cellar"], 1_u64);
            if round == 2 { Err(Error::other("the printer is on fire")) } else { Ok(()) }
        });
        bench.run();
        bench.clock.advance(Duration::from_secs(1));
        bench.run();
        assert_eq!((bench.value("jobs", "cellar"), bench.errors("error")), (None, 1));
        assert_eq!(bench.health("tachometer_collector_last_success_timestamp_seconds"), Some(0.0));
        bench.clock.advance(Duration::from_secs(1));
        bench.run();
        assert_eq!((bench.value("jobs", "cellar"), bench.errors("error")), (Some(1.0), 1));
        assert_eq!(bench.health("tachometer_collector_last_success_timestamp_seconds"), Some(2.0));
    }

    #[test]
    fn a_panic_is_counted_and_the_next_round_runs() {
        let mut round = 0;
        let mut bench = Bench::new(move |out| {
            round += 1;
            assert!(round != 1, "paper jam, as this test wants it to");
            out.set(&JOBS, &["cellar"], 1_u64);
            Ok(())
        });
        bench.run();
        assert_eq!((bench.value("jobs", "cellar"), bench.errors("panicked")), (None, 1));
        bench.run();
        assert_eq!((bench.value("jobs", "cellar"), bench.errors("panicked")), (Some(1.0), 1));
    }

    #[test]
    fn a_failed_reading_does_not_take_others_with_it() {
        let mut bench = Bench::new(|out| {
            out.failed("/dev/lp0: permission denied");
            out.set(&JOBS, &["cellar"], 1_u64);
            Ok(())
        });
        bench.run();
        assert_eq!((bench.value("jobs", "cellar"), bench.errors("reading")), (Some(1.0), 1));
    }

    /// Runs a second round that takes longer than its limit, and looks at what a reader sees meanwhile.
    #[test]
    fn a_collector_that_hangs_has_no_values() {
        let seen = Arc::new(AtomicU64::new(0));
        let (clock, looks) = (Arc::new(Fake::default()), seen.clone());
        let late = Arc::new(std::sync::Mutex::new(None::<Arc<Fence>>));
        let (moved, inside) = (clock.clone(), late.clone());
        let mut round = 0;
        let mut collector = spool(move |out| {
            round += 1;
            out.set(&JOBS, &["cellar"], 1_u64);
            if round == 2 {
                let fence = inside.lock().expect("no panic").clone().expect("it is there");
                assert!(fence.shown().is_some() && !fence.is_late(), "there is time left");
                moved.advance(LIMIT + Duration::from_millis(1));
                let merged = Merged::new(Others::new(), Arc::new([fence.clone()]), |_| ());
                let labels = [("collector", "spool"), ("reason", "timed_out")];
                let errors = Snapshot::of(&merged);
                let errors = errors.get("tachometer_collector_errors_total", &labels);
                assert_eq!(errors, Some(Value::Counter(1)), "whoever looks first is told");
                assert!(fence.shown().is_none() && fence.is_late(), "its time is over");
                looks.fetch_add(1, Ordering::Relaxed);
            }
            Ok(())
        });
        let fence = Arc::new(Fence::new(&collector, clock.clone()));
        *late.lock().expect("no panic") = Some(fence.clone());
        let merged = Merged::new(Others::new(), Arc::new([fence.clone()]), |_| ());
        let errors = || {
            let labels = [("collector", "spool"), ("reason", "timed_out")];
            Snapshot::of(&merged).get("tachometer_collector_errors_total", &labels) == Some(Value::Counter(1))
        };
        fence.run(&mut collector);
        assert!(fence.shown().is_some() && !errors());
        fence.run(&mut collector);
        assert_eq!(seen.load(Ordering::Relaxed), 1);
        assert!(fence.shown().is_none() && !fence.is_late(), "what came late is not shown");
        assert!(errors(), "a late round is one error, however often it is looked at");
        fence.run(&mut collector);
        assert!(fence.shown().is_some() && errors());
    }

    #[test]
    fn a_metric_of_somebody_else_is_theirs() {
        let others = Others::new().gauge("jobs", "Theirs.", &[(&[], 9.0)]);
        let mut bench = Bench::beside(others, |out| {
            out.set(&JOBS, &["cellar"], 1_u64);
            out.set(&PAGES, &["cellar"], 1_u64);
            Ok(())
        });
        bench.run();
        let text = Text::encode_to_string(&bench.merged);
        assert!(text.contains("\njobs 9\n") && !text.contains("jobs{") && text.contains("pages_total{"), "{text}");
        assert_eq!(text.matches("# TYPE jobs ").count(), 1);
        assert_eq!(bench.errors("conflict"), 1, "once a batch, however often it is read");
        bench.run();
        bench.snapshot();
        assert_eq!(bench.errors("conflict"), 2);
    }

    /// A histogram and the sum of it that somebody else records, on either side.
    #[test]
    fn samples_of_one_name_are_somebody_elses() {
        let others = Others::new().gauge("size_bytes_sum", "Theirs.", &[(&[], 9.0)]);
        let mut bench = Bench::beside(others, |out| {
            out.histogram(&SIZES, &[], &[1, 0, 2], 9.5);
            out.set(&JOBS, &["cellar"], 1_u64);
            Ok(())
        });
        bench.run();
        let text = Text::encode_to_string(&bench.merged);
        assert!(text.contains("\nsize_bytes_sum 9\n") && !text.contains("size_bytes_bucket"), "{text}");
        assert!(text.contains("jobs{"), "{text}");
        assert!(text.contains("{collector=\"spool\",reason=\"conflict\"} 1\n"), "whoever looks first is told: {text}");

        let others = Others::new().histogram("jobs", "Theirs.", &[1.0], &[(&[], &[1, 1], 3.0)]);
        const COUNT: Descriptor = Descriptor::as_is("jobs_count", Kind::Gauge, "Jobs.");
        const CREATED: Descriptor = Descriptor::as_is("jobs_created", Kind::Gauge, "Jobs.");
        const TOTAL: Descriptor = Descriptor::counter("jobs_total", "Jobs.");
        let bench = Bench::of(others, &[COUNT, CREATED, TOTAL], |out| {
            [COUNT, CREATED, TOTAL].iter().for_each(|metric| out.set(metric, &[], 5_u64));
            Ok(())
        });
        let text = Text::encode_to_string(&bench.merged);
        assert!(text.contains("\njobs_count 2\n") && !text.contains("jobs_created"), "{text}");
        assert!(text.contains("\njobs_total 5\n"), "{text}");
        assert_eq!(bench.errors("conflict"), 2, "one for each metric");
    }

    #[test]
    fn samples_of_one_name_are_the_histograms_among_collectors() {
        const COUNT: Descriptor = Descriptor::as_is("size_bytes_count", Kind::Gauge, "Sizes.");
        let bench = Bench::of(Others::new(), &[COUNT, SIZES], |out| {
            out.set(&COUNT, &[], 7_u64);
            out.histogram(&SIZES, &[], &[1, 0, 2], 9.5);
            Ok(())
        });
        let text = Text::encode_to_string(&bench.merged);
        assert!(text.contains("\nsize_bytes_count 3\n") && !text.contains("size_bytes_count 7"), "{text}");
        assert_eq!(bench.errors("conflict"), 1);
    }

    fn one() -> Box<dyn Collector> {
        Box::new(spool(|_| Ok(())))
    }

    fn plan(names: &[&str], intervals: &[(&str, u64)]) -> Plan {
        let seconds = |(name, seconds): &(&str, u64)| ((*name).to_owned(), Duration::from_secs(*seconds));
        Plan {
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            interval: Duration::from_secs(5),
            intervals: intervals.iter().map(seconds).collect(),
        }
    }

    #[test]
    fn contradictions_are_refused() {
        let refusal = |own: Vec<Box<dyn Collector>>, taken: &'static str| {
            let owner = move |name: &str| (name == taken).then(|| "the program".to_owned());
            let checked = Wanted { own, no_defaults: false }.checked(&plan(&[], &[]), &[], owner);
            checked.err().map(|error| error.to_string()).unwrap_or_default()
        };
        assert_eq!(refusal(vec![one()], ""), "");
        assert_eq!(refusal(vec![one(), one()], ""), "two collectors are called `spool`; rename one");
        assert_eq!(
            refusal(vec![one()], "jobs"),
            "collector `spool` reports the metric `jobs`, which the program reports already; rename one"
        );
    }

    #[test]
    fn what_settings_say_of_collectors_is_done() {
        let others = |name| Brought { name, feature: "f", make: Some(|| Some(one())) };
        let brought = [others("spool"), others("other"), Brought { name: "missing", feature: "f", make: None }];
        let run = |own: Vec<Box<dyn Collector>>, plan: &Plan| -> Vec<u64> {
            let wanted = Wanted { own, no_defaults: false };
            let checked = wanted.checked(plan, &brought, |_| None).expect("nothing contradicts");
            checked.iter().map(|(_, interval)| interval.as_secs()).collect()
        };
        assert_eq!(run(vec![], &plan(&["all"], &[])), [5, 5]);
        assert_eq!(run(vec![], &plan(&["other"], &[("other", 9)])), [5], "it is called `spool` itself");
        assert_eq!(run(vec![], &plan(&["spool", "other"], &[("spool", 9)])), [9, 9]);
        assert_eq!(run(vec![], &plan(&[], &[])), [0_u64; 0]);
        assert_eq!(run(vec![one()], &plan(&["all"], &[("spool", 7)])), [7, 7], "the own one takes a place, not both");
        assert_eq!(run(vec![one()], &plan(&[], &[])), [0_u64; 0], "an own one is turned off by its name too");
        let other = Spool(Box::new(|_| Ok(())), Vec::new(), "own");
        assert_eq!(run(vec![Box::new(other)], &plan(&[], &[])), [5], "one of a name of its own runs in any case");
        let none = Wanted { own: vec![one()], no_defaults: true };
        assert_eq!(none.checked(&plan(&["all"], &[]), &brought, |_| None).expect("nothing contradicts").len(), 1);
    }

    #[test]
    fn all_that_this_build_brings_are_called_as_settings_call_them() {
        for brought in &BROUGHT {
            if let Some(collector) = brought.make.and_then(|make| make()) {
                assert_eq!(collector.name(), brought.name);
            }
        }
    }

    #[test]
    fn the_table_of_their_health_is_current() {
        table::assert_current("health.md", &HEALTH);
    }
}
