//! The metrics beside a ledger of what was called: counts must be equal, not similar.

use std::{collections::BTreeMap, thread};

use super::{
    super::support::executor::{Executor, authorization, value},
    Sample,
};

/// How often a tool was called by an organisation, by how that ended; and how many bytes went in.
#[derive(Default)]
struct Ledger {
    calls: BTreeMap<(&'static str, &'static str), u64>,
    input_bytes: usize,
}

/// Some calls, with the way that they end.
const CALLS: [(&str, &str, &str); 6] = [
    ("text.case.upper", r#"{"text": "tea"}"#, "ok"),
    ("text.case.upper", r#"{"text": 1}"#, "error"),
    ("math.stats.mean", r#"{"numbers": [1, 2]}"#, "ok"),
    ("math.stats.mean", "not JSON", "error"),
    ("file.hash.sha", r#"{"base64": "YWJj"}"#, "ok"),
    ("time.clock.wait", r#"{"milliseconds": 1}"#, "ok"),
];

/// Calls tools so many times, on several connections at once, and keeps a ledger.
fn call(executor: &Executor, token: &str, times: usize) -> Ledger {
    let mut ledger = Ledger::default();
    for (tool, input, result) in CALLS.iter().cycle().take(times) {
        *ledger.calls.entry((*tool, *result)).or_default() += 1;
        ledger.input_bytes += input.len();
    }
    thread::scope(|scope| {
        for worker in 0..3 {
            scope.spawn(move || {
                for (tool, input, result) in CALLS.iter().cycle().take(times).skip(worker).step_by(3) {
                    let headers = format!("User-Agent: worker-{worker} (test)\r\n{}", authorization(token));
                    let answer = executor.send("POST", &format!("/api/tools/{tool}"), &headers, input);
                    assert_eq!(answer.status == 200, *result == "ok", "{answer:?}");
                }
            });
        }
    });
    ledger
}

#[track_caller]
fn assert_equal(samples: &[Sample], ledger: &Ledger, org: &[(&str, &str)]) {
    let at = |name: &str, labels: &[(&str, &str)]| value(samples, name, &[labels, org].concat());
    let mut by_tool: BTreeMap<&str, u64> = BTreeMap::new();
    for ((tool, result), count) in &ledger.calls {
        let labels = [("mcp_tool_name", *tool), ("result", *result)];
        assert_eq!(at("executor_tool_calls_total", &labels), *count as f64, "{labels:?}");
        *by_tool.entry(tool).or_default() += count;
    }
    let all = samples.iter().filter(|sample| sample.name == "executor_tool_calls_total");
    let all: f64 =
        all.filter(|sample| org.iter().all(|(name, value)| sample.label(name) == *value)).map(|s| s.value).sum();
    let total: u64 = ledger.calls.values().sum();
    assert_eq!(all, total as f64, "something else was called, too");

    for (tool, count) in by_tool {
        let tool = ("mcp_tool_name", tool);
        assert_eq!(at("executor_tool_duration_seconds_count", &[tool]), count as f64);
        assert_eq!(at("executor_tool_duration_seconds_bucket", &[tool, ("le", "+Inf")]), count as f64);
        assert!(at("executor_tool_duration_seconds_sum", &[tool]) > 0.0);
        let buckets = samples.iter().filter(|sample| sample.name == "executor_tool_duration_seconds_bucket");
        let of_tool = buckets.filter(|sample| [&[tool], org].concat().iter().all(|(name, v)| sample.label(name) == *v));
        let counts: Vec<f64> = of_tool.map(|sample| sample.value).collect();
        assert!(counts.is_sorted() && counts.len() == 13, "buckets are cumulative: {counts:?}");
        assert_eq!(at("executor_tool_calls_in_flight", &[tool]), 0.0);
    }
    assert_eq!(at("executor_tool_input_bytes_count", &[]), total as f64);
    assert_eq!(at("executor_tool_input_bytes_sum", &[]), ledger.input_bytes as f64);
    let median = at("executor_tool_input_bytes", &[("quantile", "0.5")]);
    assert!((8.0..=20.0).contains(&median), "{median}");
    for worker in ["worker-0", "worker-1", "worker-2"] {
        assert_eq!(at("executor_clients_total", &[("client", worker)]), (total / 3) as f64);
    }
}

#[test]
fn totals_are_what_one_user_has_called() {
    let executor = Executor::local(&["--no-load"]);
    let ledger = call(&executor, "", 60);
    assert_equal(&executor.samples(""), &ledger, &[]);
}

#[test]
fn totals_are_what_each_organisation_has_called() {
    let executor = Executor::cloud(&["--no-load"], "ta = \"acme\"\ntu = \"umbrella\"\nop = true\n");
    let (acme, umbrella) = thread::scope(|scope| {
        let acme = scope.spawn(|| call(&executor, "ta", 60));
        let umbrella = scope.spawn(|| call(&executor, "tu", 36));
        (acme.join().expect("no call fails"), umbrella.join().expect("no call fails"))
    });
    for token in ["ta", "op"] {
        assert_equal(&executor.samples(token), &acme, &[("org", "acme")]);
    }
    for token in ["tu", "op"] {
        assert_equal(&executor.samples(token), &umbrella, &[("org", "umbrella")]);
    }
}
