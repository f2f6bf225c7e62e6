//! One annotated function of the catalogue, and one that is left alone.

use crate::{call::site::Source, slo::Slo};

/// An annotated function whose calls are recorded.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Function {
    pub(crate) source: Place,
    pub(crate) team: Option<&'static str>,
    pub(crate) metrics: Vec<String>,
    pub(crate) objectives: Vec<Objective>,
}

/// Where a function stands. Its order is that of files and lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) file: &'static str,
    pub(crate) line: u32,
    pub(crate) function: &'static str,
    pub(crate) module: &'static str,
    pub(crate) package: &'static str,
}

/// An objective, and the metric that shows a part of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Objective {
    pub(crate) slo: Slo,
    pub(crate) metric: String,
}

/// A function under an attribute that is left alone.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Skipped {
    pub(crate) source: Place,
    pub(crate) reason: &'static str,
}

impl From<Source> for Place {
    fn from(Source { package, module, file, line, function }: Source) -> Self {
        Self { file, line, function, module, package }
    }
}

impl Function {
    /// Its name; under an attribute on its `impl` block, behind its type's.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.source.function
    }

    /// The path of its module.
    #[must_use]
    pub fn module(&self) -> &'static str {
        self.source.module
    }

    /// The package that it is in.
    #[must_use]
    pub fn package(&self) -> &'static str {
        self.source.package
    }

    /// The file that it is in, as the compiler was told it.
    #[must_use]
    pub fn file(&self) -> &'static str {
        self.source.file
    }

    /// The line in which its attribute stands.
    #[must_use]
    pub fn line(&self) -> u32 {
        self.source.line
    }

    /// The team that it belongs to, by the key `team`.
    #[must_use]
    pub fn team(&self) -> Option<&'static str> {
        self.team
    }

    /// The names of the metrics that its calls are in.
    #[must_use]
    pub fn metrics(&self) -> &[String] {
        &self.metrics
    }

    /// The objective that it is annotated with.
    #[must_use]
    pub fn slo(&self) -> Option<Slo> {
        self.objectives.first().map(|objective| objective.slo)
    }
}

impl Skipped {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.source.function
    }

    /// The path of the module that its block is in.
    #[must_use]
    pub fn module(&self) -> &'static str {
        self.source.module
    }

    /// The file that it is in.
    #[must_use]
    pub fn file(&self) -> &'static str {
        self.source.file
    }

    /// The line in which it stands.
    #[must_use]
    pub fn line(&self) -> u32 {
        self.source.line
    }

    /// Why its calls are not recorded.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        self.reason
    }
}
