//! Helper attributes of the derives, such as `#[label(rename = "..")]`: lists of keys, each with its value.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::{
    Attribute, Expr, ExprLit, Lit, LitStr, Meta, Path, Token,
    ext::IdentExt,
    parenthesized,
    parse::{ParseStream, Parser},
    punctuated::Punctuated,
    token,
};

use crate::{
    derive::case::Case,
    diagnostics::Diagnostics,
    parse::{Buckets, list},
    suggest,
};

/// A helper attribute and the table of its keys: the name of each, and what it takes.
pub(super) struct Helper {
    pub(super) name: &'static str,
    pub(super) keys: &'static [(&'static str, &'static str)],
}

/// A key that stands in an attribute.
pub(super) struct Key {
    pub(super) ident: Ident,
    pub(super) name: &'static str,
    usage: &'static str,
}

/// What the user wrote after a key, with the key.
pub(super) struct Entry<T> {
    pub(super) key: Ident,
    pub(super) value: T,
}

impl Helper {
    /// Reads all attributes of this name; what is wrong with an entry is reported, and the next one read.
    pub(super) fn read(
        &self,
        attrs: &[Attribute],
        errors: &mut Diagnostics,
        mut entry: impl FnMut(Key, ParseStream, &mut Diagnostics) -> syn::Result<()>,
    ) {
        for attr in attrs.iter().filter(|attr| attr.path().is_ident(self.name)) {
            let Meta::List(meta) = &attr.meta else {
                errors.report(&attr.meta, format_args!("`{}` takes a list; {}", self.name, self.listed()));
                continue;
            };
            let read = |input: ParseStream| {
                list::read(input, errors, |input, errors| self.key(input).and_then(|key| entry(key, input, errors)))
            };
            if let Err(error) = read.parse2(meta.tokens.clone()) {
                errors.absorb(error);
            }
        }
    }

    fn key(&self, input: ParseStream) -> syn::Result<Key> {
        if !input.peek(Ident::peek_any) {
            return Err(input.error(format_args!("expected a key of `{}`; {}", self.name, self.listed())));
        }
        let ident = input.call(Ident::parse_any)?;
        let name = ident.unraw().to_string();
        match self.keys.iter().find(|(key, _)| *key == name) {
            Some(&(name, usage)) => Ok(Key { ident, name, usage }),
            None => {
                let nearest = suggest::closest(&name, self.keys.iter().map(|(key, _)| *key));
                let remedy = nearest.map_or_else(|| self.listed(), |key| format!("did you mean `{key}`?"));
                Err(syn::Error::new(ident.span(), format_args!("`{name}` is no key of `{}`; {remedy}", self.name)))
            }
        }
    }

    fn listed(&self) -> String {
        match self.keys {
            [(only, _)] => format!("its key is `{only}`"),
            keys => {
                let keys: Vec<String> = keys.iter().map(|(key, _)| format!("`{key}`")).collect();
                format!("its keys are {}", keys.join(", "))
            }
        }
    }
}

impl Key {
    /// A text, which is not empty.
    pub(super) fn text(&self, input: ParseStream) -> syn::Result<LitStr> {
        match self.assigned(input)? {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) if text.value().is_empty() => {
                Err(syn::Error::new(text.span(), format_args!("`{}` is empty; write a name or drop it", self.name)))
            }
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Ok(text),
            other => Err(self.misshapen(other)),
        }
    }

    /// Buckets.
    pub(super) fn buckets(&self, input: ParseStream) -> syn::Result<Buckets> {
        Buckets::of(self.assigned(input)?, |other| self.misshapen(other))
    }

    /// A number or the path of a constant.
    pub(super) fn number(&self, input: ParseStream) -> syn::Result<Expr> {
        match self.assigned(input)? {
            number @ (Expr::Lit(ExprLit { lit: Lit::Float(_), .. }) | Expr::Path(_)) => Ok(number),
            other => Err(self.misshapen(other)),
        }
    }

    pub(super) fn case(&self, input: ParseStream) -> syn::Result<Case> {
        let text = self.text(input)?;
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

    pub(super) fn path(&self, input: ParseStream) -> syn::Result<Path> {
        self.equals(input)?;
        if input.is_empty() {
            return Err(self.misshapen(&self.ident));
        }
        input.call(Path::parse_mod_style).map_err(|error| syn::Error::new(error.span(), self.told()))
    }

    pub(super) fn truth(&self, input: ParseStream) -> syn::Result<bool> {
        match self.assigned(input)? {
            Expr::Lit(ExprLit { lit: Lit::Bool(truth), .. }) => Ok(truth.value),
            other => Err(self.misshapen(other)),
        }
    }

    pub(super) fn flag(&self, input: ParseStream) -> syn::Result<()> {
        if input.is_empty() || input.peek(Token![,]) { Ok(()) } else { Err(self.misshapen(&self.ident)) }
    }

    /// Names between parentheses, at least one.
    pub(super) fn names(&self, input: ParseStream) -> syn::Result<Vec<Ident>> {
        if !input.peek(token::Paren) {
            return Err(self.misshapen(&self.ident));
        }
        let list;
        parenthesized!(list in input);
        let names = Punctuated::<Ident, Token![,]>::parse_terminated_with(&list, Ident::parse_any);
        let names = names.map_err(|error| {
            // What is left would be a second mistake.
            let _ = list.parse::<TokenStream>();
            syn::Error::new(error.span(), self.told())
        })?;
        if names.is_empty() {
            return Err(syn::Error::new(
                self.ident.span(),
                format_args!("`{}` is empty; name a label or drop it", self.name),
            ));
        }
        Ok(names.into_iter().collect())
    }

    /// A word between parentheses, which must be this one.
    pub(super) fn word(&self, input: ParseStream, word: &str) -> syn::Result<()> {
        match self.names(input)?.as_slice() {
            [only] if only == word => Ok(()),
            _ => Err(self.misshapen(&self.ident)),
        }
    }

    /// Keeps a key's value; the second one of the same key is reported.
    pub(super) fn put<T>(self, slot: &mut Option<Entry<T>>, value: T, errors: &mut Diagnostics) {
        match slot {
            Some(_) => errors.report(&self.ident, format_args!("`{}` is given twice; drop one", self.name)),
            None => *slot = Some(Entry { key: self.ident, value }),
        }
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

    fn misshapen(&self, at: impl ToTokens) -> syn::Error {
        syn::Error::new_spanned(at, self.told())
    }

    fn told(&self) -> String {
        format!("`{}` {}", self.name, self.usage)
    }
}

/// What a `macro_rules!` wrapped in an invisible group when it handed the tokens through.
fn ungrouped(value: Expr) -> Expr {
    match value {
        Expr::Group(group) => ungrouped(*group.expr),
        other => other,
    }
}
