//! metrics-exporter-prometheus' recorder in the place of the store.

use std::{
    net::TcpListener,
    time::{Duration, Instant},
};

use metrics_util::{MetricKindMask, debugging::DebuggingRecorder};
use tachometer::{
    Builder, Counter, Error, FloatCounter, Gauge, Histogram, Metrics, Policy, PrometheusBuilder, Summary, Telemetry,
    collectors::{Batch, Collector, Descriptor},
    counted, measured, timed,
};

#[cfg(unix)]
use super::forked::in_child;
use super::{installed, life::get};

/// Longer than anything here takes.
const SOON: Duration = Duration::from_secs(30);

/// Baskets that were weighed.
#[measured(name = "weigh", labels(scale), result, buckets = [0.5, 1.0])]
fn weigh(scale: &str, fails: bool) -> Result<(), ()> {
    let _ = scale;
    if fails { Err(()) } else { Ok(()) }
}

#[counted(name = "weighed_total", result)]
fn weighed(fails: bool) -> Result<(), ()> {
    if fails { Err(()) } else { Ok(()) }
}

#[timed(name = "tare_seconds")]
fn tare() {}

#[derive(Metrics)]
#[metrics(prefix = "scale")]
struct ScaleMetrics {
    /// How heavy things are.
    #[metric(buckets = [1.0, 10.0])]
    weight: Histogram,
    /// How long the needle moves.
    settling_seconds: Histogram,
    /// How many things lie on it.
    things: Gauge,
}

fn with_prometheus(prometheus: PrometheusBuilder) -> Builder {
    tachometer::builder().no_listener().no_default_collectors().with_prometheus(prometheus)
}

fn over_prometheus() -> Telemetry {
    with_prometheus(PrometheusBuilder::new()).install().expect("it is the only one of its process")
}

/// The value of a series as it is printed; none if there is no such line.
fn value<'a>(text: &'a str, series: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '))
}

#[track_caller]
fn assert_value(telemetry: &Telemetry, series: &str, expected: &str) {
    let text = telemetry.render();
    assert_eq!(value(&text, series), Some(expected), "{series} in\n{text}");
}

#[test]
fn functions_are_at_zero_and_then_counted() {
    let telemetry = over_prometheus();
    assert_value(&telemetry, "weighed_total{result=\"ok\"}", "0");
    assert_value(&telemetry, "weighed_total{result=\"panicked\"}", "0");
    assert_value(&telemetry, "tare_seconds_count", "0");
    let help = "# HELP weigh_total Baskets that were weighed.\n";
    for _ in 0..2 {
        weighed(false).expect("it is told to");
        weigh("left", false).expect("it is told to");
    }
    weighed(true).expect_err("it is told to");
    weigh("left", true).expect_err("it is told to");
    tare();
    assert_value(&telemetry, "weighed_total{result=\"ok\"}", "2");
    assert_value(&telemetry, "weighed_total{result=\"error\"}", "1");
    assert_value(&telemetry, "weigh_total{scale=\"left\",result=\"ok\"}", "2");
    assert_value(&telemetry, "weigh_in_flight{scale=\"left\"}", "0");
    assert_value(&telemetry, "weigh_duration_seconds_count{scale=\"left\"}", "3");
    assert!(telemetry.render().contains(help));
    let other_threads = std::thread::spawn(|| weighed(false));
    other_threads.join().expect("it does not panic").expect("it is told to");
    assert_value(&telemetry, "weighed_total{result=\"ok\"}", "3");
}

#[test]
fn buckets_are_those_that_are_declared() {
    let metrics = ScaleMetrics::default();
    let prometheus = PrometheusBuilder::new().set_buckets(&[77.0]).expect("there is one");
    let telemetry = with_prometheus(prometheus)
        .buckets("late_*".parse().expect("a matcher"), [5.0])
        .buckets("scale_settling_seconds".parse().expect("a matcher"), [6.0])
        .install()
        .expect("it is the only one");
    weigh("left", false).expect("it is told to");
    metrics.weight.record(5.0);
    metrics.settling_seconds.record(0.1);
    metrics.things.set(2);
    metrics::histogram!("late_weight").record(1.0);
    metrics::histogram!("other_weight").record(1.0);
    let text = telemetry.render();
    let bounds = |name: &str| {
        let lines = text.lines().filter(|line| line.starts_with(&format!("{name}_bucket{{")));
        lines
            .map(|line| line.rsplit("le=\"").next().and_then(|rest| rest.split('"').next()).unwrap_or_default())
            .collect::<Vec<_>>()
    };
    assert_eq!(bounds("weigh_duration_seconds"), ["0.5", "1", "+Inf"]);
    assert_eq!(bounds("tare_seconds").len(), 12, "those of the unit, not those of the recorder");
    assert_eq!(bounds("scale_weight"), ["1", "10", "+Inf"]);
    assert_eq!(bounds("scale_settling_seconds"), ["6", "+Inf"]);
    assert_eq!(bounds("late_weight"), ["5", "+Inf"]);
    assert_eq!(bounds("other_weight"), ["77", "+Inf"]);
    assert_eq!(value(&text, "scale_weight_bucket{le=\"10\"}"), Some("1"));
    assert!(text.contains("# HELP scale_weight How heavy things are.\n"), "{text}");
    assert_eq!(value(&text, "scale_things"), Some("2"), "{text}");
}

static PUSHED: Counter = Counter::new("pushed_total").help("How often it was pushed.");
static SPENT: FloatCounter = FloatCounter::new("spent_euros_total");
static DEPTH: Gauge = Gauge::new("depth");
static LATENCY: Summary = Summary::new("latency_seconds");
static LATE: Histogram = Histogram::new("late_items").buckets(&[3.0]);

#[test]
fn handles_and_the_facade_arrive() {
    let telemetry = over_prometheus();
    PUSHED.increment(3);
    SPENT.add(0.75);
    SPENT.add(0.5);
    DEPTH.set(-2.5);
    LATENCY.record(0.25);
    LATE.record(1.0);
    metrics::counter!("jobs_total", "queue" => "mail").increment(2);
    let text = telemetry.render();
    assert_eq!(value(&text, "pushed_total"), Some("3"));
    assert!(text.contains("# HELP pushed_total How often it was pushed.\n"), "{text}");
    assert_eq!(value(&text, "spent_euros_total"), Some("1"), "a counter of whole numbers; the rest is carried");
    assert_eq!(value(&text, "depth"), Some("-2.5"));
    assert!(text.contains("# TYPE latency_seconds summary\n"), "{text}");
    assert_eq!(value(&text, "latency_seconds_count"), Some("1"));
    assert!(text.contains("# TYPE late_items summary\n"), "it came too late to say its buckets: {text}");
    assert_eq!(value(&text, "jobs_total{queue=\"mail\"}"), Some("2"));
    assert_eq!(value(&text, "build_info{version=\"\",commit=\"\",branch=\"\"}"), Some("1"));
}

#[test]
fn labels_stand_on_every_series() {
    let prometheus = PrometheusBuilder::new().add_global_label("zone", "us").add_global_label("rack", "7");
    let telemetry =
        with_prometheus(prometheus).label("zone", "eu").collect(Tank).install().expect("it is the only one");
    PUSHED.increment(1);
    let text = telemetry.render();
    assert_eq!(value(&text, "pushed_total{zone=\"eu\",rack=\"7\"}"), Some("1"), "{text}");
    assert_eq!(value(&text, "tank_level{zone=\"eu\"}"), Some("0.25"), "{text}");
}

#[test]
fn the_endpoint_shows_what_the_recorder_prints() {
    let telemetry = with_prometheus(PrometheusBuilder::new()).listen(([127, 0, 0, 1], 0).into()).install();
    let telemetry = telemetry.expect("it is the only one");
    let address = telemetry.local_addr().expect("it listens");
    PUSHED.increment(1);
    let page = get(address, "/metrics");
    assert!(page.starts_with("HTTP/1.1 200 OK\r\n"), "{page}");
    assert!(page.to_lowercase().contains("\r\ncontent-type: text/plain; version=0.0.4; charset=utf-8\r\n"), "{page}");
    assert!(page.contains("\npushed_total 1\n"), "{page}");
    for path in ["/snapshot", "/cardinality", "/catalog"] {
        let page = get(address, path);
        assert!(page.starts_with("HTTP/1.1 501 "), "{page}");
        assert!(page.contains("which is at /metrics\n"), "{page}");
    }
    assert!(get(address, "/healthz").starts_with("HTTP/1.1 200 OK\r\n"));
    assert!(get(address, "/nothing").starts_with("HTTP/1.1 404 "));
    assert_value(&telemetry, "tachometer_http_requests_total{route=\"/metrics\",code=\"200\"}", "1");
    assert_value(&telemetry, "tachometer_http_requests_total{route=\"/snapshot\",code=\"501\"}", "1");
    telemetry.shutdown(SOON).expect("nothing is under way");
}

#[test]
fn what_needs_the_store_is_refused() {
    let error = with_prometheus(PrometheusBuilder::new()).guard(Policy::unlimited()).install().expect_err("no guard");
    assert!(error.is_setting());
    assert!(error.to_string().contains("with_prometheus"), "{error}");
    let error = with_prometheus(PrometheusBuilder::new()).exemplars(|| None).install().expect_err("no exemplars");
    assert!(error.is_setting());
    assert!(error.to_string().contains("with_prometheus"), "{error}");
    let telemetry = over_prometheus();
    PUSHED.increment(1);
    let (content_type, text) = telemetry.render_for("application/openmetrics-text");
    assert!(content_type.starts_with("text/plain; version=0.0.4;"), "{content_type}");
    assert!(text.contains("\npushed_total 1\n"), "{text}");
    assert_eq!(telemetry.snapshot().samples(), 0);
    assert!(telemetry.cardinality().metrics.is_empty());
    assert!(telemetry.set_policy(Policy::default()).expect_err("no guard").is_setting());
}

#[test]
fn a_later_installation_goes_on_with_the_recorder() {
    let first = with_prometheus(PrometheusBuilder::new()).label("zone", "eu").install().expect("it is the only one");
    weighed(false).expect("it is told to");
    let error = with_prometheus(PrometheusBuilder::new()).install().expect_err("there is one");
    assert!(error.is_installed());
    first.shutdown(SOON).expect("nothing is under way");
    weighed(false).expect("it is told to");
    let error = tachometer::builder().no_listener().install().expect_err("the facade has the other recorder");
    assert!(error.is_recorder_taken());
    assert!(error.to_string().contains("call `with_prometheus` for this one as well"), "{error}");
    let second = with_prometheus(PrometheusBuilder::new()).label("zone", "us").install().expect("it is alone again");
    weighed(false).expect("it is told to");
    assert_value(&second, "weighed_total{zone=\"eu\",result=\"ok\"}", "3");
}

#[test]
fn it_comes_too_late_after_the_store() {
    drop(installed());
    let error = with_prometheus(PrometheusBuilder::new()).install().expect_err("the facade has the store");
    assert!(error.is_recorder_taken());
    assert!(error.to_string().contains("for the first installation"), "{error}");
    drop(installed());
}

#[test]
fn a_foreign_recorder_is_respected() {
    DebuggingRecorder::new().install().expect("it is the first");
    for error in [
        with_prometheus(PrometheusBuilder::new()).install().expect_err("it is taken"),
        tachometer::builder().no_listener().install().expect_err("it is taken"),
    ] {
        assert!(error.is_recorder_taken());
        assert!(error.to_string().contains("with_prometheus"), "{error}");
        assert!(error.to_string().contains("adopt_global"), "{error}");
    }
}

#[test]
fn a_failure_leaves_nothing_behind() {
    let other = TcpListener::bind("127.0.0.1:0").expect("there is a port");
    let busy = other.local_addr().expect("it is bound");
    let error = with_prometheus(PrometheusBuilder::new()).listen(busy).install().expect_err("it is taken");
    assert!(error.is_address());
    drop(installed());
}

/// That recorder forgets a series which has not changed between two looks.
#[test]
fn what_is_recorded_after_a_series_was_forgotten_is_shown() {
    let forgetful = PrometheusBuilder::new().idle_timeout(MetricKindMask::ALL, Some(Duration::from_nanos(1)));
    let telemetry = with_prometheus(forgetful).install().expect("it is the only one");
    for _ in 0..2 {
        weighed(false).expect("it is told to");
        PUSHED.increment(1);
        let text = telemetry.render();
        assert_eq!(value(&text, "weighed_total{result=\"ok\"}"), Some("1"), "{text}");
        assert_eq!(value(&text, "pushed_total"), Some("1"), "{text}");
        let deadline = Instant::now() + SOON;
        while value(&telemetry.render(), "pushed_total").is_some() {
            assert!(Instant::now() < deadline, "nothing is ever forgotten");
        }
    }
}

/// The names of the process's threads.
#[cfg(target_os = "linux")]
fn threads() -> Vec<String> {
    let tasks = std::fs::read_dir("/proc/self/task").expect("there is this thread at least");
    let name = |task: std::io::Result<std::fs::DirEntry>| std::fs::read_to_string(task.ok()?.path().join("comm")).ok();
    tasks.filter_map(name).collect()
}

#[test]
#[cfg(target_os = "linux")]
fn upkeep_ends_with_the_telemetry() {
    let is_kept_up = || threads().iter().any(|name| name.starts_with("tachometer-upke"));
    assert!(!is_kept_up());
    let telemetry = over_prometheus();
    let deadline = Instant::now() + SOON;
    while !is_kept_up() {
        assert!(Instant::now() < deadline, "there is no such thread: {:?}", threads());
    }
    telemetry.shutdown(SOON).expect("nothing is under way");
    while is_kept_up() {
        assert!(Instant::now() < deadline, "it never ends");
    }
}

/// Finds a level, and a metric that the program records as well.
struct Tank;

const LEVEL: Descriptor = Descriptor::gauge("tank_level", "How full it is.");
const PUSHES: Descriptor = Descriptor::counter("collected_total", "Found, not recorded.");
const SIZE: Descriptor = Descriptor::histogram("tank_size_bytes", "How large it is.", &[1.0]);

impl Collector for Tank {
    fn name(&self) -> &str {
        "tank"
    }

    fn descriptors(&self) -> &[Descriptor] {
        &[LEVEL, PUSHES, SIZE]
    }

    fn collect(&mut self, out: &mut Batch) -> Result<(), Error> {
        out.set(&LEVEL, &[], 0.25);
        out.set(&PUSHES, &[], 9_u64);
        out.histogram(&SIZE, &[], &[1, 2], 9.0);
        Ok(())
    }
}

#[test]
fn collectors_are_shown_beside_it() {
    let telemetry = with_prometheus(PrometheusBuilder::new()).collect(Tank).install().expect("it is the only one");
    assert_value(&telemetry, "tank_level", "0.25");
    assert_value(&telemetry, "collected_total", "9");
    assert_value(&telemetry, "tank_size_bytes_count", "3");
    metrics::gauge!("tank_size_bytes_count").set(7.0);
    metrics::counter!("collected_total").increment(1);
    let text = telemetry.render();
    assert!(value(&text, "tank_size_bytes_count") == Some("7") && !text.contains("tank_size_bytes_bucket"), "{text}");
    assert_eq!(text.matches("# TYPE collected_total ").count(), 1, "{text}");
    assert_eq!(value(&text, "collected_total"), Some("1"), "{text}");
    assert_eq!(value(&text, "tank_level"), Some("0.25"), "{text}");
    assert_value(&telemetry, "tachometer_collector_errors_total{collector=\"tank\",reason=\"conflict\"}", "2");
}

#[test]
#[cfg(unix)]
fn a_child_does_not_show_what_was_collected_for_its_parent() {
    let telemetry = with_prometheus(PrometheusBuilder::new()).collect(Tank).install().expect("it is the only one");
    assert_value(&telemetry, "tank_level", "0.25");
    let is_shown = || value(&telemetry.render(), "tank_level").is_some();
    assert!(in_child(|| !is_shown()), "nobody collects in the child");
    assert!(is_shown());
}

#[test]
fn switched_off_means_inert() {
    let config = tachometer::Config::default().enabled(false);
    let telemetry = with_prometheus(PrometheusBuilder::new()).config(config).install().expect("nothing is started");
    PUSHED.increment(1);
    assert_eq!(telemetry.render(), "");
    drop(telemetry);
    drop(installed());
}
