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
    /// The documentation in front of all other attributes, as it came: there is much of it, and it is seldom asked.
    pub(crate) docs: TokenStream,
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
    ///
    /// What lies in braces is not looked into before it is known whose they are.
    pub(crate) fn parse(tokens: TokenStream, meter: Meter, errors: &mut Diagnostics) -> Self {
        let all = ungrouped(tokens.clone());
        let mut rest = &*all;
        if let Ok((docs, attrs)) = attributes(&mut rest) {
            if let Some((function, [])) = Function::read(rest) {
                return Self::Function(Box::new(Function { docs, attrs, ..function }));
            }
            if let Some((block, [])) = Block::read(rest) {
                let attrs = [parsed(docs), attrs].concat();
                return Self::Block(Box::new(Block { attrs, ..block }));
            }
        }
        let item = |input: ParseStream| {
            let attrs = input.call(Attribute::parse_outer)?;
            let error = signature(&input.fork()).err();
            let rest = input.parse()?;
            errors
                .absorb(misplaced(&rest, meter).or(error).unwrap_or_else(|| syn::Error::new_spanned(&rest, "no item")));
            Ok(Self::Other(Other { attrs, rest }))
        };
        item.parse2(tokens.clone()).unwrap_or_else(|error| {
            errors.absorb(error);
            Self::Other(Other { attrs: Vec::new(), rest: tokens })
        })
    }
}

impl ToTokens for Function {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.with(&self.sig, &self.body, self.braces).to_tokens(tokens);
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

    /// What its documentation says, attribute for attribute.
    pub(crate) fn documentation(&self) -> Vec<Attribute> {
        [parsed(self.docs.clone()), self.attrs.clone()].concat()
    }

    /// The same function with another signature and another body.
    pub(crate) fn with(&self, sig: &Signature, body: &TokenStream, braces: Span) -> TokenStream {
        let Self { docs, attrs, vis, inner_attrs, .. } = self;
        let mut block = Group::new(Delimiter::Brace, quote!(#(#inner_attrs)* #body));
        block.set_span(braces);
        quote!(#docs #(#attrs)* #vis #sig #block)
    }

    /// Reads a function without its attributes, and tells what comes behind it.
    pub(super) fn read(tokens: &[TokenTree]) -> Option<(Self, &[TokenTree])> {
        let is_end = |token: &TokenTree| matches!(token, TokenTree::Punct(end) if end.as_char() == ';');
        let pairs = tokens.windows(2).take_while(|pair| pair.first().is_some_and(|token| braces(token).is_none()));
        if !pairs.take_while(|pair| !pair.iter().any(is_end)).any(is_named_fn) {
            return None;
        }
        // Braces before the body's are those of a constant argument, and then what comes before them is no signature.
        let ends = tokens.iter().enumerate().take_while(|(_, token)| !is_end(token));
        ends.filter_map(|(at, token)| Some((at, braces(token)?))).find_map(|(at, group)| {
            let (head, rest) = tokens.split_at_checked(at)?;
            let (vis, sig) = signature.parse2(head.iter().cloned().collect()).ok()?;
            let (inner_attrs, body) = body(group.stream()).ok()?;
            let function =
                Self { docs: TokenStream::new(), attrs: Vec::new(), vis, sig, inner_attrs, body, braces: group.span() };
            Some((function, rest.get(1..)?))
        })
    }
}

/// The tokens of items, without the invisible groups in which a `macro_rules!` hands on an item or a body.
pub(super) fn ungrouped(tokens: TokenStream) -> Vec<TokenTree> {
    let mut all = Vec::new();
    for token in tokens {
        match &token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
                let within = ungrouped(group.stream());
                let is_end = |last: &TokenTree| matches!(last, TokenTree::Punct(end) if end.as_char() == ';');
                match within.last() {
                    Some(last) if is_end(last) || braces(last).is_some() => all.extend(within),
                    _ => all.push(token),
                }
            }
            _ => all.push(token),
        }
    }
    all
}

/// Takes the attributes off that an item begins with: documentation in front of all others, and these.
pub(super) fn attributes(tokens: &mut &[TokenTree]) -> syn::Result<(TokenStream, Vec<Attribute>)> {
    let (mut docs, mut others) = (TokenStream::new(), TokenStream::new());
    while let [hash @ TokenTree::Punct(punct), group @ TokenTree::Group(content), rest @ ..] = *tokens
        && punct.as_char() == '#'
        && content.delimiter() == Delimiter::Bracket
    {
        let taken = if others.is_empty() && is_documentation(content) { &mut docs } else { &mut others };
        taken.extend([hash.clone(), group.clone()]);
        *tokens = rest;
    }
    let others = if others.is_empty() { Vec::new() } else { Attribute::parse_outer.parse2(others)? };
    Ok((docs, others))
}

fn is_documentation(attribute: &Group) -> bool {
    let mut tokens = attribute.stream().into_iter();
    matches!(tokens.next(), Some(TokenTree::Ident(word)) if word == "doc")
        && matches!(tokens.next(), Some(TokenTree::Punct(equals)) if equals.as_char() == '=')
}

/// The attributes that documentation is; none of what is no attribute.
fn parsed(docs: TokenStream) -> Vec<Attribute> {
    Attribute::parse_outer.parse2(docs).unwrap_or_default()
}

/// The group in braces that a token is.
pub(super) fn braces(token: &TokenTree) -> Option<&Group> {
    match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => Some(group),
        _ => None,
    }
}

/// The `fn` in front of a function's name; the one of a function pointer's type has no name behind it.
fn is_named_fn(pair: &[TokenTree]) -> bool {
    matches!(pair, [TokenTree::Ident(word), TokenTree::Ident(_)] if word == "fn")
}

fn signature(input: ParseStream) -> syn::Result<(Visibility, Signature)> {
    Ok((input.parse()?, input.parse()?))
}

/// The statements of a body, behind its attributes.
fn body(content: TokenStream) -> syn::Result<(Vec<Attribute>, TokenStream)> {
    let mut first = content.clone().into_iter();
    let is = |token: Option<TokenTree>, mark: char| matches!(token, Some(TokenTree::Punct(it)) if it.as_char() == mark);
    if !(is(first.next(), '#') && is(first.next(), '!')) {
        return Ok((Vec::new(), content));
    }
    let behind = |input: ParseStream| Ok((input.call(Attribute::parse_inner)?, input.parse()?));
    behind.parse2(content)
}

/// Whether one of the attributes in an attribute is `naked`, which has no arguments.
fn holds_naked(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(word) => word == "naked",
        TokenTree::Group(group) => holds_naked(group.stream()),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
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

/// The `fn` in front of a function's name.
fn function_keyword(item: &TokenStream) -> Option<Ident> {
    let tokens: Vec<TokenTree> = item.clone().into_iter().collect();
    tokens.windows(2).find(|pair| is_named_fn(pair)).and_then(|pair| match pair {
        [TokenTree::Ident(word), ..] => Some(word.clone()),
        _ => None,
    })
}
