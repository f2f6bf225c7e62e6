//! `#[derive(Metrics)]`: a struct whose fields are metrics.

mod expand;
mod parse;
mod validate;

use proc_macro2::TokenStream;
use syn::DeriveInput;

use crate::diagnostics::Diagnostics;

pub(super) fn derive(input: &DeriveInput, errors: &mut Diagnostics) -> Option<TokenStream> {
    let group = parse::parse(input, errors)?;
    validate::check(&group, errors);
    Some(expand::expand(&group))
}
