//! The catalogue as a page for people: what is measured, by which labels, and how to ask for it.

use std::fmt::Write as _;

use super::{Catalog, Family, Function, Options, Origin};
use crate::metric::{bounds::Buckets, kind::Kind};

impl Catalog {
    /// A page in Markdown, for a file such as `METRICS.md`: each metric with its labels and PromQL, the functions behind them,
    /// and those that are left alone. Committed, it shows a reviewer what a change does to metrics.
    #[must_use]
    pub fn to_markdown(&self, options: &Options) -> String {
        let mut page = format!(
            "# Metrics of {}\n\nMade from the program's catalogue; what is written here by hand is lost.\n",
            options.name
        );
        let sections = [
            ("Functions", "Calls of annotated functions."),
            ("Recorded by hand", "What the program records itself."),
            ("Collectors", "What is fetched on a schedule."),
            ("tachometer", "What the instrumentation says of itself."),
        ];
        for (at, (title, about)) in sections.into_iter().enumerate() {
            let families: Vec<&Family> = self.families.iter().filter(|family| section(&family.origin) == at).collect();
            if families.is_empty() {
                continue;
            }
            write_all(&mut page, format_args!("\n## {title}\n\n{about}\n"));
            families.into_iter().for_each(|family| described(family, options, &mut page));
        }
        functions(&self.functions, &mut page);
        self.left_alone(&mut page);
        page
    }

    fn left_alone(&self, page: &mut String) {
        if self.skipped.is_empty() {
            return;
        }
        *page += "\n## Functions that are left alone\n\n| function | where | why |\n|---|---|---|\n";
        for it in &self.skipped {
            write_all(page, format_args!("| `{}` | {}:{} | {} |\n", it.name(), it.file(), it.line(), it.reason()));
        }
    }
}

fn section(origin: &Origin) -> usize {
    match origin {
        Origin::Functions => 0,
        Origin::Program => 1,
        Origin::Collector(_) => 2,
        Origin::Tachometer => 3,
    }
}

fn described(family: &Family, options: &Options, page: &mut String) {
    let unit = family.unit.as_ref().map_or_else(String::new, |unit| format!(", {unit}"));
    let collector = match &family.origin {
        Origin::Collector(name) if !name.is_empty() => format!(", collector `{name}`"),
        _ => String::new(),
    };
    write_all(
        page,
        format_args!("\n### `{}`\n\n{} ({}{unit}{collector})\n", family.name, cell(&family.help), family.kind),
    );
    if !family.labels.is_empty() {
        *page += "\n| label | values |\n|---|---|\n";
        for label in &family.labels {
            let values = label.values.as_ref().map_or_else(
                || "not known beforehand".to_owned(),
                |values| values.iter().map(|value| format!("`{}`", cell(value))).collect::<Vec<_>>().join(", "),
            );
            write_all(page, format_args!("| `{}` | {values} |\n", label.name));
        }
    }
    match &family.buckets {
        Some(Buckets::Bounds(bounds)) => write_all(page, format_args!("\nBuckets: {}\n", listed(bounds))),
        Some(Buckets::Both(bounds, native)) => {
            let bounds = listed(bounds);
            write_all(page, format_args!("\nBuckets: {bounds}; beside them native ones, schema {}\n", native.schema));
        }
        Some(Buckets::Native(native)) => write_all(page, format_args!("\nBuckets: native, schema {}\n", native.schema)),
        None => {}
    }
    write_all(page, format_args!("\n```promql\n{}\n```\n", queries(family, options).join("\n")));
}

fn listed(bounds: &[f64]) -> String {
    bounds.iter().map(f64::to_string).collect::<Vec<_>>().join(", ")
}

/// How people ask for a metric.
fn queries(family: &Family, options: &Options) -> Vec<String> {
    let (name, selected) = (&family.name, options.selector(&[]));
    let first = family.labels.iter().find(|label| !["module", "result", "error"].contains(&label.name.as_str()));
    let by = first.map_or_else(String::new, |label| format!(" by ({})", label.in_queries()));
    match family.kind {
        Kind::Counter => {
            let mut queries = vec![format!("sum{by} (rate({name}{selected}[5m]))")];
            if family.has_label("result") {
                let bad = options.selector(&["result!=\"ok\"".to_owned()]);
                queries.push(format!("sum{by} (rate({name}{bad}[5m])) / sum{by} (rate({name}{selected}[5m]))"));
            }
            queries
        }
        Kind::Gauge => vec![format!("{name}{selected}")],
        Kind::Histogram if family.is_native() => {
            vec![format!("histogram_quantile(0.99, sum{by} (rate({name}{selected}[5m])))")]
        }
        Kind::Histogram => {
            let labels = first.map_or_else(|| "le".to_owned(), |label| format!("{}, le", label.in_queries()));
            vec![
                format!("histogram_quantile(0.99, sum by ({labels}) (rate({name}_bucket{selected}[5m])))"),
                format!("sum{by} (rate({name}_sum{selected}[5m])) / sum{by} (rate({name}_count{selected}[5m]))"),
            ]
        }
        Kind::Summary => vec![format!("{name}{}", options.selector(&["quantile=\"0.99\"".to_owned()]))],
    }
}

fn functions(functions: &[Function], page: &mut String) {
    if functions.is_empty() {
        return;
    }
    *page += "\n## Annotated functions\n\n| function | where | team | objective | metrics |\n|---|---|---|---|---|\n";
    for function in functions {
        let metrics: Vec<String> = function.metrics.iter().map(|name| format!("`{name}`")).collect();
        let objective = function.slo().map_or("", |slo| slo.name);
        write_all(
            page,
            format_args!(
                "| `{}::{}` | {} | {} | {} | {} |\n",
                function.module(),
                function.name(),
                // A line would change with whatever is written above it.
                function.file(),
                function.team.unwrap_or_default(),
                cell(objective),
                metrics.join(", ")
            ),
        );
    }
}

/// A text as a table takes it.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

fn write_all(page: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _ = page.write_fmt(text);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Label, gather::Gathered};

    fn family(name: &str, kind: Kind, labels: &[&str], buckets: Option<Buckets>) -> Family {
        let labels = labels.iter().map(|&name| Label { name: name.to_owned(), values: None }).collect();
        let unit = Some("seconds".to_owned()).filter(|_| name.contains("seconds"));
        Family {
            name: name.to_owned(),
            kind,
            unit,
            help: "A | b.".to_owned(),
            labels,
            buckets,
            origin: Origin::Program,
        }
    }

    #[test]
    fn each_metric_has_its_labels_and_its_queries() {
        let buckets = Some(Buckets::Bounds(vec![0.5, 1.0]));
        let catalog = Catalog {
            families: vec![
                family("pay_total", Kind::Counter, &["mcp.tool", "result"], None),
                family("pay_seconds", Kind::Histogram, &["result"], buckets),
            ],
            ..Gathered::default().finish()
        };
        let page = catalog.to_markdown(&Options::new("shop").job("shop"));
        for line in [
            "# Metrics of shop",
            "A \\| b. (counter)",
            "| `mcp.tool` | not known beforehand |",
            "sum by (mcp_tool) (rate(pay_total{job=\"shop\",result!=\"ok\"}[5m])) / sum by (mcp_tool) (rate(pay_total{job=\"shop\"}[5m]))",
            "Buckets: 0.5, 1",
            "histogram_quantile(0.99, sum by (le) (rate(pay_seconds_bucket{job=\"shop\"}[5m])))",
        ] {
            assert!(page.lines().any(|it| it == line), "{line}:\n{page}");
        }
    }
}
