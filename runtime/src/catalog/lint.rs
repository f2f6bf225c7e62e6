//! What promtool finds wrong with names and HELP, and some of what it cannot see.

use std::fmt;

use super::{Catalog, Family};
use crate::metric::kind::Kind;

/// Something about a metric that Prometheus' conventions advise against.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// The metric.
    pub metric: String,
    /// What is wrong with it, and what to do.
    pub problem: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "metric `{}`: {}", self.metric, self.problem)
    }
}

/// Units that are not base units, with the one to take.
const UNITS: [(&str, &str); 14] = [
    ("milliseconds", "seconds"),
    ("microseconds", "seconds"),
    ("nanoseconds", "seconds"),
    ("minutes", "seconds"),
    ("hours", "seconds"),
    ("days", "seconds"),
    ("kilobytes", "bytes"),
    ("megabytes", "bytes"),
    ("gigabytes", "bytes"),
    ("mebibytes", "bytes"),
    ("bits", "bytes"),
    ("fahrenheit", "celsius"),
    ("kelvin", "celsius"),
    ("percent", "ratio"),
];

/// Abbreviations of units.
const SHORT: [&str; 14] = ["s", "ms", "us", "ns", "sec", "b", "kb", "mb", "gb", "tb", "pb", "m", "h", "d"];

/// Words that name what a metric is to Prometheus, rather than what it tells.
const KINDS: [&str; 4] = ["counter", "gauge", "histogram", "summary"];

impl Catalog {
    /// Holds names, labels and HELP against the rules of `promtool check metrics`, for a test of the user's:
    ///
    /// ```
    /// assert_eq!(tachometer::catalog::current().lint(), []);
    /// ```
    ///
    /// What the compiler has checked passes; what is named `as_is`, described through the `metrics` facade or comes from a
    /// collector may not. [`install`](crate::install) warns of each finding once.
    #[must_use]
    pub fn lint(&self) -> Vec<Finding> {
        self.families.iter().flat_map(of).collect()
    }
}

fn of(family: &Family) -> Vec<Finding> {
    let name = family.name.as_str();
    let words: Vec<&str> = name.split('_').collect();
    let mut problems: Vec<String> = Vec::new();
    if family.help.is_empty() {
        problems.push("it has no HELP; describe it in a sentence".to_owned());
    }
    let is_total = name.ends_with("_total");
    if family.kind == Kind::Counter && !is_total {
        problems.push("a counter's name ends in `_total`; rename it".to_owned());
    }
    if family.kind != Kind::Counter && is_total {
        problems.push(format!("a {}'s name does not end in `_total`; rename it", family.kind));
    }
    for suffix in ["_count", "_sum", "_bucket"] {
        if matches!(family.kind, Kind::Counter | Kind::Gauge) && name.ends_with(suffix) {
            problems.push(format!("`{suffix}` is how a histogram's samples end; rename it"));
        }
    }
    if let Some((unit, base)) = UNITS.iter().find(|(unit, _)| words.contains(unit)) {
        problems.push(format!("`{unit}` is no base unit; record {base}"));
    }
    if let Some(short) = words.iter().skip(1).find(|word| SHORT.contains(word)) {
        problems.push(format!("`{short}` abbreviates a unit; write it out, as a base unit"));
    }
    if let Some(kind) = KINDS.iter().find(|kind| words.contains(kind)) {
        problems.push(format!("`{kind}` says what it is to Prometheus, which its type tells; drop the word"));
    }
    if name.contains(':') {
        problems.push("colons are for recorded rules; write underscores".to_owned());
    }
    if name.chars().any(|c| c.is_ascii_uppercase()) {
        problems.push("names are of small letters; write_them_like_this".to_owned());
    }
    for label in &family.labels {
        if label.name.chars().any(|c| c.is_ascii_uppercase()) {
            problems.push(format!("label `{}` has capital letters; write it in small ones", label.name));
        }
        let is_reserved = (label.name == "le" && family.kind != Kind::Histogram)
            || (label.name == "quantile" && family.kind != Kind::Summary);
        if is_reserved {
            problems.push(format!("label `{}` is for histograms and summaries; rename it", label.name));
        }
    }
    problems.into_iter().map(|problem| Finding { metric: name.to_owned(), problem }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Label, Origin};

    fn found(name: &str, kind: Kind, labels: &[&str]) -> String {
        let labels = labels.iter().map(|&name| Label { name: name.to_owned(), values: None }).collect();
        let family = Family {
            name: name.to_owned(),
            kind,
            unit: None,
            help: "Help.".to_owned(),
            labels,
            buckets: None,
            origin: Origin::Program,
        };
        of(&family).into_iter().map(|finding| finding.problem).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn names_are_held_against_promtools_rules() {
        for (name, kind, problem) in [
            ("jobs", Kind::Counter, "ends in `_total`"),
            ("workers_total", Kind::Gauge, "does not end in `_total`"),
            ("wait_milliseconds", Kind::Gauge, "no base unit; record seconds"),
            ("worker_latency_ms", Kind::Gauge, "abbreviates a unit"),
            ("jobs_count", Kind::Gauge, "a histogram's samples"),
            ("jobs_gauge", Kind::Gauge, "drop the word"),
            ("job:x", Kind::Gauge, "colons"),
            ("jobsWaiting", Kind::Gauge, "small letters"),
        ] {
            assert!(found(name, kind, &[]).contains(problem), "{name}: {}", found(name, kind, &[]));
        }
        assert!(found("lag", Kind::Gauge, &["quantile"]).contains("label `quantile`"));
        assert!(found("lag", Kind::Gauge, &["theTool"]).contains("capital letters"));
        for (name, kind) in
            [("jobs_total", Kind::Counter), ("wait_seconds", Kind::Histogram), ("m_size_bytes", Kind::Gauge)]
        {
            assert_eq!(found(name, kind, &["queue"]), "");
        }
    }
}
