//! What the guard allows, as programs and operators say it. Knows names as texts, and no store.

use std::{sync::Arc, time::Duration};

use crate::{Error, error::Kind, metric::matcher::Matcher};

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
#[derive(Debug, Clone, PartialEq)]
#[must_use = "it has no effect until `Builder::guard` or `Telemetry::set_policy` gets it"]
pub struct Policy {
    pub(crate) values: Limit,
    pub(crate) series_per_metric: Limit,
    pub(crate) series: Limit,
    pub(crate) bytes: Limit,
    pub(crate) samples: Limit,
    pub(crate) metrics: Limit,
    pub(crate) labels: Limit,
    pub(crate) value_bytes: Limit,
    pub(crate) gauges: GaugeFold,
    pub(crate) passive: bool,
    pub(crate) expiry: Option<Duration>,
    pub(crate) hashed: bool,
    pub(crate) overrides: Vec<(Matcher, Override)>,
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

/// A limit, and whether somebody has said so or it is the library's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limit {
    pub(crate) most: u64,
    said: bool,
}

/// What is said of some metrics only.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Override {
    Values { label: String, most: u64 },
    Series(u64),
    Allow { label: String, values: Arc<[String]>, only: bool },
    DropLabel(String),
    Gauges(GaugeFold),
}

/// No limit.
const UNLIMITED: u64 = u64::MAX;

/// The most labels that a series can have, whatever a policy says.
pub(crate) const MAX_LABELS: u64 = 32;

impl Limit {
    const fn library(most: u64) -> Self {
        Self { most, said: false }
    }

    const fn said(most: u64) -> Self {
        Self { most, said: true }
    }
}

impl Default for Policy {
    /// 1,000 values of a label, 20,000 series of a metric, 200,000 series and 64 MiB in all, 10,000 metrics, 32 labels,
    /// values of 256 bytes; as many samples as there are, and no series expires.
    fn default() -> Self {
        Self {
            values: Limit::library(1_000),
            series_per_metric: Limit::library(20_000),
            series: Limit::library(200_000),
            bytes: Limit::library(64 << 20),
            samples: Limit::library(UNLIMITED),
            metrics: Limit::library(10_000),
            labels: Limit::library(MAX_LABELS),
            value_bytes: Limit::library(256),
            gauges: GaugeFold::Drop,
            passive: false,
            expiry: None,
            hashed: false,
            overrides: Vec::new(),
        }
    }
}

impl Policy {
    /// No limits, but for 32 labels of a series.
    pub fn unlimited() -> Self {
        let unlimited = Limit::library(UNLIMITED);
        Self {
            values: unlimited,
            series_per_metric: unlimited,
            series: unlimited,
            bytes: unlimited,
            metrics: unlimited,
            value_bytes: unlimited,
            ..Self::default()
        }
    }

    /// Different values of each label of each metric; 1,000 unless said.
    pub fn values(mut self, most: u64) -> Self {
        self.values = Limit::said(most);
        self
    }

    /// Different values of this label of these metrics.
    pub fn values_of(self, metrics: Matcher, label: impl Into<String>, most: u64) -> Self {
        self.with(metrics, Override::Values { label: label.into(), most })
    }

    /// Series of each metric; 20,000 unless said. One sixteenth of them is kept for series with `other`.
    pub fn series_per_metric(mut self, most: u64) -> Self {
        self.series_per_metric = Limit::said(most);
        self
    }

    /// Series of each of these metrics.
    pub fn series_of(self, metrics: Matcher, most: u64) -> Self {
        self.with(metrics, Override::Series(most))
    }

    /// Series of all metrics together; 200,000 unless said.
    pub fn series(mut self, most: u64) -> Self {
        self.series = Limit::said(most);
        self
    }

    /// Bytes of the labels and values of all series together; 64 MiB unless said.
    pub fn bytes(mut self, most: u64) -> Self {
        self.bytes = Limit::said(most);
        self
    }

    /// Samples of one scrape, for a server that refuses more (Prometheus' `sample_limit`); unlimited unless said.
    ///
    /// A histogram has a sample for each bucket and three more. Series of call sites are counted but never left out, and
    /// neither is the guard's own report.
    pub fn samples_per_scrape(mut self, most: u64) -> Self {
        self.samples = Limit::said(most);
        self
    }

    /// Metrics; 10,000 unless said. What is recorded into one beyond is dropped and counted, as there is no name that it
    /// could have.
    pub fn metrics(mut self, most: u64) -> Self {
        self.metrics = Limit::said(most);
        self
    }

    /// Labels of a series, at most 32, which it is unless said; those beyond are left out, and counted.
    pub fn labels(mut self, most: u64) -> Self {
        self.labels = Limit::said(most);
        self
    }

    /// Bytes of a label's value; 256 unless said. Longer ones are cut off, and counted.
    pub fn value_bytes(mut self, most: u64) -> Self {
        self.value_bytes = Limit::said(most);
        self
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
        self.gauges = fold;
        self
    }

    /// What these gauges beyond a limit record.
    pub fn gauges_of(self, metrics: Matcher, fold: GaugeFold) -> Self {
        self.with(metrics, Override::Gauges(fold))
    }

    /// Folds nothing, and counts what it would fold, in `tachometer_guard_would_fold_total`.
    pub fn passive(mut self, passive: bool) -> Self {
        self.passive = passive;
        self
    }

    /// Forgets series of labels that a call brought after so long without a record; none unless said.
    ///
    /// Series without labels, of call sites, and those that a kept handle points to stay. What was counted is kept in
    /// the metric's total of retired series; see [`Telemetry::cardinality`](crate::Telemetry::cardinality).
    pub fn expire_after(mut self, idle: Duration) -> Self {
        self.expiry = Some(idle);
        self
    }

    /// Reports hashes of the values that were turned away, instead of the values.
    pub fn hash_reported_values(mut self, hashed: bool) -> Self {
        self.hashed = hashed;
        self
    }

    fn with(mut self, metrics: Matcher, what: Override) -> Self {
        self.overrides.push((metrics, what));
        self
    }

    /// Whether the policy makes sense.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let named = self.named();
        for (name, limit) in named {
            if limit.most == 0 {
                return Err(wrong(format!("the guard's limit `{name}` is 0; write 1 or more")));
            }
        }
        if self.labels.most > MAX_LABELS {
            return Err(wrong(format!("the guard's limit `labels` is {}; a series has at most 32", self.labels.most)));
        }
        for pair in [(2, 1), (1, 0), (0, 3)] {
            let ((small, narrow), (large, wide)) = (named[pair.0], named[pair.1]);
            if narrow.said && wide.said && narrow.most > wide.most {
                return Err(wrong(format!(
                    "the guard's limit `{small}` is {} and `{large}`, which holds all of it, is {}; lower the one or \
                     raise the other",
                    narrow.most, wide.most
                )));
            }
        }
        if self.expiry.is_some_and(|idle| idle < Duration::from_secs(1)) {
            return Err(wrong("the guard's `expire_after` is less than a second; write one or more".to_owned()));
        }
        self.overrides.iter().try_for_each(|(metrics, what)| self.check_override(metrics, what))
    }

    /// The limits by their names, those that contain others first.
    fn named(&self) -> [(&'static str, Limit); 8] {
        [
            ("series", self.series),
            ("series_per_metric", self.series_per_metric),
            ("values", self.values),
            ("samples_per_scrape", self.samples),
            ("bytes", self.bytes),
            ("metrics", self.metrics),
            ("labels", self.labels),
            ("value_bytes", self.value_bytes),
        ]
    }

    fn check_override(&self, metrics: &Matcher, what: &Override) -> Result<(), Error> {
        let rules = |label: &str| {
            let same = |(matcher, other): &&(Matcher, Override)| {
                matcher == metrics && matches!(other, Override::DropLabel(dropped) if dropped == label)
            };
            self.overrides.iter().find(same).is_some()
        };
        match what {
            Override::Values { label, most: 0 } => Err(wrong(format!(
                "the guard's limit of label `{label}` of `{metrics}` is 0; write 1 or more, or drop the label"
            ))),
            Override::Series(0) => {
                Err(wrong(format!("the guard's limit of series of `{metrics}` is 0; write 1 or more")))
            }
            Override::Values { label, .. } | Override::Allow { label, .. } if rules(label) => Err(wrong(format!(
                "the guard's label `{label}` of `{metrics}` is dropped and limited at once; say one of them"
            ))),
            Override::Allow { label, values, .. } => {
                let limit = self.limit_of(metrics, label);
                if values.len() as u64 > limit {
                    return Err(wrong(format!(
                        "the guard's list of allowed values of label `{label}` of `{metrics}` has {} values, and the \
                         limit is {limit}; raise the limit or shorten the list",
                        values.len()
                    )));
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The limit of a label of the metrics that are written just so.
    fn limit_of(&self, metrics: &Matcher, label: &str) -> u64 {
        let own = self.overrides.iter().rev().find_map(|(matcher, what)| match what {
            Override::Values { label: of, most } if matcher == metrics && of == label => Some(*most),
            _ => None,
        });
        own.unwrap_or(self.values.most)
    }
}

fn wrong(message: String) -> Error {
    Error::new(Kind::Setting, message)
}
