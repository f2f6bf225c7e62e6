//! Which metrics share a call site.
//!
//! A site has one set of labels, reads the outcome in one way and holds each instrument once. Whatever differs from
//! the sites before it becomes a further site, and the sites nest around the body.

use quote::ToTokens;

use crate::{
    meter::Instrument,
    model::{Declaration, Measure},
    parse::Label,
};

/// The sites of a function, outermost first.
pub(super) struct Plan<'a> {
    pub(super) sites: Vec<Site<'a>>,
}

/// The declarations that one call site serves.
pub(super) struct Site<'a> {
    pub(super) declarations: Vec<&'a Declaration>,
    pub(super) outcome: Outcome,
}

/// Where the label `result` of a site comes from, panics and cancellation apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// No metric of the site has the label.
    Unread,
    /// A call that returns is `ok`.
    Returned,
    /// The returned value says.
    Value,
}

impl<'a> Plan<'a> {
    pub(super) fn of(measure: &'a Measure) -> Self {
        let mut sites: Vec<Site<'a>> = Vec::new();
        for declaration in &measure.declarations {
            let outcome = Outcome::of(declaration, measure.returns_result());
            if !sites.iter_mut().any(|site| site.admits(declaration, outcome)) {
                sites.push(Site { declarations: vec![declaration], outcome });
            }
        }
        Self { sites }
    }
}

impl<'a> Site<'a> {
    /// Whether the metrics have no name of their own and carry the function's instead.
    pub(super) fn is_shared(&self) -> bool {
        self.declarations.iter().any(|declaration| declaration.args.name.is_none())
    }

    pub(super) fn labels(&self) -> &'a [Label] {
        self.declarations.first().map(|declaration| labels(declaration)).unwrap_or_default()
    }

    /// Whether the value that the function returns is looked at.
    pub(super) fn reads_value(&self) -> bool {
        self.outcome == Outcome::Value
    }

    /// Takes the declaration in if it fits.
    fn admits(&mut self, declaration: &'a Declaration, outcome: Outcome) -> bool {
        let Some(outcome) = self.outcome.and(outcome) else { return false };
        let is_free = |instrument: &Instrument| !self.declarations.iter().any(|other| other.meter.records(*instrument));
        let fits = self.is_shared() == declaration.args.name.is_none()
            && are_equal(self.labels(), labels(declaration))
            && declaration.meter.instruments().iter().all(is_free);
        if fits {
            self.declarations.push(declaration);
            self.outcome = outcome;
        }
        fits
    }
}

impl Outcome {
    fn of(Declaration { meter, args, .. }: &Declaration, returns_result: bool) -> Self {
        let has_label = args.result.is_some() || (args.name.is_none() && meter.records(Instrument::Counter));
        match has_label {
            true if args.result.is_some() || returns_result => Self::Value,
            true => Self::Returned,
            false => Self::Unread,
        }
    }

    /// What serves both, if anything does.
    fn and(self, other: Self) -> Option<Self> {
        match (self, other) {
            (Self::Unread, outcome) | (outcome, Self::Unread) => Some(outcome),
            (one, another) if one == another => Some(one),
            _ => None,
        }
    }
}

fn labels(declaration: &Declaration) -> &[Label] {
    declaration.args.labels.as_ref().map(|labels| labels.value.as_slice()).unwrap_or_default()
}

fn are_equal(a: &[Label], b: &[Label]) -> bool {
    let value = |label: &Label| label.value.to_token_stream().to_string();
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.name == b.name && value(a) == value(b))
}
