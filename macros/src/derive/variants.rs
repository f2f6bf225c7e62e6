//! What the derives for enums have in common: a text for each variant. Knows not what the text is for.

use proc_macro2::Ident;
use syn::{LitStr, ext::IdentExt};

use crate::{
    diagnostics::Diagnostics,
    parse::{Case, Entry},
};

/// A variant and its text.
pub(super) struct Named<'a> {
    pub(super) name: &'a Ident,
    /// The text, if it is not made of the name.
    renamed: Option<LitStr>,
    pub(super) text: String,
}

impl<'a> Named<'a> {
    pub(super) fn new(name: &'a Ident, renamed: Option<Entry<LitStr>>, case: Case) -> Self {
        let renamed = renamed.map(|renamed| renamed.value);
        let text = renamed.as_ref().map_or_else(|| case.apply(&name.unraw().to_string()), LitStr::value);
        Self { name, renamed, text }
    }
}

/// No two variants have the same text, which is `what` it is.
pub(super) fn are_distinct(variants: &[&Named<'_>], what: &str, errors: &mut Diagnostics) {
    for (at, Named { name, renamed, text }) in variants.iter().enumerate() {
        let Some(first) = variants.iter().take(at).find(|earlier| earlier.text == *text) else { continue };
        let message = format!("`{text}` is the {what} of `{}` already; rename one", first.name);
        match renamed {
            Some(renamed) => errors.report(renamed, message),
            None => errors.report(name, message),
        }
    }
}
