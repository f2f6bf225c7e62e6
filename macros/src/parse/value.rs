//! The values of keys: the shape of each, and the error that says which shape it should have.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::{
    Expr, ExprLit, Lit, LitStr, Path, Token, ext::IdentExt, parenthesized, parse::ParseStream, punctuated::Punctuated,
    token,
};

pub(super) use crate::parse::label::labels;
use crate::{
    diagnostics::Diagnostics,
    parse::{Buckets, Key, case::Case, label},
    suggest,
};

/// A key that stands in an attribute.
pub(super) struct Written {
    pub(super) key: Key,
    pub(super) ident: Ident,
}

/// A literal, or what stands for one: a constant, `concat!(..)`.
pub(super) fn name(written: &Written, input: ParseStream, _: &mut Diagnostics) -> syn::Result<Expr> {
    match written.assigned(input)? {
        name @ (Expr::Lit(ExprLit { lit: Lit::Str(_), .. }) | Expr::Path(_) | Expr::Macro(_)) => Ok(name),
        other => Err(written.misshapen(other)),
    }
}

pub(super) fn text(written: &Written, input: ParseStream, _: &mut Diagnostics) -> syn::Result<LitStr> {
    match written.assigned(input)? {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Ok(text),
        other => Err(written.misshapen(other)),
    }
}

/// A text that says something: Prometheus takes a label without a value for none.
pub(super) fn filled(written: &Written, input: ParseStream, errors: &mut Diagnostics) -> syn::Result<LitStr> {
    let filled = text(written, input, errors)?;
    if filled.value().is_empty() {
        let message = format!("`{}` is empty; write a name or drop it", written.ident);
        return Err(syn::Error::new(filled.span(), message));
    }
    Ok(filled)
}

pub(super) fn buckets(written: &Written, input: ParseStream, _: &mut Diagnostics) -> syn::Result<Buckets> {
    Buckets::of(written.assigned(input)?, |other| written.misshapen(other))
}

/// A number or the path of a constant.
pub(super) fn number(written: &Written, input: ParseStream, _: &mut Diagnostics) -> syn::Result<Expr> {
    match written.assigned(input)? {
        number @ (Expr::Lit(ExprLit { lit: Lit::Float(_), .. }) | Expr::Path(_)) => Ok(number),
        other => Err(written.misshapen(other)),
    }
}

pub(super) fn flag(written: &Written, input: ParseStream, _: &mut Diagnostics) -> syn::Result<()> {
    if input.is_empty() || input.peek(Token![,]) { Ok(()) } else { Err(written.misshapen(&written.ident)) }
}

/// Which items of a stream say how its call has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Items {
    All,
    Last,
    Ignored,
}

pub(super) fn items(written: &Written, input: ParseStream, errors: &mut Diagnostics) -> syn::Result<Items> {
    if !input.peek(Token![=]) {
        return flag(written, input, errors).map(|()| Items::All);
    }
    match written.assigned(input)? {
        Expr::Path(path) if path.path.is_ident("last") => Ok(Items::Last),
        Expr::Path(path) if path.path.is_ident("ignore") => Ok(Items::Ignored),
        other => Err(written.misshapen(other)),
    }
}

pub(super) fn truth(written: &Written, input: ParseStream, _: &mut Diagnostics) -> syn::Result<bool> {
    match written.assigned(input)? {
        Expr::Lit(ExprLit { lit: Lit::Bool(truth), .. }) => Ok(truth.value),
        other => Err(written.misshapen(other)),
    }
}

/// A closure or a path.
pub(super) fn judge(written: &Written, input: ParseStream, _: &mut Diagnostics) -> syn::Result<Expr> {
    match written.assigned(input)? {
        judge @ (Expr::Closure(_) | Expr::Path(_)) => Ok(judge),
        other => Err(written.misshapen(other)),
    }
}

/// Nothing, or a closure or a path.
pub(super) fn flag_or_judge(
    written: &Written,
    input: ParseStream,
    errors: &mut Diagnostics,
) -> syn::Result<Option<Expr>> {
    if input.peek(Token![=]) {
        judge(written, input, errors).map(Some)
    } else {
        flag(written, input, errors).map(|()| None)
    }
}

/// The path of a static.
pub(super) fn place(written: &Written, input: ParseStream, _: &mut Diagnostics) -> syn::Result<Expr> {
    match written.assigned(input)? {
        Expr::Reference(reference) if reference.mutability.is_none() && matches!(*reference.expr, Expr::Path(_)) => {
            Ok(*reference.expr)
        }
        place @ Expr::Path(_) => Ok(place),
        other => Err(written.misshapen(other)),
    }
}

/// Anything but a literal.
pub(super) fn slo(written: &Written, input: ParseStream, _: &mut Diagnostics) -> syn::Result<Expr> {
    match written.assigned(input)? {
        literal @ (Expr::Lit(_) | Expr::Array(_) | Expr::Tuple(_)) => Err(written.misshapen(literal)),
        slo => Ok(slo),
    }
}

pub(super) fn path(written: &Written, input: ParseStream, _: &mut Diagnostics) -> syn::Result<Path> {
    written.equals(input)?;
    if input.is_empty() {
        return Err(written.misshapen(&written.ident));
    }
    input.call(Path::parse_mod_style).map_err(|error| syn::Error::new(error.span(), written.key.usage()))
}

pub(super) fn case(written: &Written, input: ParseStream, errors: &mut Diagnostics) -> syn::Result<Case> {
    let text = filled(written, input, errors)?;
    let name = text.value();
    Case::ALL.into_iter().find(|case| case.as_str() == name).ok_or_else(|| {
        let cases = Case::ALL.map(Case::as_str);
        let remedy = match suggest::closest(&name, cases) {
            Some(case) => format!("did you mean `{case}`?"),
            None => format!("the cases are `{}`", cases.join("`, `")),
        };
        syn::Error::new(text.span(), format_args!("`{name}` is no case; {remedy}"))
    })
}

/// Names of labels between parentheses, at least one: identifiers or texts.
pub(super) fn names(written: &Written, input: ParseStream, _: &mut Diagnostics) -> syn::Result<Vec<LitStr>> {
    if !input.peek(token::Paren) {
        return Err(written.misshapen(&written.ident));
    }
    let list;
    parenthesized!(list in input);
    let name = |input: ParseStream| {
        if input.peek(LitStr) { input.parse() } else { input.call(Ident::parse_any).map(|name| label::text(&name)) }
    };
    let names = Punctuated::<LitStr, Token![,]>::parse_terminated_with(&list, name).map_err(|error| {
        // What is left would be a second mistake.
        let _ = list.parse::<TokenStream>();
        syn::Error::new(error.span(), written.key.usage())
    })?;
    if names.is_empty() {
        let message = format!("`{}` is empty; name a label or drop it", written.ident);
        return Err(syn::Error::new(written.ident.span(), message));
    }
    Ok(names.into_iter().collect())
}

/// The word `ok` between parentheses.
pub(super) fn ok(written: &Written, input: ParseStream, errors: &mut Diagnostics) -> syn::Result<()> {
    match names(written, input, errors)?.as_slice() {
        [only] if only.value() == "ok" => Ok(()),
        _ => Err(written.misshapen(&written.ident)),
    }
}

impl Written {
    pub(super) fn misshapen(&self, at: impl ToTokens) -> syn::Error {
        syn::Error::new_spanned(at.into_token_stream(), self.key.usage())
    }

    fn assigned(&self, input: ParseStream) -> syn::Result<Expr> {
        self.equals(input)?;
        // An error at the end of the list has no token but the whole attribute.
        if input.is_empty() {
            return Err(self.misshapen(&self.ident));
        }
        input.parse().map(ungrouped)
    }

    fn equals(&self, input: ParseStream) -> syn::Result<()> {
        if input.peek(Token![=]) { input.parse::<Token![=]>().map(drop) } else { Err(self.misshapen(&self.ident)) }
    }
}

/// What a `macro_rules!` wrapped in an invisible group when it handed the tokens through.
pub(super) fn ungrouped(value: Expr) -> Expr {
    match value {
        Expr::Group(group) => ungrouped(*group.expr),
        other => other,
    }
}
