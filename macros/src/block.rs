//! An attribute on a whole block: each function inside is measured as if the attribute stood on it.
//!
//! A function's own attribute replaces the block's, `skip` leaves it out. Which of them a `cfg_attr` brings is not
//! known here, so that both possible functions are emitted.

mod left;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{Attribute, Meta, Path, Token, parse_quote, punctuated::Punctuated};

use crate::{
    attribute,
    deferred::Deferred,
    diagnostics::Diagnostics,
    expand, fallback,
    meter::Meter,
    model::{self, Declaration, Within},
    parse::{Block, BlockKind, Function, Member},
    validate::{self, Checked},
};

/// What a function or a block inside of a block gets.
enum Choice {
    /// The attribute of the block.
    Inherits,
    /// What it says itself, be it `skip`.
    Own,
    /// What it says itself if that is ours, and otherwise the attribute of the block.
    Unknown,
    Either(Split),
}

/// A member with an attribute that is there under a condition only.
struct Split {
    with: Vec<Attribute>,
    without: Vec<Attribute>,
}

/// What the members of a block share.
struct Shared<'a> {
    declarations: &'a Checked<Vec<Declaration>>,
    within: Within,
}

/// The block, with its functions measured. Below may be more that is ours, of which only its expansion can tell.
pub(crate) fn expand(mut block: Block, declared: Deferred, mut errors: Diagnostics) -> TokenStream {
    let Deferred { declarations, within, is_mistaken } = declared;
    let (declarations, attrs) = Declaration::merged(declarations, std::mem::take(&mut block.attrs));
    block.attrs = attrs;
    if block.attrs.iter().any(|attr| model::may_be(attr.path())) {
        Deferred::of(declarations, within).put(&mut block.attrs, model::may_be);
        let errors = errors.finish().err().map(syn::Error::into_compile_error);
        return quote!(#errors #block);
    }
    if !has_functions(&block) {
        let meter = declarations.first().map_or(Meter::Measured, |outermost| outermost.meter).as_str();
        let keyword = block.kind.keyword();
        errors.report(&block.head, format_args!("this `{keyword}` holds no function; drop `{meter}`"));
    }
    let imports = imports(&declarations);
    let proposal = block.kind.name().to_lowercase();
    let declarations = match validate::check_block(declarations.clone(), &proposal, errors) {
        Ok(checked) if is_mistaken => return fallback::block(&block, &checked, None),
        Ok(declarations) => declarations,
        Err(error) => return fallback::block(&block, &declarations, Some(&error)),
    };
    let (inherited, is_rewritten) = within.map_or((None, false), |within| (within.inherited, within.is_rewritten));
    let summary = inherited.unwrap_or_else(|| block.summary());
    let left = left::record(&block, declarations.first());
    let block = measured(&block, &declarations, summary, is_rewritten);
    quote!(#imports #left #block)
}

/// A function that turns out to have no attribute of its own that is ours.
pub(crate) fn inheriting(function: Function, declared: Deferred, errors: Diagnostics) -> TokenStream {
    let Deferred { declarations, within: Some(within), .. } = declared else {
        return attribute::function(declared, function, errors);
    };
    match validate::check_block(declarations, &function.sig.ident.to_string(), errors) {
        Ok(declarations) => Shared { declarations: &declarations, within }.function(&function),
        Err(error) => {
            let error = error.into_compile_error();
            quote!(#error #function)
        }
    }
}

/// An attribute that was merged is never resolved, and its `use` would count as unused.
pub(crate) fn imports(declarations: &[Declaration]) -> Option<TokenStream> {
    let imports = expand::imports(declarations);
    (!imports.is_empty()).then(|| quote!(const _: () = { #imports };))
}

/// What a macro would make of its tokens later is no function yet.
fn has_functions(block: &Block) -> bool {
    block.members.iter().any(|member| match member {
        Member::Function(_) => true,
        Member::Block(block) => has_functions(block),
        Member::Other(_) => false,
    })
}

fn measured(
    block: &Block,
    declarations: &Checked<Vec<Declaration>>,
    summary: String,
    is_rewritten: bool,
) -> TokenStream {
    let is_rewritten = is_rewritten || !block.attrs.iter().all(expand::desugared::is_inert);
    let (owner, parameters) = match &block.kind {
        BlockKind::Impl(name, parameters) => (Some(name.clone()), parameters.clone()),
        BlockKind::Module(_) => (None, Vec::new()),
    };
    let shared = Shared { declarations, within: Within { owner, parameters, inherited: Some(summary), is_rewritten } };
    let members = block.members.iter().map(|member| match member {
        Member::Function(function) => shared.function(function),
        Member::Block(block) => shared.block(block),
        Member::Other(tokens) => tokens.clone(),
    });
    block.with(&members.collect())
}

impl Shared<'_> {
    fn krate(&self) -> Option<&Path> {
        self.declarations.iter().find_map(|declaration| declaration.args.krate.as_ref()).map(|krate| &krate.value)
    }

    fn function(&self, function: &Function) -> TokenStream {
        match Choice::of(&function.attrs, self.krate()) {
            Choice::Inherits if left::why(function).is_some() => function.to_token_stream(),
            Choice::Unknown => {
                let mut function = function.clone();
                self.wait_below(&mut function.attrs, Some(self.within.clone()));
                function.into_token_stream()
            }
            Choice::Inherits => expand::expand(&self.declarations.inherited(function.clone(), self.within.clone())),
            Choice::Own => self.own(function),
            Choice::Either(Split { with, without }) => [with, without]
                .map(|attrs| self.function(&Function { attrs, ..function.clone() }))
                .into_iter()
                .collect(),
        }
    }

    /// Leaves the block's declarations below an attribute that may be ours and may not.
    fn wait_below(&self, attrs: &mut Vec<Attribute>, within: Option<Within>) {
        let declarations = self.declarations.to_vec();
        Deferred::of(declarations, within).put(attrs, model::may_be_any);
    }

    /// A function with attributes of its own. They still learn from the block whose method it is.
    fn own(&self, function: &Function) -> TokenStream {
        let mut function = function.clone();
        let is_skipped = function.attrs.iter().any(|attr| model::is_skip(attr.path(), self.krate()));
        let outermost = function
            .attrs
            .iter()
            .enumerate()
            .find_map(|(at, attr)| Declaration::of(attr, self.krate()).map(|declaration| (at, declaration)));
        match outermost.filter(|_| !is_skipped) {
            Some((at, outermost)) => {
                function.attrs.remove(at);
                let within = Within { inherited: None, ..self.within.clone() };
                let declared = Deferred::of(vec![outermost], Some(within));
                attribute::function(declared, function, Diagnostics::new())
            }
            None => function.into_token_stream(),
        }
    }

    fn block(&self, block: &Block) -> TokenStream {
        match Choice::of(&block.attrs, self.krate()) {
            Choice::Inherits => {
                let Within { inherited, is_rewritten, .. } = self.within.clone();
                measured(block, self.declarations, inherited.unwrap_or_default(), is_rewritten)
            }
            Choice::Own => block.to_token_stream(),
            Choice::Unknown => {
                let mut block = block.clone();
                let within = Within { owner: None, parameters: Vec::new(), ..self.within.clone() };
                self.wait_below(&mut block.attrs, Some(within));
                block.into_token_stream()
            }
            Choice::Either(Split { with, without }) => {
                [with, without].map(|attrs| self.block(&Block { attrs, ..block.clone() })).into_iter().collect()
            }
        }
    }
}

impl Choice {
    fn of(attrs: &[Attribute], krate: Option<&Path>) -> Self {
        let is_ours = |path: &Path| model::is_skip(path, krate) || model::known(path, krate).is_some();
        if attrs.iter().any(|attr| is_ours(attr.path())) {
            return Self::Own;
        }
        if attrs.iter().any(|attr| model::may_be_any(attr.path())) {
            return Self::Unknown;
        }
        let may_be_ours = |path: &Path| is_ours(path) || model::may_be_any(path);
        let conditional = attrs.iter().enumerate().find_map(|(at, attr)| {
            let (predicate, metas) = conditional(attr)?;
            metas.iter().any(|meta| may_be_ours(meta.path())).then_some((at, predicate, metas))
        });
        let Some((at, predicate, metas)) = conditional else { return Self::Inherits };
        let (before, after) = (attrs.iter().take(at), attrs.iter().skip(at + 1));
        let mut with: Vec<Attribute> = vec![parse_quote!(#[cfg(#predicate)])];
        let mut without: Vec<Attribute> = vec![parse_quote!(#[cfg(not(#predicate))])];
        without.extend(before.clone().chain(after.clone()).cloned());
        with.extend(before.cloned());
        with.extend(metas.iter().map(|meta| -> Attribute { parse_quote!(#[#meta]) }));
        with.extend(after.cloned());
        Self::Either(Split { with, without })
    }
}

/// The condition of a `cfg_attr`, and the attributes that depend on it.
fn conditional(attr: &Attribute) -> Option<(TokenStream, Punctuated<Meta, Token![,]>)> {
    let Meta::List(list) = &attr.meta else { return None };
    let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
    let mut tokens = list.path.is_ident("cfg_attr").then(|| list.tokens.clone().into_iter())?;
    let predicate = tokens.by_ref().take_while(|token| !is_comma(token)).collect();
    let metas = syn::parse::Parser::parse2(Punctuated::parse_terminated, tokens.collect()).ok()?;
    Some((predicate, metas))
}

impl Block {
    /// What its functions' metrics mean.
    fn summary(&self) -> String {
        let summary = model::summary(&self.attrs);
        if summary.is_empty() { format!("Calls of the functions of `{}`.", self.kind.name()) } else { summary }
    }

    /// The same block with these members.
    fn with(&self, members: &TokenStream) -> TokenStream {
        let Self { attrs, head, inner_attrs, braces, .. } = self;
        let mut body = Group::new(Delimiter::Brace, quote!(#(#inner_attrs)* #members));
        body.set_span(*braces);
        quote!(#(#attrs)* #head #body)
    }
}

impl ToTokens for Block {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(self.with(&self.members.iter().map(ToTokens::to_token_stream).collect()));
    }
}

impl ToTokens for Member {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Function(function) => function.to_tokens(tokens),
            Self::Block(block) => block.to_tokens(tokens),
            Self::Other(other) => tokens.extend(other.clone()),
        }
    }
}
