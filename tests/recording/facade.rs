//! What any crate records through the `metrics` facade.

use std::thread;

use metrics::{Unit, counter as count, describe_histogram, gauge as dial, histogram as spread};
use tachometer::{FloatCounter, Histogram, counted, families::Value, in_flight};

use super::{counter, gauge, histogram, installed, unguarded};

#[test]
fn a_description_reaches_its_metric_under_each_name_that_is_printed_like_it() {
    let telemetry = tachometer::builder().no_listener().install().expect("there is none");
    metrics::describe_counter!("parts.made", "Parts.");
    metrics::counter!("parts-made").increment(1);
    metrics::counter!("parts_sent").increment(1);
    metrics::describe_counter!("parts.sent", "Sent parts.");
    let snapshot = telemetry.snapshot();
    let help = |name: &str| snapshot.family(name).map(|family| family.help().to_owned());
    assert_eq!(help("parts_made").as_deref(), Some("Parts."));
    assert_eq!(help("parts_sent").as_deref(), Some("Sent parts."));
}

#[test]
fn descriptions_of_metrics_that_never_come_are_bounded_and_what_is_dropped_is_counted() {
    let policy = tachometer::Policy::default().metrics(20);
    let telemetry = tachometer::builder().no_listener().guard(policy).install().expect("there is none");
    let dropped = || counter(&telemetry.snapshot(), "tachometer_dropped_records_total", &[("reason", "refused")]);
    (0..100).for_each(|n| metrics::describe_counter!(format!("never_{n}_total"), "Never."));
    // What the installation says of metrics of its own has room as well.
    let before = dropped();
    assert!((80..100).contains(&before), "{before}");
    metrics::describe_counter!("never_3_total", "What is known may be said anew.");
    assert_eq!(dropped(), before);
}

#[test]
fn counters_gauges_and_histograms_arrive() {
    let telemetry = installed();
    count!("jobs_total", "queue" => "mail").increment(2);
    count!("jobs_total", "queue" => "mail").increment(1);
    count!("synced_total").absolute(7);
    count!("synced_total").absolute(5);
    dial!("depth").set(-2.5);
    dial!("depth").increment(1.0);
    spread!("sizes").record_many(3.0, 4);
    let snapshot = telemetry.snapshot();
    assert_eq!(counter(&snapshot, "jobs_total", &[("queue", "mail")]), 3);
    assert_eq!(counter(&snapshot, "synced_total", &[]), 7, "an older reading does not lower it");
    assert_eq!(gauge(&snapshot, "depth", &[]), -1.5);
    assert_eq!(histogram(&snapshot, "sizes", &[]), (4, 12.0));
}

#[test]
fn the_order_of_labels_does_not_matter() {
    let telemetry = installed();
    count!("jobs_total", "a" => "1", "b" => "2").increment(1);
    count!("jobs_total", "b" => "2".to_owned(), "a" => "1").increment(1);
    assert_eq!(telemetry.snapshot().family("jobs_total").expect("it is there").series().len(), 1);
}

#[test]
fn names_that_print_alike_are_one_metric() {
    let telemetry = installed();
    count!("http.requests", "mcp.tool" => "x").increment(1);
    count!("http_requests", "mcp_tool" => "x").increment(1);
    count!("http-requests", "mcp-tool" => "x").increment(1);
    let text = telemetry.render();
    assert!(text.contains("\nhttp_requests{mcp_tool=\"x\"} 3\n"), "{text}");
    assert_eq!(text.matches("http_requests{").count(), 1, "{text}");
    assert_eq!(counter(&telemetry.snapshot(), "http.requests", &[("mcp.tool", "x")]), 3);
}

#[test]
fn labels_that_print_alike_in_one_key_are_refused_and_counted() {
    let telemetry = installed();
    count!("odd_total", "a.b" => "1", "a_b" => "2").increment(1);
    let snapshot = telemetry.snapshot();
    assert!(snapshot.family("odd_total").is_none());
    assert_eq!(counter(&snapshot, "tachometer_refused_series_total", &[("reason", "label_names")]), 1);
}

#[test]
fn names_that_no_format_can_hold_are_written_otherwise() {
    let telemetry = installed();
    count!("taken_total", "__name__" => "other_total", "" => "x", "___tmp" => "y").increment(1);
    count!("taken_total", "__name__" => "other_total", "" => "x", "___tmp" => "y").increment(1);
    count!("dotted.total", "__a.b" => "x").increment(1);
    dial!("").set(1.0);
    for accept in ["text/plain", "text/plain;version=1.0.0;escaping=allow-utf-8", "application/openmetrics-text"] {
        let (_, page) = telemetry.render_for(accept);
        assert!(page.contains("\ntaken_total{_name__=\"other_total\",_=\"x\",_tmp=\"y\"} 2\n"), "{page}");
        assert!(page.contains("_a_b=\"x\"} 1\n") && page.contains("\n_ 1\n"), "{page}");
    }
    count!("twice_total", "__a" => "1", "_a" => "2").increment(1);
    let refused = counter(&telemetry.snapshot(), "tachometer_refused_series_total", &[("reason", "label_names")]);
    assert_eq!(refused, 1);
}

#[test]
fn what_stands_on_all_series_is_printed_once() {
    let telemetry = tachometer::builder().no_listener().label("zone", "a").install().expect("it is alone");
    for zone in [None, Some("a"), Some("b")] {
        let labels: Vec<_> = zone.map(|zone| metrics::Label::new("zone", zone)).into_iter().collect();
        metrics::counter!("arrived_total", labels).increment(1);
    }
    metrics::gauge!("waiting", "zone" => "a").set(7.0);
    let lines = || {
        let text = telemetry.render();
        let lines = text.lines().filter(|line| line.starts_with("arrived_total") || line.starts_with("waiting"));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let expected = [r#"arrived_total{zone="a"} 1"#, r#"arrived_total{zone="b"} 1"#, r#"waiting{zone="a"} 7"#];
    assert_eq!(lines(), expected);
    assert_eq!(lines(), expected);
    let refused = counter(&telemetry.snapshot(), "tachometer_refused_series_total", &[("reason", "label_names")]);
    assert_eq!(refused, 1, "once, however often it is read");
}

#[test]
fn a_name_keeps_the_kind_of_its_first_use() {
    let telemetry = installed();
    count!("thing").increment(1);
    dial!("thing").set(5.0);
    let snapshot = telemetry.snapshot();
    assert_eq!(counter(&snapshot, "thing", &[]), 1);
    assert_eq!(counter(&snapshot, "tachometer_conflicts_total", &[("reason", "kind")]), 1);
    assert_eq!(telemetry.render().matches("# TYPE thing ").count(), 1);
}

#[test]
fn what_is_not_finite_is_dropped_and_counted() {
    let telemetry = installed();
    let dropped = || counter(&telemetry.snapshot(), "tachometer_dropped_records_total", &[("reason", "not_a_number")]);
    let others = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
    others.into_iter().for_each(|value| spread!("sizes").record(value));
    spread!("sizes").record_many(f64::INFINITY, 7);
    assert_eq!((histogram(&telemetry.snapshot(), "sizes", &[]), dropped()), ((0, 0.0), 10));
    dial!("level").set(2.0);
    others.into_iter().for_each(|amount| dial!("level").increment(amount));
    assert_eq!((gauge(&telemetry.snapshot(), "level", &[]), dropped()), (2.0, 13));
    others.into_iter().for_each(|value| {
        dial!("level").set(value);
        let shown = gauge(&telemetry.snapshot(), "level", &[]);
        assert!(shown == value || (shown.is_nan() && value.is_nan()), "a level is what it is set to");
    });
}

#[test]
fn a_sum_that_passes_the_largest_number_stays_there() {
    let telemetry = installed();
    spread!("sizes").record_many(f64::MAX, 3);
    thread::spawn(|| spread!("sizes").record_many(f64::MAX, 2)).join().expect("it does not panic");
    assert_eq!(histogram(&telemetry.snapshot(), "sizes", &[]), (5, f64::MAX));
    (0..3).for_each(|_| spread!("sizes", "way" => "down").record(f64::MIN));
    assert_eq!(histogram(&telemetry.snapshot(), "sizes", &[("way", "down")]), (3, f64::MIN));
}

#[test]
fn whole_units_that_a_counter_of_fractions_cannot_hold_are_dropped() {
    let telemetry = installed();
    static ENERGY: FloatCounter = FloatCounter::new("used_joules_total");
    ENERGY.add(1);
    let too_many = u64::MAX / 1_000_000_000 + 1;
    count!("used_joules_total").increment(too_many);
    count!("used_joules_total").absolute(too_many);
    let snapshot = telemetry.snapshot();
    assert_eq!(snapshot.get("used_joules_total", &[]), Some(Value::FloatCounter(1.0)));
    assert_eq!(counter(&snapshot, "tachometer_dropped_records_total", &[("reason", "too_large")]), 2);
}

#[test]
fn no_duration_is_below_zero() {
    let telemetry = installed();
    static WAIT: Histogram = Histogram::new("signed_wait_seconds").buckets(&[-1.0, -1e-12, 0.0, 1.0]);
    WAIT.record(-2.0);
    WAIT.time().discard();
    drop(WAIT.time());
    let snapshot = telemetry.snapshot();
    let Some(Value::Histogram(wait)) = snapshot.get("signed_wait_seconds", &[]) else { panic!("it is there") };
    assert_eq!((wait.counts[..2].iter().sum::<u64>(), wait.count()), (1, 2), "the one that was recorded");
}

#[test]
fn a_histogram_gets_buckets_by_its_unit() {
    let telemetry = installed();
    describe_histogram!("latency", Unit::Seconds, "Time of a request.");
    spread!("latency").record(0.3);
    spread!("body_bytes").record(300.0);
    spread!("items").record(3.0);
    let snapshot = telemetry.snapshot();
    let bounds = |name| match snapshot.get(name, &[]) {
        Some(Value::Histogram(distribution)) => (distribution.bounds[0], distribution.bounds.len()),
        other => panic!("{name} is {other:?}"),
    };
    assert_eq!(bounds("latency"), (0.005, 11));
    assert_eq!(bounds("body_bytes"), (256.0, 11));
    assert_eq!(bounds("items"), (1.0, 10));
    assert_eq!(snapshot.family("latency").expect("it is there").help(), "Time of a request.");
}

#[counted(name = "shared_total")]
#[in_flight(name = "shared_in_flight")]
fn shared() {}

#[test]
fn a_function_and_the_facade_share_a_series() {
    let telemetry = installed();
    let handle = count!("shared_total");
    shared();
    handle.increment(10);
    handle.absolute(5);
    handle.absolute(100);
    shared();
    dial!("shared_in_flight").set(4.0);
    shared();
    let snapshot = telemetry.snapshot();
    assert_eq!(counter(&snapshot, "shared_total", &[]), 102);
    assert_eq!(gauge(&snapshot, "shared_in_flight", &[]), 4.0);
    assert_eq!(snapshot.family("shared_total").expect("it is there").series().len(), 1);
}

#[test]
fn counts_beyond_64_bits_wrap_and_stop_no_scrape() {
    let telemetry = installed();
    let sizes = spread!("sizes");
    sizes.record_many(1.0, usize::MAX);
    sizes.record(100.0);
    sizes.record_many(f64::INFINITY, 0);
    assert!(telemetry.render().contains("sizes_count 0\n"));
    assert!(telemetry.snapshot().to_json().contains("\"count\":0"));
    assert!(histogram(&telemetry.snapshot(), "sizes", &[]).1.is_finite());
}

#[test]
fn a_refused_series_is_warned_of_once_and_its_records_are_counted() {
    let telemetry = unguarded();
    let endless = "x".repeat(70_000);
    for _ in 0..3 {
        count!("odd_total", "value" => endless.clone()).increment(1);
    }
    let snapshot = telemetry.snapshot();
    assert_eq!(counter(&snapshot, "tachometer_refused_series_total", &[("reason", "full")]), 3);
    assert_eq!(counter(&snapshot, "tachometer_dropped_records_total", &[("reason", "refused")]), 3);
}
