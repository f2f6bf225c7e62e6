//! For one user: no tokens, no organisations.

use std::{collections::BTreeSet, fs, thread};

use serde_json::json;

use super::{
    super::support::{
        client::curl,
        deadline::eventually,
        executor::{Executor, value},
        prometheus::{Prometheus, promtool},
    },
    assert_all_at_zero, tools,
};

#[test]
fn tools_do_what_they_say() {
    let executor = Executor::local(&["--no-load"]);
    for (tool, input, output) in [
        ("text.case.upper", r#"{"text": "tea for two"}"#, json!({"text": "TEA FOR TWO"})),
        ("math.stats.mean", r#"{"numbers": [1, 2, 4.5]}"#, json!({"mean": 2.5})),
        ("math.number.factor", r#"{"number": 84}"#, json!({"factors": [2, 2, 3, 7]})),
        (
            "file.hash.sha",
            r#"{"base64": "YWJj"}"#,
            json!({"sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "bytes": 3}),
        ),
    ] {
        assert_eq!(executor.output("", tool, input), output, "{tool}");
    }
    assert!(tools(&executor, "").contains(&"text.case.upper".to_owned()));
}

#[test]
fn what_is_not_understood_is_told() {
    let executor = Executor::local(&["--no-load"]);
    for (tool, input, status, problem) in [
        ("text.case.title", "{}", 404, "there is no tool `text.case.title`; see GET /api/tools"),
        ("text.case.upper", "", 400, "the input is not JSON"),
        ("text.case.upper", "{}", 422, "missing field `text`"),
        ("math.stats.mean", r#"{"numbers": []}"#, 422, "`numbers` is empty; give at least one"),
    ] {
        let answer = executor.execute("", tool, input);
        assert_eq!(answer.status, status, "{answer:?}");
        let error: serde_json::Value = serde_json::from_str(&answer.body).expect("errors are JSON");
        assert!(error["error"].as_str().is_some_and(|error| error.contains(problem)), "{answer:?}");
    }
    let folder = tempfile::tempdir().expect("temporary folders can be made");
    let large = folder.path().join("large");
    fs::write(&large, "x".repeat(3 << 20)).expect("the folder can be written");
    let url = format!("http://{}/api/tools/text.case.upper", executor.address);
    assert_eq!(curl(&["--data-binary", &format!("@{}", large.display()), &url]).0, 413);
    assert_eq!(executor.get("", "/api/tools/text.case.upper").status, 405);
    assert_eq!(executor.get("", "/metrics").status, 404);
    assert_eq!(executor.send("POST", "/api/metrics", "", "").status, 405);
}

#[test]
fn the_first_answer_has_every_tool_at_zero() {
    let executor = Executor::local(&["--no-load"]);
    let samples = executor.samples("");
    assert_all_at_zero(&samples, &tools(&executor, ""), None);
    assert!(samples.iter().all(|sample| !sample.labels.contains_key("org")));
}

#[test]
fn a_call_is_in_flight_until_it_is_given_up() {
    let executor = Executor::local(&["--no-load"]);
    let wait = ("mcp_tool_name", "time.clock.wait");
    let becomes = |name: &str, labels: &[(&str, &str)], expected: f64| {
        eventually(|| match value(&executor.samples(""), name, labels) {
            value if value == expected => Ok(()),
            value => Err(format!("{name}{labels:?} is {value}")),
        });
    };
    let call = executor.begin("POST", "/api/tools/time.clock.wait", "", r#"{"milliseconds": 10000}"#);
    becomes("executor_tool_calls_in_flight", &[wait], 1.0);
    drop(call);
    becomes("executor_tool_calls_total", &[wait, ("result", "cancelled")], 1.0);
    becomes("executor_tool_calls_in_flight", &[wait], 0.0);
    becomes("executor_tool_duration_seconds_count", &[wait], 1.0);
}

#[test]
fn a_flood_of_names_is_bounded_and_counted() {
    let executor = Executor::local(&["--no-load"]);
    thread::scope(|scope| {
        for part in 0..4 {
            let executor = &executor;
            scope.spawn(move || {
                for number in 0..50 {
                    assert_eq!(executor.execute("", &format!("made.up.{part}-{number}"), "{}").status, 404);
                }
            });
        }
    });
    let samples = executor.samples("");
    let names = samples.iter().filter(|sample| sample.name == "executor_unknown_tools_total");
    let (series, total) = names.fold((0, 0.0), |(series, total), sample| (series + 1, total + sample.value));
    assert_eq!((series, total), (51, 200.0));
    assert_eq!(value(&samples, "executor_unknown_tools_total", &[("requested", "other")]), 150.0);
    assert_eq!(value(&samples, "executor_clients_total", &[("client", "unknown")]), 200.0);
}

#[test]
fn a_tools_name_keeps_its_dots_where_a_scraper_takes_them() {
    let executor = Executor::local(&["--no-load"]);
    let url = format!("http://{}/api/metrics", executor.address);
    let accepting = |accept: &str| curl(&["--header", &format!("accept: {accept}"), &url]).1;
    let dots = accepting("application/openmetrics-text;version=1.0.0;escaping=allow-utf-8");
    assert!(
        dots.contains("executor_tool_calls_total{\"mcp.tool.name\"=\"math.stats.mean\",result=\"ok\"} 0\n"),
        "{dots}"
    );
    assert!(dots.ends_with("# EOF\n") && !dots.contains("mcp_tool_name="), "{dots}");
    for accept in ["*/*", "application/openmetrics-text;version=1.0.0"] {
        let page = accepting(accept);
        let line = "executor_tool_calls_total{mcp_tool_name=\"math.stats.mean\",result=\"ok\"} 0\n";
        assert!(page.contains(line) && !page.contains("mcp.tool.name"), "{page}");
    }
}

#[test]
fn promtool_and_prometheus_take_all_of_it() {
    let executor = Executor::local(&["--no-load"]);
    executor.output("", "text.case.upper", r#"{"text": "tea"}"#);
    let page = executor.page("");
    let findings = promtool(&page);
    let text = String::from_utf8_lossy(&[findings.stdout, findings.stderr].concat()).into_owned();
    assert!(findings.status.success() && text.is_empty(), "promtool check metrics: {text}\n{page}");

    let prometheus = Prometheus::scraping_as(executor.address, "metrics_path: /api/metrics,");
    let names = |samples: Vec<super::Sample>| -> BTreeSet<String> {
        let own = samples.into_iter().filter(|sample| sample.name.starts_with("executor_"));
        own.map(|sample| sample.name).collect()
    };
    let expected = names(executor.samples(""));
    eventually(|| match names(prometheus.samples()) {
        names if names == expected => Ok(()),
        names => Err(format!("Prometheus has {names:?} of {expected:?}")),
    });
    let called = [("mcp_tool_name", "text.case.upper"), ("result", "ok")];
    assert_eq!(value(&prometheus.samples(), "executor_tool_calls_total", &called), 1.0);
}

#[test]
fn it_calls_its_tools_by_itself() {
    let executor = Executor::local(&[]);
    let names = tools(&executor, "");
    eventually(|| {
        let samples = executor.samples("");
        let called = |tool: &&String| {
            let count = "executor_tool_duration_seconds_count";
            value(&samples, count, &[("mcp_tool_name", tool.as_str())]) == 0.0
        };
        match names.iter().find(called) {
            None => Ok(()),
            Some(tool) => Err(format!("{tool} is never called")),
        }
    });
}
