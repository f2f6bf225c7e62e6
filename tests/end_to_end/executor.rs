//! The real executor, called and scraped as its users do it: for one user, and for organisations.

mod books;
mod cloud;
mod local;
mod pushing;
mod starting;
mod tokens;

use super::support::{
    executor::{Executor, value},
    sample::Sample,
};

/// All tools, by what the executor says that it has.
#[track_caller]
fn tools(executor: &Executor, token: &str) -> Vec<String> {
    let tools: serde_json::Value = serde_json::from_str(&executor.get(token, "/api/tools").body).expect("it is JSON");
    let tools = tools.as_array().expect("it is a list").iter();
    tools.map(|tool| tool["name"].as_str().expect("a tool has a name").to_owned()).collect()
}

/// Panics unless every tool has all its series, at 0, with exactly the organisation's label if there is one.
#[track_caller]
fn assert_all_at_zero(samples: &[Sample], tools: &[String], org: Option<&str>) {
    assert!(tools.len() >= 8, "{tools:?}");
    let org: Vec<_> = org.map(|org| ("org", org)).into_iter().collect();
    let at = |name: &str, labels: &[(&str, &str)]| {
        let labels = [labels, &org].concat();
        assert_eq!(value(samples, name, &labels), 0.0, "{name}{labels:?}");
    };
    for tool in tools {
        let tool = ("mcp_tool_name", tool.as_str());
        for result in ["ok", "error", "panicked", "cancelled"] {
            at("executor_tool_calls_total", &[tool, ("result", result)]);
        }
        at("executor_tool_calls_in_flight", &[tool]);
        at("executor_tool_duration_seconds_bucket", &[tool, ("le", "+Inf")]);
        at("executor_tool_duration_seconds_count", &[tool]);
        at("executor_tool_duration_seconds_sum", &[tool]);
    }
    at("executor_tool_input_bytes_count", &[]);
    at("executor_clients_total", &[("client", "other")]);
    at("executor_unknown_tools_total", &[("requested", "other")]);
    let is_own = |sample: &&Sample| sample.name.starts_with("executor_tool_");
    for sample in samples.iter().filter(is_own) {
        assert_eq!(sample.labels.contains_key("org"), !org.is_empty(), "{sample:?}");
    }
}
