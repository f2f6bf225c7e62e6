//! Recording and alerting rules for Prometheus, and the same for its operator in Kubernetes.

mod budget;

mod bucket;

mod health;

mod kubernetes;

mod yaml;

use super::{Catalog, Options};

/// A group of rules, which are evaluated one after the other.
#[derive(Debug, Clone, PartialEq)]
struct Group {
    name: String,
    /// How often they are evaluated, in seconds; none where that is left to Prometheus.
    interval: Option<u32>,
    rules: Vec<Rule>,
}

/// One rule.
#[derive(Debug, Clone, PartialEq)]
enum Rule {
    Record { record: String, expr: String, labels: Vec<(&'static str, String)> },
    Alert(Alert),
}

/// A rule that tells people of something, and what they can do.
#[derive(Debug, Clone, PartialEq)]
struct Alert {
    name: &'static str,
    expr: String,
    wait: &'static str,
    /// Keeps it up for this long once it does not hold any more.
    keep: Option<&'static str>,
    severity: Severity,
    labels: Vec<(&'static str, String)>,
    summary: String,
    /// What to do.
    action: String,
}

/// Who is to look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Severity {
    /// Wakes a person now.
    Page,
    /// Waits for working hours.
    Ticket,
}

impl Severity {
    fn as_str(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Ticket => "ticket",
        }
    }
}

impl Catalog {
    /// Recording and alerting rules for a file that `rule_files` of Prometheus names.
    ///
    /// For each objective there are alerts of two speeds by two severities: how much of what may be missed in the period is
    /// missed within a long window, and still within a short one. Windows that cannot be reached, since even a total
    /// failure is no more than the threshold, are left out. No traffic raises nothing but the alert of its absence, and few
    /// calls that missed it none at all. For the rest there are alerts as far as the catalogue has their metrics. Each says in its
    /// annotation `action` what can be done.
    #[must_use]
    pub fn rules(&self, options: &Options) -> String {
        let mut text =
            format!("# Made from the catalogue of {}; what is written here by hand is lost.\ngroups:\n", options.name);
        for group in self.groups(options) {
            yaml::group(&group, 1, &mut text);
        }
        text
    }

    /// The same as a `PrometheusRule`, and a `ServiceMonitor` and a `PodMonitor`, for the operator of Prometheus in Kubernetes. Of the two
    /// monitors one is needed: the first where a service named like the program leads to its port `metrics`.
    #[must_use]
    pub fn kubernetes(&self, options: &Options) -> String {
        kubernetes::of(&self.groups(options), options)
    }

    fn groups(&self, options: &Options) -> Vec<Group> {
        let mut groups = budget::groups(self, options);
        groups.push(health::group(self, options));
        groups
    }
}

#[cfg(test)]
mod tests;
