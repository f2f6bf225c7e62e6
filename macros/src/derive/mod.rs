//! The derives: each reads a type and its helper attributes, checks them, and implements a trait of the runtime.
//!
//! They go the same way as the attributes, from `parse` over `validate` to `expand`, in a file or a folder of their
//! own. What a metric records is decided by the runtime alone.

mod error_kind;
mod label;
mod labels;
mod metrics;
mod stand_in;
mod variants;

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

use crate::diagnostics::Diagnostics;

/// One of the derives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Derive {
    Metrics,
    Label,
    Labels,
    ErrorKind,
}

/// What the derive makes of a type: the implementation, or all that is wrong with one that says nothing.
pub(crate) fn derive(derive: Derive, item: TokenStream) -> TokenStream {
    let expand = match derive {
        Derive::Metrics => metrics::derive,
        Derive::Label => label::derive,
        Derive::Labels => labels::derive,
        Derive::ErrorKind => error_kind::derive,
    };
    let input = match syn::parse2::<DeriveInput>(item) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    let mut errors = Diagnostics::new();
    let expanded = expand(&input, &mut errors);
    match errors.finish() {
        Ok(()) => expanded.unwrap_or_default(),
        Err(error) => {
            let (error, stand_in) = (error.into_compile_error(), stand_in::stand_in(derive, &input));
            quote!(#error #stand_in)
        }
    }
}
