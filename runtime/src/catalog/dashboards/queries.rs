//! The panels of one metric, by its kind.

use super::{
    super::{Family, Origin},
    Look, Panel,
};
use crate::metric::kind::Kind;

/// The series of the program that is chosen at the top, with further matchers.
pub(super) fn chosen(more: &str) -> String {
    let comma = if more.is_empty() { "" } else { "," };
    format!("{{job=~\"$job\",instance=~\"$instance\"{comma}{more}}}")
}

/// The window of rates.
pub(super) const RATE: &str = "[$__rate_interval]";

/// How many lines a panel has at most.
const LINES: usize = 20;

/// The unit of a metric's values in Grafana's words.
pub(super) fn unit(family: &Family) -> &'static str {
    let name = family.name.as_str();
    let ends = |suffix: &str| name.ends_with(suffix);
    match family.unit.as_deref() {
        _ if ends("_timestamp_seconds") => "dateTimeFromNow",
        Some("seconds") => "s",
        Some("bytes") => "bytes",
        _ if ends("_ratio") => "percentunit",
        _ if ends("_pct") || ends("_percent") => "percent",
        _ if ends("_celsius") => "celsius",
        _ if ends("_watts") => "watt",
        _ if ends("_hertz") => "hertz",
        _ if ends("_mb") => "decmbytes",
        _ if ends("_ms") => "ms",
        _ if ends("_qps") => "ops",
        _ if ends("_bytes_per_second") => "Bps",
        _ => "short",
    }
}

/// The unit of a counter's rate.
fn unit_of_rate(family: &Family) -> &'static str {
    match family.unit.as_deref() {
        Some("bytes") => "Bps",
        // Seconds in a second.
        Some("seconds") => "percentunit",
        _ if family.name.ends_with("_bytes_total") => "Bps",
        _ if family.name.ends_with("_joules_total") => "watt",
        _ => "ops",
    }
}

/// The labels by which a metric's lines are told apart, and what the lines are called.
fn told_apart(family: &Family) -> (String, String) {
    let names: Vec<String> = family.labels.iter().map(|label| label.in_queries().into_owned()).collect();
    let legend: Vec<String> = names.iter().map(|name| format!("{{{{{name}}}}}")).collect();
    let legend = if legend.is_empty() { family.name.clone() } else { legend.join(" ") };
    let by = if names.is_empty() { String::new() } else { format!(" by ({})", names.join(", ")) };
    (by, legend)
}

/// All panels of a metric, with these matchers on its series.
pub(super) fn panels(family: &Family, more: &str) -> Vec<Panel> {
    match family.kind {
        Kind::Counter => counter(family, more),
        Kind::Gauge => vec![gauge(family, more)],
        Kind::Histogram => vec![quantiles(family, more), heatmap(family, more), mean(family, more)],
        Kind::Summary => vec![summary(family, more)],
    }
}

fn counter(family: &Family, more: &str) -> Vec<Panel> {
    let (name, selected, (by, legend)) = (&family.name, chosen(more), told_apart(family));
    let title = format!("{name}: per second");
    let rate = Panel::lines(title, described(family), unit_of_rate(family))
        .target(format!("topk({LINES}, sum{by} (rate({name}{selected}{RATE})))"), legend);
    let errors = family.has_label("result").then(|| errors(family, more));
    [Some(rate), errors].into_iter().flatten().collect()
}

/// The share of calls that did not end well: 0 where there are none.
pub(super) fn errors(family: &Family, more: &str) -> Panel {
    let name = &family.name;
    let bad =
        chosen(&[more, "result!=\"ok\""].iter().filter(|it| !it.is_empty()).copied().collect::<Vec<_>>().join(","));
    let by = if family.has_label("function") { " by (function)" } else { "" };
    let legend = if by.is_empty() { name.clone() } else { "{{function}}".to_owned() };
    let description = "Share of calls that ended in an error, a panic or by being cancelled.";
    Panel::lines(format!("{name}: errors"), description, "percentunit").target(
        format!(
            "topk({LINES}, sum{by} (rate({name}{bad}{RATE})) / (sum{by} (rate({name}{}{RATE})) > 0)) or vector(0)",
            chosen(more)
        ),
        legend,
    )
}

fn gauge(family: &Family, more: &str) -> Panel {
    let (name, (_, legend)) = (&family.name, told_apart(family));
    let expr = format!("topk({LINES}, {name}{})", chosen(more));
    let legend =
        if family.labels.is_empty() { "{{instance}}".to_owned() } else { format!("{{{{instance}}}} {legend}") };
    Panel::lines(name.clone(), described(family), unit(family)).target(expr, legend)
}

/// A quantile of a histogram, be its buckets native or not.
pub(super) fn quantile(name: &str, quantile: &str, more: &str, by: &str) -> String {
    let selected = chosen(more);
    let (native, classic) =
        if by.is_empty() { (String::new(), "le".to_owned()) } else { (format!(" by ({by})"), format!("{by}, le")) };
    format!(
        "histogram_quantile({quantile}, sum{native} (rate({name}{selected}{RATE}))) or histogram_quantile({quantile}, sum by \
         ({classic}) (rate({name}_bucket{selected}{RATE})))"
    )
}

pub(super) fn quantiles(family: &Family, more: &str) -> Panel {
    let name = &family.name;
    let panel = Panel::lines(format!("{name}: p50, p95, p99"), described(family), unit(family));
    [("0.5", "p50"), ("0.95", "p95"), ("0.99", "p99")]
        .into_iter()
        .fold(panel, |panel, (at, legend)| panel.target(quantile(name, at, more, ""), legend))
}

pub(super) fn heatmap(family: &Family, more: &str) -> Panel {
    let (name, selected) = (&family.name, chosen(more));
    let expr = if family.is_native() {
        format!("sum (increase({name}{selected}{RATE})) or sum by (le) (increase({name}_bucket{selected}{RATE}))")
    } else {
        format!("sum by (le) (increase({name}_bucket{selected}{RATE}))")
    };
    let description = format!("{} How many observations there were in each bucket.", described(family));
    Panel::lines(format!("{name}: heatmap"), description, unit(family)).look(Look::Heatmap).target(expr, "{{le}}")
}

fn mean(family: &Family, more: &str) -> Panel {
    let (name, selected) = (&family.name, chosen(more));
    let expr =
        format!("sum (rate({name}_sum{selected}{RATE})) / (sum (rate({name}_count{selected}{RATE})) > 0) or vector(0)");
    Panel::lines(format!("{name}: mean"), described(family), unit(family)).target(expr, "mean")
}

fn summary(family: &Family, more: &str) -> Panel {
    let (name, (_, legend)) = (&family.name, told_apart(family));
    let legend =
        if family.labels.is_empty() { "{{quantile}}".to_owned() } else { format!("{legend} {{{{quantile}}}}") };
    Panel::lines(format!("{name}: quantiles"), described(family), unit(family))
        .target(format!("topk({LINES}, {name}{})", chosen(more)), legend)
}

/// What a metric means, for people.
pub(super) fn described(family: &Family) -> String {
    if !family.help.is_empty() {
        return family.help.clone();
    }
    match &family.origin {
        Origin::Collector(name) => format!("`{}`, as collector `{name}` finds it.", family.name),
        _ => format!("`{}`, as the program records it.", family.name),
    }
}
