//! The list between the parentheses of an attribute: one reader for all of them.

use proc_macro2::{Ident, TokenStream};
use syn::{
    Attribute, Expr, Meta,
    ext::IdentExt,
    parse::{ParseStream, Parser},
};

use crate::{
    diagnostics::Diagnostics,
    parse::{Args, Key, Place, list, value::Written},
    suggest,
};

/// Who says how a call has ended.
#[derive(Clone, Copy)]
pub(crate) enum Judge<'a> {
    /// The returned value.
    Outcome,
    OkIf(&'a Expr),
    ErrorIf(&'a Expr),
    /// The returned value, with the kind of its error.
    Kind,
    /// The same, with the kind that a function of the error tells.
    KindBy(&'a Expr),
}

/// What an attribute leaves nothing to choose of.
const UNIT: &str = "durations are in seconds and calls are counted, so there is no unit to choose; `unit` belongs to \
                    fields of `#[derive(Metrics)]`";

/// What the user wrote after a key, with the key.
#[derive(Clone)]
pub(crate) struct Entry<T> {
    pub(crate) key: Ident,
    pub(crate) value: T,
}

impl Args {
    /// Reads all entries; one that cannot be read is reported and left out.
    pub(crate) fn parse(tokens: TokenStream, place: Place, errors: &mut Diagnostics) -> Self {
        let mut args = Self::default();
        args.read(tokens, place, errors);
        args
    }

    /// Reads all helper attributes of a place as if they were one.
    pub(crate) fn of_helpers(attrs: &[Attribute], place: Place, errors: &mut Diagnostics) -> Self {
        let mut args = Self::default();
        for attr in attrs.iter().filter(|attr| attr.path().is_ident(place.as_str())) {
            match &attr.meta {
                Meta::List(list) => args.read(list.tokens.clone(), place, errors),
                meta => errors.report(meta, format_args!("`{}` takes a list; {}", place.as_str(), listed(place))),
            }
        }
        args
    }

    /// Whether series whose labels are known are there before the first call.
    pub(crate) fn shows_zero(&self) -> bool {
        self.zero.as_ref().is_none_or(|zero| zero.value)
    }

    /// Who is asked for the outcome, if anybody is.
    pub(crate) fn judge(&self) -> Option<Judge<'_>> {
        match self {
            Self { ok_if: Some(is_ok), .. } => Some(Judge::OkIf(&is_ok.value)),
            Self { error_if: Some(is_error), .. } => Some(Judge::ErrorIf(&is_error.value)),
            Self { error_kind: Some(kind), .. } => Some(kind.value.as_ref().map_or(Judge::Kind, Judge::KindBy)),
            Self { result: Some(_), .. } => Some(Judge::Outcome),
            _ => None,
        }
    }

    fn read(&mut self, tokens: TokenStream, place: Place, errors: &mut Diagnostics) {
        let list = |input: ParseStream| list::read(input, errors, |input, errors| self.entry(input, place, errors));
        if let Err(error) = list.parse2(tokens) {
            errors.absorb(error);
        }
    }

    fn entry(&mut self, input: ParseStream, place: Place, errors: &mut Diagnostics) -> syn::Result<()> {
        if !input.peek(Ident::peek_any) {
            return Err(input.error(format_args!("expected a key of `{}`; {}", place.as_str(), listed(place))));
        }
        let ident = input.call(Ident::parse_any)?;
        let Some(key) = Key::named(&ident.unraw().to_string(), place) else { return Err(unknown(&ident, place)) };
        let written = Written { key, ident };
        self.value(&written, input, errors).inspect_err(|_| self.unread.push(key))
    }
}

/// Keeps a key's value; the second one of the same key is reported.
pub(super) fn put<T>(slot: &mut Option<Entry<T>>, value: T, Written { ident, .. }: &Written, errors: &mut Diagnostics) {
    match slot {
        Some(_) => errors.report(ident, format_args!("`{ident}` is given twice; drop one")),
        None => *slot = Some(Entry { key: ident.clone(), value }),
    }
}

fn unknown(ident: &Ident, place: Place) -> syn::Error {
    let name = ident.unraw().to_string();
    if name == "unit" && matches!(place, Place::Attribute(_)) {
        return syn::Error::new(ident.span(), UNIT);
    }
    let nearest = suggest::closest(&name, Key::of(place).map(Key::as_str));
    let remedy = nearest.map_or_else(|| listed(place), |key| format!("did you mean `{key}`?"));
    syn::Error::new(ident.span(), format_args!("`{name}` is no key of `{}`; {remedy}", place.as_str()))
}

fn listed(place: Place) -> String {
    let keys: Vec<String> = Key::of(place).map(|key| format!("`{}`", key.as_str())).collect();
    match keys.as_slice() {
        [only] => format!("its key is {only}"),
        keys => format!("its keys are {}", keys.join(", ")),
    }
}
