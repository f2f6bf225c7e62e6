//! `#[derive(Labels)]`: a struct whose fields are the labels of a family.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::{
    Data, DeriveInput, Fields, GenericParam, Generics, Ident, Lifetime, LitStr, Path, Type, WherePredicate,
    ext::IdentExt, parse_quote,
};

use crate::{
    diagnostics::Diagnostics,
    expand::root::{Root, ours_at},
    parse::{Args, Place},
};

/// How many labels the store gives to one series.
const MAX_LABELS: usize = 32;

/// A struct as it is written.
struct Struct<'a> {
    input: &'a DeriveInput,
    krate: Option<Path>,
    labels: Vec<Label<'a>>,
}

struct Label<'a> {
    field: &'a Ident,
    ty: &'a Type,
    /// The label's name, where the user wrote it.
    name: LitStr,
    /// Whether its value is what the field displays.
    displayed: bool,
}

pub(super) fn derive(input: &DeriveInput, errors: &mut Diagnostics) -> Option<TokenStream> {
    let labels = parse(input, errors)?;
    validate(&labels, errors);
    Some(expand(&labels))
}

fn parse<'a>(input: &'a DeriveInput, errors: &mut Diagnostics) -> Option<Struct<'a>> {
    let krate = Args::of_helpers(&input.attrs, Place::Labels, errors).krate;
    let fields = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => &fields.named,
            Fields::Unnamed(fields) => {
                errors.report(fields, "labels have names; write a struct with named fields");
                return None;
            }
            Fields::Unit => {
                errors.report(&input.ident, format_args!("`{}` has no field; a set of labels needs one", input.ident));
                return None;
            }
        },
        Data::Enum(data) => {
            errors.report(data.enum_token, "`Labels` is for structs; derive `Label` for an enum of values");
            return None;
        }
        Data::Union(data) => {
            errors.report(data.union_token, "`Labels` is for structs; a union has no fields that all exist");
            return None;
        }
    };
    if fields.is_empty() {
        errors.report(&input.ident, format_args!("`{}` has no field; a set of labels needs one", input.ident));
    }
    let mut labels = Vec::new();
    for field in fields {
        let Some(ident) = &field.ident else { continue };
        let Args { rename: renamed, display, .. } = Args::of_helpers(&field.attrs, Place::LabelField, errors);
        let own = || LitStr::new(&ident.unraw().to_string(), ident.span());
        let name = renamed.map_or_else(own, |renamed| renamed.value);
        labels.push(Label { field: ident, ty: &field.ty, name, displayed: display.is_some() });
    }
    Some(Struct { input, krate: krate.map(|krate| krate.value), labels })
}

/// No series has two labels of one name, nor more labels than the store takes.
fn validate(Struct { labels, .. }: &Struct<'_>, errors: &mut Diagnostics) {
    for (at, Label { name, .. }) in labels.iter().enumerate() {
        if labels.iter().take(at).any(|earlier| earlier.name.value() == name.value()) {
            errors.report(name, format_args!("label `{}` is given twice; rename one", name.value()));
        }
    }
    if let Some(Label { field, .. }) = labels.get(MAX_LABELS) {
        errors.report(field, format_args!("a metric has at most {MAX_LABELS} labels; drop the rest"));
    }
}

fn expand(Struct { input, krate, labels }: &Struct<'_>) -> TokenStream {
    let root = Root::at(krate.as_ref());
    let (private, name) = (root.private(), &input.ident);
    let names: Vec<&LitStr> = labels.iter().map(|label| &label.name).collect();
    let checks = names.iter().map(|name| root.check(&quote!(checked_label), &name.to_token_stream()));
    let values = labels.iter().map(|Label { field, ty, displayed, .. }| {
        let at = ours_at(ty);
        match displayed {
            true => quote_spanned!(at=> &#private::displayed(&self.#field)),
            false => quote_spanned!(at=> &self.#field),
        }
    });
    let known = labels.iter().map(|Label { ty, displayed, .. }| match displayed {
        true => quote!(::core::option::Option::None),
        false => quote!(#private::Probe::<#ty>::VALUES.map(::std::borrow::Cow::Borrowed)),
    });
    let generics = generics(input);
    let (parameters, arguments, conditions) = generics.split_for_impl();
    let kept = kept(input);
    let this = quote_spanned!(proc_macro2::Span::mixed_site()=> &self);
    quote! {
        const _: () = {
            // Here and not in the constant below, which is not evaluated before somebody uses it.
            const _: () = { #(let _ = #checks;)* };

            #[automatically_derived]
            #[allow(deprecated)]
            impl #parameters #private::LabelNames for #name #arguments #conditions {
                type Kept = #name #kept;
                const NAMES: &'static [&'static ::core::primitive::str] = &[#(#names),*];

                fn visit<__TachometerR>(
                    #this,
                    visit: impl ::core::ops::FnOnce(&[&dyn #private::LabelValue]) -> __TachometerR,
                ) -> __TachometerR {
                    visit(&[#(#values),*])
                }

                fn values(each: &mut dyn ::core::ops::FnMut(#private::KnownValues)) {
                    #[allow(unused_imports)]
                    use #private::Unknown as _;
                    #(each(#known);)*
                }
            }
        };
    }
}

/// The struct's parameters. What it borrows of a type that is one lives for ever in the struct that does.
pub(super) fn generics(input: &DeriveInput) -> Generics {
    let mut generics = input.generics.clone();
    if generics.lifetimes().next().is_some() {
        let types: Vec<Ident> = generics.type_params().map(|parameter| parameter.ident.clone()).collect();
        let conditions = types.iter().map(|ty| -> WherePredicate { parse_quote!(#ty: 'static) });
        generics.make_where_clause().predicates.extend(conditions);
    }
    generics
}

/// The arguments of the struct that lives for ever.
pub(super) fn kept(input: &DeriveInput) -> Option<TokenStream> {
    let arguments = input.generics.params.iter().map(|parameter| match parameter {
        GenericParam::Lifetime(lifetime) => Lifetime::new("'static", lifetime.lifetime.span()).to_token_stream(),
        GenericParam::Type(ty) => ty.ident.to_token_stream(),
        GenericParam::Const(constant) => constant.ident.to_token_stream(),
    });
    (!input.generics.params.is_empty()).then(|| quote!(<#(#arguments),*>))
}
