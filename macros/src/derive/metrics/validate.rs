//! Second stage: the rules that hold between fields, and between a field and its struct; one function per rule.
//!
//! Names and kinds are judged by the runtime's `const fn`, which sees through type aliases and constants.

use std::collections::HashSet;

use proc_macro2::Ident;
use syn::{LitStr, ext::IdentExt};

use super::parse::{Field, Group, Metric, Role};
use crate::{diagnostics::Diagnostics, validate::bounds_increase};

pub(super) fn check(group: &Group<'_>, errors: &mut Diagnostics) {
    labels_are_distinct(&group.labels, &[], errors);
    owners_are_told_apart(group, errors);
    names_are_distinct(group, errors);
    for Field { role, .. } in &group.fields {
        let Role::Metric(metric) = role else { continue };
        if let Some(labels) = &metric.labels {
            labels_are_distinct(&labels.value, &group.labels, errors);
        }
        if let Some(buckets) = &metric.buckets {
            bounds_increase(&buckets.value, errors);
        }
    }
}

/// A series that ends with its owner is told from those of others by labels.
fn owners_are_told_apart(group: &Group<'_>, errors: &mut Diagnostics) {
    if let Some(owned) = group.owned.as_ref().filter(|_| group.labels.is_empty()) {
        errors.report(
            &owned.key,
            "all instances share their metrics, which end with none; add `labels(..)`, or drop `owned`",
        );
    }
}

/// No series has two labels of one name.
fn labels_are_distinct(labels: &[LitStr], on_all: &[LitStr], errors: &mut Diagnostics) {
    let mut seen: HashSet<String> = on_all.iter().map(LitStr::value).collect();
    for label in labels {
        let name = label.value();
        if on_all.iter().any(|other| other.value() == name) {
            errors.report(label, format_args!("label `{name}` is on all metrics of the struct already; drop it here"));
        } else if !seen.insert(name.clone()) {
            errors.report(label, format_args!("label `{name}` is given twice; drop one"));
        }
    }
}

/// No metric is declared by two fields.
fn names_are_distinct(group: &Group<'_>, errors: &mut Diagnostics) {
    let mut seen: Vec<(String, &Ident)> = Vec::new();
    for Field { name: field, role, .. } in &group.fields {
        let Role::Metric(metric) = role else { continue };
        let name = metric.name(field);
        if let Some((_, first)) = seen.iter().find(|(earlier, _)| *earlier == name) {
            let message = format!("`{name}` is the metric of `{}` already; rename one", first.unraw());
            match &metric.rename {
                Some(rename) => errors.report(&rename.value, message),
                None => errors.report(field, message),
            }
        }
        seen.push((name, field));
    }
}

impl Metric {
    /// The metric's name in its struct, to which a counter adds `_total` if it does not end so.
    pub(super) fn name(&self, field: &Ident) -> String {
        let written = self.rename.as_ref().map_or_else(|| field.unraw().to_string(), |rename| rename.value.value());
        let Some(unit) = self.unit.as_ref().filter(|_| self.as_is.is_none()) else { return written };
        let (stem, total) = match written.strip_suffix("_total") {
            Some(stem) => (stem, "_total"),
            None => (written.as_str(), ""),
        };
        let suffix = format!("_{}", unit.value.value());
        if stem.ends_with(&suffix) { written } else { format!("{stem}{suffix}{total}") }
    }
}
