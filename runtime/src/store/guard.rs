//! The guard over all families of a store: its policy, its report, its own metrics, and its rounds.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use metrics::{Key, Label};

use crate::{
    cardinality::{
        axes::Axis,
        folding::Reason,
        offenders::Offenders,
        policy::Policy,
        report::{LabelReport, MetricReport, OffenderReport, Report, WithinReport},
        rules::Rules,
    },
    metric::{kind::Kind, matcher::Matcher},
    store::{family::Family, pairs::Pairs, registry::Store},
    sync::RwLockReadGuard,
};

/// Counts what makes places that somebody remembers worth looking up again: new policies, and ended series. The standard
/// library's own type, because all calls of a process read it.
static EPOCH: AtomicU32 = AtomicU32::new(0);

/// The present epoch.
#[inline]
pub(crate) fn epoch() -> u32 {
    EPOCH.load(Ordering::Acquire)
}

/// The guard's own metrics, with their HELP.
pub(crate) const FOLDED: (&str, &str) =
    ("tachometer_guard_folded_total", "Look-ups of a series whose label was recorded as another one, or left out.");
const WOULD_FOLD: (&str, &str) =
    ("tachometer_guard_would_fold_total", "New series that a passive policy would have folded.");
const VALUES: (&str, &str) = ("tachometer_guard_values", "Values of labels that had too many.");
const LIMIT: (&str, &str) = ("tachometer_guard_limit", "The most values that these labels may have.");
const LIMIT_WITHIN: (&str, &str) =
    ("tachometer_guard_limit_within", "The most values that these labels may have within each value of another label.");
const FULL: (&str, &str) =
    ("tachometer_guard_full_within", "Values of another label that have no room for another value of these labels.");
const DISTINCT: (&str, &str) =
    ("tachometer_guard_distinct_estimate", "Estimated different values that these labels were given.");
const SERIES: (&str, &str) = ("tachometer_guard_series", "Series that were not known before their first record.");
const BYTES: (&str, &str) = ("tachometer_guard_bytes", "Bytes of the labels and values of these series.");

/// How many labels have own metrics of the guard; those beyond are in the report only.
const SHOWN: usize = 200;

impl Store {
    /// Holds all metrics to this policy from now on. Series that are there stay, but for what they may not be called any
    /// more.
    pub(crate) fn set_policy(&self, policy: Policy) {
        self.ground().ledger.set_limits(&policy);
        let told = policy.clone();
        // First of all: a family that is made from here on follows it of itself.
        *self.ground().policy.write().expect("nothing panics under this lock") = policy;
        for family in self.families() {
            family.set_rules(Rules::of_kind(&told, family.name(), family.kind()));
        }
        self.untold.begin(self.ground().seconds());
        EPOCH.fetch_add(1, Ordering::Release);
    }

    /// The policy that all metrics are held to.
    pub(crate) fn policy(&self) -> RwLockReadGuard<'_, Policy> {
        self.ground().policy.read().expect("nothing panics under this lock")
    }

    /// Says how many samples there are in a scrape beside those of the store.
    pub(crate) fn set_foreign_samples(&self, samples: u64) {
        self.ground().ledger.set_foreign_samples(samples);
    }

    /// Gives native histograms back the resolution that they have lost long enough ago.
    pub(crate) fn refine(&self) {
        let now = self.ground().seconds();
        let due: Vec<_> = self.families().into_iter().filter(|family| family.is_due(now)).collect();
        if let Some(_alone) = (!due.is_empty()).then(|| self.alone()).flatten() {
            due.into_iter().for_each(|family| family.refine(now));
        }
    }

    /// Ends series that have been idle for too long.
    pub(crate) fn sweep(&self) {
        let Some(_alone) = self.alone() else { return };
        let now = self.ground().seconds();
        self.ended(self.families().iter().map(|family| family.sweep(now)).sum());
    }

    /// Ends the series of a metric that has just these labels, and says whether it was there. Waits for those who read.
    ///
    /// A series that was known before its first record stays, since call sites point to it for ever.
    pub(crate) fn end(&self, family: &Family, labels: Pairs<'_>) -> bool {
        let ended = {
            let _alone = self.ground().walk.write().expect("nothing panics under this lock");
            family.end_one(labels)
        };
        self.ended(usize::from(ended));
        ended
    }

    /// The same for all series of a metric that `keep`, which is told their labels, does not want.
    pub(crate) fn retain(&self, family: &Family, mut keep: impl FnMut(&[(&str, &str)]) -> bool) {
        // Without a lock, since the program's own code is asked.
        let mut gone = Vec::new();
        for (at, place, labels) in family.passing() {
            let texts: Vec<(&str, &str)> = labels.iter().map(|label| (label.key(), label.value())).collect();
            if !keep(&texts) {
                gone.push((at, place));
            }
        }
        let ended = {
            let _alone = self.ground().walk.write().expect("nothing panics under this lock");
            family.end_all(&gone)
        };
        self.ended(ended);
    }

    /// What is remembered of series is looked up again, if some have ended.
    pub(super) fn ended(&self, series: usize) {
        if series > 0 {
            EPOCH.fetch_add(1, Ordering::Release);
        }
    }

    /// What the guard knows.
    pub(crate) fn cardinality(&self) -> Report {
        self.weigh();
        let [series, bytes, samples] = self.ground().ledger.state();
        let metrics = self.families().iter().filter_map(|family| family.cardinality()).collect();
        Report {
            series: series.0,
            series_limit: limit(series.1),
            bytes: bytes.0,
            bytes_limit: limit(bytes.1),
            samples: samples.0,
            samples_limit: limit(samples.1),
            metrics,
        }
    }

    /// Charges what has grown since the last look.
    fn weigh(&self) {
        self.families().iter().for_each(|family| family.weigh());
    }

    /// Brings the guard's own metrics up to date, which nobody has to wait for while recording.
    pub(crate) fn show_guard(&self) {
        self.let_go();
        self.refine();
        self.weigh();
        self.tell_of_unmatched();
        let [series, bytes, _] = self.ground().ledger.state();
        self.show(SERIES, Kind::Gauge, &[], series.0);
        self.show(BYTES, Kind::Gauge, &[], bytes.0);
        let mut left = SHOWN;
        for family in self.families() {
            for label in family.turned_away().iter().take(left) {
                left -= 1;
                self.show_label(family.name(), label);
            }
        }
        // What is left is for labels that may turn values away one day: the first of them has to be a rise.
        let counter = if self.policy().passive == Some(true) { WOULD_FOLD } else { FOLDED };
        for family in self.families() {
            for label in family.limited().iter().take(left) {
                left -= 1;
                let labels = [("metric", family.name()), ("label", label), ("reason", Reason::Values.as_str())];
                self.show(counter, Kind::Counter, &labels, 0);
            }
        }
    }

    fn show_label(&self, metric: &str, of: &TurnedAway) {
        let labels = [("metric", metric), ("label", &*of.label)];
        self.show(VALUES, Kind::Gauge, &labels, of.values);
        if let Some(distinct) = of.offenders.distinct() {
            self.show(DISTINCT, Kind::Gauge, &labels, distinct);
        }
        if let Some(most) = of.limit {
            self.show(LIMIT, Kind::Gauge, &labels, most);
        }
        if let Some(within) = &of.within {
            let labels = [labels[0], labels[1], ("within", &*within.label)];
            self.show(FULL, Kind::Gauge, &labels, within.full);
            if let Some(most) = within.limit {
                self.show(LIMIT_WITHIN, Kind::Gauge, &labels, most);
            }
        }
        for reason in Reason::ALL {
            let (folded, would_fold) = of.offenders.counts(reason);
            for (metric, count) in [(FOLDED, folded), (WOULD_FOLD, would_fold)] {
                if count > 0 {
                    let labels = [labels[0], labels[1], ("reason", reason.as_str())];
                    self.show(metric, Kind::Counter, &labels, count);
                }
            }
        }
    }

    fn show(
        &self,
        (name, help): (&'static str, &'static str),
        kind: Kind,
        labels: &[(&'static str, &str)],
        value: u64,
    ) {
        let Some(family) = self.own_family(name, help, kind) else { return };
        let labels: Vec<Label> = labels.iter().map(|(name, value)| Label::new(*name, (*value).to_owned())).collect();
        let Some(found) = family.own_series(&Key::from_parts(name, labels)) else { return };
        match kind {
            Kind::Counter => family.raise_units(found.place, value),
            _ => family.set(found.place, value as f64),
        }
    }
}

/// A label of a metric that has turned values away.
struct TurnedAway {
    label: String,
    values: u64,
    limit: Option<u64>,
    within: Option<WithinReport>,
    offenders: Arc<Offenders>,
}

impl Family {
    /// Whether a rule is for the metric, by one of its names.
    pub(super) fn is_meant(&self, matcher: &Matcher) -> bool {
        matcher.matches(self.name()) || matcher.matches(self.original_name())
    }

    /// The names of the labels that its call sites or its series have.
    pub(super) fn label_names(&self) -> Vec<String> {
        let declared = self.about(|about| about.labels.clone()).unwrap_or_default();
        self.guarded(|axes, _| declared.into_iter().chain(axes.iter().map(|axis| axis.name.to_string())).collect())
    }

    /// The labels that have turned values away.
    fn turned_away(&self) -> Vec<TurnedAway> {
        self.guarded(|axes, rules| {
            let of = |axis: &Axis| {
                Some(TurnedAway {
                    label: axis.name.to_string(),
                    values: axis.values() as u64,
                    limit: limit(limit_of(axis, rules)),
                    within: within(axis, rules),
                    offenders: axis.turned_away()?.clone(),
                })
            };
            axes.iter().filter_map(of).collect()
        })
    }

    /// The labels that have not turned any value away, and may come to. None may of a metric without a call site whose
    /// series were all known before they were recorded, such as this crate's own.
    fn limited(&self) -> Vec<String> {
        let has_sites = self.about(|about| about.labels.is_some());
        self.guarded(|axes, rules| {
            if axes.series == 0 && !has_sites {
                return Vec::new();
            }
            let is_open =
                |axis: &&Axis| axis.turned_away().is_none() && axis.values() > 0 && limit_of(axis, rules) != u64::MAX;
            axes.iter().filter(is_open).map(|axis| axis.name.to_string()).collect()
        })
    }

    /// What the guard knows of the metric; nothing where all its series were known before.
    fn cardinality(&self) -> Option<MetricReport> {
        let (retired_series, retired) = self.retired();
        self.guarded(|axes, rules| {
            let labels: Vec<LabelReport> = axes.iter().map(|axis| reported(axis, rules)).filter(is_of_note).collect();
            let is_known =
                axes.series == 0 && retired_series == 0 && labels.iter().all(|label| label.folded.is_empty());
            (!is_known).then(|| MetricReport {
                metric: self.name().to_owned(),
                series: axes.series,
                series_limit: limit(rules.series),
                bytes: self.charged(),
                retired_series,
                retired,
                labels,
            })
        })
    }
}

/// Whether there is anything to be said of a label: some that are known to have few values are on no series at all.
fn is_of_note(label: &LabelReport) -> bool {
    label.values > 0 || label.limit.is_some() || !label.folded.is_empty() || !label.would_fold.is_empty()
}

fn reported(axis: &Axis, rules: &Rules) -> LabelReport {
    let mut report = LabelReport {
        label: axis.name.to_string(),
        values: axis.values() as u64,
        limit: limit(limit_of(axis, rules)),
        within: within(axis, rules),
        folded: BTreeMap::new(),
        would_fold: BTreeMap::new(),
        distinct_estimate: axis.values() as u64,
        offenders: Vec::new(),
    };
    if let Some(offenders) = axis.turned_away() {
        for reason in Reason::ALL {
            let (folded, would_fold) = offenders.counts(reason);
            for (counts, count) in [(&mut report.folded, folded), (&mut report.would_fold, would_fold)] {
                if count > 0 {
                    counts.insert(reason.as_str(), count);
                }
            }
        }
        report.distinct_estimate = offenders.distinct().unwrap_or(report.values);
        let shown = |value: String, hash: u64| if rules.hashed { format!("{hash:016x}") } else { value };
        report.offenders = offenders
            .top()
            .into_iter()
            .map(|it| OffenderReport { value: shown(it.value, it.hash), count: it.count, error: it.error })
            .collect();
    }
    report
}

/// The most values that a label may have.
fn limit_of(axis: &Axis, rules: &Rules) -> u64 {
    if axis.is_finite() {
        return u64::MAX;
    }
    rules.most_values(&axis.name)
}

/// What is known of the limit of a label within another one.
fn within(axis: &Axis, rules: &Rules) -> Option<WithinReport> {
    let (label, most) = rules.within(&axis.name).filter(|_| !axis.is_finite())?;
    let full = axis.rooms().map_or(0, |rooms| rooms.full(most));
    Some(WithinReport { label: label.to_owned(), limit: limit(most), full })
}

fn limit(most: u64) -> Option<u64> {
    (most != u64::MAX).then_some(most)
}
