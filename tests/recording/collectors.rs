//! Collectors of a program's own, installed.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use tachometer::{
    Error, Snapshot, Telemetry,
    collectors::{Batch, Collector, Descriptor},
    counted,
    families::Value,
};

use super::{counter, gauge};

const ROUNDS: Descriptor = Descriptor::counter("rounds_total", "Rounds so far.");
const LEVEL: Descriptor = Descriptor::gauge("level", "How full it is.").labels(&["tank"]);

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(30);

#[counted(name = "pumped_total")]
fn pump() {}

/// Counts its rounds, and in each does what it was told.
struct Rounds {
    name: &'static str,
    metrics: Vec<Descriptor>,
    interval: Duration,
    limit: Duration,
    round: u64,
    body: Box<dyn FnMut(u64) + Send>,
}

impl Rounds {
    fn new(body: impl FnMut(u64) + Send + 'static) -> Self {
        let metrics = vec![ROUNDS];
        let interval = Duration::from_millis(5);
        Self { name: "rounds", metrics, interval, limit: PATIENCE, round: 0, body: Box::new(body) }
    }
}

impl Collector for Rounds {
    fn name(&self) -> &str {
        self.name
    }

    fn descriptors(&self) -> &[Descriptor] {
        &self.metrics
    }

    fn collect(&mut self, out: &mut Batch) -> Result<(), Error> {
        self.round += 1;
        (self.body)(self.round);
        out.set(&self.metrics[0], &[], self.round);
        Ok(())
    }

    fn interval(&self) -> Option<Duration> {
        Some(self.interval)
    }

    fn limit(&self) -> Duration {
        self.limit
    }
}

struct Tank(f64);

impl Collector for Tank {
    fn name(&self) -> &str {
        "tank"
    }

    fn descriptors(&self) -> &[Descriptor] {
        &[LEVEL]
    }

    fn collect(&mut self, out: &mut Batch) -> Result<(), Error> {
        out.set(&LEVEL, &["oil"], self.0);
        Ok(())
    }
}

fn installed(collector: impl Collector) -> Telemetry {
    tachometer::builder().no_listener().collect(collector).install().expect("it is the only one of its process")
}

/// Takes snapshots until one is as it should be.
#[track_caller]
fn until(telemetry: &Telemetry, is_so: impl Fn(&Snapshot) -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so(&telemetry.snapshot()) {
        assert!(Instant::now() < deadline, "{}", telemetry.render());
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn values_are_there_from_the_first_scrape_on() {
    let telemetry = installed(Tank(0.75));
    let snapshot = telemetry.snapshot();
    assert_eq!(gauge(&snapshot, "level", &[("tank", "oil")]), 0.75);
    let labels = [("collector", "tank"), ("reason", "error")];
    assert_eq!(counter(&snapshot, "tachometer_collector_errors_total", &labels), 0);
}

#[test]
fn collectors_run_again_and_end_with_the_installation() {
    let (alive, rounds) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicU64::new(0)));
    struct Ends(Arc<AtomicBool>);
    impl Drop for Ends {
        fn drop(&mut self) {
            self.0.store(false, Ordering::SeqCst);
        }
    }
    let (ends, count) = (Ends(alive.clone()), rounds.clone());
    let telemetry = installed(Rounds::new(move |round| {
        let _lives_as_long = &ends;
        count.store(round, Ordering::SeqCst);
    }));
    until(&telemetry, |snapshot| counter(snapshot, "rounds_total", &[]) >= 3);
    telemetry.shutdown(PATIENCE).expect("a round takes no time");
    assert!(!alive.load(Ordering::SeqCst), "the thread has ended and dropped its collector");
    let telemetry = super::installed();
    assert!(telemetry.snapshot().family("rounds_total").is_none(), "nobody asked for it this time");
}

#[test]
fn a_hanging_collector_delays_nobody() {
    let (release, released) = mpsc::channel::<()>();
    let mut hanging = Rounds::new(move |round| {
        if round == 2 {
            // Until the end of the test.
            let _ = released.recv();
        }
    });
    hanging.limit = Duration::from_millis(1);
    let second =
        Rounds { name: "second", metrics: vec![Descriptor::counter("others_total", "O.")], ..Rounds::new(|_| {}) };
    let telemetry =
        tachometer::builder().no_listener().collect(hanging).collect(second).install().expect("it is alone");
    let timed_out = [("collector", "rounds"), ("reason", "timed_out")];
    until(&telemetry, |snapshot| {
        counter(snapshot, "tachometer_collector_errors_total", &timed_out) >= 1
            && snapshot.family("rounds_total").is_none()
    });
    let others = counter(&telemetry.snapshot(), "others_total", &[]);
    until(&telemetry, |snapshot| counter(snapshot, "others_total", &[]) > others);
    telemetry.shutdown(PATIENCE).expect("what hangs is left to itself");
    drop(release);
}

#[test]
fn a_collector_with_a_metric_of_somebody_else_is_refused() {
    let named = |name| {
        let metrics = vec![Descriptor::counter(name, "Somebody's.")];
        Rounds { metrics, ..Rounds::new(|_| {}) }
    };
    for (name, owner) in [
        ("pumped_total", "the function at tests/recording/collectors.rs:"),
        ("tachometer_x_total", "tachometer itself"),
    ] {
        let error = tachometer::builder().no_listener().collect(named(name)).install().expect_err("it is taken");
        assert!(error.is_conflict());
        assert!(error.to_string().contains(owner) && error.to_string().contains(name), "{error}");
    }
    let telemetry = super::installed();
    pump();
    metrics::counter!("late_total").increment(1);
    drop(telemetry);
    let error = tachometer::builder().no_listener().collect(named("late_total")).install().expect_err("it is taken");
    assert!(error.to_string().contains("the program"), "{error}");
}

#[test]
fn a_metric_that_somebody_else_records_later_is_theirs() {
    let telemetry = installed(Tank(0.5));
    metrics::gauge!("level", "tank" => "water").set(1.0);
    let snapshot = telemetry.snapshot();
    assert_eq!(snapshot.get("level", &[("tank", "oil")]), None);
    assert_eq!(snapshot.get("level", &[("tank", "water")]), Some(Value::Gauge(1.0)));
    let labels = [("collector", "tank"), ("reason", "conflict")];
    assert_eq!(counter(&telemetry.snapshot(), "tachometer_collector_errors_total", &labels), 1);
}

#[test]
fn switched_off_means_that_nothing_is_collected() {
    let (asked, answered) = mpsc::channel();
    let config = tachometer::Config::default().enabled(false);
    let collector = Rounds::new(move |round| asked.send(round).expect("the test waits"));
    let telemetry = tachometer::builder().no_listener().config(config).collect(collector).install();
    let telemetry = telemetry.expect("nothing is started");
    assert!(answered.recv().is_err(), "it is dropped without a round");
    assert_eq!(telemetry.snapshot().samples(), 0);
}

#[cfg(target_os = "linux")]
#[test]
fn the_process_and_its_machine_are_watched_unless_that_is_not_wanted() {
    let telemetry = super::installed();
    let snapshot = telemetry.snapshot();
    assert!(gauge(&snapshot, "process_resident_memory_bytes", &[]) > 1e5);
    assert!(gauge(&snapshot, "system_memory_bytes", &[]) > 1e6);
    for collector in ["process", "cgroup", "system"] {
        for reason in ["error", "panicked", "reading", "invalid", "decreased"] {
            let labels = [("collector", collector), ("reason", reason)];
            assert_eq!(counter(&snapshot, "tachometer_collector_errors_total", &labels), 0, "{labels:?}");
        }
    }
    drop(telemetry);
    let telemetry = tachometer::builder().no_listener().no_default_collectors().install().expect("it is alone again");
    let text = telemetry.render();
    assert!(!text.contains("process_") && !text.contains("tachometer_collector"), "{text}");
}

#[cfg(target_os = "linux")]
#[test]
fn collectors_are_chosen_and_paced_by_name() {
    use tachometer::{Config, collectors::process::Process};
    let builder = || tachometer::builder().no_listener();
    let telemetry = builder().collectors(["system"]).install().expect("it is the only one of its process");
    let text = telemetry.render();
    assert!(text.contains("\nsystem_memory_bytes ") && !text.contains("\nprocess_"), "{text}");
    drop(telemetry);
    // One that the program has set up goes by its name as well.
    let own = Config::default().collectors(["none", "system"]);
    let refused = builder().config(own).install().expect_err("there is none of this name");
    assert!(refused.is_setting() && refused.to_string().contains("no collector `none`"), "{refused}");
    let often = Config::default().collector_interval("process", Duration::from_millis(1));
    let telemetry = builder().collect(Process::new().cpu_percent()).overrides(often).install().expect("it is alone");
    // The second round is the first that can tell it.
    until(&telemetry, |snapshot| snapshot.family("cpu_percent").is_some());
    drop(telemetry);
    let telemetry = builder().collect(Process::new()).collectors(["system"]).install().expect("it is alone again");
    assert!(!telemetry.render().contains("\nprocess_"), "{}", telemetry.render());
}

#[cfg(target_os = "linux")]
#[test]
fn processor_time_is_a_fraction() {
    use tachometer::collectors::process::Process;
    struct Often(Process);
    impl Collector for Often {
        fn name(&self) -> &str {
            self.0.name()
        }
        fn descriptors(&self) -> &[Descriptor] {
            self.0.descriptors()
        }
        fn collect(&mut self, out: &mut Batch) -> Result<(), Error> {
            self.0.collect(out)
        }
        fn interval(&self) -> Option<Duration> {
            Some(Duration::from_millis(1))
        }
    }
    let telemetry = installed(Often(Process::new().cpu_percent()));
    until(&telemetry, |snapshot| match snapshot.get("process_cpu_seconds_total", &[]) {
        Some(Value::FloatCounter(seconds)) => seconds > 0.0 && seconds.fract() != 0.0,
        other => panic!("{other:?}"),
    });
    until(&telemetry, |snapshot| snapshot.family("cpu_percent").is_some());
}

#[test]
fn the_runtime_of_an_async_main_is_watched() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("there is room for one");
    let telemetry = runtime.block_on(async {
        let telemetry = tachometer::builder()
            .no_listener()
            .collection_interval(Duration::from_millis(5))
            .install()
            .expect("it is the only one of its process");
        let deadline = Instant::now() + PATIENCE;
        while telemetry.snapshot().get("tokio_loop_lag_p95_seconds", &[("runtime", "main")]).is_none() {
            assert!(Instant::now() < deadline, "{}", telemetry.render());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        telemetry
    });
    assert_eq!(gauge(&telemetry.snapshot(), "tokio_workers", &[("runtime", "main")]), 1.0);
    drop(runtime);
    until(&telemetry, |snapshot| snapshot.family("tokio_workers").is_none());
}

/// What `panic = "abort"` makes of a panic, whoever would have caught it.
#[test]
fn a_runtime_without_a_timer_is_no_reason_to_panic() {
    std::panic::set_hook(Box::new(|_| std::process::abort()));
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("there is room for one");
    let telemetry = runtime.block_on(async {
        tachometer::builder().no_listener().collection_interval(Duration::from_millis(5)).install()
    });
    let telemetry = telemetry.expect("it is the only one of its process");
    until(&telemetry, |snapshot| snapshot.get("tokio_workers", &[("runtime", "main")]).is_some());
    telemetry.shutdown(PATIENCE).expect("nothing hangs");
}
