//! Rules of settings that are for no metric, which people are told of once they have had a minute to be for one.

use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering},
};

use crate::{
    cardinality::policy::Override,
    metric::{
        kind::Kind,
        label,
        matcher::{Matcher, near::nearest},
    },
    store::{family::Family, registry::Store},
};

/// For how many seconds a rule may be for nothing.
const PATIENCE: u64 = 60;

/// How many names are proposed.
const PROPOSED: usize = 3;

/// Since when the rules are in force that no warning has told of: in seconds of the store's clock, and one more. 0 where
/// all is told.
#[derive(Debug, Default)]
pub(super) struct Untold(AtomicU64);

impl Untold {
    /// Other rules are in force from now on.
    pub(super) fn begin(&self, now: u64) {
        self.0.store(now + 1, Ordering::Relaxed);
    }

    /// Whether it is time to tell. It is so once.
    fn is_due(&self, now: u64) -> bool {
        let since = self.0.load(Ordering::Relaxed);
        let is_due = since > 0 && now + 1 >= since + PATIENCE;
        is_due && self.0.compare_exchange(since, 0, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}

impl Store {
    /// Warns of rules that are for no metric, or for a label that none of their metrics has, once they have had a minute.
    pub(super) fn tell_of_unmatched(&self) {
        if !self.untold.is_due(self.ground().seconds()) {
            return;
        }
        let families = self.families();
        let overrides = self.policy().overrides().to_vec();
        for (matcher, what) in &overrides {
            let meant: Vec<&Family> = families.iter().copied().filter(|family| family.is_meant(matcher)).collect();
            if meant.is_empty() {
                warn("guard.override", matcher, &families);
            } else if let Some(label) = label_of(what) {
                tell_of_label(matcher, label, &meant);
            }
        }
        let histograms: Vec<&Family> = families.into_iter().filter(|family| family.kind() == Kind::Histogram).collect();
        for matcher in self.ladders_by_matcher() {
            if !histograms.iter().any(|family| family.is_meant(&matcher)) {
                warn("buckets", &matcher, &histograms);
            }
        }
    }
}

/// The label that something is said of.
fn label_of(what: &Override) -> Option<&str> {
    match what {
        Override::Values { label, .. } | Override::Within { label, .. } | Override::Allow { label, .. } => Some(label),
        Override::DropLabel(label) => Some(label),
        Override::Series(_) | Override::Gauges(_) | Override::Expiry(_) => None,
    }
}

fn tell_of_label(matcher: &Matcher, label: &str, meant: &[&Family]) {
    let label = &*label::sanitize(label);
    let labels: Vec<String> = meant.iter().flat_map(|family| family.label_names()).collect();
    if labels.is_empty() || labels.iter().any(|name| name == label) {
        // Where there is no series yet, the labels are not known.
        return;
    }
    let mut names: Vec<&str> = labels.iter().map(String::as_str).collect();
    names.sort_unstable();
    names.dedup();
    let near = Listed(nearest(label, names, PROPOSED));
    tracing::warn!(
        rule = %matcher,
        label,
        "a rule of `guard.override` is for a label that none of its metrics has; the nearest are {near}"
    );
}

fn warn(setting: &str, matcher: &Matcher, families: &[&Family]) {
    let near = Listed(nearest(matcher.text(), families.iter().map(|family| family.name()), PROPOSED));
    tracing::warn!(rule = %matcher, "a rule of `{setting}` is for no metric that there is; the nearest are {near}");
}

/// Names in a sentence.
struct Listed<'a>(Vec<&'a str>);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.0.iter().map(|name| format!("`{name}`")).collect();
        f.write_str(if names.is_empty() { "none".to_owned() } else { names.join(", ") }.as_str())
    }
}
