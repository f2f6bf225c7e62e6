//! One metric of all children: its series, found by their labels whatever their order, and held to the guard's limits.

use std::{collections::HashMap, hash::BuildHasher, sync::Arc};

use super::{
    gauge::{self, GaugeMode},
    value::Total,
};
use crate::{
    cardinality::{
        axes::Axes,
        folding::{Folding, Reason},
        policy::GaugeFold,
        rules::Rules,
    },
    families::Exemplar,
    metric::{block, kind::Kind, label, unit::Unit},
};

/// Histograms of one label set with different buckets; what children bring beyond is dropped and counted.
const MOST_LAYOUTS: usize = 4;

/// The label that tells histograms of different buckets apart.
const BUCKETS: &str = "buckets";

/// Exemplars that a native histogram keeps.
const MOST_EXEMPLARS: usize = 10;

/// A metric.
#[derive(Debug)]
pub(crate) struct Family {
    /// As it is printed.
    pub(crate) name: Box<str>,
    pub(crate) original_name: Box<str>,
    pub(crate) kind: Kind,
    pub(crate) help: Box<str>,
    pub(crate) unit: Option<Unit>,
    pub(crate) mode: GaugeMode,
    rules: Rules,
    axes: AxesOf,
    pub(crate) series: Vec<Series>,
    /// By their labels in alphabetical order: those of one label set differ in their buckets.
    places: HashMap<Box<str>, Vec<usize>>,
    hasher: foldhash::fast::RandomState,
}

/// What the guard knows of the labels.
#[derive(Default)]
struct AxesOf(Axes);

impl std::fmt::Debug for AxesOf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Axes").field("series", &self.0.series).finish_non_exhaustive()
    }
}

/// A series.
#[derive(Debug)]
pub(crate) struct Series {
    pub(crate) labels: Box<str>,
    pub(crate) is_classic: bool,
    /// Its last label tells its buckets from those of another one.
    pub(crate) is_told_apart: bool,
    /// The earliest beginning of all children's, in milliseconds since 1970; 0 where none is known.
    pub(crate) started: u64,
    pub(crate) total: Total,
    pub(crate) exemplars: Vec<Exemplar>,
}

/// What a series is made of.
#[derive(Debug, Clone)]
pub(crate) enum Shape {
    /// All that its kind says.
    Plain,
    /// A histogram with these bounds.
    Classic(Arc<[f64]>),
    /// A native histogram.
    Native,
}

/// Where the values of a child's series go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) at: usize,
    pub(crate) is_new: bool,
    /// Why it is not the series of the given labels.
    pub(crate) folded: Option<&'static str>,
    /// Other buckets came first.
    pub(crate) has_other_buckets: bool,
}

/// Why a child's series has no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// A gauge that would have been folded.
    Folded(&'static str),
    /// Too many different buckets.
    Buckets,
}

/// How a metric is called, and what is known of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct About<'a> {
    pub(crate) name: &'a str,
    pub(crate) kind: Kind,
    pub(crate) help: &'a str,
    pub(crate) unit: Option<Unit>,
}

impl Family {
    pub(crate) fn new(printed: &str, about: About<'_>, mode: GaugeMode, rules: Rules) -> Self {
        Self {
            name: printed.into(),
            original_name: about.name.into(),
            kind: about.kind,
            help: if about.help.is_empty() { "No description.".into() } else { about.help.into() },
            unit: about.unit,
            mode,
            rules,
            axes: AxesOf::default(),
            series: Vec::new(),
            places: HashMap::new(),
            hasher: foldhash::fast::RandomState::default(),
        }
    }

    /// Follows another policy from now on; series that are there stay.
    pub(crate) fn follow(&mut self, rules: Rules) {
        self.rules = rules;
    }

    /// The series of these labels; a new one while `has_room` and the metric's own limits allow it.
    pub(crate) fn place(&mut self, labels: &[(&str, &str)], shape: &Shape, has_room: bool) -> Result<Found, Refusal> {
        let sanitized: Vec<_> = labels.iter().map(|(name, value)| (label::sanitize(name), *value)).collect();
        let named = sanitized.iter().zip(labels).map(|((name, value), (written, _))| ((&**name, *value), *written));
        let (mut folding, _) = Folding::new(named, &self.rules, &self.axes.0);
        let hash = |name: &str, value: &str| self.hasher.hash_one((name, value));
        if !self.rules.passive {
            self.axes.0.fold_values(&mut folding, &self.rules, hash);
        }
        loop {
            let key = canonical(folding.pairs());
            let reason = folding.changes().map(|(_, _, reason)| reason.as_str()).next();
            let is_known = self.places.contains_key(&*key);
            let fits = self.rules.passive || (has_room && self.axes.0.series < self.rules.series);
            if is_known || fits {
                return self.admit(key, &folding, shape, reason);
            }
            match self.axes.0.widest(&folding) {
                Some(at) => folding.fold(at, if has_room { Reason::Metric } else { Reason::Process }),
                // All that can be `other` is: it has its place.
                None => return self.admit(key, &folding, shape, reason),
            }
        }
    }

    fn admit(
        &mut self,
        key: Box<str>,
        folding: &Folding<'_>,
        shape: &Shape,
        folded: Option<&'static str>,
    ) -> Result<Found, Refusal> {
        if let Some(reason) = folded.filter(|_| folding.is_folded())
            && self.kind == Kind::Gauge
            && self.rules.gauges == GaugeFold::Drop
        {
            return Err(Refusal::Folded(reason));
        }
        let known = self.places.get(&key).map_or(&[][..], Vec::as_slice);
        let others = known.len();
        if let Some(at) = known.iter().find(|at| self.series[**at].is_of(shape)) {
            return Ok(Found { at: *at, is_new: false, folded, has_other_buckets: *at != known[0] });
        }
        if others >= MOST_LAYOUTS {
            return Err(Refusal::Buckets);
        }
        let mut labels = folding.written();
        let number = (others + 1).to_string();
        if others > 0 {
            labels.push((BUCKETS, &number));
        }
        let (text, is_classic) = block::of(labels.into_iter());
        let at = self.series.len();
        let total = Total::of(self.kind, shape);
        let is_told_apart = others > 0;
        let exemplars = Vec::new();
        self.series.push(Series { labels: text.into(), is_classic, is_told_apart, started: 0, total, exemplars });
        let hash = |name: &str, value: &str| self.hasher.hash_one((name, value));
        if others == 0 {
            self.axes.0.admit(&folding.pairs().iter().copied(), &self.rules, false, hash);
            self.axes.0.count();
        }
        self.places.entry(key).or_default().push(at);
        Ok(Found { at, is_new: true, folded, has_other_buckets: others > 0 })
    }

    /// The series with these labels, whatever their order.
    pub(crate) fn find(&self, labels: block::LabelBlock<'_>) -> &[usize] {
        let text = labels.as_str();
        // One label has one order.
        let known = if text.contains(',') || !labels.is_classic() {
            let pairs: Vec<_> = labels.iter().collect();
            let pairs: Vec<_> = pairs.iter().map(|(name, value)| (label::sanitize(name), &**value)).collect();
            let pairs: Vec<_> = pairs.iter().map(|(name, value)| (&**name, *value)).collect();
            self.places.get(&*canonical(&pairs))
        } else {
            self.places.get(text)
        };
        known.map_or(&[], Vec::as_slice)
    }
}

/// A label set as text, the same whatever the order of the labels.
fn canonical(labels: &[(&str, &str)]) -> Box<str> {
    let mut sorted = labels.to_vec();
    sorted.sort_unstable();
    block::of(sorted.into_iter()).0.into()
}

impl Total {
    fn of(kind: Kind, shape: &Shape) -> Self {
        match (kind, shape) {
            (Kind::Counter, _) => Self::Counter(0),
            (Kind::Gauge, _) => Self::Gauge(gauge::Total::default()),
            (Kind::Histogram, Shape::Classic(bounds)) => Self::Histogram {
                bounds: Arc::clone(bounds),
                counts: vec![0; bounds.len() + 1].into(),
                sum: super::exact::Exact::default(),
            },
            (Kind::Histogram, _) => Self::Native(None),
            (Kind::Summary, _) => Self::Summary(Box::default()),
        }
    }
}

impl Series {
    fn is_of(&self, shape: &Shape) -> bool {
        match (&self.total, shape) {
            (Total::Histogram { bounds, .. }, Shape::Classic(others)) => **bounds == **others,
            (Total::Histogram { .. }, _) | (Total::Native(_), Shape::Classic(_)) => false,
            _ => true,
        }
    }

    /// A child began it at this time.
    pub(crate) fn begin(&mut self, started: u64) {
        if started > 0 && (self.started == 0 || started < self.started) {
            self.started = started;
        }
    }

    /// Keeps the newest exemplar of each bucket.
    pub(crate) fn show(&mut self, exemplars: impl Iterator<Item = Exemplar>) {
        for exemplar in exemplars {
            match self.exemplars.iter_mut().find(|kept| kept.bucket == exemplar.bucket) {
                Some(kept) if kept.at < exemplar.at => *kept = exemplar,
                Some(_) => {}
                None => self.exemplars.push(exemplar),
            }
        }
        match &self.total {
            Total::Native(_) => {
                // Prometheus wants those of native buckets in the order of time.
                self.exemplars.sort_by_key(|exemplar| exemplar.at);
                let old = self.exemplars.len().saturating_sub(MOST_EXEMPLARS);
                self.exemplars.drain(..old);
            }
            Total::Histogram { counts, .. } => {
                let buckets = counts.len();
                self.exemplars.retain(|exemplar| exemplar.bucket < buckets);
                self.exemplars.sort_by_key(|exemplar| exemplar.bucket);
            }
            _ => self.exemplars.truncate(1),
        }
    }
}
