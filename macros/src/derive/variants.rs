//! What the derives for enums have in common: a text for each variant. Knows not what the text is for.

use proc_macro2::Ident;
use syn::{DeriveInput, LitStr, Path, ext::IdentExt};

use crate::{
    derive::{
        case::Case,
        helper::{Entry, Helper},
    },
    diagnostics::Diagnostics,
};

/// The keys on the enum.
pub(super) const ON_ENUM: &[(&str, &str)] = &[
    ("rename_all", "takes a case; write `rename_all = \"snake_case\"`"),
    ("crate", "takes a path; write `crate = path::to::tachometer`"),
];

/// The key on a variant.
pub(super) const RENAME: (&str, &str) = ("rename", "takes a string literal; write `rename = \"..\"`");

/// The case of the variants, and where the runtime is, by a helper attribute with the keys [`ON_ENUM`].
pub(super) fn read(helper: &Helper, input: &DeriveInput, errors: &mut Diagnostics) -> (Case, Option<Path>) {
    let (mut case, mut krate) = (None, None);
    helper.read(&input.attrs, errors, |key, input, errors| match key.name {
        "rename_all" => key.case(input).map(|value| key.put(&mut case, value, errors)),
        _ => key.path(input).map(|value| key.put(&mut krate, value, errors)),
    });
    (case.map_or(Case::Snake, |case: Entry<Case>| case.value), krate.map(|krate: Entry<Path>| krate.value))
}

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
