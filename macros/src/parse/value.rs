//! The values of an attribute's keys: the shape of each, and the error that says which shape it should have.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::{
    Expr, ExprLit, ExprPath, Lit, LitStr, Member, Path, Token, ext::IdentExt, parenthesized, parse::ParseStream, token,
};

use crate::{
    diagnostics::Diagnostics,
    parse::{Buckets, Key, list},
};

/// One label: `name = value`, or an argument's name alone.
#[derive(Clone)]
pub(crate) struct Label {
    pub(crate) name: Ident,
    pub(crate) value: Expr,
    /// Whether the value is written as it is displayed: `%value`.
    pub(crate) displayed: bool,
    /// The most values that there may be: `cap(value, most)`.
    pub(crate) cap: Option<Expr>,
}

/// What may stand for a label's value.
struct LabelExpr {
    value: Expr,
    displayed: bool,
    cap: Option<Expr>,
}

pub(super) fn name(input: ParseStream, key: &Ident) -> syn::Result<Expr> {
    match assigned(input, key, Key::Name)? {
        name @ (Expr::Lit(ExprLit { lit: Lit::Str(_), .. }) | Expr::Path(_) | Expr::Macro(_)) => Ok(name),
        other => Err(misshapen(other, Key::Name)),
    }
}

pub(super) fn text(input: ParseStream, key: &Ident, kind: Key) -> syn::Result<LitStr> {
    match assigned(input, key, kind)? {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Ok(text),
        other => Err(misshapen(other, kind)),
    }
}

/// A text that says something: Prometheus takes a label without a value for none.
pub(super) fn filled(input: ParseStream, key: &Ident, kind: Key) -> syn::Result<LitStr> {
    let filled = text(input, key, kind)?;
    if filled.value().is_empty() {
        return Err(syn::Error::new(filled.span(), format!("`{key}` is empty; write a name or drop it")));
    }
    Ok(filled)
}

pub(super) fn buckets(input: ParseStream, key: &Ident) -> syn::Result<Buckets> {
    Buckets::of(assigned(input, key, Key::Buckets)?, |other| misshapen(other, Key::Buckets))
}

pub(super) fn flag(input: ParseStream, key: &Ident, kind: Key) -> syn::Result<()> {
    if input.is_empty() || input.peek(Token![,]) { Ok(()) } else { Err(misshapen(key, kind)) }
}

pub(super) fn truth(input: ParseStream, key: &Ident, kind: Key) -> syn::Result<bool> {
    match assigned(input, key, kind)? {
        Expr::Lit(ExprLit { lit: Lit::Bool(truth), .. }) => Ok(truth.value),
        other => Err(misshapen(other, kind)),
    }
}

pub(super) fn judge(input: ParseStream, key: &Ident, kind: Key) -> syn::Result<Expr> {
    match assigned(input, key, kind)? {
        judge @ (Expr::Closure(_) | Expr::Path(_)) => Ok(judge),
        other => Err(misshapen(other, kind)),
    }
}

pub(super) fn slo(input: ParseStream, key: &Ident) -> syn::Result<Expr> {
    match assigned(input, key, Key::Slo)? {
        literal @ (Expr::Lit(_) | Expr::Array(_) | Expr::Tuple(_)) => Err(misshapen(literal, Key::Slo)),
        slo => Ok(slo),
    }
}

pub(super) fn path(input: ParseStream, key: &Ident) -> syn::Result<Path> {
    equals(input, key, Key::Crate)?;
    if input.is_empty() {
        return Err(misshapen(key, Key::Crate));
    }
    input.call(Path::parse_mod_style).map_err(|error| syn::Error::new(error.span(), usage(Key::Crate)))
}

pub(super) fn labels(input: ParseStream, key: &Ident, errors: &mut Diagnostics) -> syn::Result<Vec<Label>> {
    if !input.peek(token::Paren) {
        return Err(misshapen(key, Key::Labels));
    }
    let list;
    parenthesized!(list in input);
    if list.is_empty() {
        errors.report(key, "`labels` is empty; name a label or drop it");
    }
    let mut labels = Vec::new();
    list::read(&list, errors, |input, _| label(input).map(|label| labels.push(label)))?;
    Ok(labels)
}

fn label(input: ParseStream) -> syn::Result<Label> {
    let ahead = input.fork();
    match ahead.call(Ident::parse_any) {
        Ok(name) if ahead.peek(Token![=]) && !ahead.peek(Token![==]) => {
            input.call(Ident::parse_any)?;
            input.parse::<Token![=]>()?;
            if input.is_empty() || input.peek(Token![,]) {
                return Err(syn::Error::new(
                    name.span(),
                    format_args!("label `{name}` has no value; write `{name} = ..`"),
                ));
            }
            let LabelExpr { value, displayed, cap } = label_expr(input)?;
            Ok(Label { name, value, displayed, cap })
        }
        Ok(name) if ahead.is_empty() || ahead.peek(Token![,]) => {
            let keyword =
                |_| syn::Error::new(name.span(), format_args!("`{name}` is no argument's name; write `label = value`"));
            let name: Ident = input.parse().map_err(keyword)?;
            let value = ExprPath { attrs: Vec::new(), qself: None, path: name.clone().into() };
            Ok(Label { name, value: Expr::Path(value), displayed: false, cap: None })
        }
        _ => {
            let LabelExpr { value, displayed, cap } = label_expr(input)?;
            let argument = match &value {
                Expr::Path(path) if displayed || cap.is_some() => path.path.get_ident().cloned(),
                _ => None,
            };
            if let Some(name) = argument {
                return Ok(Label { name, value, displayed, cap });
            }
            let name = proposed_label(&value);
            Err(syn::Error::new_spanned(value, format_args!("this label has no name; write `{name} = ..`")))
        }
    }
}

fn label_expr(input: ParseStream) -> syn::Result<LabelExpr> {
    if input.peek(Token![%]) {
        let percent = input.parse::<Token![%]>()?;
        if input.is_empty() || input.peek(Token![,]) {
            return Err(syn::Error::new(percent.span, "`%` stands in front of a value; write `%value`"));
        }
        return Ok(LabelExpr { value: input.parse().map(ungrouped)?, displayed: true, cap: None });
    }
    let ahead = input.fork();
    if ahead.parse::<Ident>().is_ok_and(|name| name == "cap") && ahead.peek(token::Paren) {
        let cap: Ident = input.parse()?;
        let list;
        parenthesized!(list in input);
        return capped(&list).map_err(|_| {
            // What is left unread would be an error of its own.
            let _ = list.parse::<TokenStream>();
            syn::Error::new(
                cap.span(),
                "`cap` takes a value and how many of them there may be; write `cap(value, 100)`",
            )
        });
    }
    Ok(LabelExpr { value: input.parse().map(ungrouped)?, displayed: false, cap: None })
}

fn capped(list: ParseStream) -> syn::Result<LabelExpr> {
    let displayed = list.parse::<Option<Token![%]>>()?.is_some();
    let value = list.parse().map(ungrouped)?;
    list.parse::<Token![,]>()?;
    let cap = list.parse().map(ungrouped)?;
    list.parse::<Option<Token![,]>>()?;
    if list.is_empty() {
        Ok(LabelExpr { value, displayed, cap: Some(cap) })
    } else {
        Err(list.error("expected nothing"))
    }
}

/// What a label that holds `value` could be called.
fn proposed_label(value: &Expr) -> String {
    match value {
        Expr::Field(field) => match &field.member {
            Member::Named(name) => name.unraw().to_string(),
            Member::Unnamed(_) => proposed_label(&field.base),
        },
        Expr::Lit(ExprLit { lit: Lit::Str(name), .. }) if syn::parse_str::<Ident>(&name.value()).is_ok() => {
            name.value()
        }
        Expr::MethodCall(call) => proposed_label(&call.receiver),
        Expr::Reference(reference) => proposed_label(&reference.expr),
        Expr::Path(path) => {
            path.path.segments.last().map_or_else(|| "label".to_owned(), |last| last.ident.unraw().to_string())
        }
        _ => "label".to_owned(),
    }
}

fn assigned(input: ParseStream, key: &Ident, kind: Key) -> syn::Result<Expr> {
    equals(input, key, kind)?;
    // An error at the end of the list has no token but the whole attribute.
    if input.is_empty() {
        return Err(misshapen(key, kind));
    }
    input.parse().map(ungrouped)
}

fn equals(input: ParseStream, key: &Ident, kind: Key) -> syn::Result<()> {
    if input.peek(Token![=]) { input.parse::<Token![=]>().map(drop) } else { Err(misshapen(key, kind)) }
}

/// What a `macro_rules!` wrapped in an invisible group when it handed the tokens through.
pub(super) fn ungrouped(value: Expr) -> Expr {
    match value {
        Expr::Group(group) => ungrouped(*group.expr),
        other => other,
    }
}

fn misshapen(at: impl ToTokens, key: Key) -> syn::Error {
    syn::Error::new_spanned(at.into_token_stream(), usage(key))
}

fn usage(key: Key) -> String {
    format!("`{}` {}", key.as_str(), key.usage())
}
