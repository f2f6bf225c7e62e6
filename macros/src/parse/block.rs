//! An `impl` block or an inline module, taken apart into its members.
//!
//! Whatever is no function stays tokens, and so does what cannot be read: rustc has the better message for it.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{
    Attribute, GenericParam, Generics, Ident, ItemImpl, Token, Type, TypeParamBound, Visibility,
    ext::IdentExt,
    parse::{ParseStream, Parser},
};

use crate::parse::{
    Function,
    item::{attributes, braces, ungrouped},
};

/// A block whose functions can be measured.
#[derive(Clone)]
pub(crate) struct Block {
    pub(crate) attrs: Vec<Attribute>,
    /// What stands between the attributes and the braces.
    pub(crate) head: TokenStream,
    pub(crate) kind: BlockKind,
    pub(crate) inner_attrs: Vec<Attribute>,
    pub(crate) members: Vec<Member>,
    pub(crate) braces: Span,
}

/// What kind of a block it is, by name.
#[derive(Clone)]
pub(crate) enum BlockKind {
    /// The type without its arguments, and the parameters of the block.
    Impl(String, Vec<Ident>),
    Module(String),
}

/// Something inside of a block.
#[derive(Clone)]
pub(crate) enum Member {
    Function(Box<Function>),
    Block(Box<Block>),
    Other(TokenStream),
}

impl BlockKind {
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Impl(name, _) | Self::Module(name) => name,
        }
    }

    pub(crate) fn keyword(&self) -> &'static str {
        match self {
            Self::Impl(..) => "impl",
            Self::Module(_) => "mod",
        }
    }
}

impl Block {
    /// Reads a block without its attributes, and tells what comes behind it.
    pub(super) fn read(tokens: &[TokenTree]) -> Option<(Self, &[TokenTree])> {
        let (at, kind, group) = head(tokens)?;
        let (head, rest) = tokens.split_at_checked(at)?;
        let content = ungrouped(group.stream());
        let mut content = &*content;
        let inner_attrs = inner_attributes(&mut content).ok()?;
        let is_module = matches!(kind, BlockKind::Module(_));
        let mut members = Vec::new();
        while !content.is_empty() {
            members.push(Member::read(&mut content, is_module).ok()?);
        }
        let head = head.iter().cloned().collect();
        let block = Self { attrs: Vec::new(), head, kind, inner_attrs, members, braces: group.span() };
        Some((block, rest.get(1..)?))
    }
}

/// The braces that are a block's, where they are, and what kind of a block it is.
fn head(tokens: &[TokenTree]) -> Option<(usize, BlockKind, &Group)> {
    let is_word = |token: &TokenTree| matches!(token, TokenTree::Ident(word) if word == "impl" || word == "mod");
    let is_end = |token: &TokenTree| matches!(token, TokenTree::Punct(end) if end.as_char() == ';');
    if !tokens.iter().take_while(|token| braces(token).is_none() && !is_end(token)).any(is_word) {
        return None;
    }
    let ends = tokens.iter().enumerate().take_while(|(_, token)| !is_end(token));
    ends.filter_map(|(at, token)| Some((at, braces(token)?))).find_map(|(at, group)| {
        let head: TokenStream = tokens.iter().take(at).cloned().collect();
        if let Ok(module) = module.parse2(head.clone()) {
            return Some((at, BlockKind::Module(module.unraw().to_string()), group));
        }
        // Braces in the head are those of a constant argument, and then what comes before them is no head.
        let block: ItemImpl = syn::parse2(quote!(#head {})).ok()?;
        Some((at, BlockKind::Impl(type_name(&block.self_ty), parameters(&block.generics)), group))
    })
}

/// Takes the attributes off that a block's content begins with.
fn inner_attributes(tokens: &mut &[TokenTree]) -> syn::Result<Vec<Attribute>> {
    let mut attributes = TokenStream::new();
    while let [TokenTree::Punct(hash), TokenTree::Punct(mark), TokenTree::Group(_), rest @ ..] = *tokens
        && hash.as_char() == '#'
        && mark.as_char() == '!'
    {
        attributes.extend(tokens.iter().take(3).cloned());
        *tokens = rest;
    }
    if attributes.is_empty() { Ok(Vec::new()) } else { Attribute::parse_inner.parse2(attributes) }
}

/// The name of an inline module.
fn module(input: ParseStream) -> syn::Result<Ident> {
    input.parse::<Visibility>()?;
    input.parse::<Option<Token![unsafe]>>()?;
    input.parse::<Token![mod]>()?;
    input.parse()
}

/// The names of types and constants that generic code has for its parameters.
pub(crate) fn parameters(generics: &Generics) -> Vec<Ident> {
    let name = |parameter: &GenericParam| match parameter {
        GenericParam::Type(parameter) => Some(parameter.ident.clone()),
        GenericParam::Const(parameter) => Some(parameter.ident.clone()),
        GenericParam::Lifetime(_) => None,
    };
    generics.params.iter().filter_map(name).collect()
}

/// A type as people call it: its last word, without arguments.
fn type_name(ty: &Type) -> String {
    match ty {
        Type::Path(path) => path.path.segments.last().map(|last| last.ident.unraw().to_string()).unwrap_or_default(),
        Type::Group(group) => type_name(&group.elem),
        Type::Paren(paren) => type_name(&paren.elem),
        Type::Reference(reference) => type_name(&reference.elem),
        Type::TraitObject(object) => {
            let name = |bound: &TypeParamBound| match bound {
                TypeParamBound::Trait(bound) => bound.path.segments.last().map(|last| last.ident.unraw().to_string()),
                _ => None,
            };
            object.bounds.iter().find_map(name).unwrap_or_default()
        }
        other => other.to_token_stream().to_string().replace(' ', ""),
    }
}

impl Member {
    /// Takes the first member off.
    fn read(tokens: &mut &[TokenTree], in_module: bool) -> syn::Result<Self> {
        let whole = *tokens;
        let (docs, attrs) = attributes(tokens)?;
        if let Some((function, rest)) = Function::read(tokens) {
            *tokens = rest;
            return Ok(Self::Function(Box::new(Function { docs, attrs, ..function })));
        }
        if let Some((block, rest)) = Block::read(tokens).filter(|_| in_module) {
            *tokens = rest;
            let attrs = [Attribute::parse_outer.parse2(docs)?, attrs].concat();
            return Ok(Self::Block(Box::new(Block { attrs, ..block })));
        }
        *tokens = tokens.get(end(tokens)..).unwrap_or_default();
        Ok(Self::Other(whole.iter().take(whole.len() - tokens.len()).cloned().collect()))
    }
}

/// Where an item ends: behind its `;`, or behind its braces if these are its end.
fn end(tokens: &[TokenTree]) -> usize {
    let mut keyword: Option<&Ident> = None;
    for (at, token) in tokens.iter().enumerate() {
        let is_end = match token {
            TokenTree::Ident(word) => {
                let is_first = keyword.is_none() && !["default", "pub", "unsafe"].iter().any(|it| word == it);
                keyword = keyword.or(is_first.then_some(word));
                false
            }
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                // These end in a semicolon, whatever braces there are in their values.
                let value = |keyword: &Ident| ["const", "static", "type", "use"].iter().any(|word| keyword == word);
                !keyword.is_some_and(value)
            }
            TokenTree::Punct(punct) => punct.as_char() == ';',
            _ => false,
        };
        if is_end {
            return at + 1;
        }
    }
    tokens.len()
}
