//! What a file tells of metrics and series, taken over as it was.

use super::{
    family::{About, Family, Found, Series, Shape},
    modes::Modes,
    whole::{Whole, rules},
};
use crate::cardinality::{policy::Policy, rules::Rules};

impl Whole {
    pub(crate) fn modes(&self) -> &Modes {
        &self.modes
    }

    pub(crate) fn most_of_child(&self) -> usize {
        self.most_of_child
    }

    /// All metrics in the order in which they came.
    pub(crate) fn families(&self) -> &[Family] {
        &self.families
    }

    /// A metric that a file tells of; none if it is there already, or goes with no other.
    pub(crate) fn restore(&mut self, about: About<'_>) -> Option<usize> {
        let before = self.families.len();
        self.family(about, usize::MAX).ok().filter(|at| *at == before)
    }

    /// A series of it. What was admitted once is, whatever a policy says now.
    pub(crate) fn restore_series(&mut self, at: usize, labels: &[(&str, &str)], shape: &Shape) -> Option<Found> {
        let family = &mut self.families[at];
        family.follow(Rules::of_kind(&Policy::unlimited(), &family.original_name, family.kind));
        let found = family.place(labels, shape, true).ok();
        family.follow(rules(&self.policy, &family.original_name, family.kind));
        self.series += u64::from(found.is_some_and(|found| found.is_new));
        found
    }

    pub(crate) fn series_mut(&mut self, family: usize, at: usize) -> &mut Series {
        &mut self.families[family].series[at]
    }
}
