//! Assertions on a snapshot, which fail with what was recorded instead. Knows no recorder.

use std::fmt::{self, Display, Write as _};

use crate::{
    call::{
        outcome::Ending,
        site::{self, Site},
    },
    families::Value,
    handle::number::Number,
    snapshot::{FamilySnapshot, SeriesSnapshot, Snapshot},
};

/// What histograms of a [`Snapshot`] have observed; see [`Snapshot::observations`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Observations {
    /// How many there were.
    pub count: u64,
    /// The sum of all of them: seconds, where durations are observed. Of one observation, that itself.
    pub sum: f64,
}

/// Assertions, with the feature `testing`.
///
/// The labels select series, as they do in PromQL: those that have them and any others. An empty value selects series
/// without the label. Where several are selected, counters and histograms are added up.
///
/// Series that are not there count as 0. So does a metric that nothing is known of where 0 is asserted, such as a handle
/// that nobody has used: unless another name was recorded that is the same but for a slip. In all other cases these fail,
/// and print what was recorded, if the metric is not known (none of its series was recorded, and no function is annotated
/// with it), is of another kind, or has no such label.
impl Snapshot {
    /// Asserts what a counter has counted.
    ///
    /// # Panics
    /// If it has not.
    #[track_caller]
    pub fn assert_counter(&self, name: &str, labels: &[(&str, &str)], expected: u64) {
        let selector = Selector { name, labels };
        let counted = if expected == 0 && self.is_untouched(name) { 0 } else { self.counter(name, labels) };
        self.assert(&selector, counted == expected, counted, expected);
    }

    /// Asserts what a counter of fractions has counted, to the last quantum of a unit.
    ///
    /// # Panics
    /// If it has not.
    #[track_caller]
    pub fn assert_float_counter(&self, name: &str, labels: &[(&str, &str)], expected: impl Number) {
        let expected = expected.float();
        let counted = if expected == 0.0 && self.is_untouched(name) { 0.0 } else { self.float_counter(name, labels) };
        // Both are whole quanta, written as floats; 10⁻⁹ is the smallest one that there is by default.
        self.assert(&Selector { name, labels }, (counted - expected).abs() < 1e-9, counted, expected);
    }

    /// Asserts the value of a gauge, of which the labels select one series.
    ///
    /// # Panics
    /// If it is another one.
    #[track_caller]
    pub fn assert_gauge(&self, name: &str, labels: &[(&str, &str)], expected: impl Number) {
        let expected = expected.float();
        let value = if expected == 0.0 && self.is_untouched(name) { 0.0 } else { self.gauge(name, labels) };
        let is_equal = value == expected || (value.is_nan() && expected.is_nan());
        self.assert(&Selector { name, labels }, is_equal, value, expected);
    }

    /// Asserts how many values a histogram has observed; a timed function's are its calls.
    ///
    /// # Panics
    /// If it has not.
    #[track_caller]
    pub fn assert_observations(&self, name: &str, labels: &[(&str, &str)], expected: u64) {
        let is_none = expected == 0 && self.is_untouched(name);
        let count = if is_none { 0 } else { self.observations(name, labels).count };
        let selector = Selector { name, labels };
        self.assert(&selector, count == expected, format_args!("{count} observations"), expected);
    }

    /// Asserts that no series was recorded which has these labels, whether or not the metric is known.
    ///
    /// # Panics
    /// If there is one.
    #[track_caller]
    pub fn assert_absent(&self, name: &str, labels: &[(&str, &str)]) {
        let selector = Selector { name, labels };
        let is_there = self.family(name).is_some_and(|family| family.series().any(|series| selector.selects(&series)));
        if is_there {
            self.fail(name, &format!("`{selector}` should not be there, and is"));
        }
    }

    /// What a counter has counted.
    ///
    /// # Panics
    /// As the assertions do.
    #[track_caller]
    #[must_use]
    pub fn counter(&self, name: &str, labels: &[(&str, &str)]) -> u64 {
        let counted = self.selected(&Selector { name, labels }, "counter", |value| match value {
            Value::Counter(count) => Some(count),
            _ => None,
        });
        counted.into_iter().fold(0, u64::wrapping_add)
    }

    /// What a counter of fractions has counted.
    ///
    /// # Panics
    /// As the assertions do.
    #[track_caller]
    #[must_use]
    pub fn float_counter(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let counted = self.selected(&Selector { name, labels }, "counter of fractions", |value| match value {
            Value::FloatCounter(count) => Some(count),
            _ => None,
        });
        counted.into_iter().sum()
    }

    /// The value of a gauge, of which the labels select one series.
    ///
    /// # Panics
    /// As the assertions do, and if the labels select more than one series.
    #[track_caller]
    #[must_use]
    pub fn gauge(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let selector = Selector { name, labels };
        let values = self.selected(&selector, "gauge", |value| match value {
            Value::Gauge(value) => Some(value),
            _ => None,
        });
        if values.len() > 1 {
            self.fail(name, &format!("`{selector}` is {} series; name more labels", values.len()));
        }
        values.first().copied().unwrap_or_default()
    }

    /// What histograms have observed.
    ///
    /// # Panics
    /// As the assertions do.
    #[track_caller]
    #[must_use]
    pub fn observations(&self, name: &str, labels: &[(&str, &str)]) -> Observations {
        let observed = self.selected(&Selector { name, labels }, "histogram or summary", |value| match value {
            Value::Histogram(distribution) => Some((distribution.count(), distribution.sum)),
            Value::Summary(summary) => Some((summary.count, summary.sum)),
            Value::NativeHistogram(native) => Some((native.count(), native.sum)),
            _ => None,
        });
        let add = |sum: Observations, (count, total): (u64, f64)| Observations {
            count: sum.count.wrapping_add(count),
            sum: sum.sum + total,
        };
        observed.into_iter().fold(Observations { count: 0, sum: 0.0 }, add)
    }

    /// The values of all series that are selected, where the metric is one of this kind.
    #[track_caller]
    fn selected<T>(&self, selector: &Selector<'_>, kind: &str, of: impl Fn(Value<'_>) -> Option<T>) -> Vec<T> {
        let Selector { name, .. } = *selector;
        let declared = declared_labels(name);
        let family = self.family(name);
        if family.is_none() && declared.is_none() {
            self.fail(name, &format!("nothing was recorded as `{name}`{}", self.remedy(name)));
        }
        let series = || family.iter().flat_map(FamilySnapshot::series);
        for (label, _) in selector.labels.iter().filter(|(_, value)| !value.is_empty()) {
            let is_known = declared.iter().flatten().any(|declared| declared == label)
                || series().any(|series| series.label(label).is_some());
            if !is_known {
                let labels = series().flat_map(|series| series.labels()).map(|(label, _)| label.into_owned());
                let labels: Vec<String> = labels.chain(declared.iter().flatten().cloned()).collect();
                let remedy = closest(label, labels.iter().map(String::as_str));
                let remedy = remedy.map_or_else(String::new, |label| format!("; did you mean `{label}`?"));
                self.fail(name, &format!("no series of `{name}` has a label `{label}`{remedy}"));
            }
        }
        let value = |series: SeriesSnapshot<'_>| {
            let other = || self.fail(name, &format!("`{name}` is no {kind}"));
            of(series.value()).unwrap_or_else(other)
        };
        series().filter(|series| selector.selects(series)).map(value).collect()
    }

    /// Whether nothing is known of a name, and none was recorded that could have been meant.
    fn is_untouched(&self, name: &str) -> bool {
        let is_slip = |recorded: &str| {
            let (longer, shorter) = if recorded.len() > name.len() { (recorded, name) } else { (name, recorded) };
            longer.strip_suffix("_total") == Some(shorter) || strsim::osa_distance(longer, shorter) <= SLIPS
        };
        declared_labels(name).is_none() && !self.families().any(|family| is_slip(family.name()))
    }

    /// What a name that nothing is recorded under should have been.
    fn remedy(&self, name: &str) -> String {
        let recorded: Vec<&str> = self.families().map(|family| family.name()).collect();
        match closest(name, recorded) {
            Some(meant) => format!("; did you mean `{meant}`?"),
            None => format!("; if that is right, write `assert_absent(\"{name}\", &[])`"),
        }
    }

    #[track_caller]
    fn assert(&self, selector: &Selector<'_>, holds: bool, is: impl Display, expected: impl Display) {
        if !holds {
            self.fail(selector.name, &format!("`{selector}` is {is}, and not {expected}"));
        }
    }

    /// Panics with all series of a metric, or if there are none with those of all metrics.
    #[track_caller]
    fn fail(&self, name: &str, message: &str) -> ! {
        let mut recorded = String::new();
        let of_metric = self.family(name);
        let others = self.families().filter(|family| of_metric.is_none() && !family.name().starts_with("tachometer_"));
        for family in of_metric.into_iter().chain(others) {
            for series in family.series() {
                // Writing to a string does not fail.
                let _ = writeln!(recorded, "    {}", Line(family, series));
            }
        }
        if recorded.is_empty() {
            panic!("{message}; nothing at all was recorded{ELSEWHERE}");
        }
        let elsewhere = if of_metric.is_none() { ELSEWHERE } else { "" };
        panic!("{message}{elsewhere}; recorded was\n{recorded}");
    }
}

/// Why something may be missing.
const ELSEWHERE: &str = " (a thread or task that is spawned records here by `testing::spawn`, `testing::wrap` or \
                         `testing::wrap_future`, or as a task of a current-thread runtime: `testing::record(|| \
                         runtime.block_on(..))`)";

/// How many letters of a name may be wrong, missing, too many or exchanged in a slip.
const SLIPS: usize = 2;

/// Series of a metric.
struct Selector<'a> {
    name: &'a str,
    labels: &'a [(&'a str, &'a str)],
}

impl Selector<'_> {
    fn selects(&self, series: &SeriesSnapshot<'_>) -> bool {
        self.labels.iter().all(|(name, value)| series.label(name).unwrap_or_default() == *value)
    }
}

impl Display for Selector<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_series(f, self.name, self.labels.iter().copied())
    }
}

/// A series and its value, on one line.
struct Line<'a>(FamilySnapshot<'a>, SeriesSnapshot<'a>);

impl Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(family, series) = self;
        let labels: Vec<_> = series.labels().collect();
        write_series(f, family.name(), labels.iter().map(|(name, value)| (&**name, &**value)))?;
        match series.value() {
            Value::Counter(count) => write!(f, " {count}"),
            Value::FloatCounter(value) | Value::Gauge(value) => write!(f, " {value}"),
            Value::Histogram(it) => write!(f, " {} observations, sum {}", it.count(), it.sum),
            Value::Summary(it) => write!(f, " {} observations, sum {}", it.count, it.sum),
            Value::NativeHistogram(it) => write!(f, " {} observations, sum {}", it.count(), it.sum),
        }
    }
}

fn write_series<'a>(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    labels: impl Iterator<Item = (&'a str, &'a str)>,
) -> fmt::Result {
    let labels: Vec<String> = labels.map(|(name, value)| format!("{name}={value:?}")).collect();
    f.write_str(name)?;
    if labels.is_empty() { Ok(()) } else { write!(f, "{{{}}}", labels.join(",")) }
}

/// The names of the labels of a metric that some function is annotated with, called or not.
fn declared_labels(name: &str) -> Option<Vec<String>> {
    let of_site = |site: &'static Site| {
        let metric = site.metrics().find(|metric| metric.name() == name)?;
        let fixed = metric.key(Ending::Ok, &[]);
        let fixed = fixed.labels().map(|label| label.key().to_owned());
        Some(site.labels.iter().map(|label| (*label).to_owned()).chain(fixed).collect::<Vec<_>>())
    };
    // Functions that share a metric may have different objectives.
    site::all().iter().filter_map(of_site).reduce(|all, more| [all, more].concat())
}

/// The candidate that is most like a word, if one is.
fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let rated = candidates.into_iter().map(|candidate| (strsim::jaro_winkler(word, candidate), candidate));
    let (rating, nearest) = rated.max_by(|(a, _), (b, _)| a.total_cmp(b))?;
    (rating > 0.85).then_some(nearest)
}
