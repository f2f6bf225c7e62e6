//! Metrics whose names come in at run time.

use tachometer::{Error, Histogram, dynamic, timed};

use super::{counter, fractions, gauge, histogram, installed};

#[timed(name = "step_time_seconds", buckets = [0.5, 1.0])]
fn step() {}

fn message(result: Result<impl Sized, Error>) -> String {
    result.map(drop).expect_err("it is refused").to_string()
}

#[test]
fn handles_by_name_record_and_meet_others() {
    let telemetry = installed();
    let mails = dynamic::counter("jobs_done_total", &[("queue", "mail")]).expect("it is well-formed");
    mails.increment(1);
    dynamic::counter("jobs_done_total", &[("queue", "mail")]).expect("it agrees").increment(1);
    dynamic::float_counter("used_joules_total", &[]).expect("it is well-formed").add(0.5);
    dynamic::gauge("jobs_waiting", &[("queue", "mail"), ("zone", "a")]).expect("it is well-formed").set(3);
    dynamic::histogram("step_time_seconds", &[]).expect("any buckets will do").record(0.75);
    dynamic::histogram_with_buckets("step_time_seconds", &[], [0.5, 1.0]).expect("they are the same").record(0.75);
    step();
    drop(dynamic::gauge("mentioned", &[]));
    let snapshot = telemetry.snapshot();
    assert_eq!(counter(&snapshot, "jobs_done_total", &[("queue", "mail")]), 2);
    assert_eq!(fractions(&snapshot, "used_joules_total", &[]), 0.5);
    assert_eq!(gauge(&snapshot, "jobs_waiting", &[("zone", "a"), ("queue", "mail")]), 3.0);
    assert_eq!(histogram(&snapshot, "step_time_seconds", &[]).0, 3);
    assert_eq!(gauge(&snapshot, "mentioned", &[]), 0.0);
}

#[test]
fn a_malformed_name_is_an_error_that_names_it() {
    let _telemetry = installed();
    let error = dynamic::counter("jobs", &[]).expect_err("it lacks something");
    assert!(error.is_name() && !error.is_conflict());
    assert_eq!(error.to_string(), "counter name `jobs` lacks `_total`; rename it to `jobs_total`");
    for (told, expected) in [
        (message(dynamic::gauge("jobs-queued", &[])), "`jobs-queued` holds a character outside [a-zA-Z0-9_:]"),
        (message(dynamic::gauge("", &[])), "metric name is empty"),
        (message(dynamic::histogram("jobs_ms", &[])), "`_ms`, which is no base unit; use `_seconds`"),
        (message(dynamic::gauge("jobs", &[("__a.b", "")])), "metric `jobs`: label name `__a.b` starts with `__`"),
        (message(dynamic::gauge("jobs", &[("", "")])), "metric `jobs`: label name is empty"),
        (message(dynamic::gauge("jobs", &[("le", "")])), "label name `le` is reserved for histogram buckets"),
        (message(dynamic::gauge("jobs", &[("a", ""), ("b", ""), ("a", "")])), "label `a` is given twice"),
        (message(dynamic::histogram_with_buckets("jobs", &[], [2.0, 1.0])), "metric `jobs`: bucket 2 is not above"),
    ] {
        assert!(told.contains(expected), "{told}");
    }
    let names: Vec<String> = (0..33).map(|n| format!("label_{n}")).collect();
    let many: Vec<_> = names.iter().map(|name| (name.as_str(), "")).collect();
    assert!(message(dynamic::gauge("jobs", &many)).contains("has 33 labels; at most 32"));
}

#[test]
fn a_contradiction_is_an_error_and_not_counted() {
    let telemetry = installed();
    dynamic::counter("jobs_total", &[("queue", "mail")]).expect("it is the first").increment(1);
    let conflicts = [
        dynamic::counter("jobs_total", &[]).map(drop),
        dynamic::counter("jobs_total", &[("line", "mail")]).map(drop),
        dynamic::float_counter("jobs_total", &[("queue", "mail")]).map(drop),
        dynamic::gauge("function_calls_duration_seconds", &[("function", "f"), ("module", "m")]).map(drop),
        dynamic::histogram_with_buckets("step_time_seconds", &[], [7.0]).map(drop),
    ];
    for conflict in conflicts {
        assert!(conflict.expect_err("it contradicts").is_conflict());
    }
    let told = message(dynamic::counter("jobs_total", &[]));
    assert!(told.starts_with("metric `jobs_total` cannot be used like this: it is declared"), "{told}");
    assert!(told.contains("with the labels [\"queue\"] and []"), "{told}");
    for reason in ["kind", "labels", "buckets"] {
        assert_eq!(counter(&telemetry.snapshot(), "tachometer_conflicts_total", &[("reason", reason)]), 0);
    }
}

#[test]
fn before_the_installation_a_contradiction_is_not_known() {
    let early: Histogram = dynamic::histogram_with_buckets("step_time_seconds", &[], [7.0]).expect("nobody knows");
    let kept = dynamic::gauge("kept_level", &[]).expect("it is well-formed");
    drop(dynamic::gauge("forgotten_level", &[]).expect("it is well-formed"));
    let telemetry = installed();
    early.record(1.0);
    let snapshot = telemetry.snapshot();
    assert_eq!(histogram(&snapshot, "step_time_seconds", &[]).0, 0);
    assert_eq!(counter(&snapshot, "tachometer_conflicts_total", &[("reason", "buckets")]), 1);
    assert_eq!(gauge(&snapshot, "kept_level", &[]), 0.0, "shown before anything is recorded");
    assert!(snapshot.family("forgotten_level").is_none());
    kept.set(1);
    assert_eq!(gauge(&telemetry.snapshot(), "kept_level", &[]), 1.0);
}

#[test]
fn names_of_other_systems_are_sanitized_on_request() {
    let telemetry = installed();
    let labels = &[("mcp.tool", "search"), ("5xx", "no")];
    dynamic::sanitized::counter("http.requests", labels).expect("it can be sanitized").increment(2);
    dynamic::sanitized::counter("http-requests_total", labels).expect("it prints alike").increment(1);
    let snapshot = telemetry.snapshot();
    assert_eq!(counter(&snapshot, "http_requests_total", &[("mcp_tool", "search"), ("_5xx", "no")]), 3);
    dynamic::sanitized::gauge("99 % load", &[]).expect("it can be sanitized").set(1);
    assert_eq!(gauge(&telemetry.snapshot(), "_99___load", &[]), 1.0);
    let told = message(dynamic::sanitized::gauge("load", &[("a.b", "1"), ("a-b", "2")]));
    assert!(told.contains("label `a_b` is given twice"), "{told}");
    assert!(dynamic::sanitized::histogram("http-requests-total", labels).expect_err("a counter").is_conflict());
}
