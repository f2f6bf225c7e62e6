//! Native histograms: by attributes, in structs, by hand and by setting, under the guard, and in the formats.

use std::{
    io::Write as _,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use tachometer::{
    Config, Family, Histogram, Metrics, Policy, PrometheusBuilder, Snapshot, TraceContext, dynamic,
    families::Value,
    measured,
    metric::{bounds::Native, matcher::Matcher},
    timed,
};

use super::{counter, histogram, installed};

const FINE: i32 = 6;

/// Waits for a parcel.
#[timed(name = "parcel_wait_seconds", labels(way), buckets = native)]
fn wait_for(way: &str) {}

#[measured(name = "parcel_ride", buckets = native(schema = FINE, max_buckets = 20))]
async fn ride() {}

macro_rules! timed_with {
    ($name:ident, $buckets:expr) => {
        #[timed(name = "parcel_pass_seconds", buckets = $buckets)]
        fn $name() {}
    };
}

timed_with!(pass, native(schema = -1));

#[derive(Metrics)]
#[metrics(prefix = "parcel")]
struct ParcelMetrics {
    /// Weight of a parcel.
    #[metric(unit = "grams", buckets = native)]
    weight: Histogram,
    /// Value of a parcel.
    #[metric(labels(currency), buckets = native(max_buckets = 4))]
    value: Family<Histogram, (&'static str,)>,
}

static SIZE: Histogram = Histogram::new("parcel_size").native(Native::new());
static DEPTH: Family<Histogram, (u8,)> = Family::new("parcel_depth", &["side"]).native(Native::new().schema(0));

/// Schema, zeros, the buckets above and below 0, and the sum of a native histogram; fails if there is no such series.
type Read = (i32, u64, Vec<(i32, u64)>, Vec<(i32, u64)>, f64);

fn native(snapshot: &Snapshot, name: &str, labels: &[(&str, &str)]) -> Read {
    match snapshot.get(name, labels) {
        Some(Value::NativeHistogram(it)) => {
            assert!(it.zero_threshold > 0.0 && it.zero_threshold < 1e-30);
            (it.schema, it.zero_count, it.positive.to_vec(), it.negative.to_vec(), it.sum)
        }
        other => panic!("{name}{labels:?} is {other:?}"),
    }
}

fn count(snapshot: &Snapshot, name: &str, labels: &[(&str, &str)]) -> u64 {
    let (_, zeros, positive, negative, _) = native(snapshot, name, labels);
    zeros + positive.iter().chain(&negative).map(|(_, count)| count).sum::<u64>()
}

#[tokio::test]
async fn calls_and_values_arrive_wherever_they_are_declared() {
    let telemetry = installed();
    let metrics = ParcelMetrics::default();
    assert_eq!(
        native(&telemetry.snapshot(), "parcel_weight_grams", &[]),
        (3, 0, vec![], vec![], 0.0),
        "from the start"
    );
    wait_for("air");
    wait_for("air");
    ride().await;
    pass();
    metrics.weight.record(1000);
    metrics.weight.record_many(0.0, 3);
    metrics.weight.record(-0.5);
    [1.0, 10.0, 100.0, 1e3, 1e4].into_iter().for_each(|value| metrics.value.with("eur").record(value));
    SIZE.record(Duration::from_millis(250));
    drop(SIZE.time());
    DEPTH.with(1).record(6);
    let by_name = dynamic::histogram_with_buckets("parcel_height", &[], Native::new().schema(1));
    by_name.expect("it is well-formed").record(f64::MAX);

    let snapshot = telemetry.snapshot();
    assert_eq!(count(&snapshot, "parcel_wait_seconds", &[("way", "air")]), 2);
    assert_eq!(native(&snapshot, "parcel_ride_duration_seconds", &[]).0, FINE);
    assert_eq!(count(&snapshot, "parcel_ride_duration_seconds", &[]), 1);
    assert_eq!(native(&snapshot, "parcel_pass_seconds", &[]).0, -1);
    let weight = native(&snapshot, "parcel_weight_grams", &[]);
    assert_eq!(weight, (3, 3, vec![(80, 1)], vec![(-8, 1)], 999.5));
    // Powers of two: 0 to 14 in twos are more than four, in fours 0, 2, 4, 5, 7.
    let value = native(&snapshot, "parcel_value", &[("currency", "eur")]);
    assert_eq!(value, (-3, 0, vec![(0, 1), (1, 2), (2, 2)], vec![], 11_111.0));
    assert_eq!(count(&snapshot, "parcel_size", &[]), 2);
    assert_eq!(native(&snapshot, "parcel_depth", &[("side", "1")]), (0, 0, vec![(3, 1)], vec![], 6.0));
    assert_eq!(native(&snapshot, "parcel_height", &[]), (1, 0, vec![(2048, 1)], vec![], f64::MAX));
}

#[test]
fn a_setting_makes_histograms_native_that_declare_no_buckets() {
    let seconds = Matcher::Suffix("_seconds".to_owned());
    let telemetry = tachometer::builder()
        .no_listener()
        .config(Config::default().buckets(Matcher::Prefix("http.".to_owned()), Native::new().schema(1).max_buckets(9)))
        .buckets(seconds, Native::new())
        // These have thresholds of objectives.
        .buckets(Matcher::Full("function_calls_duration_seconds".to_owned()), [0.25, 1.0])
        .buckets(Matcher::Full("refund_duration_seconds".to_owned()), [0.25, 1.0])
        .install()
        .expect("it is the only one");
    metrics::describe_histogram!("http.bytes", metrics::Unit::Bytes, "Sizes.");
    metrics::histogram!("http.bytes", "code" => "200").record(1024.0);
    metrics::histogram!("answer_seconds").record(0.5);
    metrics::histogram!("answer_things").record(0.5);
    Histogram::new("quiet_seconds").record(2);
    static LOUD: Histogram = Histogram::new("loud_seconds").buckets(&[1.0]);
    LOUD.record(2);
    dynamic::histogram("quiet_seconds", &[]).expect("it says nothing of buckets").record(2);
    let snapshot = telemetry.snapshot();
    assert_eq!(native(&snapshot, "http_bytes", &[("code", "200")]), (1, 0, vec![(20, 1)], vec![], 1024.0));
    assert_eq!(snapshot.family("http_bytes").expect("it is there").help(), "Sizes.");
    assert_eq!(native(&snapshot, "answer_seconds", &[]), (3, 0, vec![(-8, 1)], vec![], 0.5));
    assert_eq!(native(&snapshot, "quiet_seconds", &[]).2, [(8, 2)]);
    assert_eq!(histogram(&snapshot, "answer_things", &[]), (1, 0.5));
    assert_eq!(histogram(&snapshot, "loud_seconds", &[]), (1, 2.0));
    assert_eq!(counter(&snapshot, "tachometer_conflicts_total", &[("reason", "buckets")]), 0);
}

#[test]
fn buckets_out_of_bounds_start_nothing() {
    let refused = |native: Native| {
        let all = Matcher::Suffix("_seconds".to_owned());
        let error = tachometer::builder().no_listener().buckets(all, native).install().expect_err("out of bounds");
        assert!(error.is_setting());
        error.to_string()
    };
    assert_eq!(
        refused(Native::new().schema(9)),
        "builder: buckets of `*_seconds`: there is no `schema` 9 of native buckets; write one from -4 (coarse) to 8 (fine)"
    );
    assert_eq!(
        refused(Native::new().max_buckets(0)),
        "builder: buckets of `*_seconds`: native buckets cannot be at most 0; write a `max_buckets` from 1 to 1024"
    );
    let telemetry = installed();
    let named = dynamic::histogram_with_buckets("a", &[], Native::new().schema(-9)).expect_err("out of bounds");
    assert!(named.is_name() && named.to_string().starts_with("metric `a`: there is no `schema` -9"), "{named}");
    assert!(telemetry.snapshot().family("a").is_none());
}

#[test]
fn other_buckets_under_its_name_are_a_conflict() {
    let telemetry = installed();
    SIZE.record(1);
    Histogram::new("parcel_size").buckets(&[1.0]).record(1);
    Histogram::new("parcel_size").native(Native::new().schema(4)).record(1);
    let error = dynamic::histogram_with_buckets("parcel_size", &[], [1.0]).expect_err("it contradicts");
    assert!(error.is_conflict());
    let told = "with the buckets native, schema=3, max_buckets=160 and [1.0]";
    assert!(error.to_string().contains(told), "{error}");
    dynamic::histogram("parcel_size", &[]).expect("any buckets will do").record(1);
    metrics::histogram!("parcel_size").record(1.0);
    let snapshot = telemetry.snapshot();
    assert_eq!(native(&snapshot, "parcel_size", &[]).2, [(0, 3)]);
    assert_eq!(counter(&snapshot, "tachometer_conflicts_total", &[("reason", "buckets")]), 2);
}

#[test]
fn what_is_not_finite_is_dropped_and_counted() {
    let telemetry = installed();
    [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, -0.0].into_iter().for_each(|value| SIZE.record(value));
    let snapshot = telemetry.snapshot();
    assert_eq!(counter(&snapshot, "tachometer_dropped_records_total", &[("reason", "not_a_number")]), 3);
    let (_, zeros, positive, negative, sum) = native(&snapshot, "parcel_size", &[]);
    assert_eq!((zeros, positive, negative, sum), (1, vec![(8192, 1)], vec![], f64::MAX));
}

#[test]
fn threads_lose_nothing_while_others_scrape_and_resolutions_change() {
    let telemetry = installed();
    let values = Family::<Histogram, (u8,)>::new("any_size", &["k"]).native(Native::new().max_buckets(24));
    thread::scope(|scope| {
        for thread in 1..=4_u8 {
            let values = &values;
            scope.spawn(move || {
                let own = values.with(0);
                (0..20_000_i32).for_each(|n| own.record(f64::from(thread) * 1.002_f64.powi(n)));
            });
        }
        let (mut last, mut schema) = (0, 3);
        while last < 80_000 {
            let snapshot = telemetry.snapshot();
            let Some(Value::NativeHistogram(now)) = snapshot.get("any_size", &[("k", "0")]) else { continue };
            assert!(now.count() >= last, "a total has gone back");
            assert!(now.schema <= schema, "a resolution gets no finer");
            (last, schema) = (now.count(), now.schema);
        }
        assert!(schema < 0, "the range is 57 powers of two");
    });
}

#[test]
fn values_over_a_limit_are_folded_and_counted() {
    let telemetry =
        tachometer::builder().no_listener().guard(Policy::default().values(2)).install().expect("there is none");
    (0..10).for_each(|n| wait_for(&n.to_string()));
    let snapshot = telemetry.snapshot();
    assert_eq!(count(&snapshot, "parcel_wait_seconds", &[("way", "other")]), 8);
    let series = snapshot.family("parcel_wait_seconds").expect("it is there").series();
    assert_eq!(
        series
            .map(|it| count(&snapshot, "parcel_wait_seconds", &[("way", &it.label("way").expect("one"))]))
            .sum::<u64>(),
        10
    );
    let report = telemetry.cardinality();
    assert!(report.bytes > 3 * 1024, "a series is taken to need what its buckets need: {}", report.bytes);
}

#[test]
fn idle_series_end_and_their_counts_stay() {
    let coarse = Matcher::Full("job_size".to_owned());
    let builder = tachometer::builder().no_listener().buckets(coarse, Native::new().max_buckets(2));
    let telemetry =
        builder.guard(Policy::default().expire_after(Duration::from_secs(1))).install().expect("there is none");
    let sizes = [0.0, 1e-9, 1e-6, 1e-3, 1.0, 1e3, 1e6];
    sizes.into_iter().for_each(|size| metrics::histogram!("job_size", "queue" => "mail").record(size));
    wait_for("air");
    let labels = [("queue", "mail")];
    assert!(native(&telemetry.snapshot(), "job_size", &labels).0 < 3, "its resolution has changed");
    let deadline = Instant::now() + Duration::from_secs(30);
    let is_there = |name: &str| telemetry.snapshot().family(name).is_some_and(|family| family.series().len() > 0);
    while is_there("job_size") || is_there("parcel_wait_seconds") {
        assert!(Instant::now() < deadline, "the idle series end");
        thread::sleep(Duration::from_millis(20));
    }
    metrics::histogram!("job_size", "queue" => "mail").record(1.0);
    wait_for("air");
    let snapshot = telemetry.snapshot();
    let again = native(&snapshot, "job_size", &labels);
    assert_eq!(again, (3, 0, vec![(0, 1)], vec![], 1.0), "it begins again, at the first resolution");
    assert_eq!(count(&snapshot, "parcel_wait_seconds", &[("way", "air")]), 1);
    let report = telemetry.cardinality();
    let jobs = report.metric("job_size").expect("it is reported");
    assert_eq!((jobs.retired_series, jobs.retired), (1, 7));
    assert_eq!(report.metric("parcel_wait_seconds").map(|it| it.retired), Some(1));
}

#[cfg(unix)]
#[test]
fn a_forked_child_begins_anew() {
    let telemetry = installed();
    [0.0, 1e-9, 1.0, 1e9].into_iter().for_each(|size| SIZE.record(size));
    wait_for("air");
    assert!(
        super::forked::in_child(|| {
            let empty = count(&telemetry.snapshot(), "parcel_size", &[]) == 0;
            SIZE.record(1e9);
            wait_for("air");
            let snapshot = telemetry.snapshot();
            let counts = [("parcel_size", &[][..]), ("parcel_wait_seconds", &[("way", "air")])];
            empty && counts.iter().all(|(name, labels)| count(&snapshot, name, labels) == 1)
        }),
        "a child has its own buckets"
    );
    assert_eq!(count(&telemetry.snapshot(), "parcel_size", &[]), 4);
}

#[test]
fn under_another_recorder_it_is_a_histogram() {
    let foreign = DebuggingRecorder::new();
    metrics::with_local_recorder(&foreign, || {
        SIZE.record(0.5);
        wait_for("air");
    });
    let mut seen = foreign.snapshotter().snapshot().into_vec();
    seen.sort_by_key(|(key, ..)| key.key().name().to_owned());
    let [(size, .., DebugValue::Histogram(sizes)), (wait, .., DebugValue::Histogram(waits))] = &seen[..] else {
        panic!("{seen:?}")
    };
    assert_eq!((size.key().name(), wait.key().name()), ("parcel_size", "parcel_wait_seconds"));
    assert_eq!((sizes[0].into_inner(), waits.len()), (0.5, 1));
}

#[test]
fn in_the_second_mode_its_buckets_are_those_of_the_unit() {
    let all = Matcher::Suffix("_seconds".to_owned());
    let prometheus = tachometer::builder().no_listener().with_prometheus(PrometheusBuilder::new());
    let telemetry = prometheus.buckets(all, Native::new()).install().expect("there is none");
    wait_for("air");
    metrics::histogram!("other_seconds").record(1.0);
    let text = telemetry.render();
    assert!(text.contains("\nparcel_wait_seconds_bucket{way=\"air\",le=\"0.005\"} 1\n"), "{text}");
    assert!(text.contains("\nother_seconds_count 1\n"), "{text}");
}

#[test]
fn text_shows_the_bucket_of_all_and_json_every_bucket() {
    const TRACE: TraceContext = TraceContext::new(0xabc, 0xdef);
    let telemetry = tachometer::builder().no_listener().exemplars(|| Some(TRACE)).install().expect("there is none");
    [0.5, 0.5, 300.0, 0.0].into_iter().for_each(|size| SIZE.record(size));
    let text = telemetry.render();
    let own: String =
        text.lines().filter(|line| line.contains("parcel_size")).map(|line| format!("{line}\n")).collect();
    let expected = "# HELP parcel_size No description.\n# TYPE parcel_size histogram\n\
                    parcel_size_bucket{le=\"+Inf\"} 4\nparcel_size_sum 301\nparcel_size_count 4\n";
    assert_eq!(own, expected);
    let (_, open) = telemetry.render_for("application/openmetrics-text");
    assert!(open.contains("\nparcel_size_bucket{le=\"+Inf\"} 4 # {trace_id="), "{open}");
    let snapshot = telemetry.snapshot();
    let json: serde_json::Value = serde_json::from_str(&snapshot.to_json()).expect("it is JSON");
    let families = json["families"].as_array().expect("a list").iter();
    let size = families.clone().find(|family| family["name"] == "parcel_size").expect("it is there");
    let series = &size["series"][0];
    assert_eq!((&series["count"], &series["schema"], &series["zero_count"]), (&4.into(), &3.into(), &1.into()));
    let bucket = |index: i32, count: u64| serde_json::json!({ "index": index, "count": count });
    assert_eq!(series["positive"], serde_json::json!([bucket(-8, 2), bucket(66, 1)]));
    assert_eq!(series["exemplars"].as_array().map(Vec::len), Some(3), "of values that are far apart each the latest");

    let checker =
        Command::new("promtool").args(["check", "metrics"]).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut checker = checker.expect("scripts/setup installs it");
    checker.stdin.take().expect("it is piped").write_all(own.as_bytes()).expect("it reads");
    let said = checker.wait_with_output().expect("it ends");
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
}
