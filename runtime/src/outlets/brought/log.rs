//! Some values as a line of the program's log.

use std::time::Duration;

use crate::{
    exporters::line,
    metric::matcher::Matcher,
    push::{Outlet, Push, PushError},
};

/// Writes an event to the program's log, by `tracing`, with the values of those families that were chosen: one line that a
/// person can read.
///
/// ```text
/// INFO tachometer::metrics: jobs_total{queue="mail"}=3 load=0.25 job_seconds count=3 sum=0.75 mean=0.25
/// ```
///
/// A histogram is its count, its sum and its mean, a summary its quantiles as well. Labels that stand on every series are
/// left out. A line that would be longer than 8 KiB ends with how many series it does not show. While no chosen family is
/// there, there is no event.
///
/// It is the outlet `log`, pushed every minute and at the end.
///
/// ```
/// use tachometer::{metric::matcher::Matcher, outlets::Log};
///
/// let log = Log::new().families(Matcher::Prefix("jobs_".to_owned())).families(Matcher::Full("load".to_owned()));
/// let builder = tachometer::builder().no_listener().push(log);
/// ```
#[derive(Debug, Clone)]
#[must_use = "it has no effect until `Builder::push` gets it"]
pub struct Log {
    families: Vec<Matcher>,
    interval: Duration,
}

impl Log {
    /// Of no family.
    pub fn new() -> Self {
        Self { families: Vec::new(), interval: Duration::from_mins(1) }
    }

    /// Adds the families of these names.
    pub fn families(mut self, names: Matcher) -> Self {
        self.families.push(names);
        self
    }

    /// How often there is an event.
    pub fn interval(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }
}

impl Default for Log {
    fn default() -> Self {
        Self::new()
    }
}

impl Outlet for Log {
    fn name(&self) -> &str {
        "log"
    }

    fn interval(&self) -> Option<Duration> {
        Some(self.interval)
    }

    fn push(&mut self, push: &mut Push<'_>) -> Result<(), PushError> {
        let is_chosen = |name: &str| self.families.iter().any(|names| names.matches(name));
        let line = line::of(push.snapshot(), &is_chosen);
        if line.is_empty() {
            push.pushed(0);
        } else {
            tracing::info!(target: "tachometer::metrics", "{line}");
        }
        Ok(())
    }
}
