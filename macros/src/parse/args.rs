//! The list between an attribute's parentheses.

use proc_macro2::{Ident, TokenStream};
use syn::{
    Expr, LitStr, Path,
    ext::IdentExt,
    parse::{ParseStream, Parser},
};

use crate::{
    diagnostics::Diagnostics,
    meter::Meter,
    parse::{
        Buckets, Key, list,
        value::{self, Label},
    },
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
}

/// A key of the derive, where an attribute leaves nothing to choose.
const UNIT: &str = "durations are in seconds and calls are counted, so there is no unit to choose; `unit` belongs to \
                    fields of `#[derive(Metrics)]`";

/// What the user wrote after a key, with the key.
#[derive(Clone)]
pub(crate) struct Entry<T> {
    pub(crate) key: Ident,
    pub(crate) value: T,
}

/// The entries of one attribute, each of the right shape.
#[derive(Clone, Default)]
pub(crate) struct Args {
    pub(crate) name: Option<Entry<Expr>>,
    pub(crate) function: Option<Entry<LitStr>>,
    pub(crate) help: Option<Entry<LitStr>>,
    pub(crate) labels: Option<Entry<Vec<Label>>>,
    pub(crate) result: Option<Entry<()>>,
    /// A closure or a path.
    pub(crate) ok_if: Option<Entry<Expr>>,
    pub(crate) error_if: Option<Entry<Expr>>,
    pub(crate) error_kind: Option<Entry<()>>,
    pub(crate) buckets: Option<Entry<Buckets>>,
    pub(crate) poll: Option<Entry<()>>,
    /// Anything but a literal.
    pub(crate) slo: Option<Entry<Expr>>,
    pub(crate) as_is: Option<Entry<()>>,
    pub(crate) zero: Option<Entry<bool>>,
    pub(crate) krate: Option<Entry<Path>>,
    /// Keys whose value could not be read: they are no more missing than right.
    pub(crate) unread: Vec<Key>,
}

impl Args {
    /// Reads all entries; one that cannot be read is reported and left out.
    pub(crate) fn parse(tokens: TokenStream, meter: Meter, errors: &mut Diagnostics) -> Self {
        let mut args = Self::default();
        let list = |input: ParseStream| list::read(input, errors, |input, errors| args.entry(input, meter, errors));
        if let Err(error) = list.parse2(tokens) {
            errors.absorb(error);
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
            Self { error_kind: Some(_), .. } => Some(Judge::Kind),
            Self { result: Some(_), .. } => Some(Judge::Outcome),
            _ => None,
        }
    }

    fn entry(&mut self, input: ParseStream, meter: Meter, errors: &mut Diagnostics) -> syn::Result<()> {
        if !input.peek(Ident::peek_any) {
            return Err(input.error(format_args!("expected a key of `{}`; {}", meter.as_str(), keys(meter))));
        }
        let ident = input.call(Ident::parse_any)?;
        let name = ident.unraw().to_string();
        match name.parse() {
            Ok(key) => self.value(key, ident, input, errors).inspect_err(|_| self.unread.push(key)),
            Err(()) if name == "unit" => Err(syn::Error::new(ident.span(), UNIT)),
            Err(()) => {
                let nearest = suggest::closest(&name, known(meter));
                let remedy = nearest.map_or_else(|| keys(meter), |key| format!("did you mean `{key}`?"));
                Err(syn::Error::new(ident.span(), format_args!("`{name}` is no key of `{}`; {remedy}", meter.as_str())))
            }
        }
    }

    fn value(&mut self, key: Key, ident: Ident, input: ParseStream, errors: &mut Diagnostics) -> syn::Result<()> {
        match key {
            Key::Name => put(&mut self.name, value::name(input, &ident)?, ident, errors),
            Key::Function => put(&mut self.function, value::filled(input, &ident, key)?, ident, errors),
            Key::Help => put(&mut self.help, value::text(input, &ident, key)?, ident, errors),
            Key::Labels => put(&mut self.labels, value::labels(input, &ident, errors)?, ident, errors),
            Key::Result => put(&mut self.result, value::flag(input, &ident, key)?, ident, errors),
            Key::OkIf => put(&mut self.ok_if, value::judge(input, &ident, key)?, ident, errors),
            Key::ErrorIf => put(&mut self.error_if, value::judge(input, &ident, key)?, ident, errors),
            Key::ErrorKind => put(&mut self.error_kind, value::flag(input, &ident, key)?, ident, errors),
            Key::Buckets => put(&mut self.buckets, value::buckets(input, &ident)?, ident, errors),
            Key::Poll => put(&mut self.poll, value::flag(input, &ident, key)?, ident, errors),
            Key::Slo => put(&mut self.slo, value::slo(input, &ident)?, ident, errors),
            Key::AsIs => put(&mut self.as_is, value::flag(input, &ident, key)?, ident, errors),
            Key::Zero => put(&mut self.zero, value::truth(input, &ident, key)?, ident, errors),
            Key::Crate => put(&mut self.krate, value::path(input, &ident)?, ident, errors),
        }
        Ok(())
    }
}

fn put<T>(slot: &mut Option<Entry<T>>, value: T, key: Ident, errors: &mut Diagnostics) {
    match slot {
        Some(_) => errors.report(&key, format_args!("`{key}` is given twice; drop one")),
        None => *slot = Some(Entry { key, value }),
    }
}

fn known(meter: Meter) -> impl Iterator<Item = &'static str> {
    Key::ALL.into_iter().filter(move |&key| meter.refusal(key).is_none()).map(Key::as_str)
}

fn keys(meter: Meter) -> String {
    let keys: Vec<String> = known(meter).map(|key| format!("`{key}`")).collect();
    format!("its keys are {}", keys.join(", "))
}
