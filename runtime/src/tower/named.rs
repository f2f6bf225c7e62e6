//! Families whose names and labels are known when the program runs, and where what lasts is recorded at its end.

use std::{marker::PhantomData, panic::Location, sync::Arc};

use metrics::SharedString;

use crate::{
    call::{
        pending::{self, Pending, Spread},
        target::{self, Target},
        value::LabelValue,
    },
    handle::{
        backend,
        declared::Declared,
        family::Handle,
        foreign,
        gauge::Gauge,
        held::Held,
        histogram::Histogram,
        local::{self, Record, Test},
        members::Members,
        metric::Metric,
    },
    metric::{bounds::Buckets, kind::Kind},
};

/// Names a metric and its labels, which have been checked.
pub(crate) struct Naming {
    pub(crate) name: String,
    pub(crate) help: &'static str,
    pub(crate) labels: Vec<SharedString>,
    /// `None` for those of the unit, or of the settings.
    pub(crate) buckets: Option<Buckets>,
    pub(crate) source: &'static Location<'static>,
}

/// A family of `M` whose values are given in the order of its labels.
pub(crate) struct Named<M> {
    members: Arc<Members>,
    handle: PhantomData<fn() -> M>,
}

/// The recorder that was current when something began whose labels are not known before its end.
pub(crate) enum Beginning {
    /// The one that `install` has set.
    Store,
    /// A test's.
    Test(Test),
    /// Any other, as far as it can be told from others.
    Facade(Target, usize),
}

impl<M: Handle> Named<M> {
    pub(crate) fn new(naming: Naming) -> Self {
        let declared = Declared::nameless(M::SHAPE).help(naming.help);
        let mut metric = Metric::new(&declared, naming.name, &[]);
        metric.labels = naming.labels;
        metric.buckets = naming.buckets;
        metric.source = Some(naming.source);
        let members = Arc::new(Members::new(&declared, metric, Vec::new()));
        if M::SHAPE.kind == Kind::Histogram {
            let announced: std::sync::Weak<Members> = Arc::downgrade(&members);
            pending::announce(announced);
        }
        Self { members, handle: PhantomData }
    }
}

impl Named<Histogram> {
    /// Records a value where something has begun; nowhere if another recorder has become current since then.
    pub(crate) fn record(&self, beginning: &Beginning, values: &[&dyn LabelValue], value: f64) {
        match beginning {
            Beginning::Store => backend::observe(&self.members.member(values), value, 1),
            Beginning::Test(test) => local::record_in(test, &self.members.member(values), Record::Observe(value, 1)),
            Beginning::Facade(target, recorder) => {
                if (target::current(), address()) == (*target, *recorder) {
                    foreign::observe(&self.members.member(values), *target, value, 1);
                }
            }
        }
    }
}

impl Named<Gauge> {
    /// Counts one more until what this returns is dropped.
    pub(crate) fn hold(&self, values: &[&dyn LabelValue]) -> Held {
        Held::of(Some(self.members.member(values)), 1.0)
    }
}

impl Beginning {
    /// What begins now; `None` if nothing is recorded.
    pub(crate) fn now() -> Option<Self> {
        match target::current() {
            Target::Nobody => None,
            Target::Ours => Some(Self::Store),
            target => Some(local::current().map_or_else(|| Self::Facade(target, address()), Self::Test)),
        }
    }
}

impl Pending for Members {
    /// A family without series shows nothing.
    fn join_store(&self) {}

    fn join_adopted(&self) {}

    fn histogram(&self) -> Option<Spread<'_>> {
        let metric = &self.metric;
        Some(Spread { name: &metric.name, buckets: metric.ladder(), unit: metric.unit() })
    }
}

fn address() -> usize {
    metrics::with_recorder(|recorder| std::ptr::from_ref(recorder).addr())
}

impl std::fmt::Debug for Beginning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Beginning")
    }
}
