//! The attributes from end to end: which stage follows which. It decides nothing itself.

use proc_macro2::TokenStream;
use quote::quote;

use crate::{
    block,
    diagnostics::Diagnostics,
    expand, fallback,
    meter::Meter,
    model::{Declaration, Measure},
    parse::{Args, Item, Place},
    validate,
};

/// An attribute that measures.
pub(crate) fn instrument(meter: Meter, args: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Diagnostics::new();
    let args = Args::parse(args, Place::Attribute(meter), &mut errors);
    let outermost = Declaration { meter, args, path: None };
    match Item::parse(item, meter, &mut errors) {
        Item::Function(function) => measured(Measure::of(outermost, *function, None), errors),
        Item::Block(block) => block::expand(*block, outermost, errors),
        Item::Other(item) => fallback::item(&item, errors.finish()),
    }
}

/// The function, measured if nothing is wrong.
pub(crate) fn measured(measure: Measure, errors: Diagnostics) -> TokenStream {
    match validate::check(measure, errors) {
        Ok(measure) => expand::expand(&measure),
        Err(rejected) => fallback::function(&rejected),
    }
}

/// An attribute that another one around it looks for, and that means nothing else.
pub(crate) fn skip(args: TokenStream, item: TokenStream) -> TokenStream {
    if args.is_empty() {
        return item;
    }
    let error = syn::Error::new_spanned(args, "`skip` takes no arguments; drop them").into_compile_error();
    quote!(#error #item)
}
