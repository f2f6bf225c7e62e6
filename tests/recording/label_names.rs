//! Labels whose names are no identifiers, wherever a program declares labels.

use tachometer::{Counter, Family, Gauge, Labels, Metrics, counted, dynamic};

use super::{counter, installed};

const UTF8: &str = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8";

struct Tool {
    name: &'static str,
}

#[counted(name = "tool_calls_total", labels("mcp.tool.name" = tool.name, org, "größe in m" = %1.5, "5xx" = cap(org, 3)))]
fn call(tool: &Tool, org: &str) {
    let _ = (tool, org);
}

#[counted(name = "known_total", labels("is.warm" = warm))]
fn known(warm: bool) {
    let _ = warm;
}

#[test]
fn an_attribute_takes_any_text_for_a_label() {
    let telemetry = installed();
    call(&Tool { name: "grep" }, "acme");
    known(true);
    let page = telemetry.render();
    assert!(
        page.contains("\ntool_calls_total{mcp_tool_name=\"grep\",org=\"acme\",gr__e_in_m=\"1.5\",_5xx=\"acme\"} 1\n"),
        "{page}"
    );
    assert!(page.contains("\nknown_total{is_warm=\"false\"} 0\nknown_total{is_warm=\"true\"} 1\n"), "{page}");
    let (_, page) = telemetry.render_for(UTF8);
    let line =
        "\ntool_calls_total{\"mcp.tool.name\"=\"grep\",org=\"acme\",\"größe in m\"=\"1.5\",\"5xx\"=\"acme\"} 1\n";
    assert!(page.contains(line), "{page}");
}

#[derive(Labels)]
struct Request {
    #[label(rename = "http.route")]
    route: String,
}

/// The pool.
#[derive(Metrics)]
#[metrics(prefix = "pool", labels("pool.name", type))]
struct Pool {
    /// Connections.
    #[metric(labels("peer.zone"))]
    connections: Family<Gauge, (&'static str,)>,
}

#[test]
fn so_do_handles_derives_and_names_at_run_time() {
    static SEEN: Family<Counter, (&'static str,)> = Family::new("seen_total", &["client.name"]);
    static BY: Family<Counter, Request> = Family::labelled("by_total");
    let telemetry = installed();
    SEEN.with("curl").increment(1);
    BY.with(Request { route: "/".to_owned() }).increment(1);
    Pool::with_labels("main", "tcp").connections.with("eu").set(2.0);
    dynamic::gauge("load", &[("cpu.no", "1")]).expect("it is a name").set(1.0);
    let snapshot = telemetry.snapshot();
    assert_eq!(counter(&snapshot, "seen_total", &[("client.name", "curl")]), 1);
    assert_eq!(counter(&snapshot, "by_total", &[("http.route", "/")]), 1);
    let page = telemetry.render();
    assert!(page.contains("\npool_connections{pool_name=\"main\",type=\"tcp\",peer_zone=\"eu\"} 2\n"), "{page}");
    assert!(page.contains("\nload{cpu_no=\"1\"} 1\n"), "{page}");
}
