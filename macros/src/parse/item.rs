//! What an attribute is put on.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{
    Attribute, Meta, PatIdent, Signature, Visibility,
    parse::{ParseStream, Parser},
    visit_mut::{self, VisitMut},
};

use crate::{diagnostics::Diagnostics, meter::Meter, parse::Block};

/// A function, a block of them, or anything else, which is handed back as it came.
pub(crate) enum Item {
    Function(Box<Function>),
    Block(Box<Block>),
    Other(Other),
}

/// A function whose body stays tokens: one that is half typed, or newer than our parser, is no business of ours.
#[derive(Clone)]
pub(crate) struct Function {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) sig: Signature,
    /// The `#![..]` at the start of the body.
    pub(crate) inner_attrs: Vec<Attribute>,
    pub(crate) body: TokenStream,
    /// Where the braces around the body are.
    pub(crate) braces: Span,
}

/// An item that cannot be measured.
pub(crate) struct Other {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) rest: TokenStream,
}

/// The names that the patterns of a signature bind.
struct Arguments(Vec<Ident>);

impl VisitMut for Arguments {
    fn visit_pat_ident_mut(&mut self, pattern: &mut PatIdent) {
        self.0.push(pattern.ident.clone());
        visit_mut::visit_pat_ident_mut(self, pattern);
    }
}

impl Item {
    /// Reads the item; one that is neither a function with a body nor a block is reported.
    pub(crate) fn parse(tokens: TokenStream, meter: Meter, errors: &mut Diagnostics) -> Self {
        let item = |input: ParseStream| {
            let attrs = input.call(Attribute::parse_outer)?;
            let function = Function::parse(&input.fork());
            let block = Block::parse(&input.fork());
            let rest = input.parse()?;
            Ok(match (function, block) {
                (Ok(function), _) => Self::Function(Box::new(Function { attrs, ..function })),
                (_, Ok(block)) => Self::Block(Box::new(Block { attrs, ..block })),
                (Err(error), Err(_)) => {
                    errors.absorb(misplaced(&rest, meter).unwrap_or(error));
                    Self::Other(Other { attrs, rest })
                }
            })
        };
        item.parse2(tokens.clone()).unwrap_or_else(|error| {
            errors.absorb(error);
            Self::Other(Other { attrs: Vec::new(), rest: tokens })
        })
    }
}

impl ToTokens for Function {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { attrs, vis, sig, inner_attrs, body, braces } = self;
        let mut block = Group::new(Delimiter::Brace, quote!(#(#inner_attrs)* #body));
        block.set_span(*braces);
        tokens.extend(quote!(#(#attrs)* #vis #sig #block));
    }
}

impl Function {
    /// The names of its arguments, those within patterns among them.
    pub(crate) fn arguments(&self) -> Vec<Ident> {
        let mut arguments = Arguments(Vec::new());
        arguments.visit_signature_mut(&mut self.sig.clone());
        arguments.0
    }

    /// The attribute by which the function has no body but its assembly, be it under a condition.
    pub(crate) fn naked(&self) -> Option<&Attribute> {
        self.attrs.iter().find(|attr| match &attr.meta {
            Meta::Path(path) => path.is_ident("naked"),
            Meta::List(list) => {
                let is_outer = list.path.is_ident("unsafe") || list.path.is_ident("cfg_attr");
                is_outer && holds_naked(list.tokens.clone())
            }
            Meta::NameValue(_) => false,
        })
    }

    pub(super) fn parse(input: ParseStream) -> syn::Result<Self> {
        let (vis, sig) = (input.parse()?, input.parse()?);
        let (content, braces) = input.step(|cursor| match cursor.group(Delimiter::Brace) {
            Some((content, span, rest)) => Ok(((content.token_stream(), span.join()), rest)),
            None => Err(cursor.error("expected the function's body")),
        })?;
        let (inner_attrs, body) = body.parse2(content)?;
        Ok(Self { attrs: Vec::new(), vis, sig, inner_attrs, body, braces })
    }
}

/// Whether one of the attributes in an attribute is `naked`, which has no arguments.
fn holds_naked(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(word) => word == "naked",
        TokenTree::Group(group) => holds_naked(group.stream()),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

fn body(input: ParseStream) -> syn::Result<(Vec<Attribute>, TokenStream)> {
    Ok((input.call(Attribute::parse_inner)?, input.parse()?))
}

/// The error for an item that is plainly something else than a function with a body.
fn misplaced(item: &TokenStream, meter: Meter) -> Option<syn::Error> {
    let meter = meter.as_str();
    if let Some(keyword) = function_keyword(item) {
        let is_bodiless =
            matches!(item.clone().into_iter().last(), Some(TokenTree::Punct(end)) if end.as_char() == ';');
        let message = format!("`fn` has no body to measure; put `{meter}` on the functions that implement it");
        return is_bodiless.then(|| syn::Error::new(keyword.span(), message));
    }
    let modifiers = ["auto", "default", "pub", "unsafe"];
    let keyword = item.clone().into_iter().find_map(|token| match token {
        TokenTree::Ident(word) if !modifiers.iter().any(|modifier| word == modifier) => Some(word),
        _ => None,
    })?;
    let message = match keyword.to_string().as_str() {
        "impl" => format!("this `impl` block cannot be read; put `{meter}` on its methods"),
        "mod" => format!("`mod` has its functions in another file; put `{meter}` on them"),
        "trait" => format!("`trait` is no function; put `{meter}` on its methods that have a body"),
        _ => format!("`{keyword}` is no function; put `{meter}` on a function"),
    };
    Some(syn::Error::new(keyword.span(), message))
}

/// The `fn` in front of a function's name; the one of a function pointer's type has no name behind it.
fn function_keyword(item: &TokenStream) -> Option<Ident> {
    let following = item.clone().into_iter().skip(1);
    item.clone().into_iter().zip(following).find_map(|pair| match pair {
        (TokenTree::Ident(word), TokenTree::Ident(_)) if word == "fn" => Some(word),
        _ => None,
    })
}
