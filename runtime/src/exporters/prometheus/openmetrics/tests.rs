//! What OpenMetrics has that 0.0.4 has not.

use std::time::{Duration, UNIX_EPOCH};

use super::{
    super::{
        negotiation::{Escaping, Format},
        strict,
    },
    canonical,
};
use crate::exporters::fake::Fake;

const OPENMETRICS: Format = Format::OpenMetrics1(Escaping::Underscores);
const UTF8: Format = Format::OpenMetrics1(Escaping::AllowUtf8);

#[test]
fn writes_each_kind() {
    let fake = Fake::new()
        .counter("jobs_total", "Jobs \\ of\ntwo \"lines\".", &[(&[], u64::MAX), (&[("queue", "a\"b\\c\nd")], 2)])
        .counter("seen", "Seen.", &[(&[], 1)])
        .float_counter("used_seconds_total", "Used.", &[(&[], 0.25)])
        .gauge("load", "Load.", &[(&[("k", "1")], f64::NAN), (&[("k", "2")], f64::NEG_INFINITY)])
        .histogram("wait_seconds", "Wait.", &[0.005, 10.0], &[(&[("k", "1")], &[1, 2, 3], 4.5)])
        .summary("x_seconds", "X.", &[(&[("k", "1")], [0.5, 1.0, f64::NAN], 2.5, 4)])
        .native("y_bytes", "Y.", 3, &[(&[("k", "1")], 1, &[(0, 2), (5, 3)], &[], 7.5)]);
    let expected = "\
# TYPE jobs counter
# HELP jobs Jobs \\\\ of\\ntwo \\\"lines\\\".
jobs_total 18446744073709551615
jobs_total{queue=\"a\\\"b\\\\c\\nd\"} 2
# TYPE seen unknown
# HELP seen Seen.
seen 1
# TYPE used_seconds counter
# UNIT used_seconds seconds
# HELP used_seconds Used.
used_seconds_total 0.25
# TYPE load gauge
# HELP load Load.
load{k=\"1\"} NaN
load{k=\"2\"} -Inf
# TYPE wait_seconds histogram
# UNIT wait_seconds seconds
# HELP wait_seconds Wait.
wait_seconds_bucket{k=\"1\",le=\"0.005\"} 1
wait_seconds_bucket{k=\"1\",le=\"10.0\"} 3
wait_seconds_bucket{k=\"1\",le=\"+Inf\"} 6
wait_seconds_sum{k=\"1\"} 4.5
wait_seconds_count{k=\"1\"} 6
# TYPE x_seconds summary
# UNIT x_seconds seconds
# HELP x_seconds X.
x_seconds{k=\"1\",quantile=\"0.5\"} 0.5
x_seconds{k=\"1\",quantile=\"0.9\"} 1
x_seconds{k=\"1\",quantile=\"0.99\"} NaN
x_seconds_sum{k=\"1\"} 2.5
x_seconds_count{k=\"1\"} 4
# TYPE y_bytes histogram
# UNIT y_bytes bytes
# HELP y_bytes Y.
y_bytes_bucket{k=\"1\",le=\"+Inf\"} 6
y_bytes_sum{k=\"1\"} 7.5
y_bytes_count{k=\"1\"} 6
# EOF
";
    assert_eq!(OPENMETRICS.encode_to_string(&fake, false), expected);
    assert_eq!(Format::OpenMetrics0.encode_to_string(&fake, false), expected);
    assert_eq!(OPENMETRICS.encode_to_string(&Fake::new(), false), "# EOF\n");
}

#[test]
fn beginnings_are_written_on_request() {
    let fake = Fake::new()
        .common("zone", "a")
        .counter("jobs_total", "J.", &[(&[], 1), (&[("queue", "x")], 2)])
        .counter("seen", "S.", &[(&[], 1)])
        .gauge("load", "L.", &[(&[], 1.0)])
        .histogram("wait", "W.", &[1.0], &[(&[], &[0, 0], 0.0)])
        .summary("x", "X.", &[(&[], [f64::NAN; 3], 0.0, 0)]);
    let text = OPENMETRICS.encode_to_string(&fake, true);
    let created: Vec<_> = text.lines().filter(|line| line.contains("_created")).collect();
    let expected = [
        "jobs_created{zone=\"a\"} 1735689600.5",
        "jobs_created{zone=\"a\",queue=\"x\"} 1735689600.5",
        "wait_created{zone=\"a\"} 1735689600.5",
        "x_created{zone=\"a\"} 1735689600.5",
    ];
    assert_eq!(created, expected);
    assert!(!Format::Text.encode_to_string(&fake, true).contains("_created"));
    strict::read(&text, OPENMETRICS);
}

#[test]
fn exemplars_stand_behind_the_values_that_they_belong_to() {
    let at = UNIX_EPOCH + Duration::from_millis(1_735_689_600_007);
    let fake = Fake::new()
        .exemplar(0, 0.25, at)
        .exemplar(2, 1e300, at + Duration::from_millis(1))
        .counter("jobs_total", "J.", &[(&[], 3), (&[("queue", "x")], 1)])
        .counter("seen", "S.", &[(&[], 1)])
        .gauge("load", "L.", &[(&[], 1.0)])
        .histogram("wait", "W.", &[0.5, 1.0], &[(&[("k", "1")], &[1, 2, 3], 4.5)])
        .summary("x", "X.", &[(&[], [0.25; 3], 0.25, 1)])
        .native("y", "Y.", 3, &[(&[], 0, &[(-15, 1), (8000, 1)], &[], 1e300)])
        .histogram("z", "Z.", &[], &[(&[], &[0], 0.0)]);
    let labels = "# {trace_id=\"4bf92f3577b34da6a3ce929d0e0e4736\",span_id=\"00f067aa0ba902b7\"}";
    let text = OPENMETRICS.encode_to_string(&fake, true);
    let lines: Vec<_> = text.lines().filter(|line| line.contains(" # ")).collect();
    let expected = [
        format!("jobs_total 3 {labels} 0.25 1735689600.007"),
        format!("jobs_total{{queue=\"x\"}} 1 {labels} 0.25 1735689600.007"),
        format!("wait_bucket{{k=\"1\",le=\"0.5\"}} 1 {labels} 0.25 1735689600.007"),
        format!("wait_bucket{{k=\"1\",le=\"+Inf\"}} 6 {labels} 1e300 1735689600.008"),
        format!("y_bucket{{le=\"+Inf\"}} 2 {labels} 1e300 1735689600.008"),
        format!("z_bucket{{le=\"+Inf\"}} 0 {labels} 0.25 1735689600.007"),
    ];
    assert_eq!(lines, expected);
    assert!(!Format::Text1(Escaping::AllowUtf8).encode_to_string(&fake, true).contains(" # "));
}

#[test]
fn bounds_are_canonical() {
    for (bound, text) in [
        (1e-10, "1e-10"),
        (1e-9, "1e-09"),
        (1e-5, "1e-05"),
        (0.0001, "0.0001"),
        (0.00025, "0.00025"),
        (0.1, "0.1"),
        (0.0, "0.0"),
        (1.0, "1.0"),
        (-2.5, "-2.5"),
        (9.999, "9.999"),
        (100_000.0, "100000.0"),
        (123_456.75, "123456.75"),
        (1e6, "1e+06"),
        (268_435_456.0, "2.68435456e+08"),
        (1e10, "1e+10"),
        (1e100, "1e+100"),
        (f64::INFINITY, "+Inf"),
    ] {
        assert_eq!(canonical(bound), text);
    }
}

#[test]
fn families_never_share_a_name() {
    let fake = Fake::new()
        .gauge("jobs", "A gauge.", &[(&[], 1.0)])
        .counter("jobs_total", "A counter.", &[(&[], 2)])
        .counter("seen", "Without suffix.", &[(&[], 3)])
        .counter("seen_total", "With it.", &[(&[], 4)])
        .counter("_total", "Nothing else.", &[(&[], 5)])
        .gauge("x_created", "A gauge.", &[(&[], 6.0)])
        .counter("x_total", "A counter.", &[(&[], 7)]);
    let families = strict::read(&OPENMETRICS.encode_to_string(&fake, true), OPENMETRICS);
    let read: Vec<_> = families.iter().map(|family| (&*family.name, &*family.kind)).collect();
    let expected = [
        ("jobs", "gauge"),
        ("jobs_total", "unknown"),
        ("seen", "unknown"),
        ("seen_total", "unknown"),
        ("_total", "unknown"),
        ("x_created", "gauge"),
        ("x_total", "unknown"),
    ];
    assert_eq!(read, expected);
}

#[test]
fn a_sum_that_may_fall_is_left_out() {
    let fake = Fake::new()
        .histogram("a", "A.", &[-1.0, 1.0], &[(&[], &[0, 1, 0], 0.5)])
        .histogram("b", "B.", &[1.0], &[(&[("k", "1")], &[1, 0], -0.5), (&[("k", "2")], &[1, 0], f64::NAN)])
        .summary("c", "C.", &[(&[("k", "1")], [-0.5, 1.0, 1.0], 1.5, 3), (&[("k", "2")], [1.0; 3], -0.5, 3)])
        .native("d", "D.", 3, &[(&[("k", "1")], 0, &[(9, 1)], &[(0, 1)], 1.0), (&[("k", "2")], 1, &[], &[], -0.0625)]);
    let text = OPENMETRICS.encode_to_string(&fake, false);
    strict::read(&text, OPENMETRICS);
    assert!(!text.contains("_sum"), "{text}");
    assert_eq!(text.matches("_count").count(), 2, "those of summaries");
}

#[test]
fn names_of_any_kind_stand_in_quotes() {
    let fake = Fake::new()
        .common("zone", "z")
        .counter("http.requests_total", "R.", &[(&[], 1), (&[("http.route", "/\""), ("zone", "own")], 2)])
        .histogram("grüße \"\\\n", "G.", &[1.0], &[(&[("k", "1")], &[1, 0], 0.5)]);
    let expected = "\
# TYPE \"http.requests\" counter
# HELP \"http.requests\" R.
{\"http.requests_total\",zone=\"z\"} 1
{\"http.requests_total\",zone=\"own\",\"http.route\"=\"/\\\"\"} 2
# TYPE \"grüße \\\"\\\\\\n\" histogram
# HELP \"grüße \\\"\\\\\\n\" G.
{\"grüße \\\"\\\\\\n_bucket\",zone=\"z\",k=\"1\",le=\"1.0\"} 1
{\"grüße \\\"\\\\\\n_bucket\",zone=\"z\",k=\"1\",le=\"+Inf\"} 1
{\"grüße \\\"\\\\\\n_sum\",zone=\"z\",k=\"1\"} 0.5
{\"grüße \\\"\\\\\\n_count\",zone=\"z\",k=\"1\"} 1
# EOF
";
    assert_eq!(UTF8.encode_to_string(&fake, false), expected);
    let text = Format::Text1(Escaping::AllowUtf8).encode_to_string(&fake, false);
    assert!(text.contains("# TYPE \"http.requests_total\" counter\n"), "{text}");
    assert!(text.contains("{\"http.requests_total\",zone=\"z\"} 1\n"), "{text}");
    let plain = Format::Text1(Escaping::Underscores).encode_to_string(&fake, false);
    assert_eq!(plain, Format::Text.encode_to_string(&fake, false));
}
