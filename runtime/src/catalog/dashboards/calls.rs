//! Dashboards of calls: rate, errors and duration of functions, the stages that time is spent in, and what is recorded by
//! hand or by the program's own collectors.

use std::collections::BTreeMap;

use super::{
    super::{Catalog, Family, Origin},
    Board, Look, Panel, Row,
    board::Variable,
    panel::FULL,
    queries::{self, RATE, chosen},
};
use crate::{collectors, metric::kind::Kind};

/// How many metrics of their own have a row each; of more, one is chosen at the top.
const MOST: usize = 24;

/// The metrics of functions that share a name: of calls, of their time, and of those in flight.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Stem<'a> {
    pub(super) counter: Option<&'a Family>,
    pub(super) timer: Option<&'a Family>,
    pub(super) gauge: Option<&'a Family>,
}

/// The part of a function's metrics' names that is common to all of them, with how they go on.
const ENDS: [&str; 6] = ["_duration_seconds", "_latency_seconds", "_in_flight", "_concurrent", "_seconds", "_total"];

/// The metrics of annotated functions by name, those that functions share first.
pub(super) fn stems(catalog: &Catalog) -> Vec<Stem<'_>> {
    let mut stems: BTreeMap<(bool, &str), Stem<'_>> = BTreeMap::new();
    for family in catalog.families.iter().filter(|family| family.origin == Origin::Functions) {
        let stem = ENDS.iter().find_map(|end| family.name.strip_suffix(end)).unwrap_or(&family.name);
        let stem = stems.entry((stem != "function_calls", stem)).or_default();
        let place = match family.kind {
            Kind::Counter => &mut stem.counter,
            Kind::Gauge => &mut stem.gauge,
            Kind::Histogram | Kind::Summary => &mut stem.timer,
        };
        place.get_or_insert(family);
    }
    stems.into_values().collect()
}

impl<'a> Stem<'a> {
    fn families(self) -> impl Iterator<Item = &'a Family> {
        [self.counter, self.timer, self.gauge].into_iter().flatten()
    }

    fn title(self) -> String {
        self.families().next().map(|family| family.name.clone()).unwrap_or_default()
    }
}

/// Rate, errors and duration, by function.
pub(super) fn functions(catalog: &Catalog) -> Vec<Board> {
    let stems = stems(catalog);
    let has_shared = stems.iter().any(|stem| stem.families().any(|family| family.has_label("function")));
    let named = stems.iter().filter(|stem| !stem.families().any(|family| family.has_label("function")));
    let named: Vec<Stem<'_>> = named.copied().collect();
    let mut rows: Vec<Row> = Vec::new();
    let mut variables = Vec::new();
    if has_shared {
        let shared = stems.iter().filter(|stem| stem.families().any(|family| family.has_label("function")));
        rows.extend(shared.map(|stem| Row::new("All functions without a name of their own", shared_panels(*stem))));
        let first = catalog.families.iter().find(|family| family.has_label("function"));
        let query = first.map(|family| {
            let series =
                if family.kind == Kind::Histogram { format!("{}_count", family.name) } else { family.name.clone() };
            format!("label_values({series}{{job=~\"$job\"}}, function)")
        });
        variables.extend(query.map(|query| Variable::Label { name: "function", query }));
    }
    let open = named.iter().take(MOST).enumerate();
    rows.extend(open.map(|(at, stem)| {
        let panels = stem.families().flat_map(|family| queries::panels(family, "")).collect();
        let row = Row::new(stem.title(), panels);
        if at < 4 { row } else { row.closed() }
    }));
    if named.len() > MOST {
        rows.extend(explorer(&named, &mut variables));
    }
    if rows.is_empty() {
        return Vec::new();
    }
    let description = "Rate, errors and duration of annotated functions.";
    vec![Board { variables, ..Board::new("functions", "functions", description, rows) }]
}

/// Metrics of their own that are too many for a row each: one is chosen by name.
fn explorer(named: &[Stem<'_>], variables: &mut Vec<Variable>) -> Vec<Row> {
    let of = |kind: Kind| -> Vec<String> {
        let families = named.iter().flat_map(|stem| stem.families()).filter(move |family| family.kind == kind);
        families.map(|family| family.name.clone()).collect()
    };
    let (counters, timers) = (of(Kind::Counter), of(Kind::Histogram));
    let mut panels = Vec::new();
    if !counters.is_empty() {
        let expr = format!(
            "topk(20, sum by (result) (rate({{__name__=\"${{counter}}\",job=~\"$job\",instance=~\"$instance\"}}{RATE})))"
        );
        panels.push(
            Panel::lines("$counter", "Calls per second of the metric that is chosen at the top.", "ops")
                .width(FULL / 2)
                .target(expr, "{{result}}"),
        );
        variables.push(Variable::One { name: "counter", values: counters });
    }
    if !timers.is_empty() {
        let expr = format!(
            "histogram_quantile(0.99, sum by (le) (rate({{__name__=\"${{timer}}_bucket\",job=~\"$job\",instance=~\"$instance\"}}{RATE})))"
        );
        panels.push(
            Panel::lines("$timer", "The time that 99 % of the calls of the chosen metric do not exceed.", "s")
                .width(FULL / 2)
                .target(expr, "p99"),
        );
        variables.push(Variable::One { name: "timer", values: timers });
    }
    vec![Row::new("Any metric", panels)]
}

fn shared_panels(stem: Stem<'_>) -> Vec<Panel> {
    let more = "function=~\"$function\"";
    let mut panels = Vec::new();
    if let Some(Family { name, .. }) = stem.counter {
        let expr = format!("topk(20, sum by (function) (rate({name}{}{RATE})))", chosen(more));
        panels.push(Panel::lines("Calls", "Calls per second of each function.", "ops").target(expr, "{{function}}"));
    }
    panels.extend(stem.counter.filter(|family| family.has_label("result")).map(|family| queries::errors(family, more)));
    if let Some(family) = stem.timer {
        let p99 = queries::quantile(&family.name, "0.99", more, "function");
        let title = format!("{}: p99", family.name);
        panels.push(Panel::lines(title, queries::described(family), "s").target(p99, "{{function}}"));
        panels.push(queries::quantiles(family, more));
        panels.push(queries::heatmap(family, more));
    }
    if let Some(Family { name, .. }) = stem.gauge {
        let expr = format!("topk(20, sum by (function) ({name}{}))", chosen(more));
        panels.push(
            Panel::lines("In flight", "Calls that have begun and not ended.", "short").target(expr, "{{function}}"),
        );
    }
    panels
}

/// Where time is spent: the sums of histograms of seconds, and their shares.
pub(super) fn stages(catalog: &Catalog) -> Vec<Board> {
    let is_stage = |family: &&Family| {
        family.kind == Kind::Histogram
            && family.unit.as_deref() == Some("seconds")
            && matches!(family.origin, Origin::Functions | Origin::Program)
    };
    let stages: Vec<&Family> = catalog.families.iter().filter(is_stage).take(MOST).collect();
    if stages.is_empty() {
        return Vec::new();
    }
    let description = "Seconds that were spent in it, in each second. What runs within something else counts in both.";
    let mut spent = Panel::lines("Time spent", description, "s").look(Look::Stacked).width(FULL / 2);
    let mut shares = Panel::lines("Shares", "The same as shares of their sum.", "s").look(Look::Shares).width(FULL / 2);
    let mut means = Panel::lines("Mean duration", "How long one of them takes on average.", "s").width(FULL);
    for Family { name, labels, .. } in stages {
        let (by, legend) = if labels.iter().any(|label| label.name == "function") {
            (" by (function)", "{{function}}".to_owned())
        } else {
            ("", stage(name))
        };
        let selected = chosen("");
        let sum = format!("sum{by} (rate({name}_sum{selected}{RATE}))");
        let mean = format!("{sum} / (sum{by} (rate({name}_count{selected}{RATE})) > 0) or vector(0)");
        spent = spent.target(sum.clone(), legend.clone());
        shares = shares.target(sum, legend.clone());
        means = means.target(mean, legend);
    }
    vec![Board::new("stages", "stages", "Where time is spent.", vec![Row::new("Stages", vec![spent, shares, means])])]
}

/// What a stage is called: its metric without what all of them end in.
fn stage(name: &str) -> String {
    ENDS.iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name).to_owned()
}

/// What the program records by hand, and what its own collectors find.
pub(super) fn recorded(catalog: &Catalog) -> Vec<Board> {
    let mut rows: BTreeMap<&str, Vec<Panel>> = BTreeMap::new();
    for family in &catalog.families {
        let title = match &family.origin {
            Origin::Program => "Recorded by hand",
            Origin::Collector(name) if !collectors::BROUGHT.iter().any(|brought| brought.name == name) => name.as_str(),
            Origin::Collector(_) | Origin::Functions | Origin::Tachometer => continue,
        };
        rows.entry(title).or_default().extend(queries::panels(family, ""));
    }
    let rows = rows.into_iter().map(|(title, panels)| Row::new(title, panels)).collect();
    vec![Board::new(
        "recorded",
        "recorded values",
        "What is recorded by hand, and by the program's own collectors.",
        rows,
    )]
}
