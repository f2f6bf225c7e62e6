//! What a handle says of its metric before there is anything to record into; all of it can be a constant.

use std::{num::NonZero, panic::Location, sync::Arc};

use crate::{
    call::{
        rolled::{Find, Rolls},
        value::KnownValues,
    },
    metric::{
        bounds::{self, Ladder, Native},
        kind::Kind,
        label,
        message::Message,
        name::{self, Name},
    },
};

/// What sort of metric a type records, as far as a declaration must know.
#[derive(Debug, Clone, Copy)]
#[doc(hidden)]
pub struct Shape {
    pub(crate) kind: Kind,
    pub(crate) fractions: bool,
    pub(crate) labels: Arity,
    pub(crate) values: EachLabel,
}

/// Tells the values of one label after the other, as far as they are known.
pub(crate) type EachLabel = fn(&mut dyn FnMut(KnownValues));

/// Where the names of a metric's labels come from.
#[derive(Debug, Clone, Copy)]
#[doc(hidden)]
pub enum Arity {
    /// There are none.
    None,
    /// The declaration names so many.
    Tuple(usize),
    /// A type names these.
    Struct(&'static [&'static str]),
}

impl Arity {
    /// What is wrong with a declaration that names so many labels.
    pub(crate) const fn mistake(self, names: usize) -> Option<Message> {
        match self {
            Self::Tuple(types) if types == names => None,
            Self::Tuple(types) => Some(
                Message::new("this family has ")
                    .number(types)
                    .text(" label types and ")
                    .number(names)
                    .text(" label names; name each label once"),
            ),
            Self::None if names > 0 => {
                Some(Message::new("this metric has no labels; make it a `Family` of this metric and label types"))
            }
            Self::Struct(_) if names > 0 => {
                Some(Message::new("the labels of this family are named by their struct; drop the names here"))
            }
            Self::None | Self::Struct(_) => None,
        }
    }
}

/// One metric, declared.
#[derive(Debug, Clone, Copy)]
#[doc(hidden)]
pub struct Declared {
    pub(crate) name: Name,
    pub(crate) kind: Kind,
    pub(crate) help: &'static str,
    pub(crate) unit: Option<&'static str>,
    pub(crate) buckets: Ladder<'static>,
    /// How many quanta make one unit of a counter that counts fractions.
    pub(crate) scale: Option<NonZero<u64>>,
    pub(crate) labels: &'static [&'static str],
    pub(crate) values: EachLabel,
    /// Whether series are shown before anything is recorded into them.
    pub(crate) zero: bool,
    /// What finds the windows that values are added to as well.
    pub(crate) rolling: Option<Find>,
    /// Where it stands; nowhere where a name is all that there is.
    pub(crate) source: Option<&'static Location<'static>>,
}

/// Quanta of a counter that counts fractions and does not say how fine: 10⁻⁹ of a unit.
const NANO: NonZero<u64> = NonZero::new(1_000_000_000).expect("it is not zero");

impl Shape {
    pub(crate) const fn of(kind: Kind) -> Self {
        Self { kind, fractions: false, labels: Arity::None, values: |_| {} }
    }

    /// A metric of this shape.
    #[track_caller]
    pub(crate) const fn declared(self, name: Name) -> Declared {
        let labels = match self.labels {
            Arity::Struct(names) => names,
            Arity::None | Arity::Tuple(_) => &[],
        };
        let scale = if self.fractions { Some(NANO) } else { None };
        Declared {
            name,
            kind: self.kind,
            help: "",
            unit: None,
            buckets: Ladder::OfUnit,
            scale,
            labels,
            values: self.values,
            zero: true,
            rolling: None,
            source: Some(Location::caller()),
        }
    }
}

impl Declared {
    #[track_caller]
    pub(crate) const fn new(shape: Shape, name: &'static str) -> Self {
        shape.declared(Name::whole(name, shape.kind))
    }

    /// With a name that is taken as it is written.
    #[track_caller]
    pub(crate) const fn as_written(shape: Shape, name: &'static str) -> Self {
        shape.declared(Name::as_written(name))
    }

    /// What a handle is made of whose name is not known before the program runs.
    pub(crate) const fn nameless(shape: Shape) -> Self {
        let mut declared = shape.declared(Name::as_written("_"));
        declared.source = None;
        declared
    }

    /// With these labels, checked.
    #[track_caller]
    pub(crate) const fn with_labels(mut self, labels: &'static [&'static str]) -> Self {
        let mut i = 0;
        while i < labels.len() {
            if let Some(mistake) = label::mistake(labels[i]) {
                mistake.panic();
            }
            let mut earlier = 0;
            while earlier < i {
                if same(labels[earlier], labels[i]) {
                    Message::new("label `").text(labels[i]).text("` is given twice; drop one").panic();
                }
                earlier += 1;
            }
            i += 1;
        }
        self.labels = labels;
        self
    }

    /// With these upper bounds, checked.
    #[track_caller]
    pub(crate) const fn with_buckets(mut self, buckets: &'static [f64]) -> Self {
        self.buckets = self.buckets.with_bounds(bounds::checked(buckets));
        self
    }

    /// With these native buckets, checked.
    #[track_caller]
    pub(crate) const fn with_native(mut self, native: Native) -> Self {
        self.buckets = self.buckets.with_native(native.checked());
        self
    }

    /// With this quantum, checked.
    #[track_caller]
    pub(crate) const fn with_scale(mut self, quantum: f64) -> Self {
        self.scale = Some(quanta(quantum));
        self
    }

    /// With this HELP.
    #[must_use]
    pub const fn help(mut self, help: &'static str) -> Self {
        self.help = help;
        self
    }

    /// In this unit, which is part of the name.
    #[must_use]
    pub const fn unit(mut self, unit: &'static str) -> Self {
        self.unit = Some(unit);
        self
    }

    /// With these labels; a struct of labels has named its own.
    #[must_use]
    pub const fn names(mut self, labels: &'static [&'static str]) -> Self {
        if !labels.is_empty() {
            self = self.with_labels(labels);
        }
        self
    }

    /// With these upper bounds, which have been checked.
    #[must_use]
    pub const fn buckets(mut self, buckets: &'static [f64]) -> Self {
        self.buckets = self.buckets.with_bounds(buckets);
        self
    }

    /// With these native buckets, which have been checked.
    #[must_use]
    pub const fn native(mut self, native: Native) -> Self {
        self.buckets = self.buckets.with_native(native);
        self
    }

    /// Whose series are not there before somebody names them or records into them.
    #[must_use]
    pub const fn without_zero(mut self) -> Self {
        self.zero = false;
        self
    }

    /// Whose values are added to what this finds by the metric's name, too.
    #[must_use]
    pub const fn rolling(mut self, find: fn(&str) -> Arc<dyn Rolls>) -> Self {
        self.rolling = Some(find);
        self
    }

    /// With so many quanta to a unit.
    #[must_use]
    pub const fn scale(mut self, quanta: NonZero<u64>) -> Self {
        self.scale = Some(quanta);
        self
    }
}

const fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && name::ends_with(a, b)
}

/// How many quanta of this size make one unit.
///
/// # Panics
/// While the constant is evaluated, if that is no whole number from 1 to 10¹².
#[track_caller]
#[must_use]
pub const fn quanta(quantum: f64) -> NonZero<u64> {
    let exact = 1.0 / quantum;
    let whole = exact.round();
    let is_whole = whole >= 1.0 && whole <= 1e12 && (exact - whole).abs() < whole * 1e-9;
    if let Some(quanta) = NonZero::new(whole as u64)
        && is_whole
    {
        return quanta;
    }
    Message::new("`scale` must be a unit's whole fraction from 1e-12 to 1; write one such as `1e-6`").panic()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_is_a_whole_fraction() {
        for (scale, expected) in [(1e-9, 1_000_000_000), (1e-6, 1_000_000), (0.1, 10), (0.25, 4), (1.0, 1)] {
            assert_eq!(quanta(scale).get(), expected);
        }
        for scale in [0.0, -0.1, 0.3, 2.0, 1e-13, f64::NAN, f64::INFINITY] {
            std::panic::catch_unwind(|| quanta(scale)).expect_err("it is refused");
        }
    }
}
