//! Quantiles of the last minute, by themselves, by labels, in structs and by name.

use std::{
    io::Write as _,
    process::{Command, Stdio},
    time::Duration,
};

use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use tachometer::{Family, Histogram, Metrics, Snapshot, Summary, dynamic, families::Value};

use super::{counter, installed};

static WAIT: Summary = Summary::new("answer_wait_seconds").help("How long an answer was waited for.");
static SIZE: Family<Summary, (String, bool)> = Family::new("answer_bytes", &["peer", "packed"]);

#[derive(Metrics)]
#[metrics(prefix = "answers")]
struct AnswerMetrics {
    /// Words of an answer.
    words: Summary,
    /// Time to the first word.
    #[metric(unit = "seconds", labels(model))]
    first_word: Family<Summary, (&'static str,)>,
}

/// The quantiles, the sum and the count of a summary; fails if there is no such series.
fn summary(snapshot: &Snapshot, name: &str, labels: &[(&str, &str)]) -> ([f64; 3], f64, u64) {
    match snapshot.get(name, labels) {
        Some(Value::Summary(summary)) => (summary.values.map(|(_, value)| value), summary.sum, summary.count),
        other => panic!("{name}{labels:?} is {other:?}"),
    }
}

fn is_near(estimate: f64, value: f64) -> bool {
    (estimate - value).abs() <= 0.010_001 * value.abs()
}

#[test]
fn quantiles_sums_and_counts_arrive() {
    let telemetry = installed();
    let metrics = AnswerMetrics::default();
    let empty = summary(&telemetry.snapshot(), "answers_words", &[]);
    assert!(empty.0.iter().all(|quantile| quantile.is_nan()));
    assert_eq!((empty.1, empty.2), (0.0, 0), "present from the start");
    (1..=100).for_each(|n| WAIT.record(Duration::from_millis(n * 10)));
    SIZE.with("north", true).record(512);
    metrics.words.record(7_u8);
    metrics.first_word.with("small").record(0.25);
    dynamic::summary("by_name_seconds", &[("k", "1")]).expect("it is well-formed").record(3);
    dynamic::sanitized::summary("by.name", &[]).expect("it can be sanitized").record(-4);
    let snapshot = telemetry.snapshot();
    let (quantiles, sum, count) = summary(&snapshot, "answer_wait_seconds", &[]);
    assert!(quantiles.iter().zip([0.5, 0.9, 0.99]).all(|(found, value)| is_near(*found, value)), "{quantiles:?}");
    assert!((sum - 50.5).abs() < 1e-9);
    assert_eq!(count, 100);
    let once = |name: &str, labels: &[(&str, &str)], value: f64| {
        let (quantiles, sum, count) = summary(&snapshot, name, labels);
        assert!(quantiles.iter().all(|quantile| is_near(*quantile, value)), "{quantiles:?}");
        assert_eq!((sum, count), (value, 1));
    };
    once("answer_bytes", &[("peer", "north"), ("packed", "true")], 512.0);
    once("answers_words", &[], 7.0);
    once("answers_first_word_seconds", &[("model", "small")], 0.25);
    once("by_name_seconds", &[("k", "1")], 3.0);
    once("by_name", &[], -4.0);
    assert_eq!(
        snapshot.family("answer_wait_seconds").expect("it is there").help(),
        "How long an answer was waited for."
    );
    assert_eq!(
        snapshot.family("answers_first_word_seconds").expect("it is there").unit().expect("known").as_str(),
        "seconds"
    );
}

#[test]
fn threads_lose_nothing_while_others_scrape() {
    let telemetry = installed();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            scope.spawn(move || (0..20_000).for_each(|n| WAIT.record(f64::from(thread * 7 + n % 5) + 1.0)));
        }
        let mut last = 0;
        while last < 80_000 {
            let snapshot = telemetry.snapshot();
            let Some(Value::Summary(wait)) = snapshot.get("answer_wait_seconds", &[]) else { continue };
            assert!(wait.count >= last, "a total has gone back");
            last = wait.count;
        }
    });
    let (quantiles, sum, count) = summary(&telemetry.snapshot(), "answer_wait_seconds", &[]);
    assert_eq!((count, sum), (80_000, (0..4).map(|thread| 20_000.0 * (f64::from(thread * 7) + 3.0)).sum()));
    assert!(quantiles.iter().all(|quantile| (0.99..=26.27).contains(quantile)));
}

#[test]
fn what_is_not_finite_is_dropped_and_a_sum_stays_at_the_largest_number() {
    let telemetry = installed();
    [f64::NAN, f64::INFINITY, f64::NEG_INFINITY].into_iter().for_each(|value| WAIT.record(value));
    let snapshot = telemetry.snapshot();
    assert_eq!(counter(&snapshot, "tachometer_dropped_records_total", &[("reason", "not_a_number")]), 3);
    assert_eq!(summary(&snapshot, "answer_wait_seconds", &[]).2, 0);
    (0..3).for_each(|_| WAIT.record(f64::MAX));
    assert_eq!(summary(&telemetry.snapshot(), "answer_wait_seconds", &[]).1, f64::MAX);
    metrics::histogram!("answer_wait_seconds").record_many(1.0, usize::MAX);
    metrics::histogram!("answer_wait_seconds").record_many(9.0, usize::MAX);
    assert!(telemetry.render().contains("answer_wait_seconds_count"));
}

#[test]
fn a_histogram_of_the_facade_under_its_name_is_part_of_it() {
    let telemetry = installed();
    WAIT.record(1);
    metrics::histogram!("answer_wait_seconds").record(1.0);
    metrics::histogram!("answer_wait_seconds", "quantile" => "odd").record(1.0);
    let snapshot = telemetry.snapshot();
    assert_eq!(summary(&snapshot, "answer_wait_seconds", &[]).2, 2);
    assert_eq!(counter(&snapshot, "tachometer_conflicts_total", &[("reason", "kind")]), 0);
    assert!(telemetry.render().contains("\nanswer_wait_seconds{exported_quantile=\"odd\",quantile=\"0.5\"} 0.99"));
}

#[test]
fn a_declared_histogram_under_its_name_is_a_conflict() {
    let telemetry = installed();
    WAIT.record(1);
    let other = Histogram::new("answer_wait_seconds");
    other.record(1);
    assert!(dynamic::histogram("answer_wait_seconds", &[]).expect_err("it contradicts").is_conflict());
    let snapshot = telemetry.snapshot();
    assert_eq!(summary(&snapshot, "answer_wait_seconds", &[]).2, 1);
    assert_eq!(counter(&snapshot, "tachometer_conflicts_total", &[("reason", "kind")]), 1);
    let told = dynamic::summary("jobs", &[("quantile", "")]).expect_err("it is reserved").to_string();
    assert!(told.contains("label name `quantile` is reserved for summaries; rename it"), "{told}");
}

#[test]
fn under_another_recorder_it_is_a_histogram() {
    let foreign = DebuggingRecorder::new();
    metrics::with_local_recorder(&foreign, || WAIT.record(0.5));
    let seen = foreign.snapshotter().snapshot().into_vec();
    let [(key, _, _, DebugValue::Histogram(values))] = &seen[..] else { panic!("{seen:?}") };
    assert_eq!((key.key().name(), values[0].into_inner()), ("answer_wait_seconds", 0.5));
}

#[test]
fn prometheus_own_checker_accepts_the_text() {
    let telemetry = installed();
    WAIT.record(0.25);
    SIZE.with("north \"a\"", true).record(512);
    drop(SIZE.with("south", false));
    let text = telemetry.render();
    for line in [
        "# TYPE answer_bytes summary",
        "answer_bytes{peer=\"south\",packed=\"false\",quantile=\"0.99\"} NaN",
        "answer_bytes_sum{peer=\"south\",packed=\"false\"} 0",
        "answer_bytes_count{peer=\"south\",packed=\"false\"} 0",
        "answer_wait_seconds_count 1",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} in\n{text}");
    }
    assert_eq!(telemetry.render(), text, "the same state is the same bytes");
    let summaries: String = text
        .lines()
        .filter(|line| line.contains("answer_") && !line.starts_with("tachometer_"))
        .map(|line| format!("{line}\n"))
        .collect();
    let checker =
        Command::new("promtool").args(["check", "metrics"]).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut checker = checker.expect("scripts/setup installs it");
    checker.stdin.take().expect("it is piped").write_all(summaries.as_bytes()).expect("it reads");
    let said = checker.wait_with_output().expect("it ends");
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
}
