//! The metrics of a site, as whoever registers them sees them. Knows no recorder.

use std::fmt::Write as _;

use super::{Counted, InFlight, Named, Site, Source, Timed};
use crate::{
    call::outcome::{End, Ending},
    metric::kind::Kind,
    slo::Slo,
};

/// One metric of a site, for whoever registers it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Metric<'a> {
    site: &'a Site,
    pub(crate) kind: Kind,
    name: Named,
    help: &'static str,
    pub(crate) result: bool,
    /// Whether there is the label `error`.
    pub(crate) error: bool,
    pub(crate) buckets: &'static [f64],
    slo: Option<Slo>,
}

impl Site {
    /// The site's metrics, one of a kind.
    pub(crate) fn metrics(&self) -> impl Iterator<Item = Metric<'_>> {
        [self.counter_metric(), self.timer_metric(), self.gauge_metric()].into_iter().flatten()
    }

    pub(crate) fn counter_metric(&self) -> Option<Metric<'_>> {
        let Counted { name, help, result, error, slo } = self.counter?;
        Some(Metric { site: self, kind: Kind::Counter, name, help, result, error, buckets: &[], slo })
    }

    pub(crate) fn timer_metric(&self) -> Option<Metric<'_>> {
        let Timed { name, help, result, error, buckets, slo } = self.timer?;
        Some(Metric { site: self, kind: Kind::Histogram, name, help, result, error, buckets, slo })
    }

    pub(crate) fn gauge_metric(&self) -> Option<Metric<'_>> {
        let InFlight { name, help } = self.gauge?;
        Some(Metric { site: self, kind: Kind::Gauge, name, help, result: false, error: false, buckets: &[], slo: None })
    }

    /// Whether there is a counter and nothing else, so that a call has nothing to do at its beginning.
    #[inline]
    pub(crate) fn is_only_counted(&self) -> bool {
        self.only_counted
    }

    /// Whether a metric tells errors apart, so that one handle or one series does not do for all of them.
    pub(crate) fn has_kinds(&self) -> bool {
        self.metrics().any(|metric| metric.error)
    }

    /// The ways in which a call of the site can end.
    pub(crate) fn endings(&self) -> &'static [Ending] {
        if self.asynchronous { &Ending::ALL } else { &[Ending::Ok, Ending::Error, Ending::Panicked] }
    }
}

impl Metric<'_> {
    /// The ends that calls with this ending can have: more than one where errors have kinds.
    pub(crate) fn ends(&self, ending: Ending) -> impl Iterator<Item = End> + use<> {
        let kinds: &'static [&'static str] = match (self.error, ending) {
            (true, Ending::Error) => self.site.kinds,
            _ => &[""],
        };
        kinds.iter().map(move |kind| End { ending, kind })
    }

    pub(crate) fn name(&self) -> String {
        match self.name {
            Named::Own(name) => name.to_string(),
            Named::Shared(name) => name.to_owned(),
        }
    }

    /// The text of `# HELP`; names the function where its author has written nothing.
    pub(crate) fn help(&self) -> String {
        let mut help = self.help.to_owned();
        if help.is_empty() {
            let Source { module, function, .. } = self.site.source;
            // Writing to a string does not fail.
            let _ = write!(help, "Calls of `{module}::{function}`.");
        }
        help
    }

    /// Where the metric is declared, for messages.
    pub(crate) fn source(&self) -> String {
        let Source { package, file, line, .. } = self.site.source;
        format!("at {file}:{line} in {package}")
    }

    /// The names of all labels, sorted. Those of an objective are not among them: other sites of the metric may have
    /// another one, or none.
    pub(crate) fn label_names(&self) -> Vec<&'static str> {
        let mut names = self.site.labels.to_vec();
        if self.site.function.is_some() {
            names.extend(["function", "module"]);
        }
        if self.result {
            names.push("result");
        }
        if self.error {
            names.push("error");
        }
        names.sort_unstable();
        names
    }

    /// The labels of a call that ended so, with these values of the site's own labels.
    pub(crate) fn key(&self, end: impl Into<End>, values: &[metrics::Label]) -> metrics::Key {
        let End { ending, kind } = end.into();
        let mut labels = values.to_vec();
        if let Some(function) = self.site.function {
            labels.push(metrics::Label::from_static_parts("function", function));
            labels.push(metrics::Label::from_static_parts("module", self.site.source.module));
        }
        if self.result {
            labels.push(metrics::Label::from_static_parts("result", ending.as_str()));
        }
        if self.error {
            labels.push(metrics::Label::from_static_parts("error", kind));
        }
        labels.extend(self.objective());
        metrics::Key::from_parts(self.name(), labels)
    }

    /// The labels of what the metric is meant to show, by the names that autometrics has for them.
    fn objective(&self) -> Vec<metrics::Label> {
        let Some(Slo { name, success_rate, latency }) = self.slo else { return Vec::new() };
        let percentile = |name: &'static str, percent: f64| {
            let percent = metrics::Label::new("objective_percentile", percent.to_string());
            vec![metrics::Label::from_static_parts("objective_name", name), percent]
        };
        match (self.kind, success_rate, latency) {
            (Kind::Counter, Some(percent), _) => percentile(name, percent),
            (Kind::Histogram, _, Some((threshold, percent))) => {
                let threshold = metrics::Label::new("objective_latency_threshold", threshold.as_secs_f64().to_string());
                [percentile(name, percent), vec![threshold]].concat()
            }
            _ => Vec::new(),
        }
    }
}
