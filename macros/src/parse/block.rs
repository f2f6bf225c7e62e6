//! An `impl` block or an inline module, taken apart into its members.
//!
//! Whatever is no function stays tokens, and so does what cannot be read: rustc has the better message for it.

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{
    Attribute, GenericParam, Generics, Ident, ItemImpl, Token, Type, TypeParamBound, Visibility,
    ext::IdentExt,
    parse::{ParseStream, Parser, discouraged::Speculative},
};

use crate::parse::Function;

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
    /// Reads a block without its attributes.
    pub(super) fn parse(input: ParseStream) -> syn::Result<Self> {
        let (head, kind, content, braces) =
            if let Ok(module) = module(&input.fork()) { module_head(input, &module)? } else { impl_head(input)? };
        let is_module = matches!(kind, BlockKind::Module(_));
        let members = |input: ParseStream| {
            let inner_attrs = input.call(Attribute::parse_inner)?;
            let mut members = Vec::new();
            while !input.is_empty() {
                members.push(Member::parse(input, is_module)?);
            }
            Ok((inner_attrs, members))
        };
        let (inner_attrs, members) = members.parse2(content)?;
        Ok(Self { attrs: Vec::new(), head, kind, inner_attrs, members, braces })
    }
}

/// The name of an inline module.
fn module(input: ParseStream) -> syn::Result<Ident> {
    input.parse::<Visibility>()?;
    input.parse::<Option<Token![unsafe]>>()?;
    input.parse::<Token![mod]>()?;
    input.parse()
}

type Head = (TokenStream, BlockKind, TokenStream, Span);

fn module_head(input: ParseStream, name: &Ident) -> syn::Result<Head> {
    until_braces(input, |_| Some(BlockKind::Module(name.unraw().to_string())))
}

fn impl_head(input: ParseStream) -> syn::Result<Head> {
    until_braces(input, |head| {
        // Braces in the head are those of a constant argument, and then what comes before them is no head.
        let block: ItemImpl = syn::parse2(quote!(#head {})).ok()?;
        Some(BlockKind::Impl(type_name(&block.self_ty), parameters(&block.generics)))
    })
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

/// What comes before the first braces that `kind` takes for the block's, and what is in them.
fn until_braces(input: ParseStream, kind: impl Fn(&TokenStream) -> Option<BlockKind>) -> syn::Result<Head> {
    let mut head = TokenStream::new();
    loop {
        match input.parse()? {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => match kind(&head) {
                Some(kind) => return Ok((head, kind, group.stream(), group.span())),
                None => head.extend([TokenTree::Group(group)]),
            },
            TokenTree::Punct(end) if end.as_char() == ';' => {
                return Err(syn::Error::new(end.span(), "expected a block"));
            }
            other => head.extend([other]),
        }
    }
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
    fn parse(input: ParseStream, in_module: bool) -> syn::Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        let ahead = input.fork();
        if let Ok(function) = Function::parse(&ahead) {
            input.advance_to(&ahead);
            return Ok(Self::Function(Box::new(Function { attrs, ..function })));
        }
        let ahead = input.fork();
        if in_module && let Ok(block) = Block::parse(&ahead) {
            input.advance_to(&ahead);
            return Ok(Self::Block(Box::new(Block { attrs, ..block })));
        }
        let item = other(input)?;
        Ok(Self::Other(quote!(#(#attrs)* #item)))
    }
}

/// The tokens of one item: up to its `;`, or to its braces if these are its end.
fn other(input: ParseStream) -> syn::Result<TokenStream> {
    let mut item = TokenStream::new();
    let mut keyword: Option<Ident> = None;
    while !input.is_empty() {
        let token: TokenTree = input.parse()?;
        let is_end = match &token {
            TokenTree::Ident(word) if keyword.is_none() && !["default", "pub", "unsafe"].iter().any(|m| word == m) => {
                keyword = Some(word.clone());
                false
            }
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                // These end in a semicolon, whatever braces there are in their values.
                let value = |keyword: &Ident| ["const", "static", "type", "use"].iter().any(|word| keyword == word);
                !keyword.as_ref().is_some_and(value)
            }
            TokenTree::Punct(punct) => punct.as_char() == ';',
            _ => false,
        };
        item.extend([token]);
        if is_end {
            break;
        }
    }
    Ok(item)
}
