//! Metrics in the fields of a struct: what a derived struct declares of each, and how it is made.

use std::sync::{Arc, OnceLock};

use metrics::Label;

use crate::{
    call::value::{LabelValue, text},
    gate,
    handle::{
        counter::Counter,
        declared::{Arity, Declared, Shape},
        family::{Family, Handle},
        float_counter::FloatCounter,
        gauge::Gauge,
        histogram::Histogram,
        label_set::LabelSet,
        members::Members,
        metric::{Metric, Series},
        owned::Owner,
        summary::Summary,
    },
    metric::{
        kind::Kind,
        message::Message,
        name::{self, Name},
    },
};

/// A struct of metrics; derived.
///
/// A struct with `#[metrics(labels(..))]` has labels of its own and is none of these, as it cannot be part of another.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no struct of metrics",
    label = "not a struct of metrics",
    note = "derive it: `#[derive(tachometer::Metrics)]`, without `labels(..)` on the struct"
)]
pub trait Metrics: Sized {
    /// What the names of its metrics begin with, unless it is part of a struct that says otherwise.
    const PREFIX: &'static str;

    /// Makes the metrics under these names.
    #[doc(hidden)]
    fn build(scope: &Scope) -> Self;
}

/// What can be a metric in a `#[derive(Metrics)]` struct.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no metric",
    label = "not a metric",
    note = "metrics are `Counter`, `FloatCounter`, `Gauge`, `Histogram`, `Summary`, and `Family` of one of these",
    note = "write `#[metrics(flatten)]` on a field that is a struct of metrics, and `#[metric(skip)]` on any other"
)]
pub trait Field: Sized {
    #[doc(hidden)]
    const SHAPE: Shape;

    #[doc(hidden)]
    fn build(scope: &Scope, declared: &'static Declared) -> Self;
}

/// What the metrics of one instance of a struct have in common.
#[derive(Debug)]
#[doc(hidden)]
pub struct Scope {
    prefix: String,
    labels: Vec<Label>,
    /// What the series of the instance end with, if they do.
    owner: Option<Arc<Owner>>,
}

impl Scope {
    #[must_use]
    pub fn new(prefix: &str, labels: &[(&'static str, &dyn LabelValue)]) -> Self {
        let prefix = if prefix.is_empty() { String::new() } else { name::sanitize(prefix).into_owned() };
        let labels = labels.iter().map(|(name, value)| Label::new(*name, text(*value))).collect();
        Self { prefix, labels, owner: None }
    }

    /// The same for series that end with the instance.
    #[must_use]
    pub fn owned(prefix: &str, labels: &[(&'static str, &dyn LabelValue)]) -> Self {
        let scope = Self::new(prefix, labels);
        Self { owner: Some(Owner::new(scope.labels.clone())), ..scope }
    }

    /// The scope of a struct inside of this one.
    #[must_use]
    pub fn within(&self, prefix: &str) -> Self {
        Self { prefix: self.name(prefix), labels: self.labels.clone(), owner: self.owner.clone() }
    }

    fn name(&self, name: &str) -> String {
        match (self.prefix.as_str(), name) {
            ("", name) => name.to_owned(),
            (prefix, "") => prefix.to_owned(),
            (prefix, name) => format!("{prefix}_{name}"),
        }
    }

    fn metric(&self, declared: &Declared) -> Metric {
        Metric::new(declared, self.name(&declared.name.to_string()), &self.labels)
    }

    /// What the series of a metric end with, if they do.
    fn owner(&self, metric: &Arc<Metric>) -> Option<Arc<Owner>> {
        self.owner.as_ref().map(|owner| owner.takes(metric))
    }
}

macro_rules! fields {
    ($($handle:ident),*) => {
        $(impl Field for $handle {
            const SHAPE: Shape = <Self as Handle>::SHAPE;

            fn build(scope: &Scope, declared: &'static Declared) -> Self {
                let metric = Arc::new(scope.metric(declared));
                let owner = scope.owner(&metric);
                let series = Series::new(metric, scope.labels.clone()).owned_by(owner);
                Handle::of(*declared, if declared.zero { series.announce() } else { Arc::new(series) })
            }
        })*
    };
}

fields!(Counter, FloatCounter, Gauge, Histogram, Summary);

impl<M: Handle, L: LabelSet> Field for Family<M, L> {
    const SHAPE: Shape = Self::SHAPE;

    fn build(scope: &Scope, declared: &'static Declared) -> Self {
        let mut members = Members::new(declared, scope.metric(declared), scope.labels.clone());
        members.owner = scope.owner(&members.metric);
        Self::of(*declared, members)
    }
}

/// A metric of a struct, named after its field.
///
/// # Panics
/// While the constant is evaluated, if the name breaks the naming rules.
#[track_caller]
#[must_use]
pub const fn declared(shape: Shape, name: &'static str) -> Declared {
    shape.declared(Name::completed(name, shape.kind))
}

/// A metric of a struct, with a name that is taken as it is written.
///
/// # Panics
/// While the constant is evaluated, if the name is none to Prometheus.
#[track_caller]
#[must_use]
pub const fn declared_as_is(shape: Shape, name: &'static str) -> Declared {
    shape.declared(Name::as_written(name))
}

/// A prefix of names, checked.
///
/// # Panics
/// While the constant is evaluated, if no name can begin so.
#[track_caller]
#[must_use]
pub const fn checked_prefix(prefix: &'static str) -> &'static str {
    let _ = Name::as_written(prefix);
    prefix
}

/// Whether the labels of a metric are named, each once, and none as one that is on all metrics of the struct.
///
/// # Panics
/// While the constant is evaluated, if that is not so.
#[track_caller]
pub const fn check_labels(shape: Shape, names: &'static [&'static str], on_all: &'static [&'static str]) {
    if let Some(mistake) = shape.labels.mistake(names.len()) {
        mistake.panic();
    }
    if let Arity::Struct(own) = shape.labels {
        let mut i = 0;
        while i < own.len() * on_all.len() {
            let (own, other) = (own[i / on_all.len()], on_all[i % on_all.len()]);
            if own.len() == other.len() && name::ends_with(own, other) {
                Message::new("label `").text(own).text("` is on all metrics of the struct already; rename one").panic();
            }
            i += 1;
        }
    }
}

/// Whether a metric can have buckets.
///
/// # Panics
/// While the constant is evaluated, if that is not so.
#[track_caller]
pub const fn check_buckets(shape: Shape) {
    if !matches!(shape.kind, Kind::Histogram) {
        Message::new("`buckets` are those of a histogram, and this is a ")
            .text(shape.kind.as_str())
            .text("; drop them")
            .panic();
    }
}

/// Whether a metric can have a scale.
///
/// # Panics
/// While the constant is evaluated, if that is not so.
#[track_caller]
pub const fn check_scale(shape: Shape) {
    if !shape.fractions {
        Message::new("`scale` is that of a `FloatCounter`; drop it, or make the field one").panic();
    }
}

/// The program's one instance of a struct of metrics, made when it is first asked for. Two threads may each make one, of
/// which the first is kept.
#[must_use]
pub fn global<T: Default>(cell: &'static OnceLock<T>) -> &'static T {
    cell.get().unwrap_or_else(|| gate::fill(cell, T::default()))
}
