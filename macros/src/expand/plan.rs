//! Which metrics share a call site.
//!
//! A site has one set of labels and holds each instrument once. Whatever differs from
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
    /// Whether the value that the function returns is looked at. Metrics without the label `result` do not mind.
    pub(super) reads_value: bool,
}

impl<'a> Plan<'a> {
    pub(super) fn of(measure: &'a Measure) -> Self {
        let mut sites: Vec<Site<'a>> = Vec::new();
        for declaration in &measure.declarations {
            let reads_value = reads_value(declaration, measure);
            match sites.iter_mut().find(|site| site.fits(declaration)) {
                Some(site) => {
                    site.declarations.push(declaration);
                    site.reads_value |= reads_value;
                }
                None => sites.push(Site { declarations: vec![declaration], reads_value }),
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

    /// What the label `function` shall be, if the user says so.
    pub(super) fn function(&self) -> Option<String> {
        self.declarations.first().and_then(|declaration| function(declaration))
    }

    pub(super) fn labels(&self) -> &'a [Label] {
        self.declarations.first().map(|declaration| labels(declaration)).unwrap_or_default()
    }

    /// Whether the declaration can be one of the site's.
    fn fits(&self, declaration: &Declaration) -> bool {
        let is_free = |instrument: &Instrument| !self.declarations.iter().any(|other| other.meter.records(*instrument));
        self.is_shared() == declaration.args.name.is_none()
            && self.function() == function(declaration)
            && are_equal(self.labels(), labels(declaration))
            && declaration.meter.instruments().iter().all(is_free)
    }
}

/// Whether a metric has the label `result` and the returned value says which. Where nothing says so, a call of a
/// function that returns no `Result` is `ok`.
fn reads_value(Declaration { meter, args, .. }: &Declaration, measure: &Measure) -> bool {
    let output = measure.output();
    let has_label = args.name.is_none() && meter.records(Instrument::Counter);
    let is_asked = args.result.is_some();
    if measure.inherits() {
        // A key of the block does not know what each of its functions returns.
        return is_asked && output.is("Option") || (is_asked || has_label) && output.is("Result");
    }
    is_asked || has_label && output.is("Result")
}

fn function(declaration: &Declaration) -> Option<String> {
    declaration.args.function.as_ref().map(|function| function.value.value())
}

fn labels(declaration: &Declaration) -> &[Label] {
    declaration.args.labels.as_ref().map(|labels| labels.value.as_slice()).unwrap_or_default()
}

fn are_equal(a: &[Label], b: &[Label]) -> bool {
    let value = |label: &Label| label.value.to_token_stream().to_string();
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.name == b.name && value(a) == value(b))
}
