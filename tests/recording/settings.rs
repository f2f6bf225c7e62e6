//! Settings of buckets, and settings that change while the program runs.

use std::fs;

use tachometer::{Config, Histogram, Snapshot, families::Value, metric::matcher::Matcher, timed};
use tempfile::NamedTempFile;

use super::{counter, gauge, histogram, installed, untold::Warnings};

#[timed(name = "silent_seconds")]
fn silent() {}

#[timed(name = "outspoken_seconds", buckets = [1.0, 2.0])]
fn outspoken() {}

/// What all functions share, which has thresholds of these tests' objectives.
fn shared() -> Matcher {
    Matcher::Full("function_calls_duration_seconds".to_owned())
}

/// The same of a function with a name.
fn refunds() -> Matcher {
    Matcher::Full("refund_duration_seconds".to_owned())
}

fn suffix(text: &str) -> Matcher {
    Matcher::Suffix(text.to_owned())
}

fn bounds(snapshot: &Snapshot, name: &str) -> Vec<f64> {
    match snapshot.get(name, &[]) {
        Some(Value::Histogram(distribution)) => distribution.bounds.to_vec(),
        other => panic!("{name} is {other:?}"),
    }
}

#[test]
fn buckets_are_those_of_settings_where_none_are_declared() {
    let telemetry = tachometer::builder()
        .no_listener()
        .config(Config::default().buckets(suffix("_seconds"), [9.0]))
        .buckets(suffix("_seconds"), [0.5, 1.5])
        .buckets(shared(), [0.25, 1.0])
        .buckets(refunds(), [0.25, 1.0])
        .buckets("http.*".parse().expect("a matcher"), [100.0])
        .install()
        .expect("it is the only one");
    silent();
    outspoken();
    metrics::histogram!("http.seconds").record(7.0);
    metrics::histogram!("other_seconds").record(1.0);
    metrics::histogram!("other_things").record(7.0);
    metrics::counter!("counted_seconds").increment(1);
    let snapshot = telemetry.snapshot();
    assert_eq!(bounds(&snapshot, "silent_seconds"), [0.5, 1.5]);
    assert_eq!(bounds(&snapshot, "outspoken_seconds"), [1.0, 2.0]);
    assert_eq!(bounds(&snapshot, "http_seconds"), [100.0], "a beginning counts more than an end");
    assert_eq!(bounds(&snapshot, "other_seconds"), [0.5, 1.5]);
    assert_eq!(bounds(&snapshot, "other_things").len(), 10);
    assert_eq!(histogram(&snapshot, "other_seconds", &[]), (1, 1.0));
    assert_eq!(counter(&snapshot, "counted_seconds", &[]), 1);
}

#[test]
fn buckets_without_the_threshold_of_an_objective_start_nothing() {
    let error =
        tachometer::builder().no_listener().buckets(shared(), [0.3, 1.0]).install().expect_err("250 ms is none");
    assert!(error.is_setting());
    assert!(error.to_string().contains("its latency of 250 ms is no bucket of `function_calls_duration_seconds`"));
    drop(installed());
}

#[test]
fn declared_buckets_are_overridden_on_request() {
    let config = Config::default().override_buckets("outspoken_*".parse().expect("a matcher"), [7.0]);
    let telemetry = tachometer::builder().no_listener().config(config).install().expect("it is the only one");
    static HANDLE: Histogram = Histogram::new("outspoken_sizes").buckets(&[3.0]);
    outspoken();
    HANDLE.record(1.0);
    let snapshot = telemetry.snapshot();
    assert_eq!(bounds(&snapshot, "outspoken_seconds"), [7.0]);
    assert_eq!(bounds(&snapshot, "outspoken_sizes"), [7.0]);
    assert_eq!(
        [histogram(&snapshot, "outspoken_seconds", &[]).0, histogram(&snapshot, "outspoken_sizes", &[]).0],
        [1; 2]
    );
    assert_eq!(counter(&snapshot, "tachometer_conflicts_total", &[("reason", "buckets")]), 0);
}

#[test]
fn a_setting_that_declared_buckets_leave_without_effect_is_warned_of_once() {
    let warnings = Warnings::of();
    let all = "outspoken_*".parse().expect("a matcher");
    let telemetry = tachometer::builder().no_listener().buckets(all, [7.0]).install().expect("it is the only one");
    let said = |warnings: &Warnings| {
        let all = warnings.all().into_iter();
        all.filter(|it| it.contains("buckets that a setting has")).collect::<Vec<_>>()
    };
    let first = said(&warnings);
    // At the installation, before there is a call: it names where the function stands, and what to do.
    assert_eq!(first.len(), 1, "{first:?}");
    assert!(first[0].contains("settings.rs:") && first[0].contains("`override = true`"), "{first:?}");
    outspoken();
    silent();
    assert_eq!(said(&warnings), Vec::<String>::new(), "once is enough");
    assert_eq!(bounds(&telemetry.snapshot(), "outspoken_seconds"), [1.0, 2.0]);
}

#[test]
fn buckets_that_have_changed_contradict_nobody() {
    let first = tachometer::builder().no_listener().buckets(suffix("_seconds"), [0.5]).buckets(shared(), [0.25, 1.0]);
    let first = first.buckets(refunds(), [0.25, 1.0]).install().expect("the only one");
    silent();
    drop(first);
    let second = installed();
    silent();
    let snapshot = second.snapshot();
    assert_eq!(histogram(&snapshot, "silent_seconds", &[]).0, 2);
    assert_eq!(bounds(&snapshot, "silent_seconds"), [0.5]);
    assert_eq!(counter(&snapshot, "tachometer_conflicts_total", &[("reason", "buckets")]), 0);
}

#[test]
fn malformed_buckets_start_nothing() {
    let error = tachometer::builder().no_listener().buckets(suffix("_seconds"), []).install().expect_err("no bounds");
    assert!(error.is_setting());
    let expected = "builder: buckets of `*_seconds`: `buckets` is empty; write at least one upper bound";
    assert_eq!(error.to_string(), expected);
    drop(installed());
}

#[test]
fn a_reload_changes_what_comes_later() {
    let file = NamedTempFile::new().expect("there is room");
    let telemetry = tachometer::builder().no_listener().config_file(file.path()).install().expect("the only one");
    let attempts = |telemetry: &tachometer::Telemetry| {
        let snapshot = telemetry.snapshot();
        let failed = counter(&snapshot, "tachometer_config_reload_errors_total", &[]);
        (failed, gauge(&snapshot, "tachometer_config_last_reload_successful", &[]))
    };
    assert_eq!(attempts(&telemetry), (0, 1.0));
    let read_at = "tachometer_config_last_reload_success_timestamp_seconds";
    let first = gauge(&telemetry.snapshot(), read_at, &[]);
    assert!(first > 1.7e9, "it is a time of ours: {first}");

    metrics::histogram!("early_seconds").record(1.0);
    fs::write(file.path(), "[[buckets]]\nmatch = '*_seconds'\nbounds = [3]\n").expect("there is room");
    telemetry.reload().expect("it is well formed");
    metrics::histogram!("early_seconds").record(1.0);
    metrics::histogram!("late_seconds").record(1.0);
    assert_eq!(bounds(&telemetry.snapshot(), "early_seconds").len(), 11);
    assert_eq!(histogram(&telemetry.snapshot(), "early_seconds", &[]), (2, 2.0));
    assert_eq!(bounds(&telemetry.snapshot(), "late_seconds"), [3.0]);
    assert!(gauge(&telemetry.snapshot(), read_at, &[]) >= first);

    fs::write(file.path(), "[[bucket]]\n").expect("there is room");
    let error = telemetry.reload().expect_err("there is no such key");
    let expected = format!(
        "config file {}, line 1, column 3: unknown key `bucket`; did you mean `buckets`?",
        file.path().display()
    );
    assert_eq!((error.is_setting(), error.to_string()), (true, expected));
    assert_eq!(attempts(&telemetry), (1, 0.0));
    metrics::histogram!("latest_seconds").record(1.0);
    assert_eq!(bounds(&telemetry.snapshot(), "latest_seconds"), [3.0]);
    fs::write(file.path(), "").expect("there is room");
    telemetry.reload().expect("it is empty");
    assert_eq!(attempts(&telemetry), (1, 1.0));
}

#[test]
fn settings_in_effect_print_themselves() {
    let telemetry = tachometer::builder().listen(([127, 0, 0, 1], 0).into()).label("zone", "eu").install();
    let telemetry = telemetry.expect("it is the only one");
    let printed = telemetry.config().to_string();
    for line in ["host = \"127.0.0.1\"", "port = 0", "labels = { zone = \"eu\" }", "routes.health = \"/healthz\""] {
        assert!(printed.lines().any(|printed| printed == line), "{line} is missing:\n{printed}");
    }
    telemetry.reload().expect("there is nothing to read");
    drop(telemetry);
    let off = tachometer::builder().config(Config::default().enabled(false)).install().expect("nothing can fail");
    assert_eq!(off.config().to_string(), "enabled = false\n");
    off.reload().expect("there is nothing to read");
}

#[test]
fn an_address_that_is_taken_need_not_keep_a_program_from_starting() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = taken.local_addr().expect("it has one");
    let builder = || tachometer::builder().listen(address);
    assert!(builder().install().expect_err("the port is taken").is_address());
    let builder = builder().overrides(Config::default().listen_required(false));
    let telemetry = builder.install().expect("it may be taken");
    assert_eq!(
        (telemetry.local_addr(), gauge(&telemetry.snapshot(), "tachometer_endpoint_listening", &[])),
        (None, 0.0)
    );
    drop(taken);
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while telemetry.local_addr().is_none() {
        assert!(std::time::Instant::now() < deadline, "the port is free");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    assert_eq!(telemetry.local_addr(), Some(address));
    assert_eq!(gauge(&telemetry.snapshot(), "tachometer_endpoint_listening", &[]), 1.0);
    std::net::TcpStream::connect(address).expect("it listens");
    telemetry.shutdown(std::time::Duration::from_secs(10)).expect("nothing is under way");
    std::net::TcpListener::bind(address).expect("it is free again");
}
