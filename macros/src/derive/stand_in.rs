//! What a rejected type gets instead of its implementation, so that code which uses it adds no errors of its own.
//!
//! It says nothing of the type but that it has the trait, and never runs: the errors beside it end the compilation.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Path};

use crate::{
    derive::{Derive, labels},
    diagnostics::Diagnostics,
    expand::root::Root,
    parse::{Args, Place},
};

/// An implementation that knows no more than the name of the type.
pub(super) fn stand_in(derive: Derive, input: &DeriveInput) -> TokenStream {
    let Found { krate, labels } = Found::of(derive, input);
    let private = Root::at(krate.as_ref()).private();
    match derive {
        Derive::Metrics => metrics(input, labels, &private),
        Derive::Label => label(input, &private),
        Derive::Labels => self::labels(input, &private),
        Derive::ErrorKind => error_kind(input, &private),
    }
}

/// What of the type's helper attribute can be read in spite of all that is wrong.
struct Found {
    krate: Option<Path>,
    /// How many labels the instances of a struct of metrics are told apart by.
    labels: usize,
}

impl Found {
    fn of(derive: Derive, input: &DeriveInput) -> Self {
        let place = match derive {
            Derive::Metrics => Place::Metrics,
            Derive::Label => Place::LabelType,
            Derive::Labels => Place::Labels,
            Derive::ErrorKind => Place::ErrorKind,
        };
        // All mistakes are reported already.
        let mut ignored = Diagnostics::new();
        let args = Args::of_helpers(&input.attrs, place, &mut ignored);
        let _ = ignored.finish();
        let labels = args.label_names.map_or(0, |labels| labels.value.len());
        Self { krate: args.krate.map(|krate| krate.value), labels }
    }
}

fn metrics(input: &DeriveInput, labels: usize, private: &TokenStream) -> TokenStream {
    let (name, vis) = (&input.ident, &input.vis);
    let (parameters, arguments, conditions) = input.generics.split_for_impl();
    if labels > 0 {
        let values = vec![quote!(_: impl #private::LabelValue); labels];
        return ours! {
            #[allow(unused, missing_docs, clippy::all)]
            impl #parameters #name #arguments #conditions {
                #vis fn with_labels(#(#values),*) -> Self { loop {} }

                #vis fn with_prefix(_: &::core::primitive::str, #(#values),*) -> Self { loop {} }
            }
        };
    }
    ours! {
        impl #parameters #private::Metrics for #name #arguments #conditions {
            const PREFIX: &'static ::core::primitive::str = "";

            fn build(_: &#private::Scope) -> Self { loop {} }
        }

        impl #parameters ::core::default::Default for #name #arguments #conditions {
            fn default() -> Self { loop {} }
        }

        #[allow(unused, missing_docs, clippy::all)]
        impl #parameters #name #arguments #conditions {
            #vis fn with_prefix(_: &::core::primitive::str) -> Self { loop {} }

            #vis fn global() -> &'static Self where Self: 'static { loop {} }
        }
    }
}

fn label(input: &DeriveInput, private: &TokenStream) -> TokenStream {
    let name = &input.ident;
    let (parameters, arguments, conditions) = input.generics.split_for_impl();
    ours! {
        impl #parameters #private::LabelValue for #name #arguments #conditions {
            fn text<'__tachometer>(
                &'__tachometer self,
                _: &'__tachometer mut #private::LabelBuffer,
            ) -> &'__tachometer ::core::primitive::str {
                ""
            }
        }

        impl #parameters #private::FiniteLabel for #name #arguments #conditions {
            const VALUES: &'static [&'static ::core::primitive::str] = &[];
        }
    }
}

fn labels(input: &DeriveInput, private: &TokenStream) -> TokenStream {
    let name = &input.ident;
    let (generics, kept) = (labels::generics(input), labels::kept(input));
    let (parameters, arguments, conditions) = generics.split_for_impl();
    ours! {
        impl #parameters #private::LabelNames for #name #arguments #conditions {
            type Kept = #name #kept;
            const NAMES: &'static [&'static ::core::primitive::str] = &[];

            fn visit<__TachometerR>(
                &self,
                visit: impl ::core::ops::FnOnce(&[&dyn #private::LabelValue]) -> __TachometerR,
            ) -> __TachometerR {
                visit(&[])
            }

            fn values(_: &mut dyn ::core::ops::FnMut(#private::KnownValues)) {}
        }
    }
}

fn error_kind(input: &DeriveInput, private: &TokenStream) -> TokenStream {
    let name = &input.ident;
    let (parameters, arguments, conditions) = input.generics.split_for_impl();
    ours! {
        impl #parameters #private::ErrorKind for #name #arguments #conditions {
            const KINDS: &'static [&'static ::core::primitive::str] = &[];

            fn kind(&self) -> &'static ::core::primitive::str {
                ""
            }
        }
    }
}
