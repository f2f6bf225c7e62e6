//! `#[derive(ErrorKind)]`: the kind of an error, by the variant of an enum.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{Data, DeriveInput, Fields, Member, Path, Type, parse_quote};

use crate::{
    derive::variants::{self, Named},
    diagnostics::Diagnostics,
    expand::root::Root,
    parse::{Args, Case, Key, Place},
};

/// An enum as it is written.
struct Enum<'a> {
    input: &'a DeriveInput,
    krate: Option<Path>,
    variants: Vec<Variant<'a>>,
}

struct Variant<'a> {
    /// With its kind.
    named: Named<'a>,
    /// The field whose kind is that of the variant.
    nested: Option<(Member, &'a Type)>,
    is_ok: bool,
}

pub(super) fn derive(input: &DeriveInput, errors: &mut Diagnostics) -> Option<TokenStream> {
    let kinds = parse(input, errors)?;
    // Each kind is that of one variant.
    let own = kinds.variants.iter().filter(|variant| variant.nested.is_none()).map(|variant| &variant.named);
    variants::are_distinct(&own.collect::<Vec<_>>(), "kind", errors);
    Some(expand(&kinds))
}

fn parse<'a>(input: &'a DeriveInput, errors: &mut Diagnostics) -> Option<Enum<'a>> {
    let Args { rename_all, krate, .. } = Args::of_helpers(&input.attrs, Place::ErrorKind, errors);
    let case = rename_all.map_or(Case::Snake, |case| case.value);
    let data = match &input.data {
        Data::Enum(data) => data,
        Data::Struct(data) => {
            errors.report(data.struct_token, "`ErrorKind` is for enums; implement `tachometer::ErrorKind` by hand");
            return None;
        }
        Data::Union(data) => {
            errors.report(data.union_token, "`ErrorKind` is for enums; a union does not know its variant");
            return None;
        }
    };
    let variants = data.variants.iter().map(|variant| parse_variant(variant, case, errors)).collect();
    Some(Enum { input, krate: krate.map(|krate| krate.value), variants })
}

fn parse_variant<'a>(variant: &'a syn::Variant, case: Case, errors: &mut Diagnostics) -> Variant<'a> {
    let args = Args::of_helpers(&variant.attrs, Place::ErrorVariant, errors);
    // The same as `error_kind(result(ok))`, by itself.
    let by_itself = Args::of_helpers(&variant.attrs, Place::ResultVariant, errors).ok;
    let ok = args.result_ok.as_ref().or(by_itself.as_ref());
    if let (Some(_), Some(second)) = (&args.result_ok, &by_itself) {
        errors.report(&second.key, "`result(ok)` is given twice; drop one");
    }
    if let Some(nested) = &args.nested {
        for key in [args.key(Key::Rename), ok.map(|entry| &entry.key)].into_iter().flatten() {
            errors.report(key, format_args!("`{key}` is decided by the error inside; drop it or `{}`", nested.key));
        }
    }
    let is_ok = ok.is_some();
    let nested = args.nested.and_then(|nested| {
        let field = only_field(&variant.fields);
        if field.is_none() {
            errors.report(&nested.key, "`nested` needs a variant with one field, which is the error inside; drop it");
        }
        field
    });
    Variant { named: Named::new(&variant.ident, args.rename, case), nested, is_ok }
}

fn only_field(fields: &Fields) -> Option<(Member, &Type)> {
    let mut members = fields.members().zip(fields.iter().map(|field| &field.ty));
    members.next().filter(|_| members.next().is_none())
}

fn expand(Enum { input, krate, variants }: &Enum<'_>) -> TokenStream {
    let (private, name) = (Root::at(krate.as_ref()).private(), &input.ident);
    let inner = Ident::new("inner", Span::mixed_site());
    let pattern = |Variant { named: Named { name, .. }, nested, .. }: &Variant<'_>| match nested {
        Some((member, _)) => quote!(Self::#name { #member: #inner }),
        None => quote!(Self::#name { .. }),
    };
    let kinds = variants.iter().map(|variant| {
        let (pattern, kind) = (pattern(variant), &variant.named.text);
        match &variant.nested {
            Some((_, ty)) => quote!(#pattern => <#ty as #private::ErrorKind>::kind(#inner)),
            None => quote!(#pattern => #kind),
        }
    });
    let oks = variants.iter().map(|variant| {
        let (pattern, is_ok) = (pattern(variant), variant.is_ok);
        match &variant.nested {
            Some((_, ty)) => quote!(#pattern => <#ty as #private::ErrorKind>::is_ok(#inner)),
            None => quote!(#pattern => #is_ok),
        }
    });
    let generics = bounded(input, variants, &private);
    let (parameters, arguments, conditions) = generics.split_for_impl();
    let list = list(variants, &private);
    // A reference to an enum without variants cannot be matched by none.
    let place = if variants.is_empty() { quote!(*self) } else { quote!(self) };
    quote! {
        #[automatically_derived]
        #[allow(deprecated)]
        impl #parameters #private::ErrorKind for #name #arguments #conditions {
            const KINDS: &'static [&'static ::core::primitive::str] = #list;

            fn kind(&self) -> &'static ::core::primitive::str {
                match #place { #(#kinds),* }
            }

            fn is_ok(&self) -> ::core::primitive::bool {
                match #place { #(#oks),* }
            }
        }
    }
}

/// All kinds of failures, those of the errors inside among them.
fn list(variants: &[Variant<'_>], private: &TokenStream) -> TokenStream {
    let own = variants.iter().filter(|variant| variant.nested.is_none() && !variant.is_ok);
    let own = own.map(|variant| &variant.named.text);
    let nested: Vec<_> = variants.iter().filter_map(|variant| variant.nested.as_ref()).collect();
    if nested.is_empty() {
        return quote!(&[#(#own),*]);
    }
    let nested = nested.iter().map(|(_, ty)| quote!(<#ty as #private::ErrorKind>::KINDS));
    quote!(const { &#private::KindList::of(&[&[#(#own),*], #(#nested),*]) }.as_slice())
}

/// The enum's parameters, where the errors inside that depend on them have kinds.
fn bounded(input: &DeriveInput, variants: &[Variant<'_>], private: &TokenStream) -> syn::Generics {
    let mut generics = input.generics.clone();
    if generics.type_params().next().is_some() {
        for (_, ty) in variants.iter().filter_map(|variant| variant.nested.as_ref()) {
            let ty = ty.to_token_stream();
            generics.make_where_clause().predicates.push(parse_quote!(#ty: #private::ErrorKind));
        }
    }
    generics
}
