//! One metric of the catalogue.

use std::borrow::Cow;

use crate::metric::{bounds::Buckets, kind::Kind, label};

/// A metric: all that is known of it without a single value.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Family {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) unit: Option<String>,
    pub(crate) help: String,
    pub(crate) labels: Vec<Label>,
    pub(crate) buckets: Option<Buckets>,
    pub(crate) origin: Origin,
}

/// A label of a metric.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Label {
    pub(crate) name: String,
    pub(crate) values: Option<Vec<String>>,
}

/// What records a metric.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// Calls of annotated functions.
    Functions,
    /// The program, by hand.
    Program,
    /// The collector of this name.
    Collector(String),
    /// This crate, of itself.
    Tachometer,
}

impl Family {
    /// Its name, as Prometheus' classic format prints it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What its values mean.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The unit of its values, where it is known.
    #[must_use]
    pub fn unit(&self) -> Option<&str> {
        self.unit.as_deref()
    }

    /// What its HELP says.
    #[must_use]
    pub fn help(&self) -> &str {
        &self.help
    }

    /// Its labels, by name. Of what is recorded by hand without a declaration, those that have been seen.
    #[must_use]
    pub fn labels(&self) -> &[Label] {
        &self.labels
    }

    /// The buckets of a histogram.
    #[must_use]
    pub fn buckets(&self) -> Option<&Buckets> {
        self.buckets.as_ref()
    }

    /// What records it.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    pub(crate) fn labelled(mut self, name: &str) -> Self {
        self.labels.push(Label { name: name.to_owned(), values: None });
        self
    }

    pub(crate) fn has_label(&self, name: &str) -> bool {
        self.labels.iter().any(|label| label.name == name)
    }

    pub(crate) fn is_native(&self) -> bool {
        matches!(self.buckets, Some(Buckets::Native(_)))
    }
}

impl Label {
    /// Its name, as the program writes it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// All values that it can have, where they are known.
    #[must_use]
    pub fn values(&self) -> Option<&[String]> {
        self.values.as_deref()
    }

    /// Its name in PromQL, which has no words but `[a-zA-Z_][a-zA-Z0-9_]*` in every version.
    pub(crate) fn in_queries(&self) -> Cow<'_, str> {
        label::sanitize(&self.name)
    }
}

impl Origin {
    /// Its word in the JSON form.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Functions => "functions",
            Self::Program => "program",
            Self::Collector(_) => "collector",
            Self::Tachometer => "tachometer",
        }
    }
}
