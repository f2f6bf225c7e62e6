//! `#[derive(Label)]`: a type whose values are those of a label: the variants of an enum, what a newtype holds, or
//! whatever the type displays.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::{Data, DataEnum, DeriveInput, Field, Fields, Index, Path, WherePredicate, parse_quote};

use crate::{
    derive::variants::{self, Named},
    diagnostics::Diagnostics,
    expand::root::{Root, ours_at},
    parse::{Args, Case, Entry, Place},
};

/// A type as it is written.
struct Label<'a> {
    input: &'a DeriveInput,
    krate: Option<Path>,
    form: Form<'a>,
}

/// What a value's text is.
enum Form<'a> {
    /// That of its variant.
    Variants(Vec<Named<'a>>),
    /// That of its only field.
    Field(&'a Field),
    /// What its only field displays.
    DisplayedField(&'a Field),
    /// What it displays itself.
    Displayed,
}

pub(super) fn derive(input: &DeriveInput, errors: &mut Diagnostics) -> Option<TokenStream> {
    let Args { rename_all, display, krate, .. } = Args::of_helpers(&input.attrs, Place::LabelType, errors);
    let form = match &input.data {
        Data::Union(data) => {
            errors.report(data.union_token, "`Label` is for enums and newtypes; a union has no values to tell apart");
            return None;
        }
        _ if display.is_some() => {
            if let Some(Entry { key, .. }) = rename_all {
                errors.report(&key, "`rename_all` has no meaning beside `display`: the type says its values; drop one");
            }
            Form::Displayed
        }
        Data::Enum(data) => Form::Variants(variants(input, data, rename_all, errors)),
        Data::Struct(data) => {
            if let Some(Entry { key, .. }) = rename_all {
                errors.report(&key, "`rename_all` is for the variants of an enum; drop it");
            }
            newtype(input, &data.fields, errors)?
        }
    };
    Some(expand(&Label { input, krate: krate.map(|krate| krate.value), form }))
}

fn variants<'a>(
    input: &'a DeriveInput,
    data: &'a DataEnum,
    case: Option<Entry<Case>>,
    errors: &mut Diagnostics,
) -> Vec<Named<'a>> {
    if !input.generics.params.is_empty() {
        errors.report(&input.generics, "`Label` has a fixed set of values; drop the parameters");
    }
    if data.variants.is_empty() {
        errors.report(&input.ident, format_args!("`{}` has no variant; a label needs a value", input.ident));
    }
    let case = case.map_or(Case::Snake, |case| case.value);
    let mut variants = Vec::new();
    for variant in &data.variants {
        if !matches!(variant.fields, Fields::Unit) {
            let message = "a label's value holds no data, which may be anything; drop the fields, or write \
                           `#[label(display)]` on an enum that displays itself";
            errors.report(&variant.fields, message);
        }
        let renamed = Args::of_helpers(&variant.attrs, Place::LabelVariant, errors).rename;
        variants.push(Named::new(&variant.ident, renamed, case));
    }
    variants::are_distinct(&variants.iter().collect::<Vec<_>>(), "value", errors);
    variants
}

fn newtype<'a>(input: &DeriveInput, fields: &'a Fields, errors: &mut Diagnostics) -> Option<Form<'a>> {
    let mut all = fields.iter();
    let (Some(field), None) = (all.next(), all.next()) else {
        let (name, count) = (&input.ident, fields.len());
        let message = format!(
            "a label has one value, and `{name}` has {count} fields; leave one, write `#[label(display)]` on a struct that \
             displays itself, or derive `Labels` for a struct of labels"
        );
        errors.report(name, message);
        return None;
    };
    let displayed = Args::of_helpers(&field.attrs, Place::LabelNewtype, errors).display.is_some();
    Some(if displayed { Form::DisplayedField(field) } else { Form::Field(field) })
}

fn expand(Label { input, krate, form }: &Label<'_>) -> TokenStream {
    let private = Root::at(krate.as_ref()).private();
    let known = ours!(#private::KnownValues);
    match form {
        Form::Variants(variants) => {
            let values = variants.iter().map(|variant| &variant.text);
            let names = variants.iter().map(|variant| variant.name);
            let text = ours!(match self { #(Self::#names => #values),* });
            let values = variants.iter().map(|variant| &variant.text);
            let finite = finite(input, &private, &ours!(&[#(#values),*]), None);
            let known = ours! {
                fn values() -> #known {
                    ::core::option::Option::Some(::std::borrow::Cow::Borrowed(<Self as #private::FiniteLabel>::VALUES))
                }
            };
            let text = value(input, &private, &ours!(_), &text, &known, None);
            ours!(#text #finite)
        }
        Form::Field(field) => {
            let (ty, at) = (&field.ty, ours_at(&field.ty));
            let label = quote_spanned!(at=> #private::LabelValue);
            let (member, buffer) = (member(field), buffer());
            let text = quote_spanned!(at=> #label::text(&self.#member, #buffer));
            // A type that is known is asked in a way that is no second error where it is no label value.
            let values = match input.generics.type_params().next() {
                Some(_) => ours!(<#ty as #private::LabelValue>::values()),
                None => ours! {
                    #[allow(unused_imports)]
                    use #private::Unknown as _;
                    #private::Probe::<#ty>::VALUES.map(::std::borrow::Cow::Borrowed)
                },
            };
            let known = ours!(fn values() -> #known { #values });
            let text =
                value(input, &private, &buffer.to_token_stream(), &text, &known, Some(parse_quote!(#ty: #label)));
            // Where the field is not finite the type is not either, which is no error: hence a lifetime.
            let condition = parse_quote!(for<'__tachometer> #ty: #private::FiniteLabel);
            let values = ours!(<#ty as #private::FiniteLabel>::VALUES);
            let finite = finite(input, &private, &values, Some(condition));
            ours!(#text #finite)
        }
        Form::DisplayedField(field) => {
            let (ty, at, member) = (&field.ty, ours_at(&field.ty), member(field));
            displayed(input, &private, &quote_spanned!(at=> &self.#member), parse_quote!(#ty: ::core::fmt::Display))
        }
        Form::Displayed => displayed(input, &private, &ours!(self), parse_quote!(Self: ::core::fmt::Display)),
    }
}

fn displayed(
    input: &DeriveInput,
    private: &TokenStream,
    shown: &TokenStream,
    condition: WherePredicate,
) -> TokenStream {
    let buffer = buffer();
    let text = ours!(#private::LabelBuffer::display(#buffer, #shown));
    value(input, private, &buffer.to_token_stream(), &text, &TokenStream::new(), Some(condition))
}

/// The implementation of `LabelValue`, under a condition where the type has parameters.
fn value(
    input: &DeriveInput,
    private: &TokenStream,
    buffer: &TokenStream,
    text: &TokenStream,
    known: &TokenStream,
    condition: Option<WherePredicate>,
) -> TokenStream {
    let name = &input.ident;
    let mut generics = input.generics.clone();
    if generics.type_params().next().is_some() {
        generics.make_where_clause().predicates.extend(condition);
    }
    let (parameters, arguments, conditions) = generics.split_for_impl();
    ours! {
        #[automatically_derived]
        #[allow(deprecated)]
        impl #parameters #private::LabelValue for #name #arguments #conditions {
            fn text<'__tachometer>(
                &'__tachometer self,
                #buffer: &'__tachometer mut #private::LabelBuffer,
            ) -> &'__tachometer ::core::primitive::str {
                #text
            }

            #known
        }
    }
}

/// The implementation of `FiniteLabel`.
fn finite(
    input: &DeriveInput,
    private: &TokenStream,
    values: &TokenStream,
    condition: Option<WherePredicate>,
) -> TokenStream {
    let name = &input.ident;
    let mut generics = input.generics.clone();
    let lints = condition.is_some().then(|| ours!(#[allow(unused_lifetimes, single_use_lifetimes)]));
    if condition.is_some() {
        generics.make_where_clause().predicates.extend(condition);
    }
    let (parameters, arguments, conditions) = generics.split_for_impl();
    ours! {
        #[automatically_derived]
        #lints
        impl #parameters #private::FiniteLabel for #name #arguments #conditions {
            const VALUES: &'static [&'static ::core::primitive::str] = #values;
        }
    }
}

fn member(field: &Field) -> TokenStream {
    field.ident.as_ref().map_or_else(|| Index::from(0).into_token_stream(), ToTokens::to_token_stream)
}

fn buffer() -> Ident {
    Ident::new("buffer", Span::mixed_site())
}
