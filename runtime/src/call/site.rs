//! A call site: what an attribute declares about a function, and where all declarations of a program are listed.

use std::fmt::Write as _;

use crate::{
    call::{
        backend::Slots,
        facade::Adopted,
        outcome::{End, Ending},
    },
    metric::{kind::Kind, name::Name},
};

/// What one expansion declares: at most one metric of each kind, with the same labels.
pub struct Site {
    pub(crate) source: Source,
    /// The value of the labels `function` and, with the module of the source, `module`.
    pub(crate) function: Option<&'static str>,
    pub(crate) labels: &'static [&'static str],
    /// The kinds of errors that are known before the first one.
    pub(crate) kinds: &'static [&'static str],
    pub(crate) asynchronous: bool,
    /// Whether the series that are known are there before the first call.
    pub(crate) zero: bool,
    pub(crate) counter: Option<Counted>,
    pub(crate) timer: Option<Timed>,
    pub(crate) gauge: Option<InFlight>,
    only_counted: bool,
    pub(crate) slots: Slots,
    pub(crate) adopted: Adopted,
}

/// Where a site stands in the user's code.
#[derive(Debug, Clone, Copy)]
pub struct Source {
    pub(crate) package: &'static str,
    pub(crate) module: &'static str,
    pub(crate) file: &'static str,
    pub(crate) line: u32,
    pub(crate) function: &'static str,
}

/// A counter of calls.
#[derive(Debug, Clone, Copy)]
pub struct Counted {
    name: Named,
    help: &'static str,
    result: bool,
    error: bool,
}

/// A histogram of durations.
#[derive(Debug, Clone, Copy)]
pub struct Timed {
    name: Named,
    help: &'static str,
    result: bool,
    error: bool,
    buckets: &'static [f64],
}

/// A gauge of calls that have begun and not ended.
#[derive(Debug, Clone, Copy)]
pub struct InFlight {
    name: Named,
    help: &'static str,
}

/// A name of its own, or one that all functions share.
#[derive(Debug, Clone, Copy)]
enum Named {
    Own(Name),
    Shared(&'static str),
}

impl Source {
    #[doc(hidden)]
    #[must_use]
    pub const fn new(
        package: &'static str,
        module: &'static str,
        file: &'static str,
        line: u32,
        function: &'static str,
    ) -> Self {
        Self { package, module, file, line, function }
    }
}

impl Counted {
    /// The counter of all functions without a name of their own.
    pub const FUNCTION: Self = Self {
        name: Named::Shared("function_calls_total"),
        help: "Calls of functions, by how they ended.",
        result: true,
        error: false,
    };

    #[doc(hidden)]
    #[must_use]
    pub const fn new(name: Name, help: &'static str) -> Self {
        Self { name: Named::Own(name), help, result: false, error: false }
    }

    /// With the label `result`.
    #[must_use]
    pub const fn result(mut self) -> Self {
        self.result = true;
        self
    }

    /// With the labels `result` and `error`.
    #[must_use]
    pub const fn error(mut self) -> Self {
        self.error = true;
        self.result()
    }
}

impl Timed {
    /// The histogram of all functions without a name of their own.
    pub const FUNCTION: Self = Self {
        name: Named::Shared("function_calls_duration_seconds"),
        help: "How long calls of functions took.",
        result: false,
        error: false,
        buckets: &[],
    };

    #[doc(hidden)]
    #[must_use]
    pub const fn new(name: Name, help: &'static str) -> Self {
        Self { name: Named::Own(name), help, result: false, error: false, buckets: &[] }
    }

    /// With the label `result`.
    #[must_use]
    pub const fn result(mut self) -> Self {
        self.result = true;
        self
    }

    /// With the labels `result` and `error`.
    #[must_use]
    pub const fn error(mut self) -> Self {
        self.error = true;
        self.result()
    }

    /// With these upper bounds, which have been checked.
    #[must_use]
    pub const fn buckets(mut self, buckets: &'static [f64]) -> Self {
        self.buckets = buckets;
        self
    }
}

impl InFlight {
    /// The gauge of all functions without a name of their own.
    pub const FUNCTION: Self = Self {
        name: Named::Shared("function_calls_concurrent"),
        help: "Calls of functions that have begun and not ended.",
    };

    #[doc(hidden)]
    #[must_use]
    pub const fn new(name: Name, help: &'static str) -> Self {
        Self { name: Named::Own(name), help }
    }
}

impl Site {
    #[doc(hidden)]
    #[must_use]
    pub const fn new(source: Source) -> Self {
        Self {
            source,
            function: None,
            labels: &[],
            kinds: &[],
            asynchronous: false,
            zero: true,
            counter: None,
            timer: None,
            gauge: None,
            only_counted: false,
            slots: Slots::new(),
            adopted: Adopted::new(),
        }
    }

    /// With the labels `function` and `module`.
    #[must_use]
    pub const fn function(mut self, function: &'static str) -> Self {
        self.function = Some(function);
        self
    }

    /// For a future, which can be dropped before its end.
    #[must_use]
    pub const fn asynchronous(mut self) -> Self {
        self.asynchronous = true;
        self
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn counter(mut self, counter: Counted) -> Self {
        self.counter = Some(counter);
        self.only_counted = self.timer.is_none() && self.gauge.is_none();
        self
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn timer(mut self, timer: Timed) -> Self {
        self.timer = Some(timer);
        self.only_counted = self.timer.is_none() && self.gauge.is_none();
        self
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn gauge(mut self, gauge: InFlight) -> Self {
        self.gauge = Some(gauge);
        self.only_counted = self.timer.is_none() && self.gauge.is_none();
        self
    }

    /// With labels whose values are known at each call.
    #[must_use]
    pub const fn labels(mut self, labels: &'static [&'static str]) -> Self {
        self.labels = labels;
        self
    }

    /// Whose series are not there before the first call.
    #[must_use]
    pub const fn without_zero(mut self) -> Self {
        self.zero = false;
        self
    }

    /// With these kinds of errors, for metrics that have the label `error`.
    #[must_use]
    pub const fn kinds(mut self, kinds: &'static [&'static str]) -> Self {
        self.kinds = kinds;
        self
    }

    /// Whether a call that begins now would be recorded.
    #[inline]
    #[must_use]
    pub fn is_live(&self) -> bool {
        crate::call::target::current() != crate::call::target::Target::Nobody
    }
}

impl std::fmt::Debug for Site {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Site").field("source", &self.source).finish_non_exhaustive()
    }
}

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
}

impl Site {
    /// The site's metrics, one of a kind.
    pub(crate) fn metrics(&self) -> impl Iterator<Item = Metric<'_>> {
        [self.counter_metric(), self.timer_metric(), self.gauge_metric()].into_iter().flatten()
    }

    pub(crate) fn counter_metric(&self) -> Option<Metric<'_>> {
        let Counted { name, help, result, error } = self.counter?;
        Some(Metric { site: self, kind: Kind::Counter, name, help, result, error, buckets: &[] })
    }

    pub(crate) fn timer_metric(&self) -> Option<Metric<'_>> {
        let Timed { name, help, result, error, buckets } = self.timer?;
        Some(Metric { site: self, kind: Kind::Histogram, name, help, result, error, buckets })
    }

    pub(crate) fn gauge_metric(&self) -> Option<Metric<'_>> {
        let InFlight { name, help } = self.gauge?;
        Some(Metric { site: self, kind: Kind::Gauge, name, help, result: false, error: false, buckets: &[] })
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
    pub(crate) fn ends(&self, ending: Ending) -> impl Iterator<Item = End> {
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

    /// The names of all labels, sorted.
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
        metrics::Key::from_parts(self.name(), labels)
    }
}

/// All call sites that are linked into the program.
///
/// Empty where the platform has no such list (wasm, Miri) and inside a Rust `dylib`; there a site joins at its first
/// call.
pub(crate) fn all() -> &'static [Site] {
    crate::private::sites()
}
