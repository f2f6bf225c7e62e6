//! Whether a real Prometheus has data for each query of a dashboard and of each recording rule.

use std::net::SocketAddr;

use serde_json::Value;

use super::{committed, files, folder};
use crate::{
    end_to_end::support::{
        deadline::eventually,
        http,
        program::{Program, address_of_metrics},
        prometheus::Prometheus,
    },
    fake_nvml,
};

/// Metrics that are there only on some machines, or where a program asks for them: their panels stay empty elsewhere.
const SOMETIMES: [&str; 7] = [
    "tachometer_outlet_",
    "process_cgroup_",
    "process_max_fds",
    "process_virtual_memory_max_bytes",
    "system_pressure_",
    "tokio_",
    "gpu_",
];

/// An example under its own load, which prints the address of its metrics first.
struct Example {
    name: &'static str,
    job: &'static str,
    path: &'static str,
    arguments: &'static [&'static str],
    /// How many queries there are at least.
    queries: usize,
}

#[test]
fn every_query_of_the_quickstart_returns_data() {
    Example {
        name: "quickstart",
        job: "quickstart",
        path: "/metrics",
        // Which tenants there are, nothing but the attack tells.
        arguments: &["--attack"],
        queries: 150,
    }
    .assert_answered();
}

#[test]
fn every_query_of_the_inference_server_returns_data() {
    let arguments = &["--port", "0", "--metrics-port", "0", "--collection-interval", "1"];
    Example { name: "inference-server", job: "cross_encoder_server", path: "/metrics", arguments, queries: 150 }
        .assert_answered();
}

#[test]
fn every_query_of_the_executor_returns_data() {
    let arguments = &["--local", "--port", "0"];
    Example { name: "executor", job: "executor", path: "/api/metrics", arguments, queries: 100 }.assert_answered();
}

#[test]
fn every_query_of_the_environment_server_returns_data() {
    let arguments = &["--metrics-port", "0"];
    Example { name: "env-server", job: "env-server", path: "/metrics", arguments, queries: 20 }.assert_answered();
}

#[test]
fn every_query_of_the_block_returns_data() {
    Example { name: "block", job: "block", path: "/metrics", arguments: &[], queries: 50 }.assert_answered();
}

impl Example {
    #[track_caller]
    fn assert_answered(&self) {
        let nvml = fake_nvml::demonstration().to_str().expect("the path is text");
        let environment = [
            ("METRICS_HOST", "127.0.0.1"),
            ("METRICS_PORT", "0"),
            ("METRICS_COLLECTION_INTERVAL", "1"),
            ("METRICS_REDIS_ENABLED", "false"),
            ("TACHOMETER_NVML_LIB", nvml),
        ];
        let mut program = Program::start(self.name, self.arguments, &environment);
        let line = program.line();
        let address: SocketAddr = line.parse().unwrap_or_else(|_| address_of_metrics(&line));
        let settings = format!("metrics_path: '{}',", self.path);
        let rules = committed(self.name, "rules.yml");
        let prometheus = Prometheus::with_rules(address, self.job, &settings, &rules);
        let names = names(&committed(self.name, "METRICS.md"));
        let page = || http::get(address, self.path);
        let mut asked = 0;
        for (file, text) in files(&folder(self.name)).into_iter().filter(|(file, _)| file.starts_with("dashboards/")) {
            let document: Value = serde_json::from_str(&text).expect("it is JSON");
            for query in queries(&document) {
                asked += 1;
                let query = resolved(&query, self.job, &document);
                eventually(|| match prometheus.query(&query) {
                    data if data.iter().any(|sample| !sample.value.is_nan()) => Ok(()),
                    _ if is_excused(&query, &names, &page()) => Ok(()),
                    data => Err(format!("{file}: {query}: {data:?}")),
                });
            }
        }
        assert!(asked >= self.queries, "{asked} queries");
        for record in rules.lines().filter_map(|line| line.trim().strip_prefix("- record: ")) {
            eventually(|| match prometheus.query(record) {
                data if data.iter().any(|sample| sample.value.is_finite()) => Ok(()),
                data => Err(format!("{record}: {data:?}")),
            });
        }
    }
}

/// The names of all metrics that a page for people describes.
fn names(page: &str) -> Vec<String> {
    page.lines().filter_map(|line| Some(line.strip_prefix("### `")?.strip_suffix('`')?.to_owned())).collect()
}

/// Whether a query is for a metric that need not be there, and is not.
fn is_excused(query: &str, names: &[String], page: &str) -> bool {
    let is_there = |name: &str| {
        page.lines().any(|line| line.strip_prefix("# TYPE ").is_some_and(|it| it.starts_with(&format!("{name} "))))
    };
    let mut absent = names.iter().filter(|name| query.contains(name.as_str()) && !is_there(name)).peekable();
    absent.peek().is_some() && absent.all(|name| SOMETIMES.iter().any(|start| name.starts_with(start)))
}

fn texts(list: &Value, key: &str) -> Vec<String> {
    let list = list.as_array().expect("it is a list").iter();
    list.map(|entry| entry[key].as_str().expect("it is text").to_owned()).collect()
}

/// The queries of all panels, closed rows among them.
fn queries(document: &Value) -> Vec<String> {
    let top = document["panels"].as_array().expect("there are panels").iter();
    let panels =
        top.flat_map(|panel| [vec![panel.clone()], panel["panels"].as_array().cloned().unwrap_or_default()].concat());
    panels.filter(|panel| panel["type"] != "row").flat_map(|panel| texts(&panel["targets"], "expr")).collect()
}

/// A query with what Grafana puts into it.
fn resolved(query: &str, job: &str, document: &Value) -> String {
    let mut query = query.replace("$__rate_interval", "10s").replace("$job", job);
    for name in ["instance", "function"] {
        query = query.replace(&format!("${name}"), ".*");
    }
    for variable in document["templating"]["list"].as_array().expect("there are variables") {
        if let (Some(name), Some(value)) = (variable["name"].as_str(), variable["current"]["value"].as_str()) {
            query = query.replace(&format!("${{{name}}}"), value);
        }
    }
    assert!(!query.contains('$'), "{query}");
    query
}
