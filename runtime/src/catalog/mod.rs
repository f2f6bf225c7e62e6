//! What a program measures, as data: every metric and annotated function, and what follows from them.
//!
//! A program that annotates and describes has said all that a dashboard and an alert need: names, units, labels,
//! objectives, teams. The catalogue holds it in one place and one order:
//!
//! ```
//! use tachometer::{Slo, measured, slo::ms};
//!
//! const CHECKOUT: Slo = Slo::new("checkout").success_rate(99.9).latency(ms(250), 99.0);
//!
//! /// Orders brought to the till.
//! #[measured(name = "settled", result, slo = CHECKOUT, team = "shop")]
//! fn settle() -> Result<(), String> {
//!     Ok(())
//! }
//!
//! let catalog = tachometer::catalog::current();
//! let family = catalog.family("settled_total").expect("it is annotated");
//! assert_eq!(family.help(), "Orders brought to the till.");
//! let function = catalog.functions().iter().find(|function| function.name() == "settle").expect("so is this");
//! assert_eq!(function.team(), Some("shop"));
//! ```
//!
//! [`current`] knows annotated functions without an installation; [`Telemetry::catalog`](crate::Telemetry::catalog)
//! knows as well what is recorded by hand, by collectors and by this crate itself. The endpoint serves the latter as
//! JSON at `/catalog`, to those who see all metrics.
//!
//! [`Builder::print_if_asked`](crate::Builder::print_if_asked) gives a program the flags that print all of it.

mod family;

mod function;

pub(crate) mod gather;

mod json;

mod lint;

mod docs;

mod options;

mod rules;

mod dashboards;

mod files;

pub use self::{
    family::{Family, Label, Origin},
    files::File,
    function::{Function, Skipped},
    lint::Finding,
    options::Options,
};

use crate::call::site;

/// What a program measures. Its order is that of names, and of files and lines; the same program has the same catalogue.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Catalog {
    pub(crate) families: Vec<Family>,
    pub(crate) functions: Vec<Function>,
    pub(crate) skipped: Vec<Skipped>,
}

/// Lists the annotated functions that are linked into the program, and their metrics. Needs no installation, and knows
/// nothing of what one has recorded.
#[must_use]
pub fn current() -> Catalog {
    let mut gathered = gather::Gathered::default();
    gathered.sites(site::all());
    gathered.finish()
}

impl Catalog {
    /// All metrics, by name.
    #[must_use]
    pub fn families(&self) -> &[Family] {
        &self.families
    }

    /// The metric of this name.
    #[must_use]
    pub fn family(&self, name: &str) -> Option<&Family> {
        let at = self.families.binary_search_by(|family| family.name.as_str().cmp(name)).ok()?;
        self.families.get(at)
    }

    /// All annotated functions whose calls are recorded, by file and line.
    #[must_use]
    pub fn functions(&self) -> &[Function] {
        &self.functions
    }

    /// The functions under an attribute that are left alone, by file and line.
    #[must_use]
    pub fn skipped(&self) -> &[Skipped] {
        &self.skipped
    }

    /// With the metrics of this crate, of itself, that the catalogue does not have yet.
    pub(crate) fn with(mut self, families: impl IntoIterator<Item = Family>) -> Self {
        for family in families {
            if let Err(at) = self.families.binary_search_by(|known| known.name.cmp(&family.name)) {
                self.families.insert(at, family);
            }
        }
        self
    }

    /// The teams that functions belong to, each once, in alphabetical order.
    #[must_use]
    pub fn teams(&self) -> Vec<&str> {
        let mut teams: Vec<&str> = self.functions.iter().filter_map(Function::team).collect();
        teams.sort_unstable();
        teams.dedup();
        teams
    }

    /// The catalogue as JSON: objects `metrics`, `functions` and `skipped`, and the `version` of this form, 1.
    #[must_use]
    pub fn to_json(&self) -> String {
        json::of(self)
    }
}
