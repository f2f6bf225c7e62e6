//! A metric and its series as handles share them, whatever recorder they go to.

use std::{
    fmt,
    panic::Location,
    sync::{
        Arc, OnceLock, Weak,
        atomic::{AtomicBool, AtomicU64},
    },
};

use metrics::{Key, Label, SharedString};

use crate::{
    call::{
        pending::{self, Pending, Spread},
        rolled::Rolls,
        target::Target,
    },
    handle::{
        backend::{self, Home, Slot},
        declared::Declared,
        foreign::{self, Foreign},
        owned::Owner,
    },
    metric::{
        bounds::{Buckets, Ladder},
        kind::Kind,
        unit::Unit,
    },
    reentry,
};

/// One metric.
pub(crate) struct Metric {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) help: String,
    pub(crate) unit: Option<&'static str>,
    /// None for those of the unit.
    pub(crate) buckets: Option<Buckets>,
    pub(crate) scale: Option<std::num::NonZero<u64>>,
    /// The names of all labels.
    pub(crate) labels: Vec<SharedString>,
    pub(crate) source: Option<&'static Location<'static>>,
    pub(crate) home: Home,
    /// The windows that its values are added to as well.
    pub(crate) rolling: Option<Arc<dyn Rolls>>,
    /// Set once an adopted recorder has been told what the metric means.
    pub(crate) described: AtomicBool,
}

/// One series of a metric.
#[doc(hidden)]
pub struct Series {
    pub(crate) metric: Arc<Metric>,
    pub(crate) key: Key,
    /// Whether the series stays in the store for as long as there is a handle of it.
    pub(crate) pinned: bool,
    pub(crate) slot: Slot,
    /// The handle under an adopted recorder.
    pub(crate) adopted: OnceLock<Foreign>,
    /// What the series ends with, if it is of an instance that it ends with.
    pub(crate) owner: Option<Arc<Owner>>,
    /// What a counter of fractions has not sent to a foreign recorder yet: less than one unit, in quanta.
    pub(crate) carried: AtomicU64,
}

impl Metric {
    /// What is declared, under a name of its own, with labels before the declared ones.
    pub(crate) fn new(declared: &Declared, name: String, fixed: &[Label]) -> Self {
        let fixed = fixed.iter().map(|label| label.key().to_owned().into());
        let own = declared.labels.iter().map(|name| SharedString::const_str(name));
        let rolling = declared.rolling.map(|find| find(&name));
        Self {
            name,
            kind: declared.kind,
            help: declared.help.to_owned(),
            unit: declared.unit,
            buckets: declared.buckets.to_owned(),
            scale: declared.scale,
            labels: fixed.chain(own).collect(),
            source: declared.source,
            home: Home::new(),
            rolling,
            described: AtomicBool::new(false),
        }
    }

    /// The buckets that are declared.
    pub(crate) fn ladder(&self) -> Ladder<'_> {
        self.buckets.as_ref().map_or(Ladder::OfUnit, Buckets::ladder)
    }

    /// The unit that is declared, or else that of the name.
    pub(crate) fn unit(&self) -> Option<Unit> {
        self.unit.map(Unit::new).or_else(|| Unit::of_name(&self.name, self.kind))
    }
}

impl Series {
    pub(crate) fn new(metric: Arc<Metric>, labels: Vec<Label>) -> Self {
        Self::make(metric, labels, true)
    }

    /// The same, which may end while there is a handle of it, and begins again with its next record.
    pub(crate) fn passing(metric: Arc<Metric>, labels: Vec<Label>) -> Arc<Self> {
        Self::make(metric, labels, false).announce()
    }

    fn make(metric: Arc<Metric>, labels: Vec<Label>, pinned: bool) -> Self {
        let key = Key::from_parts(metric.name.clone(), labels);
        let (slot, adopted, carried) = (Slot::new(), OnceLock::new(), AtomicU64::new(0));
        Self { metric, key, pinned, slot, adopted, owner: None, carried }
    }

    /// The same, which ends with this.
    pub(crate) fn owned_by(mut self, owner: Option<Arc<Owner>>) -> Self {
        self.owner = owner;
        self
    }

    /// The same, shown at 0 from now on, or from the installation on.
    pub(crate) fn announce(self) -> Arc<Self> {
        let series = Arc::new(self);
        let announced: Weak<Self> = Arc::downgrade(&series);
        pending::announce(announced);
        series
    }

    /// Adds a value to the windows of its metric, where it has some, with and without a recorder.
    #[inline]
    pub(crate) fn roll(&self, value: f64, times: u64) {
        if let Some(rolling) = &self.metric.rolling {
            reentry::alone(|| rolling.roll(value, times));
        }
    }

    /// Adds to a counter of whole units.
    #[inline]
    pub(crate) fn count(&self, target: Target, amount: u64) {
        self.roll(amount as f64, 1);
        match target {
            Target::Nobody => {}
            Target::Ours => backend::count(self, amount),
            Target::Adopted | Target::Unknown => foreign::count(self, target, amount),
        }
    }

    /// Sets a gauge.
    pub(crate) fn set(&self, target: Target, value: f64) {
        self.roll(value, 1);
        match target {
            Target::Nobody => {}
            Target::Ours => backend::set(self, value),
            Target::Adopted | Target::Unknown => foreign::set(self, target, value),
        }
    }

    /// Adds to a gauge.
    pub(crate) fn shift(&self, target: Target, amount: f64) {
        match target {
            Target::Nobody => {}
            Target::Ours => backend::shift(self, amount),
            Target::Adopted | Target::Unknown => foreign::shift(self, target, amount),
        }
    }

    /// Records so many of a value in a histogram or a summary.
    pub(crate) fn observe(&self, target: Target, value: f64, count: u64) {
        self.roll(value, count);
        match target {
            Target::Nobody => {}
            Target::Ours => backend::observe(self, value, count),
            Target::Adopted | Target::Unknown => foreign::observe(self, target, value, count),
        }
    }
}

impl Pending for Series {
    fn join_store(&self) {
        backend::join(self);
    }

    fn join_adopted(&self) {
        foreign::join(self);
    }

    fn histogram(&self) -> Option<Spread<'_>> {
        let metric = &*self.metric;
        let histogram = || Spread { name: &metric.name, buckets: metric.ladder(), unit: metric.unit() };
        (metric.kind == Kind::Histogram).then(histogram)
    }
}

impl Drop for Series {
    fn drop(&mut self) {
        backend::leave(self);
    }
}

impl fmt::Debug for Series {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.key)
    }
}
