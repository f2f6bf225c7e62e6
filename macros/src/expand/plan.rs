//! Which metrics share a call site.
//!
//! A site has one set of labels and holds each instrument once. Whatever differs from
//! the sites before it becomes a further site, and the sites nest around the body.

use proc_macro2::Ident;
use quote::ToTokens;
use syn::{Expr, Type};

use crate::{
    expand::{returned::Asking, site},
    meter::Instrument,
    model::{Declaration, Measure},
    parse::{Items, Judge, Label},
    shape::{Form, Output},
};

/// The sites of a function, outermost first.
pub(super) struct Plan<'a> {
    pub(super) sites: Vec<Site<'a>>,
}

/// The declarations that one call site serves.
pub(super) struct Site<'a> {
    pub(super) declarations: Vec<&'a Declaration>,
    /// Who is asked how a call has ended; without a judge it is `ok`. Metrics without the label `result` do not mind.
    pub(super) judge: Option<Asked<'a>>,
    /// What is recorded beside the calls.
    pub(super) extras: Vec<Extra>,
}

/// What can be recorded beside the calls of a site.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Extra {
    /// The polls of a future.
    Polls,
    /// The items of a stream, and which of them say how it has ended.
    Items(Items),
    FirstItem,
}

impl Extra {
    fn of(Declaration { args, .. }: &Declaration, measure: &Measure) -> Vec<Self> {
        let is_asked = !Asking::of(measure).is_over();
        let polls = args.poll.as_ref().filter(|_| measure.form() != Form::Sync || is_asked);
        let items = args.items.as_ref().filter(|_| is_asked);
        let first = args.first_item.as_ref().filter(|_| is_asked);
        [polls.map(|_| Self::Polls), items.map(|items| Self::Items(items.value)), first.map(|_| Self::FirstItem)]
            .into_iter()
            .flatten()
            .collect()
    }

    /// The name of its static, beside the site at `index`.
    pub(super) fn name(self, index: usize) -> Ident {
        site::numbered(
            match self {
                Self::Polls => "__TACHOMETER_POLLS",
                Self::Items(_) => "__TACHOMETER_ITEMS",
                Self::FirstItem => "__TACHOMETER_FIRST_ITEM",
            },
            index,
        )
    }

    /// The name of the local with its labels.
    pub(super) fn local(self) -> &'static str {
        match self {
            Self::Polls => "__tachometer_labels_of_polls",
            Self::Items(_) => "__tachometer_labels_of_items",
            Self::FirstItem => "__tachometer_labels_of_first_item",
        }
    }
}

/// A judge, and whether the function must have it: a key of its own says so, one of the block around it does not know what
/// each function returns.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) judge: Judge<'a>,
    pub(super) must: bool,
}

impl<'a> Plan<'a> {
    pub(super) fn of(measure: &'a Measure) -> Self {
        let mut sites: Vec<Site<'a>> = Vec::new();
        for declaration in &measure.declarations {
            let judge = judge(declaration, measure);
            let extras = Extra::of(declaration, measure);
            match sites.iter_mut().find(|site| site.fits(declaration, judge)) {
                Some(site) => {
                    let new = extras.into_iter().filter(|extra| !site.extras.contains(extra));
                    let new: Vec<Extra> = new.collect();
                    site.extras.extend(new);
                    site.declarations.push(declaration);
                    let must = [site.judge, judge].into_iter().flatten().any(|asked| asked.must);
                    site.judge = site.judge.or(judge).map(|asked| Asked { must, ..asked });
                }
                None => sites.push(Site { declarations: vec![declaration], judge, extras }),
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

    /// Whether its series, where their labels are known, are there before the first call.
    pub(super) fn shows_zero(&self) -> bool {
        self.declarations.first().is_none_or(|declaration| declaration.args.shows_zero())
    }

    pub(super) fn labels(&self) -> &'a [Label] {
        self.declarations.first().map(|declaration| labels(declaration)).unwrap_or_default()
    }

    /// The static of the label sets that the program gets to know.
    pub(super) fn known(&self) -> Option<&'a Expr> {
        self.declarations.first().and_then(|declaration| known(declaration))
    }

    /// Whether the declaration can be one of the site's.
    fn fits(&self, declaration: &Declaration, judge: Option<Asked<'_>>) -> bool {
        let is_free = |instrument: &Instrument| !self.declarations.iter().any(|other| other.meter.records(*instrument));
        self.is_shared() == declaration.args.name.is_none()
            && self.function() == function(declaration)
            && self.shows_zero() == declaration.args.shows_zero()
            && (self.judge.is_none() || judge.is_none() || spelled(self.judge) == spelled(judge))
            && are_equal(self.labels(), labels(declaration))
            && text(self.known()) == text(known(declaration))
            && declaration.meter.instruments().iter().all(is_free)
    }
}

/// Who is asked how a call has ended, where a metric has the label `result`: what a key names, or else the type of what is
/// returned.
fn judge<'a>(Declaration { meter, args, .. }: &'a Declaration, measure: &Measure) -> Option<Asked<'a>> {
    let output = measure.output();
    let key = args.judge().map(|judge| Asked { judge, must: !measure.inherits() });
    let has_label = args.name.is_none() && meter.records(Instrument::Counter);
    let implied = has_label && !measure.sees_its_caller();
    let judge = key.or_else(|| implied.then_some(Asked { judge: Judge::Outcome, must: false }))?;
    let applies = match judge.judge {
        _ if judge.must => true,
        Judge::Outcome | Judge::Kind | Judge::KindBy(_) => output.is_asked(),
        Judge::OkIf(_) | Judge::ErrorIf(_) => !matches!(output, Output::Unit | Output::Type(Type::Never(_))),
    };
    applies.then_some(judge)
}

fn spelled(asked: Option<Asked<'_>>) -> String {
    match asked.map(|asked| asked.judge) {
        None => String::new(),
        Some(Judge::Outcome) => "result".to_owned(),
        Some(Judge::Kind) => "error_kind".to_owned(),
        Some(Judge::KindBy(kind)) => format!("error_kind {}", kind.to_token_stream()),
        Some(Judge::OkIf(is_ok)) => format!("ok_if {}", is_ok.to_token_stream()),
        Some(Judge::ErrorIf(is_error)) => format!("error_if {}", is_error.to_token_stream()),
    }
}

fn text(tokens: Option<&Expr>) -> Option<String> {
    tokens.map(|tokens| tokens.to_token_stream().to_string())
}

fn function(declaration: &Declaration) -> Option<String> {
    declaration.args.function.as_ref().map(|function| function.value.value())
}

fn known(declaration: &Declaration) -> Option<&Expr> {
    declaration.args.known.as_ref().map(|known| &known.value)
}

fn labels(declaration: &Declaration) -> &[Label] {
    declaration.args.labels.as_ref().map(|labels| labels.value.as_slice()).unwrap_or_default()
}

fn are_equal(a: &[Label], b: &[Label]) -> bool {
    let spelled = |label: &Label| {
        let (value, cap) = (label.value.to_token_stream().to_string(), label.cap.to_token_stream().to_string());
        (label.name.value(), value, label.displayed, cap)
    };
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| spelled(a) == spelled(b))
}
