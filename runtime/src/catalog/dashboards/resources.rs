//! Dashboards of what the program needs and of what this crate says of itself: saturation, runtimes, GPUs, outlets, labels.

use super::{
    super::{Catalog, Family, Origin},
    Board, Look, Panel, Row,
    queries::{self, RATE, chosen},
};
use crate::metric::kind::Kind;

pub(super) fn boards(catalog: &Catalog) -> Vec<Board> {
    vec![
        Board::new(
            "saturation",
            "saturation",
            "What fills up: calls in flight, queues, and limits of the system.",
            vec![Row::new("Calls in flight", in_flight(catalog)), Row::new("Limits", limits(catalog))],
        ),
        Board::new(
            "resources",
            "resources",
            "Process, container, machine, async runtimes and GPUs.",
            ["process", "cgroup", "system", "tokio", "gpu"].map(|name| collector(catalog, name)).into(),
        ),
        Board::new(
            "outlets",
            "outlets and endpoint",
            "How metrics leave the program, and how collectors do.",
            vec![
                own(catalog, "Outlets", &["tachometer_outlet_"]),
                own(catalog, "Collectors", &["tachometer_collector_"]),
                own(
                    catalog,
                    "Endpoint",
                    &[
                        "tachometer_http_",
                        "tachometer_access_",
                        "tachometer_tls_",
                        "tachometer_config_",
                        "tachometer_endpoint_",
                    ],
                ),
            ],
        ),
        Board::new(
            "cardinality",
            "cardinality",
            "How many series there are, and which labels have too many values.",
            vec![
                Row::new("Series", series()),
                own(catalog, "Guard", &["tachometer_guard_"]),
                own(catalog, "Records", &["tachometer_refused_", "tachometer_dropped_records", "tachometer_conflicts"]),
            ],
        ),
    ]
}

fn in_flight(catalog: &Catalog) -> Vec<Panel> {
    let gauges =
        catalog.families.iter().filter(|family| family.kind == Kind::Gauge && family.origin == Origin::Functions);
    gauges.flat_map(|family| queries::panels(family, "")).take(24).collect()
}

/// How far limits are reached.
fn limits(catalog: &Catalog) -> Vec<Panel> {
    let ratio = |title: &str, description: &str, used: &str, limit: &str| {
        let expr = format!("{used}{0} / ({limit}{0} > 0)", chosen(""));
        let has = catalog.family(used).is_some() && catalog.family(limit).is_some();
        has.then(|| Panel::lines(title, description, "percentunit").target(expr, "{{instance}}"))
    };
    let throttled = catalog.family("process_cgroup_cpu_throttled_periods_total").map(|_| {
        let of = |name: &str| format!("rate(process_cgroup_cpu_{name}_total{}{RATE})", chosen(""));
        let expr = format!("{} / ({} > 0) or vector(0)", of("throttled_periods"), of("periods"));
        Panel::lines(
            "CPU throttled",
            "Share of periods in which the container had to wait for its limit.",
            "percentunit",
        )
        .target(expr, "{{instance}}")
    });
    let cores = catalog.family("process_cpu_seconds_total").map(|_| {
        Panel::lines("Cores used", "Processors that the process uses.", "short")
            .target(format!("rate(process_cpu_seconds_total{}{RATE})", chosen("")), "{{instance}}")
    });
    let busy = catalog.family("tokio_worker_busy_seconds_total").map(|_| {
        let busy = format!("rate(tokio_worker_busy_seconds_total{}{RATE})", chosen(""));
        Panel::lines(
            "Workers busy",
            "Share of time in which each worker of an async runtime is not parked.",
            "percentunit",
        )
        .target(format!("topk(20, {busy})"), "{{runtime}} {{worker}}")
    });
    let lag = catalog.family("tokio_loop_lag_seconds").map(|_| {
        let expr = queries::quantile("tokio_loop_lag_seconds", "0.99", "", "runtime");
        Panel::lines("Loop lag, p99", "How late async runtimes come to a task that is ready.", "s")
            .target(expr, "{{runtime}}")
    });
    let memory = ["process_cgroup_memory_working_set_bytes", "process_cgroup_memory_limit_bytes"];
    let files = ["process_open_fds", "process_max_fds"];
    [
        cores,
        throttled,
        ratio(
            "Memory of limit",
            "Memory that cannot be had back easily, of the container's limit.",
            memory[0],
            memory[1],
        ),
        ratio("Files of limit", "File descriptors that are open, of those that may be.", files[0], files[1]),
        busy,
        lag,
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// All that a collector of this crate finds; closed, since it is much.
fn collector(catalog: &Catalog, name: &str) -> Row {
    let is_of = |family: &&Family| matches!(&family.origin, Origin::Collector(collector) if collector == name);
    let panels = catalog.families.iter().filter(is_of).flat_map(|family| queries::panels(family, "")).collect();
    Row::new(name, panels).closed()
}

/// All metrics of this crate whose names begin so. What counts errors is at 0 where there is none.
fn own(catalog: &Catalog, title: &str, prefixes: &[&str]) -> Row {
    let is_of = |family: &&Family| prefixes.iter().any(|prefix| family.name.starts_with(prefix));
    let mut panels: Vec<Panel> = Vec::new();
    for family in catalog.families.iter().filter(is_of) {
        for mut panel in queries::panels(family, "") {
            if family.kind == Kind::Counter {
                panel.targets.iter_mut().for_each(|target| target.expr += " or vector(0)");
            }
            panels.push(panel);
        }
    }
    Row::new(title, panels)
}

/// How many series there are, as Prometheus counts them.
fn series() -> Vec<Panel> {
    let counted = format!("topk(10, count by (__name__) ({}))", chosen("__name__!=\"\""));
    vec![
        Panel::lines("Samples of a scrape", "How many samples Prometheus took at its last scrape.", "short")
            .target(format!("scrape_samples_scraped{}", chosen("")), "{{instance}}"),
        Panel::lines("Largest metrics", "The metrics with the most series.", "short").target(counted, "{{__name__}}"),
        Panel::lines("Time of a scrape", "How long the last scrape took.", "s")
            .look(Look::Lines)
            .target(format!("scrape_duration_seconds{}", chosen("")), "{{instance}}"),
    ]
}
