//! What the guard tells people: who has how many values, and who was turned away. Owned, and without locks.

use std::collections::BTreeMap;

use serde::Serialize;

/// What the guard knows of all metrics, at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// Series that were not known before their first record, with those that are kept for `other`.
    pub series: u64,
    /// The most of them there may be; none without a limit.
    pub series_limit: Option<u64>,
    /// Bytes of their labels and values.
    pub bytes: u64,
    /// The most of them there may be; none without a limit.
    pub bytes_limit: Option<u64>,
    /// Samples that a scrape has, with those of collectors at the last one.
    pub samples: u64,
    /// The most of them there may be; none without a limit.
    pub samples_limit: Option<u64>,
    /// Metrics that series of this kind are of.
    pub metrics: Vec<MetricReport>,
}

/// What the guard knows of one metric.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct MetricReport {
    /// The metric's name.
    pub metric: String,
    /// Its series that were not known before their first record, without those in which all labels are `other`.
    pub series: u64,
    /// The most of them there may be; none without a limit.
    pub series_limit: Option<u64>,
    /// Bytes of their labels and values.
    pub bytes: u64,
    /// Its series that have expired.
    pub retired_series: u64,
    /// What was counted in them: whole units of a counter, observations of a histogram.
    pub retired: u64,
    /// Its labels.
    pub labels: Vec<LabelReport>,
}

/// What the guard knows of one label of a metric.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LabelReport {
    /// The label's name.
    pub label: String,
    /// Values that are there, without `other`.
    pub values: u64,
    /// The most of them there may be; none without a limit, or where all are known.
    pub limit: Option<u64>,
    /// The limit within each value of another label, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub within: Option<WithinReport>,
    /// Look-ups of a series that were folded, by reason. What else is in the series `other` came under that name.
    pub folded: BTreeMap<&'static str, u64>,
    /// New series that would have been folded, by reason, under a passive policy.
    pub would_fold: BTreeMap<&'static str, u64>,
    /// About how many different values there have been; no more than are there, where 4,096 other labels had turned values
    /// away before.
    pub distinct_estimate: u64,
    /// Values that were folded most often.
    pub offenders: Vec<OffenderReport>,
}

/// What the guard knows of a label that is limited within each value of another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct WithinReport {
    /// The other label's name.
    pub label: String,
    /// The most values within each of its values; none without a limit.
    pub limit: Option<u64>,
    /// How many of its values have no room for another one.
    pub full: u64,
}

/// A value that was folded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct OffenderReport {
    /// Its first 64 bytes; or a hash, see [`Policy::hash_reported_values`](crate::Policy::hash_reported_values).
    pub value: String,
    /// How often, as far as is known.
    pub count: u64,
    /// By how much that may be off.
    pub error: u64,
}

impl Report {
    /// The report of an installation without a guard.
    pub(crate) fn empty() -> Self {
        Self {
            series: 0,
            series_limit: None,
            bytes: 0,
            bytes_limit: None,
            samples: 0,
            samples_limit: None,
            metrics: Vec::new(),
        }
    }

    /// What is known of one metric.
    #[must_use]
    pub fn metric(&self, name: &str) -> Option<&MetricReport> {
        self.metrics.iter().find(|metric| metric.metric == name)
    }

    /// The report as a JSON object.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("texts and numbers are always valid JSON")
    }
}

impl MetricReport {
    /// What is known of one label.
    #[must_use]
    pub fn label(&self, name: &str) -> Option<&LabelReport> {
        self.labels.iter().find(|label| label.label == name)
    }
}
