//! `#[derive(Label)]`: an enum whose variants are the values of a label.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Fields, Ident, Path};

use crate::{
    derive::variants::{self, Named},
    diagnostics::Diagnostics,
    expand::root::Root,
    parse::{Args, Place},
};

/// An enum as it is written.
struct Enum<'a> {
    name: &'a Ident,
    krate: Option<Path>,
    variants: Vec<Named<'a>>,
}

pub(super) fn derive(input: &DeriveInput, errors: &mut Diagnostics) -> Option<TokenStream> {
    let label = parse(input, errors)?;
    variants::are_distinct(&label.variants.iter().collect::<Vec<_>>(), "value", errors);
    Some(expand(&label))
}

fn parse<'a>(input: &'a DeriveInput, errors: &mut Diagnostics) -> Option<Enum<'a>> {
    let (case, krate) = variants::read(input, Place::LabelType, errors);
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
    let mut variants = Vec::new();
    for variant in &data.variants {
        if !matches!(variant.fields, Fields::Unit) {
            let message = "a label's value holds no data, which may be anything; drop the fields";
            errors.report(&variant.fields, message);
        }
        let renamed = Args::of_helpers(&variant.attrs, Place::LabelVariant, errors).rename;
        variants.push(Named::new(&variant.ident, renamed, case));
    }
    Some(Enum { name: &input.ident, krate, variants })
}

fn expand(Enum { name, krate, variants }: &Enum<'_>) -> TokenStream {
    let private = Root::at(krate.as_ref()).private();
    let values: Vec<&String> = variants.iter().map(|variant| &variant.text).collect();
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
