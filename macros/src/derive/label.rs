//! `#[derive(Label)]`: an enum whose variants are the values of a label.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Fields, Ident, LitStr, Path, ext::IdentExt};

use crate::{
    derive::{
        case::Case,
        helper::{Entry, Helper},
    },
    diagnostics::Diagnostics,
    expand::root::Root,
};

const ON_ENUM: Helper = Helper {
    name: "label",
    keys: &[
        ("rename_all", "takes a case; write `rename_all = \"snake_case\"`"),
        ("crate", "takes a path; write `crate = path::to::tachometer`"),
    ],
};

const ON_VARIANT: Helper =
    Helper { name: "label", keys: &[("rename", "takes a string literal; write `rename = \"..\"`")] };

/// An enum as it is written.
struct Enum<'a> {
    name: &'a Ident,
    krate: Option<Path>,
    variants: Vec<Variant<'a>>,
}

struct Variant<'a> {
    name: &'a Ident,
    /// What the value is written as, if that is not made of the name.
    renamed: Option<LitStr>,
    value: String,
}

pub(super) fn derive(input: &DeriveInput, errors: &mut Diagnostics) -> Option<TokenStream> {
    let label = parse(input, errors)?;
    validate(&label, errors);
    Some(expand(&label))
}

fn parse<'a>(input: &'a DeriveInput, errors: &mut Diagnostics) -> Option<Enum<'a>> {
    let (mut case, mut krate) = (None, None);
    ON_ENUM.read(&input.attrs, errors, |key, input, errors| match key.name {
        "rename_all" => key.case(input).map(|value| key.put(&mut case, value, errors)),
        _ => key.path(input).map(|value| key.put(&mut krate, value, errors)),
    });
    let data = match &input.data {
        Data::Enum(data) => data,
        Data::Struct(data) => {
            errors.report(data.struct_token, "`Label` is for enums; derive `Labels` for a struct of labels");
            return None;
        }
        Data::Union(data) => {
            errors.report(data.union_token, "`Label` is for enums; a union has no values to tell apart");
            return None;
        }
    };
    if !input.generics.params.is_empty() {
        errors.report(&input.generics, "`Label` has a fixed set of values; drop the parameters");
    }
    if data.variants.is_empty() {
        errors.report(&input.ident, format_args!("`{}` has no variant; a label needs a value", input.ident));
    }
    let case = case.map_or(Case::Snake, |case: Entry<Case>| case.value);
    let mut variants = Vec::new();
    for variant in &data.variants {
        if !matches!(variant.fields, Fields::Unit) {
            let message = "a label's value holds no data, which may be anything; drop the fields";
            errors.report(&variant.fields, message);
        }
        let mut renamed = None;
        ON_VARIANT.read(&variant.attrs, errors, |key, input, errors| {
            key.text(input).map(|value| key.put(&mut renamed, value, errors))
        });
        let renamed = renamed.map(|renamed: Entry<LitStr>| renamed.value);
        let value = renamed.as_ref().map_or_else(|| case.apply(&variant.ident.unraw().to_string()), LitStr::value);
        variants.push(Variant { name: &variant.ident, renamed, value });
    }
    Some(Enum { name: &input.ident, krate: krate.map(|krate| krate.value), variants })
}

/// Each value is that of one variant.
fn validate(Enum { variants, .. }: &Enum<'_>, errors: &mut Diagnostics) {
    for (at, Variant { name, renamed, value }) in variants.iter().enumerate() {
        let Some(first) = variants.iter().take(at).find(|earlier| earlier.value == *value) else { continue };
        let message = format!("`{value}` is the value of `{}` already; rename one", first.name);
        match renamed {
            Some(renamed) => errors.report(renamed, message),
            None => errors.report(name, message),
        }
    }
}

fn expand(Enum { name, krate, variants }: &Enum<'_>) -> TokenStream {
    let private = Root::at(krate.as_ref()).private();
    let values: Vec<&String> = variants.iter().map(|variant| &variant.value).collect();
    let names = variants.iter().map(|variant| variant.name);
    quote! {
        #[automatically_derived]
        #[allow(deprecated)]
        impl #private::LabelValue for #name {
            fn text<'a>(&'a self, _: &'a mut #private::Room) -> &'a ::core::primitive::str {
                match self { #(Self::#names => #values),* }
            }

            fn values() -> #private::Values {
                ::core::option::Option::Some(<Self as #private::FiniteLabel>::VALUES)
            }
        }

        #[automatically_derived]
        impl #private::FiniteLabel for #name {
            const VALUES: &'static [&'static ::core::primitive::str] = &[#(#values),*];
        }
    }
}
