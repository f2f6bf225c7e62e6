//! Label sets of annotated functions that become known while the program runs.

use tachometer::{ErrorKind, KnownLabels, Label, Policy, counted, measured, metric::matcher::Matcher, testing, timed};

use super::{counter, gauge, histogram, installed, unguarded};

#[derive(Clone, Copy, Label)]
enum Tool {
    Grep,
    Sed,
}

const TOOLS: [Tool; 2] = [Tool::Grep, Tool::Sed];

#[derive(Debug, ErrorKind)]
enum CallError {
    Missing,
    Denied,
}

static CALLS: KnownLabels<2> = KnownLabels::new();

/// Calls of tools.
#[measured(name = "known_calls", labels("mcp.tool.name" = tool, org), error_kind, known = CALLS)]
async fn call(tool: Tool, org: &str) -> Result<(), CallError> {
    let _ = org;
    match tool {
        Tool::Grep => Err(CallError::Denied),
        Tool::Sed => Err(CallError::Missing),
    }
}

// Two functions, and two attributes on one of them, share the sets.
#[counted(name = "known_inputs_total", labels(tool, org), known = CALLS)]
#[timed(name = "known_inputs_seconds", labels(tool, org), known = &CALLS, poll)]
async fn input(tool: Tool, org: &str) {
    let _ = (tool, org);
}

fn come(org: &str) {
    for tool in TOOLS {
        CALLS.show([&tool, &org]);
    }
}

/// All lines of the functions' series that are of this organisation.
fn lines(page: &str, org: &str) -> Vec<String> {
    let org = format!("org=\"{org}\"");
    page.lines().filter(|line| line.starts_with("known_") && line.contains(&org)).map(str::to_owned).collect()
}

/// Each outcome of each tool, each kind of errors, histograms and gauges, all at 0.
fn assert_complete(page: &str, org: &str) {
    let lines = lines(page, org);
    assert!(lines.iter().all(|line| line.ends_with(" 0")), "{lines:#?}");
    let count = |beginning: &str| lines.iter().filter(|line| line.starts_with(beginning)).count();
    let counts = [
        "known_calls_total{",
        "known_calls_duration_seconds_count{",
        "known_calls_in_flight{",
        "known_inputs_total{",
        "known_inputs_seconds_count{",
        "known_inputs_poll_duration_seconds_count{",
        "known_inputs_polls_total{",
    ];
    assert_eq!(counts.map(count), [10, 2, 2, 2, 2, 2, 2], "{lines:#?}");
    for end in ["result=\"error\",error=\"denied\"", "result=\"cancelled\",error=\"\"", "result=\"ok\",error=\"\""] {
        let line = format!("known_calls_total{{mcp_tool_name=\"sed\",org=\"{org}\",{end}}} 0");
        assert!(lines.contains(&line), "{line} is not in {lines:#?}");
    }
}

#[test]
fn series_are_at_zero_from_the_moment_that_their_labels_are_known() {
    come("early");
    come("early");
    let telemetry = installed();
    assert_complete(&telemetry.render(), "early");
    assert!(lines(&telemetry.render(), "acme").is_empty());
    come("acme");
    assert_complete(&telemetry.render(), "acme");
    assert!(super::finish(call(Tool::Sed, "acme")).is_err());
    super::finish(input(Tool::Grep, "acme"));
    // What has been recorded stays.
    come("acme");
    let page = telemetry.render();
    let labels = "mcp_tool_name=\"sed\",org=\"acme\"";
    assert!(page.contains(&format!("known_calls_total{{{labels},result=\"error\",error=\"missing\"}} 1\n")), "{page}");
    let snapshot = telemetry.snapshot();
    let set = [("mcp.tool.name", "sed"), ("org", "acme")];
    assert_eq!(histogram(&snapshot, "known_calls_duration_seconds", &set).0, 1);
    assert_eq!(gauge(&snapshot, "known_calls_in_flight", &set), 0.0);
    assert_eq!(histogram(&snapshot, "known_inputs_seconds", &[("tool", "grep"), ("org", "acme")]).0, 1);
    assert_eq!(lines(&page, "acme").len(), lines(&page, "early").len());
}

#[test]
fn a_test_of_the_users_sees_what_it_shows_itself() {
    come("before");
    let recorded = testing::record(|| come("acme"));
    let set = [("mcp.tool.name", "grep"), ("org", "acme")];
    recorded.assert_counter("known_calls_total", &[set[0], set[1], ("result", "ok")], 0);
    recorded.assert_counter("known_calls_total", &[set[0], set[1], ("error", "denied")], 0);
    recorded.assert_observations("known_calls_duration_seconds", &set, 0);
    recorded.assert_gauge("known_calls_in_flight", &set, 0);
    let telemetry = installed();
    assert!(lines(&telemetry.render(), "acme").is_empty(), "it is the test's own");
    assert_complete(&telemetry.render(), "before");
}

#[test]
fn the_guard_folds_what_is_shown_as_what_is_recorded() {
    let orgs = Policy::default().values_of(Matcher::Prefix("known_".to_owned()), "org", 3);
    let telemetry = tachometer::builder().no_listener().guard(orgs).install().expect("it is the only one");
    for org in ["a", "b", "c", "d", "e"] {
        come(org);
    }
    let page = telemetry.render();
    for org in ["a", "b", "c"] {
        assert_complete(&page, org);
    }
    assert_eq!((lines(&page, "d"), lines(&page, "e")), (Vec::new(), Vec::new()));
    assert_complete(&page, "other");
    assert!(super::finish(call(Tool::Grep, "e")).is_err());
    let page = telemetry.render();
    let line = "known_calls_total{mcp_tool_name=\"grep\",org=\"other\",result=\"error\",error=\"denied\"} 1\n";
    assert!(page.contains(line), "{page}");
}

#[test]
fn an_adopted_recorder_shows_them_too() {
    come("early");
    let recorder = metrics_util::debugging::DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    metrics::set_global_recorder(recorder).expect("it is the first");
    tachometer::adopt_global().expect("there is one");
    come("acme");
    for org in ["early", "acme"] {
        let shown = snapshotter.snapshot().into_vec().into_iter().filter(|(key, ..)| {
            let labels = |name, value| key.key().labels().any(|label| label.key() == name && label.value() == value);
            key.key().name() == "known_calls_total" && labels("org", org)
        });
        assert_eq!(shown.count(), 10, "{org}");
    }
}

static MANY: KnownLabels<1> = KnownLabels::new();

#[counted(name = "known_many_total", labels(n), known = MANY)]
fn many(n: u16) {
    let _ = n;
}

#[test]
fn sets_that_are_too_many_before_the_installation_are_counted_and_said_once() {
    let warnings = super::untold::Warnings::of();
    many(0);
    for n in 0..4_100_u16 {
        MANY.show([&n]);
        MANY.show([&n]);
    }
    let said = warnings.all();
    assert!(said.len() == 1 && said[0].contains("`KnownLabels` keeps 4096 label sets"), "{said:?}");
    let telemetry = unguarded();
    let page = telemetry.render();
    assert_eq!(page.matches("\nknown_many_total{").count(), 4096);
    // Each of the four was shown twice.
    let snapshot = telemetry.snapshot();
    assert_eq!(counter(&snapshot, "tachometer_dropped_records_total", &[("reason", "known_labels")]), 8);
    MANY.show([&9_999_u16]);
    assert!(telemetry.render().contains("known_many_total{n=\"9999\"} 0\n"));
    let again = warnings.all();
    assert!(!again.iter().any(|said| said.contains("KnownLabels")), "{again:?}");
}
