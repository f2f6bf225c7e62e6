//! The first dashboard: whether the program is well, what is left of its objectives, and which calls there are most of.

use super::{
    super::{Catalog, Options},
    Board, Look, Panel, Row,
    panel::FULL,
    queries::{self, RATE, chosen},
};

pub(super) fn board(catalog: &Catalog, options: &Options) -> Board {
    let rows = vec![
        Row::new("Health", health(catalog)),
        Row::new("Objectives", objectives(catalog, options)),
        Row::new("Calls", calls(catalog)),
    ];
    Board::new("overview", "overview", "Whether it is well, at a glance.", rows)
}

fn health(catalog: &Catalog) -> Vec<Panel> {
    let number = |title: &str, description: &str, unit, expr: String, legend: &str| {
        Panel::lines(title, description, unit).look(Look::Number).width(FULL / 4).target(expr, legend)
    };
    let firing = "count (ALERTS{job=~\"$job\",alertstate=\"firing\"}) or vector(0)".to_owned();
    let mut panels = vec![
        number("Targets up", "Targets that Prometheus reaches.", "short", format!("sum (up{})", chosen("")), "up"),
        number("Firing alerts", "Alerts of this job that fire now.", "short", firing, "firing"),
    ];
    if catalog.family("build_info").is_some() {
        let expr = format!("count by (version) (build_info{})", chosen(""));
        panels.push(number("Builds", "Which versions run, and how many of each.", "short", expr, "{{version}}"));
    }
    if catalog.family("process_start_time_seconds").is_some() {
        let expr = format!("time() - max (process_start_time_seconds{})", chosen(""));
        panels.push(number("Running for", "Time since the last start.", "s", expr, "latest start"));
    }
    panels
}

fn objectives(catalog: &Catalog, options: &Options) -> Vec<Panel> {
    if catalog.functions.iter().all(|function| function.objectives.is_empty()) {
        return Vec::new();
    }
    let legend = "{{slo}} {{objective}}";
    let days = options.period_days;
    vec![
        Panel::lines(
            "Budget left",
            format!(
                "What is left of what may be missed in {days} days: 1 is all of it, below 0 the objective is missed."
            ),
            "percentunit",
        )
        .target("min by (slo, objective) (job_slo:budget_left:ratio{job=~\"$job\"})", legend),
        Panel::lines("Burn within an hour", "Share of the last hour's calls that missed an objective.", "percentunit")
            .target("max by (slo, objective) (job_slo:missed:ratio1h{job=~\"$job\"}) or vector(0)", legend),
        Panel::lines("Calls under objectives", "Calls per second that objectives are held to.", "ops")
            .target("sum by (slo, objective) (job_slo:calls:rate5m{job=~\"$job\"})", legend),
    ]
}

/// The metrics of annotated functions that are most used, without their details.
fn calls(catalog: &Catalog) -> Vec<Panel> {
    let rate = |name: &str| format!("sum (rate({name}{}{RATE}))", chosen(""));
    let shown: Vec<_> = super::calls::stems(catalog).into_iter().take(8).collect();
    if shown.is_empty() {
        return Vec::new();
    }
    let mut rates = Panel::lines("Calls", "Calls per second, by metric.", "ops");
    let mut slow = Panel::lines("p99", "The time that 99 % of the calls do not exceed, by metric.", "s");
    let mut wrong = Panel::lines("Errors", "Calls per second that did not end well, by metric.", "ops");
    for stem in shown {
        if let Some(counter) = stem.counter {
            rates = rates.target(rate(&counter.name), &counter.name);
            if counter.has_label("result") {
                let bad = chosen("result!=\"ok\"");
                wrong = wrong.target(format!("sum (rate({}{bad}{RATE})) or vector(0)", counter.name), &counter.name);
            }
        }
        if let Some(timer) = stem.timer {
            slow = slow.target(queries::quantile(&timer.name, "0.99", "", ""), &timer.name);
        }
    }
    [rates, wrong, slow].into_iter().filter(|panel| !panel.targets.is_empty()).collect()
}
