//! Whether a policy makes sense, and what to do if not.

use std::time::Duration;

use super::{
    policy::{Cap, LIMITS, Limit, MAX_LABELS, Override, Policy},
    rules::Rules,
};
use crate::{Error, error::Kind, metric::matcher::Matcher};

/// The shortest time after which series may end.
pub(crate) const SOONEST: Duration = Duration::from_secs(1);

impl Policy {
    /// Whether the policy makes sense.
    pub(crate) fn check(&self) -> Result<(), Error> {
        for (limit, ..) in LIMITS {
            if self.most(limit) == 0 {
                return Err(wrong(format!("the guard's limit `{}` is 0; write 1 or more", limit.name())));
            }
        }
        let labels = self.most(Limit::Labels);
        if labels > MAX_LABELS {
            return Err(wrong(format!("the guard's limit `labels` is {labels}; a series has at most 32")));
        }
        for (small, large) in [
            (Limit::Values, Limit::SeriesPerMetric),
            (Limit::SeriesPerMetric, Limit::Series),
            (Limit::Series, Limit::Samples),
        ] {
            if let (Some(narrow), Some(wide)) = (self.said(small), self.said(large))
                && narrow > wide
            {
                return Err(wrong(format!(
                    "the guard's limit `{}` is {narrow} and `{}`, which holds all of it, is {wide}; lower the one or \
                     raise the other",
                    small.name(),
                    large.name()
                )));
            }
        }
        if self.expiries().any(|idle| !idle.is_zero() && idle < SOONEST) {
            return Err(wrong("the guard's `expire_after` is less than a second; write one or more".to_owned()));
        }
        self.overrides().iter().try_for_each(|(metrics, what)| self.check_override(metrics, what))?;
        self.overrides().iter().try_for_each(|(metrics, _)| self.check_whole(metrics))
    }

    /// Whether what is said of one metric under several names agrees.
    fn check_whole(&self, metrics: &Matcher) -> Result<(), Error> {
        let Matcher::Full(name) = metrics else { return Ok(()) };
        let rules = Rules::of(self, name);
        let mut lists = rules.of_labels.iter().filter(|(_, rule)| !rule.dropped);
        lists
            .try_for_each(|(label, rule)| fits(metrics, label, rule.allowed.len(), rule.values.unwrap_or(rules.values)))
    }

    /// A limit that somebody seems to have thought of.
    fn said(&self, limit: Limit) -> Option<u64> {
        Some(self.most(limit)).filter(|most| *most != limit.library().0 && *most != Cap::NONE.0)
    }

    fn check_override(&self, metrics: &Matcher, what: &Override) -> Result<(), Error> {
        match what {
            Override::Values { label, most: Cap(0) } => Err(wrong(format!(
                "the guard's limit of label `{label}` of `{metrics}` is 0; write 1 or more, or drop the label"
            ))),
            Override::Within { label, within, most } => self.check_within(metrics, label, within, *most),
            Override::Series(Cap(0)) => {
                Err(wrong(format!("the guard's limit of series of `{metrics}` is 0; write 1 or more")))
            }
            Override::Values { label, .. } | Override::Allow { label, .. } if self.drops(metrics, label) => Err(wrong(
                format!("the guard's label `{label}` of `{metrics}` is dropped and limited at once; say one of them"),
            )),
            Override::Allow { label, values, .. } => self.check_list(metrics, label, values),
            _ => Ok(()),
        }
    }

    fn check_within(&self, metrics: &Matcher, label: &str, within: &str, most: Cap) -> Result<(), Error> {
        let limit = format!("the guard's limit of label `{label}` of `{metrics}` within each `{within}`");
        if most.0 == 0 {
            return Err(wrong(format!("{limit} is 0; write 1 or more, or drop the label")));
        }
        if label == within {
            return Err(wrong(format!(
                "{limit} is one within itself; name another label, or say it of the label alone"
            )));
        }
        if let Some(dropped) = [label, within].into_iter().find(|it| self.drops(metrics, it)) {
            return Err(wrong(format!("{limit} needs `{dropped}`, which is dropped; say one of them")));
        }
        let is_within = |other: &Override| matches!(other, Override::Within { label, .. } if label == within);
        if self.overrides().iter().any(|(matcher, other)| matcher == metrics && is_within(other)) {
            return Err(wrong(format!(
                "{limit} is within a label that is limited within another one; say one of them"
            )));
        }
        Ok(())
    }

    fn check_list(&self, metrics: &Matcher, label: &str, values: &[String]) -> Result<(), Error> {
        fits(metrics, label, values.len(), self.limit_of(metrics, label))?;
        let list = list(metrics, label);
        let most = self.most(Limit::ValueBytes);
        if let Some(long) = values.iter().find(|value| value.len() as u64 > most) {
            let shown = &long[..long.floor_char_boundary(60)];
            return Err(wrong(format!(
                "{list} has `{shown}`, which is longer than `value_bytes`, {most}; raise it or shorten the value"
            )));
        }
        Ok(())
    }

    fn drops(&self, metrics: &Matcher, label: &str) -> bool {
        self.overrides().iter().any(|(matcher, other)| {
            matcher == metrics && matches!(other, Override::DropLabel(dropped) if dropped == label)
        })
    }

    /// The limit of a label of the metrics that are written just so.
    fn limit_of(&self, metrics: &Matcher, label: &str) -> u64 {
        let own = self.overrides().iter().rev().find_map(|(matcher, what)| match what {
            Override::Values { label: of, most } if matcher == metrics && of == label => Some(most.0),
            _ => None,
        });
        own.unwrap_or(self.most(Limit::Values))
    }
}

/// What a list is called.
fn list(metrics: &Matcher, label: &str) -> String {
    format!("the guard's list of allowed values of label `{label}` of `{metrics}`")
}

/// Whether a list has no more values than the label may.
fn fits(metrics: &Matcher, label: &str, count: usize, limit: u64) -> Result<(), Error> {
    if count as u64 > limit {
        return Err(wrong(format!(
            "{} has {count} values, and the limit is {limit}; raise the limit or shorten the list",
            list(metrics, label)
        )));
    }
    Ok(())
}

fn wrong(message: String) -> Error {
    Error::new(Kind::Setting, message)
}
