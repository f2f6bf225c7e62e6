//! What is emitted instead of an expansion that would be wrong: the errors, and the item as if we had not been there.
//!
//! The item stays, so that no second error says it is missing and the editor goes on knowing it.

use proc_macro2::TokenStream;
use quote::quote;

use crate::{
    block, deferred, expand,
    model::{self, Declaration},
    parse::{Block, Other},
    validate::Rejected,
};

/// A function that cannot be measured as asked.
pub(crate) fn function(Rejected { measure, error }: &Rejected) -> TokenStream {
    let errors = error.to_compile_error();
    let function = expand::unmeasured(measure);
    quote!(#errors #function)
}

/// An item that is no function, without the attributes that would say so once more.
pub(crate) fn item(Other { attrs, rest }: &Other, verdict: syn::Result<()>) -> TokenStream {
    let errors = verdict.err().map(syn::Error::into_compile_error);
    let attrs = attrs.iter().filter(|attr| {
        let path = attr.path();
        model::known(path, None).is_none() && !model::may_be(path) && !deferred::is_deferred(path)
    });
    quote!(#errors #(#attrs)* #rest)
}

/// A block whose functions cannot be measured as asked. Arguments that only its labels use are no second mistake.
pub(crate) fn block(block: &Block, declarations: &[Declaration], error: Option<&syn::Error>) -> TokenStream {
    let errors = error.map(syn::Error::to_compile_error);
    let imports = block::imports(declarations);
    let lints = declarations.iter().any(Declaration::has_labels).then(|| quote!(#[allow(unused_variables)]));
    quote!(#errors #imports #lints #block)
}
