//! Outlets of an installation: when they are pushed, what they say of themselves, and what they cannot hold up.

use std::{
    fs,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Receiver, Sender},
    },
    thread,
    time::{Duration, Instant},
};

use tachometer::{
    Snapshot, Telemetry,
    families::Value,
    metric::matcher::Matcher,
    outlets::{Log, Textfile},
    push::{Outlet, Push, PushError},
};

use super::{counter, gauge};

/// More than any test takes.
const LONG: Duration = Duration::from_secs(30);

/// Sends each snapshot to the test.
struct Channel {
    name: &'static str,
    interval: Option<Duration>,
    snapshots: Sender<Snapshot>,
}

impl Channel {
    fn every(name: &'static str, interval: Option<Duration>) -> (Self, Receiver<Snapshot>) {
        let (snapshots, received) = mpsc::channel();
        (Self { name, interval, snapshots }, received)
    }
}

impl Outlet for Channel {
    fn name(&self) -> &str {
        self.name
    }

    fn interval(&self) -> Option<Duration> {
        self.interval
    }

    fn push(&mut self, push: &mut Push<'_>) -> Result<(), PushError> {
        self.snapshots.send(push.snapshot().clone()).map_err(|_| PushError::give_up("the test has ended"))
    }
}

/// Does not return before the test says so.
struct Stuck(Arc<AtomicBool>);

impl Outlet for Stuck {
    fn name(&self) -> &str {
        "stuck"
    }

    fn push(&mut self, _: &mut Push<'_>) -> Result<(), PushError> {
        while self.0.load(Ordering::Relaxed) {
            thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }
}

fn with(outlets: impl FnOnce(tachometer::Builder) -> tachometer::Builder) -> Telemetry {
    outlets(tachometer::builder().no_listener()).install().expect("it is the only one")
}

fn threads() -> Vec<String> {
    let tasks = fs::read_dir("/proc/self/task").expect("this is Linux");
    let name = |task: std::io::Result<fs::DirEntry>| fs::read_to_string(task.ok()?.path().join("comm")).ok();
    tasks.filter_map(name).map(|name| name.trim().to_owned()).collect()
}

#[test]
fn an_outlet_is_pushed_again_and_again_and_once_more_at_the_end() {
    let (outlet, received) = Channel::every("channel", Some(Duration::from_millis(20)));
    let telemetry = with(|builder| builder.push(outlet));
    for _ in 0..3 {
        received.recv_timeout(LONG).expect("it is pushed");
    }
    metrics::counter!("jobs_total").increment(3);
    telemetry.shutdown(LONG).expect("nothing hangs");
    let last = received.try_iter().last().expect("there is a last one");
    assert_eq!(counter(&last, "jobs_total", &[]), 3);
    let labels = [("outlet", "channel")];
    assert!(counter(&last, "tachometer_outlet_pushed_total", &labels) >= 3);
    assert_eq!(counter(&last, "tachometer_outlet_failed_total", &labels), 0);
    assert_eq!(counter(&last, "tachometer_outlet_dropped_total", &labels), 0);
    assert_eq!(gauge(&last, "tachometer_outlet_buffer_bytes", &labels), 0.0);
    assert!(gauge(&last, "tachometer_outlet_last_success_timestamp_seconds", &labels) > 1.7e9);
}

#[test]
fn flush_pushes_now() {
    let (outlet, received) = Channel::every("channel", None);
    let telemetry = with(|builder| builder.push(outlet));
    metrics::counter!("jobs_total").increment(1);
    telemetry.flush(LONG).expect("it can be pushed");
    assert_eq!(counter(&received.try_recv().expect("it was pushed"), "jobs_total", &[]), 1);
    drop(received);
    let error = telemetry.flush(LONG).expect_err("nobody receives it");
    assert_eq!(error.to_string(), "outlet `channel` could not push; the program's log says why");
    assert_eq!(counter(&telemetry.snapshot(), "tachometer_outlet_dropped_total", &[("outlet", "channel")]), 1);
}

#[test]
fn an_outlet_that_hangs_delays_neither_another_nor_the_deadline() {
    let is_stuck = Arc::new(AtomicBool::new(true));
    let (outlet, received) = Channel::every("channel", None);
    let telemetry = with(|builder| builder.push(Stuck(is_stuck.clone())).push(outlet));
    let begin = Instant::now();
    let limit = Duration::from_millis(200);
    let error = telemetry.shutdown(limit).expect_err("it hangs");
    assert!(error.is_timed_out() && error.to_string().starts_with("outlet `stuck` did not end"), "{error}");
    assert!(begin.elapsed() < LONG);
    received.recv_timeout(LONG).expect("the other one was pushed");
    is_stuck.store(false, Ordering::Relaxed);
}

#[test]
fn without_an_outlet_there_is_no_thread_and_no_metric() {
    let telemetry = with(|builder| builder);
    assert!(!threads().iter().any(|name| name.starts_with("tachometer-chan")), "{:?}", threads());
    telemetry.flush(Duration::ZERO).expect("there is nothing to wait for");
    assert!(!telemetry.render().contains("tachometer_outlet_"));
    let (outlet, received) = Channel::every("channel", None);
    drop(telemetry);
    let telemetry = with(|builder| builder.push(outlet));
    let begin = Instant::now();
    // A thread has its name a little after it has begun; the system knows fifteen letters of it.
    while !threads().iter().any(|name| name == "tachometer-chan") {
        assert!(begin.elapsed() < LONG, "{:?}", threads());
        thread::yield_now();
    }
    drop(telemetry);
    received.recv_timeout(LONG).expect("dropping pushes as well");
}

#[test]
fn two_outlets_of_one_name_are_refused_and_nothing_starts() {
    let [first, second] = [Channel::every("twin", None), Channel::every("twin", None)];
    let refused = tachometer::builder().no_listener().push(first.0).push(second.0).install();
    let message = refused.expect_err("they cannot be told apart").to_string();
    assert_eq!(message, "two outlets are called `twin`, which tells them apart; give each a name of its own");
    first.1.recv_timeout(LONG).expect_err("it was dropped without a push");
    drop(with(|builder| builder));
}

#[test]
fn metrics_that_are_switched_off_are_pushed_nowhere() {
    let (outlet, received) = Channel::every("channel", None);
    let config = tachometer::Config::default().enabled(false);
    let telemetry = tachometer::builder().config(config).push(outlet).install().expect("it is the only one");
    telemetry.flush(LONG).expect("there is nothing to do");
    telemetry.shutdown(LONG).expect("there is nothing to end");
    received.recv_timeout(LONG).expect_err("it was dropped without a push");
}

#[test]
fn a_textfile_holds_what_a_scrape_would() {
    let folder = tempfile::tempdir().expect("there is room");
    let path = folder.path().join("job.prom");
    let telemetry = with(|builder| builder.push(Textfile::new(&path).only_at_the_end()));
    metrics::counter!("jobs_total", "queue" => "a \"b\"\\\n").increment(3);
    metrics::gauge!("load").set(f64::NEG_INFINITY);
    telemetry.flush(LONG).expect("it can be written");
    let text = fs::read_to_string(&path).expect("it is written");
    for line in ["# TYPE jobs_total counter\n", "jobs_total{queue=\"a \\\"b\\\"\\\\\\n\"} 3\n", "\nload -Inf\n"] {
        assert!(text.contains(line), "{text}");
    }
    metrics::counter!("jobs_total", "queue" => "last").increment(1);
    telemetry.shutdown(LONG).expect("nothing hangs");
    let text = fs::read_to_string(&path).expect("it is written");
    assert!(text.contains("jobs_total{queue=\"last\"} 1\n"), "{text}");
    assert_eq!(fs::read_dir(folder.path()).expect("it is there").count(), 1, "nothing else is left");
}

#[test]
fn a_folder_that_is_missing_is_told_and_the_program_goes_on() {
    let folder = tempfile::tempdir().expect("there is room");
    let telemetry = with(|builder| builder.push(Textfile::new(folder.path().join("none/job.prom")).only_at_the_end()));
    telemetry.flush(Duration::from_millis(50)).expect_err("it cannot be written");
    assert!(counter(&telemetry.snapshot(), "tachometer_outlet_failed_total", &[("outlet", "textfile")]) >= 1);
}

#[test]
fn the_log_has_the_families_that_were_chosen() {
    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);
    impl std::io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("nothing panics").extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let lines = Lines::default();
    let its = lines.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || its.clone()).finish();
    tracing::subscriber::set_global_default(subscriber).expect("it is the only one");
    let chosen = Log::new().families(Matcher::Prefix("jobs_".to_owned())).families(Matcher::Full("load".to_owned()));
    let telemetry = with(|builder| builder.push(chosen));
    metrics::counter!("jobs_total", "queue" => "mail").increment(3);
    metrics::gauge!("load").set(0.25);
    metrics::gauge!("noise").set(1.0);
    telemetry.flush(LONG).expect("it can be written");
    let text = String::from_utf8(lines.0.lock().expect("nothing panics").clone()).expect("it is text");
    let line = text.lines().find(|line| line.contains("tachometer::metrics")).expect("there is an event");
    assert!(line.ends_with("tachometer::metrics: jobs_total{queue=\"mail\"}=3 load=0.25"), "{line}");
    assert!(matches!(telemetry.snapshot().get("noise", &[]), Some(Value::Gauge(_))));
}
