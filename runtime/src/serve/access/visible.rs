//! What one tenant sees of a set of families. It does not know who asks.

use std::sync::Arc;

use crate::{
    families::{Details, Families, Family, Value, Visitor},
    metric::{
        block::{self, LabelBlock},
        label,
    },
};

/// The series that carry a label of this value, and the families that have any of them.
pub(crate) struct Visible {
    families: Arc<dyn Families + Send + Sync>,
    rule: Rule,
}

/// Which series are visible.
struct Rule {
    label: String,
    value: Arc<str>,
    /// The label as it stands in the block of each series that carries it: no block without it needs to be read.
    sign: String,
    /// Whether a series without a label of this name is visible, because of the labels that stand on all of them.
    is_common: bool,
}

impl Visible {
    pub(crate) fn new(families: Arc<dyn Families + Send + Sync>, label: &str, value: Arc<str>) -> Self {
        let sign = block::of([(label, &*value)].into_iter()).0;
        let mut common = families.common_labels().iter().filter(|(name, _)| label::sanitize(name) == label);
        let is_common = common.next().is_some_and(|(name, common)| name == label && common == *value);
        let is_common = is_common && common.next().is_none();
        drop(common);
        Self { families, rule: Rule { label: label.to_owned(), value, sign, is_common } }
    }
}

impl Rule {
    /// Values are compared as the program gave them. Names count as they are printed: of labels that become the same
    /// name a format may join the values, so that a series with more than one of them belongs to nobody.
    fn lets_see(&self, labels: LabelBlock<'_>) -> bool {
        if !self.is_common && !labels.as_str().contains(&self.sign) {
            return false;
        }
        let mut own = labels.iter().filter(|(name, _)| label::sanitize(name) == self.label);
        match (own.next(), own.next()) {
            (None, _) => self.is_common,
            (Some((name, value)), None) => name == self.label && value == *self.value,
            (Some(_), Some(_)) => false,
        }
    }
}

impl Families for Visible {
    fn common_labels(&self) -> LabelBlock<'_> {
        self.families.common_labels()
    }

    fn visit(&self, visitor: &mut dyn Visitor) {
        self.families.visit(&mut Sieve { rule: &self.rule, visitor, family: None });
    }
}

/// Hands on what is visible. A family is announced when its first visible series comes.
struct Sieve<'a> {
    rule: &'a Rule,
    visitor: &'a mut dyn Visitor,
    family: Option<Unseen>,
}

/// A family of which nothing visible has come yet.
struct Unseen {
    name: String,
    original_name: String,
    help: String,
    kind: crate::metric::kind::Kind,
    unit: Option<crate::metric::unit::Unit>,
}

impl Visitor for Sieve<'_> {
    fn family(&mut self, family: &Family<'_>) {
        self.family = Some(Unseen {
            name: family.name.to_owned(),
            original_name: family.original_name.to_owned(),
            help: family.help.to_owned(),
            kind: family.kind,
            unit: family.unit,
        });
    }

    fn series(&mut self, labels: LabelBlock<'_>, value: Value<'_>, details: &Details<'_>) {
        if !self.rule.lets_see(labels) {
            return;
        }
        if let Some(family) = self.family.take() {
            self.visitor.family(&Family {
                name: &family.name,
                original_name: &family.original_name,
                kind: family.kind,
                help: &family.help,
                unit: family.unit,
            });
        }
        self.visitor.series(labels, value, details);
    }
}

#[cfg(test)]
mod tests;
