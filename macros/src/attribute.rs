//! The attributes from end to end: which stage follows which. It decides nothing itself.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{
    Attribute,
    parse::{ParseStream, Parser},
};

use crate::{
    block,
    deferred::Deferred,
    diagnostics::Diagnostics,
    expand, fallback,
    meter::Meter,
    model::{self, Declaration, Measure},
    parse::{Function, Item},
    validate,
};

/// An attribute that measures.
pub(crate) fn instrument(meter: Meter, args: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Diagnostics::new();
    let own = Declaration::new(meter, args, &mut errors);
    match Item::parse(item, meter, &mut errors) {
        Item::Function(mut function) => {
            let waiting = Deferred::take(&mut function.attrs);
            self::function(Deferred::joined(waiting, own), *function, errors)
        }
        Item::Block(mut block) => {
            let waiting = Deferred::take(&mut block.attrs);
            block::expand(*block, Deferred::joined(waiting, own), errors)
        }
        Item::Other(item) => fallback::item(&item, errors.finish()),
    }
}

/// A function with what is declared on it. Below may be more that is ours, of which only its expansion can tell.
pub(crate) fn function(declared: Deferred, function: Function, errors: Diagnostics) -> TokenStream {
    let measure = Measure::of(declared.declarations, function, declared.within);
    if measure.function.attrs.iter().any(|attr| model::may_be(attr.path())) {
        let Measure { mut function, declarations, within } = measure;
        Deferred::of(declarations, within).put(&mut function.attrs, model::may_be);
        let errors = errors.finish().err().map(syn::Error::into_compile_error);
        return quote!(#errors #function);
    }
    match validate::check(measure, errors) {
        Ok(measure) if declared.is_mistaken => expand::unmeasured(&measure),
        Ok(measure) => expand::expand(&measure),
        Err(rejected) => fallback::function(&rejected),
    }
}

/// An attribute that another one around it looks for, and that means nothing else.
pub(crate) fn skip(args: TokenStream, item: TokenStream) -> TokenStream {
    let item = without_inherited(item.clone()).unwrap_or(item);
    if args.is_empty() {
        return item;
    }
    let error = syn::Error::new_spanned(args, "`skip` takes no arguments; drop them").into_compile_error();
    quote!(#error #item)
}

/// An item without what its block has left for it below an attribute that is ours after all.
fn without_inherited(item: TokenStream) -> syn::Result<TokenStream> {
    let parse = |input: ParseStream| {
        let mut attrs = input.call(Attribute::parse_outer)?;
        let rest: TokenStream = input.parse()?;
        let kept = attrs.clone();
        let is_inherited = Deferred::take(&mut attrs).is_some_and(|waiting| waiting.is_inherited());
        let attrs = if is_inherited { attrs } else { kept };
        Ok(quote!(#(#attrs)* #rest))
    };
    parse.parse2(item)
}
