//! Lists of entries with commas between them, read to the end whatever is wrong in the middle.

use proc_macro2::TokenTree;
use syn::{Token, parse::ParseStream};

use crate::diagnostics::Diagnostics;

/// Reads each entry by `entry`; what that refuses is reported, and reading goes on behind the next comma.
pub(crate) fn read(
    input: ParseStream,
    errors: &mut Diagnostics,
    mut entry: impl FnMut(ParseStream, &mut Diagnostics) -> syn::Result<()>,
) -> syn::Result<()> {
    while !input.is_empty() {
        if let Err(error) = entry(input, errors).and_then(|()| end_of_entry(input)) {
            errors.absorb(error);
            skip_entry(input)?;
        }
    }
    Ok(())
}

fn end_of_entry(input: ParseStream) -> syn::Result<()> {
    if input.is_empty() { Ok(()) } else { input.parse::<Token![,]>().map(drop) }
}

fn skip_entry(input: ParseStream) -> syn::Result<()> {
    while !input.is_empty() {
        match input.parse()? {
            TokenTree::Punct(punct) if punct.as_char() == ',' => break,
            _ => {}
        }
    }
    Ok(())
}
