//! Settings of the collectors: which of those that this crate brings run, and how often. It starts none.

use std::time::Duration;

use toml::de::DeValue;

use super::{
    setting::{Field, Setting},
    suggest,
    table::ROW,
    value::{Misplaced, Mistake, Node, Value, because, malformed, number, quoted},
};
use crate::collectors::{
    BROUGHT, Brought,
    wanted::{ALL, Plan},
};

/// Names of collectors that this crate brings, or [`ALL`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Names(pub(super) Vec<String>);

/// The intervals of collectors that do not run as often as the others, each name once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Intervals(pub(super) Vec<(String, Duration)>);

/// How no collector is written.
const NONE: &str = "none";

/// What the intervals may be.
const LEAST: Duration = Duration::from_millis(1);
const MOST: Duration = Duration::from_secs(86_400);

pub(super) const WHICH: Setting = Setting {
    key: "collectors",
    default: ALL,
    meaning: "which collectors of this crate run: their names, `all`, or `none`; those of other names run in any case",
    allowed: "write names such as process,gpu,tokio, or all, or none",
    field: &Field { get: |config| &config.collectors, get_mut: |config| &mut config.collectors, check: check_names },
    ..ROW
};

pub(super) const INTERVAL: Setting = Setting {
    key: "collection_interval",
    default: "5",
    meaning: "how often collectors run that have no interval of their own, in seconds",
    allowed: "write a number of seconds from 0.001 to 86400",
    field: &Field {
        get: |config| &config.collection_interval,
        get_mut: |config| &mut config.collection_interval,
        check: |interval| if is_interval(*interval) { Ok(()) } else { Err(Mistake::Malformed) },
    },
    ..ROW
};

pub(super) const INTERVALS: Setting = Setting {
    key: "collector_intervals",
    meaning: "how often single collectors run, in seconds, whatever else is said",
    allowed: "write intervals as gpu=1,process=15",
    field: &Field {
        get: |config| &config.collector_intervals,
        get_mut: |config| &mut config.collector_intervals,
        check: check_intervals,
    },
    ..ROW
};

impl Intervals {
    /// Adds an interval; one of the same collector is replaced.
    pub(super) fn set(&mut self, name: String, interval: Duration) {
        match self.0.iter_mut().find(|(taken, _)| *taken == name) {
            Some((_, old)) => *old = interval,
            None => self.0.push((name, interval)),
        }
    }
}

/// What they come to, of a config in which none is open.
pub(super) fn plan(names: Option<&Names>, interval: Option<Duration>, intervals: Option<&Intervals>) -> Plan {
    Plan {
        names: names.cloned().unwrap_or_default().0,
        interval: interval.unwrap_or_default(),
        intervals: intervals.cloned().unwrap_or_default().0,
    }
}

/// In a variable, names with commas between them, or `none`.
impl Value for Names {
    fn of_text(text: &str) -> Result<Self, Mistake> {
        if text == NONE {
            return Ok(Self::default());
        }
        let names: Vec<_> = text.split(',').map(|name| name.trim().to_owned()).collect();
        if names.iter().any(String::is_empty) { Err(Mistake::Malformed) } else { Ok(Self(names)) }
    }

    fn of_toml(node: &Node<'_>) -> Result<Self, Misplaced> {
        let no_list = || because(node, "`collectors` is no list of names; write it as [\"process\", \"gpu\"]");
        let list = node.get_ref().as_array().ok_or_else(no_list)?;
        let names: Option<_> = list.iter().map(|name| name.get_ref().as_str().map(str::to_owned)).collect();
        names.map(Self).ok_or_else(no_list)
    }

    fn to_toml(&self) -> String {
        let names: Vec<_> = self.0.iter().map(|name| quoted(name)).collect();
        format!("[{}]", names.join(", "))
    }
}

/// In a variable, `name=seconds` with commas in between.
impl Value for Intervals {
    const JOINS: bool = true;

    fn of_text(text: &str) -> Result<Self, Mistake> {
        let mut intervals = Self::default();
        for item in text.split(',') {
            let (name, interval) = item.split_once('=').ok_or(Mistake::Malformed)?;
            intervals.set(name.trim().to_owned(), Duration::of_text(interval.trim())?);
        }
        Ok(intervals)
    }

    fn of_toml(node: &Node<'_>) -> Result<Self, Misplaced> {
        let DeValue::Table(table) = node.get_ref() else {
            let reason = "`collector_intervals` is no table; write it as { gpu = 1, process = 15 }";
            return Err(because(node, reason));
        };
        let mut intervals = Self::default();
        for (name, interval) in table {
            let seconds = Duration::of_toml(interval).map_err(|_| malformed(interval))?;
            intervals.set(name.get_ref().to_string(), seconds);
        }
        Ok(intervals)
    }

    fn to_toml(&self) -> String {
        let intervals: Vec<_> =
            self.0.iter().map(|(name, interval)| format!("{name} = {}", number(interval.as_secs_f64()))).collect();
        format!("{{ {} }}", intervals.join(", "))
    }

    fn joined(mut self, stronger: Self) -> Self {
        stronger.0.into_iter().for_each(|(name, interval)| self.set(name, interval));
        self
    }
}

fn check_names(names: &Names) -> Result<(), Mistake> {
    names.0.iter().filter(|name| *name != ALL).try_for_each(|name| check_name(name, &BROUGHT, &[ALL]))
}

fn check_intervals(intervals: &Intervals) -> Result<(), Mistake> {
    for (name, interval) in &intervals.0 {
        check_name(name, &BROUGHT, &[])?;
        if !is_interval(*interval) {
            let seconds = number(interval.as_secs_f64());
            let allowed = INTERVAL.allowed;
            return Err(Mistake::Because(format!("the interval of collector `{name}` is `{seconds}`; {allowed}")));
        }
    }
    Ok(())
}

/// Whether a build that brings these has a collector of this name.
fn check_name(name: &str, brought: &[Brought], more: &[&'static str]) -> Result<(), Mistake> {
    match brought.iter().find(|brought| brought.name == name) {
        Some(brought) if brought.make.is_some() => Ok(()),
        Some(brought) => Err(Mistake::Because(format!(
            "collector `{name}` is not in this build of the program; enable the feature `{}` of `tachometer`, or leave \
             `{name}` out",
            brought.feature
        ))),
        None => {
            let known = brought.iter().map(|brought| brought.name).chain(more.iter().copied());
            Err(Mistake::Because(format!("there is no collector `{name}`{}", suggest::remedy(name, known))))
        }
    }
}

fn is_interval(interval: Duration) -> bool {
    (LEAST..=MOST).contains(&interval)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_collector_whose_feature_is_missing_is_told_so() {
        let brought = [Brought { name: "cgroup", feature: "process", make: None }];
        let expected = "collector `cgroup` is not in this build of the program; enable the feature `process` of \
                        `tachometer`, or leave `cgroup` out";
        assert_eq!(check_name("cgroup", &brought, &[]), Err(Mistake::Because(expected.to_owned())));
    }
}
