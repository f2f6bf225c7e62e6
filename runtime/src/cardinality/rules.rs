//! What a policy says of one metric. Knows no series.

use std::{collections::HashSet, sync::Arc, time::Duration};

use crate::{
    cardinality::{
        folding::OTHER,
        policy::{GaugeFold, Limit, Override, Policy, Reserved},
    },
    metric::{kind::Kind, label, matcher::Matcher},
};

/// The policy of one metric.
#[derive(Debug, Clone)]
pub(crate) struct Rules {
    pub(crate) values: u64,
    pub(crate) series: u64,
    pub(crate) labels: usize,
    pub(crate) value_bytes: usize,
    pub(crate) gauges: GaugeFold,
    pub(crate) passive: bool,
    pub(crate) hashed: bool,
    /// After how many seconds an idle series is forgotten.
    pub(crate) expiry: Option<u64>,
    /// Whether that is said of the metric by its name.
    has_expiry: bool,
    pub(crate) of_labels: Vec<(String, LabelRule)>,
    reserved: Option<Arc<Reserved>>,
    /// Whether the values of a label are limited within those of another one.
    pub(crate) have_within: bool,
    /// Nothing is ever folded, so that nobody need know which values there are.
    pub(crate) are_unlimited: bool,
}

/// What is said of one label.
#[derive(Debug, Clone, Default)]
pub(crate) struct LabelRule {
    pub(crate) values: Option<u64>,
    /// The most values within each value of another label.
    pub(crate) within: Option<(String, u64)>,
    pub(crate) allowed: HashSet<String>,
    pub(crate) only: bool,
    pub(crate) dropped: bool,
}

impl Rules {
    /// What the policy says of a metric, by its kind and its names.
    pub(crate) fn of_kind(policy: &Policy, metric: &str, kind: Kind) -> Self {
        let mut rules = Self::of(policy, metric);
        if !rules.has_expiry {
            rules.set_expiry(policy.expiry_of(kind));
        }
        rules
    }

    /// What the policy says of a metric of any kind, by its own name and the one that is printed: of one name before many, of long
    /// texts before short ones.
    pub(crate) fn of(policy: &Policy, metric: &str) -> Self {
        let printed = crate::metric::name::sanitize(metric);
        let mut rules = Self {
            values: policy.most(Limit::Values),
            series: policy.most(Limit::SeriesPerMetric),
            labels: usize::try_from(policy.most(Limit::Labels)).unwrap_or(usize::MAX),
            value_bytes: usize::try_from(policy.most(Limit::ValueBytes)).unwrap_or(usize::MAX),
            gauges: policy.gauges.unwrap_or_default(),
            passive: policy.passive.unwrap_or_default(),
            hashed: policy.hashed.unwrap_or_default(),
            expiry: None,
            has_expiry: false,
            of_labels: Vec::new(),
            reserved: policy.reserved.clone(),
            have_within: false,
            are_unlimited: policy.is_unlimited(),
        };
        rules.set_expiry(policy.expiry.unwrap_or_default());
        let mut matching: Vec<&(Matcher, Override)> =
            policy.overrides().iter().filter(|(it, _)| it.matches(metric) || it.matches(&printed)).collect();
        // The nearest comes last, and so has the last word.
        matching.sort_by(|(a, _), (b, _)| b.rank().cmp(&a.rank()));
        for (_, what) in matching {
            rules.are_unlimited &= matches!(what, Override::Gauges(_) | Override::Expiry(_));
            rules.take(what);
        }
        rules
    }

    /// What is said of a label, if anything is.
    pub(crate) fn label(&self, name: &str) -> Option<&LabelRule> {
        self.of_labels.iter().find(|(label, _)| label == name).map(|(_, rule)| rule)
    }

    /// The label within each value of which the values of this one are limited, and how many there may be.
    pub(crate) fn within(&self, label: &str) -> Option<(&str, u64)> {
        self.label(label)?.within.as_ref().map(|(within, most)| (&**within, *most))
    }

    /// The most values that a label may have in all.
    pub(crate) fn most_values(&self, label: &str) -> u64 {
        let rule = self.label(label);
        let own = rule.and_then(|rule| rule.values);
        own.unwrap_or(if rule.is_some_and(|rule| rule.within.is_some()) { u64::MAX } else { self.values })
    }

    /// Whether this value of a label has its place, whoever comes first.
    pub(crate) fn has_place(&self, label: &str, value: &str) -> bool {
        self.label(label).is_some_and(|rule| rule.allowed.contains(value))
            || self.reserved.as_ref().is_some_and(|it| it.label == label && it.values.contains(value))
    }

    /// What is recorded of a value that is too long: its beginning, unless that might be the name of a tenant.
    pub(crate) fn shortened<'v>(&self, label: &str, value: &'v str) -> &'v str {
        if self.reserved.as_ref().is_some_and(|it| it.label == label) {
            return OTHER;
        }
        &value[..value.floor_char_boundary(self.value_bytes)]
    }

    /// How many values of a label have their places.
    pub(crate) fn places(&self, label: &str) -> u64 {
        let listed = self.label(label).map_or(0, |rule| rule.allowed.len());
        let reserved = self.reserved.as_ref().filter(|it| it.label == label).map_or(0, |it| it.values.len());
        (listed + reserved) as u64
    }

    /// Whether a label may be there with this value, whatever else is; all values of some labels are known.
    pub(crate) fn admit(&self, label: &str, value: &str, is_finite: bool) -> bool {
        self.label(label).is_none_or(|rule| {
            let is_listed = !rule.only || self.passive || is_finite || value == OTHER || self.has_place(label, value);
            !rule.dropped && is_listed
        })
    }

    fn take(&mut self, what: &Override) {
        match what {
            Override::Values { label, most } => {
                let rule = self.label_mut(label);
                (rule.values, rule.dropped) = (Some(most.0), false);
            }
            Override::Within { label, within, most } => {
                let within = label::sanitize(within).into_owned();
                let rule = self.label_mut(label);
                (rule.within, rule.dropped) = (Some((within, most.0)), false);
                self.have_within = true;
            }
            Override::Series(most) => self.series = most.0,
            Override::Allow { label, values, only } => {
                let rule = self.label_mut(label);
                rule.allowed = values.iter().cloned().collect();
                (rule.only, rule.dropped) = (*only, false);
            }
            Override::DropLabel(label) => self.label_mut(label).dropped = true,
            Override::Gauges(fold) => self.gauges = *fold,
            Override::Expiry(idle) => {
                self.set_expiry(*idle);
                self.has_expiry = true;
            }
        }
    }

    fn set_expiry(&mut self, idle: Duration) {
        self.expiry = (!idle.is_zero()).then(|| idle.as_secs().max(1));
    }

    /// The rule of a label, by the name that is printed.
    fn label_mut(&mut self, name: &str) -> &mut LabelRule {
        let name = &*label::sanitize(name);
        let at = match self.of_labels.iter().position(|(label, _)| label == name) {
            Some(at) => at,
            None => {
                self.of_labels.push((name.to_owned(), LabelRule::default()));
                self.of_labels.len() - 1
            }
        };
        &mut self.of_labels[at].1
    }
}
