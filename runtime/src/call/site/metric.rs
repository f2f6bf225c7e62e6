//! The metrics of a site, as whoever registers them sees them. Knows no recorder.

use std::fmt::Write as _;

use super::{Counted, InFlight, Named, Site, Source, Timed};
use crate::{
    call::{
        outcome::{End, Ending},
        rolled::Rolled,
    },
    metric::{bounds::Ladder, kind::Kind},
    slo::Slo,
};

/// The names of labels that are not a site's own.
const FIXED: [&str; 7] =
    ["function", "module", "result", "error", "objective_name", "objective_percentile", "objective_latency_threshold"];

/// How many labels a site can have, with those that are not its own.
const MAX_LABELS: usize = 64;

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
    pub(crate) buckets: Ladder<'static>,
    slo: Option<Slo>,
    pub(super) rolled: Option<&'static Rolled>,
}

impl Metric<'_> {
    /// The objective of which it records a part.
    pub(crate) fn slo(&self) -> Option<Slo> {
        self.slo
    }
}

impl Site {
    /// The site's metrics, one of a kind.
    pub(crate) fn metrics(&self) -> impl Iterator<Item = Metric<'_>> {
        [self.counter_metric(), self.timer_metric(), self.gauge_metric()].into_iter().flatten()
    }

    pub(crate) fn counter_metric(&self) -> Option<Metric<'_>> {
        let Counted { name, help, result, error, slo, rolled } = self.counter?;
        Some(Metric {
            site: self,
            kind: Kind::Counter,
            name,
            help,
            result,
            error,
            buckets: Ladder::OfUnit,
            slo,
            rolled,
        })
    }

    pub(crate) fn timer_metric(&self) -> Option<Metric<'_>> {
        let Timed { name, help, result, error, buckets, slo, rolled } = self.timer?;
        Some(Metric { site: self, kind: Kind::Histogram, name, help, result, error, buckets, slo, rolled })
    }

    pub(crate) fn gauge_metric(&self) -> Option<Metric<'_>> {
        let InFlight { name, help } = self.gauge?;
        Some(Metric {
            site: self,
            kind: Kind::Gauge,
            name,
            help,
            result: false,
            error: false,
            buckets: Ladder::OfUnit,
            slo: None,
            rolled: None,
        })
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
        if self.can_be_cancelled() { &Ending::ALL } else { &[Ending::Ok, Ending::Error, Ending::Panicked] }
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

    /// A name that no other function has without meaning to: the metric's, or where all functions share that, the function's.
    pub(super) fn own_name(&self) -> String {
        let Source { module, function, .. } = self.site.source;
        match self.name {
            Named::Own(name) => name.to_string(),
            Named::Shared(_) => format!("{module}::{function}"),
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
        if self.site.function().is_some() {
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
        let mut labels = values.to_vec();
        labels.extend(self.fixed(end.into()).map(|(name, value)| metrics::Label::from_static_parts(name, value)));
        labels.extend(self.objective());
        metrics::Key::from_parts(self.name(), labels)
    }

    /// The names of labels all of whose values are known.
    pub(crate) fn finite_labels(&self) -> impl Iterator<Item = &'static str> + use<> {
        let known = self.site.labels.iter().zip(self.site.values).filter(|(_, values)| values.is_some());
        known.map(|(name, _)| *name).chain(FIXED)
    }

    /// Calls `look` with the labels of a call that ended so, and allocates nothing unless there is
    /// an objective.
    pub(crate) fn with_labels<R>(
        &self,
        end: impl Into<End>,
        values: &[&str],
        look: impl FnOnce(&[(&str, &str)]) -> R,
    ) -> R {
        let objective = self.objective();
        let mut labels = [("", ""); MAX_LABELS];
        let own = self.site.labels.iter().zip(values).map(|(name, value)| (*name, *value));
        let fixed = self.fixed(end.into()).map(shortened);
        let objective = objective.iter().map(|label| (label.key(), label.value()));
        let mut len = 0;
        for (slot, label) in labels.iter_mut().zip(own.chain(fixed).chain(objective)) {
            *slot = label;
            len += 1;
        }
        look(&labels[..len])
    }

    /// The labels that a call's end has, besides the site's own.
    fn fixed(&self, End { ending, kind }: End) -> impl Iterator<Item = (&'static str, &'static str)> + use<> {
        let function = self.site.function().map(|function| ("function", function));
        let module = self.site.function().map(|_| ("module", self.site.source.module));
        let result = self.result.then(|| ("result", ending.as_str()));
        let error = self.error.then_some(("error", kind));
        [function, module, result, error].into_iter().flatten()
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

/// A label that lives for ever, for those who have others as well.
fn shortened<'a>((name, value): (&'static str, &'static str)) -> (&'a str, &'a str) {
    (name, value)
}
