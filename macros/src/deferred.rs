//! What waits below an attribute that may be ours or not: `#[timed]` alone does not tell whose it is.
//!
//! Only its expansion does. So it stays where it is, and below it stands an attribute that holds what was declared above.
//! If the one in between is ours, it finds that and takes it off; if it is not, it does what it does, and what waits
//! measures.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{
    Attribute, LitStr, Meta, Path, Token, braced, bracketed, parenthesized,
    parse::{Parse, ParseStream, Parser},
    parse_quote,
    punctuated::Punctuated,
};

use crate::{
    attribute, block,
    diagnostics::Diagnostics,
    expand::root::Root,
    fallback,
    meter::Meter,
    model::{Declaration, Within},
    parse::Item,
};

/// Declarations, and the block around the function if they know one.
pub(crate) struct Deferred {
    pub(crate) declarations: Vec<Declaration>,
    pub(crate) within: Option<Within>,
    /// Whether one that waited has mistakes, which were told where it stood: then nothing is measured.
    pub(crate) is_mistaken: bool,
}

/// The last word of the path of the attribute that waits.
const NAME: &str = "deferred";

impl Deferred {
    pub(crate) fn of(declarations: Vec<Declaration>, within: Option<Within>) -> Self {
        Self { declarations, within, is_mistaken: false }
    }

    /// Takes what waits off an item that has come to an attribute of ours.
    pub(crate) fn take(attrs: &mut Vec<Attribute>) -> Option<Self> {
        let at = attrs.iter().position(|attr| is_deferred(attr.path()))?;
        match attrs.remove(at).meta {
            Meta::List(list) => Self::parse.parse2(list.tokens).ok(),
            _ => None,
        }
    }

    /// Whether it is a block's: then a function's own attribute replaces it.
    pub(crate) fn is_inherited(&self) -> bool {
        self.within.as_ref().is_some_and(|within| within.inherited.is_some())
    }

    /// What an attribute of ours declares together with what has waited for it.
    pub(crate) fn joined(waiting: Option<Self>, own: Declaration) -> Self {
        match waiting {
            Some(waiting) if waiting.is_inherited() => {
                let within = waiting.within.map(|within| Within { inherited: None, ..within });
                Self::of(vec![own], within)
            }
            Some(mut waiting) => {
                waiting.declarations.push(own);
                waiting
            }
            None => Self::of(vec![own], None),
        }
    }

    /// Puts it below the last attribute for which it has to wait.
    pub(crate) fn put(&self, attrs: &mut Vec<Attribute>, waits_for: impl Fn(&Path) -> bool) {
        let below = attrs.iter().rposition(|attr| waits_for(attr.path())).map_or(0, |last| last + 1);
        let krate = self.declarations.iter().find_map(|declaration| declaration.args.krate.as_ref());
        let private = Root::at(krate.map(|krate| &krate.value)).private();
        attrs.insert(below, parse_quote!(#[#private::deferred(#self)]));
    }

    fn parse(input: ParseStream) -> syn::Result<Self> {
        let list;
        braced!(list in input);
        let (mut declarations, mut is_mistaken) = (Vec::new(), false);
        while !list.is_empty() {
            let path = list.call(Path::parse_mod_style)?;
            let args;
            parenthesized!(args in list);
            let name = path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default();
            let meter: Meter = name.parse().map_err(|()| list.error("expected an attribute of ours"))?;
            let mut errors = Diagnostics::new();
            let declaration = Declaration::new(meter, args.parse()?, &mut errors);
            is_mistaken |= errors.finish().is_err();
            let path = (path.segments.len() > 1).then_some(path);
            declarations.push(Declaration { path, ..declaration });
        }
        let within = if input.is_empty() { None } else { Some(input.parse()?) };
        Ok(Self { declarations, within, is_mistaken })
    }
}

/// Whether a path names what waits.
pub(crate) fn is_deferred(path: &Path) -> bool {
    let mut words = path.segments.iter().rev().map(|segment| &segment.ident);
    words.next().is_some_and(|last| last == NAME) && words.next().is_some_and(|module| module == "__private")
}

/// What has waited in vain: nothing between it and the item was ours.
pub(crate) fn deferred(args: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Diagnostics::new();
    let deferred = match Deferred::parse.parse2(args) {
        Ok(deferred) => deferred,
        Err(error) => {
            errors.absorb(error);
            Deferred::of(Vec::new(), None)
        }
    };
    let meter = deferred.declarations.first().map_or(Meter::Measured, |declaration| declaration.meter);
    match Item::parse(item, meter, &mut errors) {
        Item::Function(function) if deferred.is_inherited() => block::inheriting(*function, deferred, errors),
        Item::Function(function) => attribute::function(deferred, *function, errors),
        Item::Block(block) => block::expand(*block, deferred, errors),
        Item::Other(item) => fallback::item(&item, errors.finish()),
    }
}

impl ToTokens for Deferred {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let declarations = self.declarations.iter().map(|Declaration { meter, tokens, path, .. }| {
            let name = Ident::new(meter.as_str(), Span::call_site());
            let path = path.clone().unwrap_or_else(|| name.into());
            quote!(#path(#tokens))
        });
        let within = self.within.as_ref().map(|Within { owner, parameters, inherited, is_rewritten }| {
            let [owner, inherited] = [owner, inherited].map(|text| text.iter());
            let is_rewritten = is_rewritten.then(|| quote!(rewritten));
            quote!({ [#(#owner),*] (#(#parameters),*) [#(#inherited),*] #is_rewritten })
        });
        tokens.extend(quote!({ #(#declarations)* } #within));
    }
}

impl Parse for Within {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let (content, owner, parameters, inherited);
        braced!(content in input);
        bracketed!(owner in content);
        parenthesized!(parameters in content);
        bracketed!(inherited in content);
        let parameters: Punctuated<Ident, Token![,]> = Punctuated::parse_terminated(&parameters)?;
        let text = |content: ParseStream| Ok::<_, syn::Error>(content.parse::<Option<LitStr>>()?.map(|it| it.value()));
        Ok(Self {
            owner: text(&owner)?,
            parameters: parameters.into_iter().collect(),
            inherited: text(&inherited)?,
            is_rewritten: content.parse::<Option<Ident>>()?.is_some(),
        })
    }
}
