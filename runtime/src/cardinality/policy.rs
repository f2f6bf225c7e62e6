//! What the guard allows, as programs and operators say it. Knows names as texts, and no store.

use std::{collections::HashSet, sync::Arc, time::Duration};

use crate::metric::{kind::Kind, matcher::Matcher};

/// How many values, series and bytes there may be, and what becomes of those beyond.
///
/// Over a limit nothing is lost: the label that has too many values is recorded as `other`, and the other labels stay.
/// Series of call sites that are known before the first call, the label `result`, and labels whose values are all known
/// are never folded and do not count.
///
/// ```
/// use tachometer::{GaugeFold, Policy, metric::matcher::Matcher};
///
/// let policy = Policy::default()
///     .values(500) // of each label of each metric
///     .values_of(Matcher::Prefix("http_".to_owned()), "route", 50)
///     .allow(Matcher::Full("orders_total".to_owned()), "country", ["nz", "de", "jp"])
///     .gauges(GaugeFold::Max)
///     .expire_after(std::time::Duration::from_secs(3600));
/// let telemetry = tachometer::builder().no_listener().guard(policy).install()?;
/// # Ok::<(), tachometer::Error>(())
/// ```
///
/// What is left open is as weaker sources say, see [`Config`](crate::Config); in the end 1,000 values of a label, 20,000
/// series of a metric, 200,000 series and 64 MiB in all, 10,000 metrics, 32 labels and values of 256 bytes; as many
/// samples as there are, and no series expires.
#[derive(Debug, Clone, Default, PartialEq)]
#[must_use = "it has no effect until `Builder::guard` or `Telemetry::set_policy` gets it"]
pub struct Policy {
    /// By their places in [`LIMITS`].
    pub(crate) limits: [Option<Cap>; LIMITS.len()],
    pub(crate) gauges: Option<GaugeFold>,
    pub(crate) passive: Option<bool>,
    /// Zero is never.
    pub(crate) expiry: Option<Duration>,
    /// The same for some kinds of metrics.
    pub(crate) expiry_of_kinds: Option<KindExpiry>,
    pub(crate) hashed: Option<bool>,
    pub(crate) overrides: Option<Overrides>,
    /// Not said by people, but by those who know all values that matter.
    pub(crate) reserved: Option<Arc<Reserved>>,
}

/// Values of a label that are always admitted, in all metrics.
#[derive(Debug, PartialEq)]
pub(crate) struct Reserved {
    pub(crate) label: String,
    pub(crate) values: HashSet<String>,
}

/// What a gauge beyond a limit records into the series `other`, where no value is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum GaugeFold {
    /// Nothing; it is counted in `tachometer_dropped_records_total{reason="folded"}`.
    #[default]
    Drop,
    /// What is added and taken away; what is set is dropped and counted.
    Sum,
    /// The largest value that is set; what is added or taken away is dropped and counted.
    Max,
    /// Whatever came last.
    Last,
}

/// The most of something that there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cap(pub(crate) u64);

/// After how long idle series of some kinds end; zero is never. Each kind once.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct KindExpiry(pub(crate) Vec<(Kind, Duration)>);

impl KindExpiry {
    /// Says it of a kind, instead of what was said of it before.
    pub(crate) fn set(&mut self, kind: Kind, idle: Duration) {
        self.0.retain(|(taken, _)| *taken != kind);
        self.0.push((kind, idle));
    }
}

/// What is said of some metrics only, the later word after the earlier one.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Overrides(pub(crate) Vec<(Matcher, Override)>);

/// One thing that is said of some metrics.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Override {
    Values {
        label: String,
        most: Cap,
    },
    Within {
        label: String,
        within: String,
        most: Cap,
    },
    Series(Cap),
    Allow {
        label: String,
        values: Arc<[String]>,
        only: bool,
    },
    DropLabel(String),
    Gauges(GaugeFold),
    /// Zero is never.
    Expiry(Duration),
}

/// A limit of a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Limit {
    Values,
    SeriesPerMetric,
    Series,
    Bytes,
    Samples,
    Metrics,
    Labels,
    ValueBytes,
}

/// The most labels that a series can have, whatever a policy says.
pub(crate) const MAX_LABELS: u64 = 32;

impl Cap {
    /// No limit.
    pub(crate) const NONE: Self = Self(u64::MAX);
}

/// All limits in their order: the name in settings, and what it is where nobody says anything.
pub(crate) const LIMITS: [(Limit, &str, Cap); 8] = [
    (Limit::Values, "values", Cap(1_000)),
    (Limit::SeriesPerMetric, "series_per_metric", Cap(20_000)),
    (Limit::Series, "series", Cap(200_000)),
    (Limit::Bytes, "bytes", Cap(64 << 20)),
    (Limit::Samples, "samples_per_scrape", Cap::NONE),
    (Limit::Metrics, "metrics", Cap(10_000)),
    (Limit::Labels, "labels", Cap(MAX_LABELS)),
    (Limit::ValueBytes, "value_bytes", Cap(256)),
];

impl Limit {
    /// Its name in settings.
    pub(crate) fn name(self) -> &'static str {
        LIMITS[self as usize].1
    }

    /// What it is where nobody says anything.
    pub(crate) const fn library(self) -> Cap {
        LIMITS[self as usize].2
    }
}

impl Policy {
    /// No limits, but for 32 labels of a series.
    pub fn unlimited() -> Self {
        let mut policy = Self { limits: [Some(Cap::NONE); LIMITS.len()], ..Self::default() };
        policy.limits[Limit::Labels as usize] = None;
        policy
    }

    /// Different values of each label of each metric; 1,000 unless said.
    pub fn values(self, most: u64) -> Self {
        self.limited(Limit::Values, most)
    }

    /// Different values of this label of these metrics.
    pub fn values_of(self, metrics: Matcher, label: impl Into<String>, most: u64) -> Self {
        self.with(metrics, Override::Values { label: label.into(), most: Cap(most) })
    }

    /// Different values of this label of these metrics for each value of another label, so that a flood in one of them takes
    /// no room of the others. Unless a limit is said of the label itself, by [`values_of`](Self::values_of), it has no other.
    ///
    /// ```
    /// use tachometer::{Policy, metric::matcher::Matcher};
    ///
    /// let requests = Matcher::Prefix("requests_".to_owned());
    /// let policy = Policy::default().values_within(requests, "client", "organisation", 50);
    /// # let telemetry = tachometer::builder().no_listener().guard(policy).install()?;
    /// # Ok::<(), tachometer::Error>(())
    /// ```
    ///
    /// Further clients of one organisation are recorded as `client="other"` of that organisation. Series without the other
    /// label are as of one value more.
    pub fn values_within(
        self,
        metrics: Matcher,
        label: impl Into<String>,
        within: impl Into<String>,
        most: u64,
    ) -> Self {
        self.with(metrics, Override::Within { label: label.into(), within: within.into(), most: Cap(most) })
    }

    /// Series of each metric; 20,000 unless said. One sixteenth of them is kept for series with `other`.
    pub fn series_per_metric(self, most: u64) -> Self {
        self.limited(Limit::SeriesPerMetric, most)
    }

    /// Series of each of these metrics.
    pub fn series_of(self, metrics: Matcher, most: u64) -> Self {
        self.with(metrics, Override::Series(Cap(most)))
    }

    /// Series of all metrics together; 200,000 unless said. One sixteenth of them, as of bytes and samples, is kept for
    /// those series in which all labels are `other`, of metrics that come late.
    pub fn series(self, most: u64) -> Self {
        self.limited(Limit::Series, most)
    }

    /// Bytes of the labels and values of all series together; 64 MiB unless said.
    pub fn bytes(self, most: u64) -> Self {
        self.limited(Limit::Bytes, most)
    }

    /// Samples of one scrape, for a server that refuses more (Prometheus' `sample_limit`); unlimited unless said.
    ///
    /// A histogram has a sample for each bucket and two more. All samples count, those of call sites, of collectors and of
    /// this crate too. Those are never left out, so that the limit holds as long as they alone are fewer. Only samples
    /// `.._created`, which OpenMetrics may have on request, are beside it.
    pub fn samples_per_scrape(self, most: u64) -> Self {
        self.limited(Limit::Samples, most)
    }

    /// Metrics; 10,000 unless said. What is recorded into one beyond is dropped and counted, as there is no name that it
    /// could have.
    pub fn metrics(self, most: u64) -> Self {
        self.limited(Limit::Metrics, most)
    }

    /// Labels of a series, at most 32, which it is unless said; those beyond are left out, and counted.
    pub fn labels(self, most: u64) -> Self {
        self.limited(Limit::Labels, most)
    }

    /// Bytes of a label's value; 256 unless said. Longer ones are cut off, and counted.
    pub fn value_bytes(self, most: u64) -> Self {
        self.limited(Limit::ValueBytes, most)
    }

    /// Keeps room for these values of a label, whoever comes first; others share what is left of the limit.
    pub fn allow(
        self,
        metrics: Matcher,
        label: impl Into<String>,
        values: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        let values = values.into_iter().map(Into::into).collect();
        self.with(metrics, Override::Allow { label: label.into(), values, only: false })
    }

    /// Admits these values of a label, and no others.
    pub fn allow_only(
        self,
        metrics: Matcher,
        label: impl Into<String>,
        values: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        let values = values.into_iter().map(Into::into).collect();
        self.with(metrics, Override::Allow { label: label.into(), values, only: true })
    }

    /// Leaves a label out; series that differ in it only are one.
    pub fn drop_label(self, metrics: Matcher, label: impl Into<String>) -> Self {
        self.with(metrics, Override::DropLabel(label.into()))
    }

    /// What gauges beyond a limit record; [`GaugeFold::Drop`] unless said. Calls in flight are always summed.
    pub fn gauges(mut self, fold: GaugeFold) -> Self {
        self.gauges = Some(fold);
        self
    }

    /// What these gauges beyond a limit record.
    pub fn gauges_of(self, metrics: Matcher, fold: GaugeFold) -> Self {
        self.with(metrics, Override::Gauges(fold))
    }

    /// Folds nothing, and counts what it would fold, in `tachometer_guard_would_fold_total`.
    pub fn passive(mut self, passive: bool) -> Self {
        self.passive = Some(passive);
        self
    }

    /// Forgets series of labels that a call brought after so long without a record; none unless said, or by zero.
    ///
    /// Series without labels, of call sites, and those that a kept handle points to stay. What was counted is kept in
    /// the metric's total of retired series; see [`Telemetry::cardinality`](crate::Telemetry::cardinality).
    pub fn expire_after(mut self, idle: Duration) -> Self {
        self.expiry = Some(idle);
        self
    }

    /// The same for metrics of one kind, for example gauges that show nothing any more; zero is never.
    ///
    /// ```
    /// use std::time::Duration;
    /// use tachometer::{
    ///     Policy,
    ///     metric::{kind::Kind, matcher::Matcher},
    /// };
    ///
    /// let policy = Policy::default()
    ///     .expire_kind_after(Kind::Gauge, Duration::from_secs(300))
    ///     .expire_after_of(Matcher::Prefix("jobs_".to_owned()), Duration::from_secs(3600));
    /// # let telemetry = tachometer::builder().no_listener().guard(policy).install()?;
    /// # Ok::<(), tachometer::Error>(())
    /// ```
    pub fn expire_kind_after(mut self, kind: Kind, idle: Duration) -> Self {
        self.expiry_of_kinds.get_or_insert_default().set(kind, idle);
        self
    }

    /// The same for these metrics, of whatever kind; zero is never.
    pub fn expire_after_of(self, metrics: Matcher, idle: Duration) -> Self {
        self.with(metrics, Override::Expiry(idle))
    }

    /// Reports hashes of the values that were turned away, instead of the values.
    pub fn hash_reported_values(mut self, hashed: bool) -> Self {
        self.hashed = Some(hashed);
        self
    }

    fn limited(mut self, limit: Limit, most: u64) -> Self {
        self.limits[limit as usize] = Some(Cap(most));
        self
    }

    fn with(mut self, metrics: Matcher, what: Override) -> Self {
        self.overrides.get_or_insert_default().0.push((metrics, what));
        self
    }

    /// A limit, as it is said or else the library's.
    pub(crate) fn most(&self, limit: Limit) -> u64 {
        self.limits[limit as usize].unwrap_or(limit.library()).0
    }

    /// All that is said of when idle series end; zero is never.
    pub(crate) fn expiries(&self) -> impl Iterator<Item = Duration> {
        let of_kinds = self.expiry_of_kinds.iter().flat_map(|kinds| kinds.0.iter().map(|(_, idle)| *idle));
        let of_metrics = self.overrides().iter().filter_map(|(_, what)| match what {
            Override::Expiry(idle) => Some(*idle),
            _ => None,
        });
        self.expiry.into_iter().chain(of_kinds).chain(of_metrics)
    }

    /// After how long the first idle series end, if any do.
    pub(crate) fn expires_after(&self) -> Option<Duration> {
        self.expiries().filter(|idle| !idle.is_zero()).min()
    }

    /// After how long idle series of a kind end, zero for never, unless something else is said of the metric.
    pub(crate) fn expiry_of(&self, kind: Kind) -> Duration {
        let own = self.expiry_of_kinds.iter().flat_map(|kinds| &kinds.0).find(|(of, _)| *of == kind);
        own.map(|(_, idle)| *idle).or(self.expiry).unwrap_or_default()
    }

    /// What is said of some metrics only.
    pub(crate) fn overrides(&self) -> &[(Matcher, Override)] {
        self.overrides.as_ref().map_or(&[], |overrides| &overrides.0)
    }

    /// Whether nothing that it says of all metrics ever folds anything.
    pub(crate) fn is_unlimited(&self) -> bool {
        let folding =
            LIMITS.iter().map(|(limit, ..)| *limit).filter(|it| !matches!(it, Limit::Metrics | Limit::Labels));
        folding.into_iter().all(|limit| self.most(limit) == Cap::NONE.0)
    }
}

#[cfg(all(test, not(tachometer_loom)))]
mod tests {
    use super::*;

    #[test]
    fn each_limit_stands_at_its_place() {
        for (at, (limit, ..)) in LIMITS.into_iter().enumerate() {
            assert_eq!(limit as usize, at);
        }
        let policy = Policy::unlimited().bytes(7);
        assert_eq!((policy.most(Limit::Bytes), policy.most(Limit::Labels)), (7, MAX_LABELS));
        assert!(!policy.is_unlimited() && Policy::unlimited().metrics(3).is_unlimited());
    }
}
