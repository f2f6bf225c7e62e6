//! The value of `labels`: the labels of an attribute, each with the expression that is its value.

use proc_macro2::{Ident, TokenStream};
use syn::{
    Expr, ExprLit, ExprPath, Lit, LitStr, Member, Token, ext::IdentExt, parenthesized, parse::ParseStream, token,
};

use crate::{
    diagnostics::Diagnostics,
    parse::{
        jumps, list,
        value::{Written, ungrouped},
    },
};

/// One label: `name = value`, or an argument's name alone.
#[derive(Clone)]
pub(crate) struct Label {
    /// As it is exported, where the user wrote it.
    pub(crate) name: LitStr,
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

/// Labels between parentheses, at least one.
pub(super) fn labels(written: &Written, input: ParseStream, errors: &mut Diagnostics) -> syn::Result<Vec<Label>> {
    if !input.peek(token::Paren) {
        return Err(written.misshapen(&written.ident));
    }
    let list;
    parenthesized!(list in input);
    if list.is_empty() {
        errors.report(&written.ident, "`labels` is empty; name a label or drop it");
    }
    let mut labels = Vec::new();
    list::read(&list, errors, |input, errors| {
        let label = label(input)?;
        stays(&label.value, errors);
        labels.push(label);
        Ok(())
    })?;
    Ok(labels)
}

/// A label's value is read before the call begins: it neither leaves the function nor waits.
fn stays(value: &Expr, errors: &mut Diagnostics) {
    for jump in jumps::of(value) {
        let remedy = match jump.name {
            "?" => "say what it is instead, as `unwrap_or` does",
            ".await" => "await it before, and pass it as an argument",
            _ => "write an expression that has a value",
        };
        let message =
            format!("`{}` cannot stand in a label, which is read before the call begins; {remedy}", jump.name);
        errors.report(&jump.token, message);
    }
}

fn label(input: ParseStream) -> syn::Result<Label> {
    let ahead = input.fork();
    if let Ok(name) = ahead.parse::<LitStr>()
        && is_assigned(&ahead)
    {
        input.parse::<LitStr>()?;
        return assigned(name, input);
    }
    let ahead = input.fork();
    match ahead.call(Ident::parse_any) {
        Ok(name) if is_assigned(&ahead) => {
            input.call(Ident::parse_any)?;
            assigned(text(&name), input)
        }
        Ok(name) if ahead.is_empty() || ahead.peek(Token![,]) => {
            let keyword =
                |_| syn::Error::new(name.span(), format_args!("`{name}` is no argument's name; write `label = value`"));
            let name: Ident = input.parse().map_err(keyword)?;
            let value = ExprPath { attrs: Vec::new(), qself: None, path: name.clone().into() };
            Ok(Label { name: text(&name), value: Expr::Path(value), displayed: false, cap: None })
        }
        _ => {
            let LabelExpr { value, displayed, cap } = label_expr(input)?;
            let argument = match &value {
                Expr::Path(path) if displayed || cap.is_some() => path.path.get_ident().cloned(),
                _ => None,
            };
            if let Some(name) = argument {
                return Ok(Label { name: text(&name), value, displayed, cap });
            }
            let name = proposed_label(&value);
            Err(syn::Error::new_spanned(value, format_args!("this label has no name; write `{name} = ..`")))
        }
    }
}

fn is_assigned(input: ParseStream) -> bool {
    input.peek(Token![=]) && !input.peek(Token![==])
}

/// The label of this name, whose value comes behind `=`.
fn assigned(name: LitStr, input: ParseStream) -> syn::Result<Label> {
    input.parse::<Token![=]>()?;
    if input.is_empty() || input.peek(Token![,]) {
        let text = name.value();
        let left = if syn::parse_str::<Ident>(&text).is_ok() { text.clone() } else { format!("{text:?}") };
        return Err(syn::Error::new(name.span(), format_args!("label `{text}` has no value; write `{left} = ..`")));
    }
    let LabelExpr { value, displayed, cap } = label_expr(input)?;
    Ok(Label { name, value, displayed, cap })
}

/// An identifier as the label's name that it stands for.
pub(super) fn text(name: &Ident) -> LitStr {
    LitStr::new(&name.unraw().to_string(), name.span())
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
