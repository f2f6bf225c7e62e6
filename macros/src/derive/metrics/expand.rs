//! Last stage: a static per metric, in which the compiler checks it, and the struct's constructors.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::LitStr;

use super::parse::{Field, Group, Metric, Role};
use crate::expand::root::Root;

pub(super) fn expand(group: &Group<'_>) -> TokenStream {
    let root = Root::at(group.krate.as_ref());
    let (private, name) = (root.private(), &group.input.ident);
    let prefix = group.prefix.as_ref().map(|prefix| {
        let check = root.check(&quote!(checked_prefix), &prefix.to_token_stream());
        ours!(const _: &::core::primitive::str = #check;)
    });
    let labels = group.labels.iter().map(|label| {
        let check = root.check(&quote!(checked_label), &label.to_token_stream());
        ours!(const _: &::core::primitive::str = #check;)
    });
    let metrics = group.fields.iter().enumerate().filter_map(|(at, field)| match &field.role {
        Role::Metric(metric) => Some(declaration(&root, group, at, field, metric)),
        Role::Group { .. } | Role::Skipped => None,
    });
    let values = group.fields.iter().enumerate().map(|(at, field)| value(&private, at, field));
    let constructors = if group.labels.is_empty() { plain(group, &private) } else { labelled(group, &private) };
    ours! {
        const _: () = {
            #prefix
            #(#labels)*
            #(#metrics)*

            #[allow(deprecated)]
            fn __tachometer_build(scope: &#private::Scope) -> #name {
                #name { #(#values),* }
            }

            #constructors
        };
    }
}

/// The static that declares a field's metric.
///
/// What it calls is spanned as the user's token that it judges, and so is its failure.
fn declaration(root: &Root<'_>, group: &Group<'_>, at: usize, field: &Field<'_>, metric: &Metric) -> TokenStream {
    let (private, ty, name) = (root.private(), field.ty, declared(at));
    let blamed = match (&metric.unit, &metric.rename) {
        (Some(unit), _) if metric.as_is.is_none() => unit.value.span(),
        (_, Some(rename)) => rename.value.span(),
        _ => field.name.span(),
    };
    let mut written = Literal::string(&metric.name(field.name));
    written.set_span(blamed);
    let new = if metric.as_is.is_some() { quote!(declared_as_is) } else { quote!(declared) };
    let new = root.check_at(blamed, &new, &ours!(__tachometer_shape, #written));
    let names = metric.labels.iter().flat_map(|labels| &labels.value);
    let names = ours!(&[#(#names),*]);
    let on_all = &group.labels;
    let place = metric.labels.as_ref().map_or_else(|| field.name.span(), |labels| labels.key.span());
    let arity = root.check_at(place, &quote!(check_labels), &ours!(__tachometer_shape, #names, &[#(#on_all),*]));
    let labels = metric.labels.iter().flat_map(|labels| &labels.value);
    let labels = labels.map(|label| root.check(&quote!(checked_label), &label.to_token_stream()));
    let buckets = metric.buckets.as_ref().map(|buckets| {
        let belongs = root.check_at(buckets.key.span(), &quote!(check_buckets), &ours!(__tachometer_shape));
        let buckets = root.buckets(&buckets.value);
        ours!(#belongs; let __tachometer_metric = __tachometer_metric #buckets;)
    });
    let scale = metric.scale.as_ref().map(|scale| {
        let belongs = root.check_at(scale.key.span(), &quote!(check_scale), &ours!(__tachometer_shape));
        let quanta = root.check(&quote!(checked_scale), &scale.value.to_token_stream());
        ours!(#belongs; let __tachometer_metric = __tachometer_metric.scale(#quanta);)
    });
    let unit = metric.unit.as_ref().map(|unit| {
        let unit = unit.value.value();
        ours!(.unit(#unit))
    });
    let rolling = metric.rolling.as_ref().map(|_| ours!(.rolling(#private::attached)));
    let zero = metric.zero.as_ref().filter(|zero| !zero.value).map(|_| ours!(.without_zero()));
    let help = &metric.help;
    ours! {
        static #name: #private::Declared = {
            let __tachometer_shape = <#ty as #private::Field>::SHAPE;
            let __tachometer_metric = #new.help(#help) #unit #zero #rolling;
            #arity;
            #(let _ = #labels;)*
            let __tachometer_metric = __tachometer_metric.names(#names);
            #buckets
            #scale
            __tachometer_metric
        };
    }
}

/// A field and what it is made of.
fn value(private: &TokenStream, at: usize, Field { name, ty, role }: &Field<'_>) -> TokenStream {
    match role {
        Role::Skipped => ours!(#name: ::core::default::Default::default()),
        Role::Metric(_) => {
            let declared = declared(at);
            ours!(#name: <#ty as #private::Field>::build(scope, &#declared))
        }
        Role::Group { prefix } => {
            let prefix = match prefix {
                Some(prefix) => prefix.to_token_stream(),
                None => ours!(<#ty as #private::Metrics>::PREFIX),
            };
            ours!(#name: <#ty as #private::Metrics>::build(&scope.within(#prefix)))
        }
    }
}

/// The constructors of a struct whose metrics have no labels of its own.
fn plain(group: &Group<'_>, private: &TokenStream) -> TokenStream {
    let (name, vis, prefix) = (&group.input.ident, &group.input.vis, prefix(group));
    ours! {
        #[automatically_derived]
        impl #private::Metrics for #name {
            const PREFIX: &'static ::core::primitive::str = #prefix;

            fn build(scope: &#private::Scope) -> Self {
                __tachometer_build(scope)
            }
        }

        #[automatically_derived]
        impl ::core::default::Default for #name {
            fn default() -> Self {
                __tachometer_build(&#private::Scope::new(#prefix, &[]))
            }
        }

        #[allow(unused)]
        impl #name {
            /// The metrics under names that begin with `prefix` instead of the struct's own. A character that a name
            /// cannot hold becomes `_`.
            #[must_use]
            #vis fn with_prefix(prefix: &::core::primitive::str) -> Self {
                __tachometer_build(&#private::Scope::new(prefix, &[]))
            }

            /// The program's one instance.
            #[must_use]
            #vis fn global() -> &'static Self {
                static GLOBAL: ::std::sync::OnceLock<#name> = ::std::sync::OnceLock::new();
                #private::global(&GLOBAL)
            }
        }
    }
}

/// The constructors of a struct whose instances are told apart by labels.
fn labelled(group: &Group<'_>, private: &TokenStream) -> TokenStream {
    let (name, vis, prefix) = (&group.input.ident, &group.input.vis, prefix(group));
    let (labels, names): (_, Vec<Ident>) = (&group.labels, group.labels.iter().map(argument).collect());
    let arguments = ours!(#(#names: impl #private::LabelValue),*);
    let values = ours!(&[#((#labels, &#names)),*]);
    let scope = if group.owned.is_some() { ours!(owned) } else { ours!(new) };
    ours! {
        #[allow(unused, clippy::too_many_arguments, clippy::needless_pass_by_value)]
        impl #name {
            /// The metrics of the instance that has these values of its labels.
            #[must_use]
            #vis fn with_labels(#arguments) -> Self {
                __tachometer_build(&#private::Scope::#scope(#prefix, #values))
            }

            /// The same under names that begin with `prefix` instead of the struct's own. A character that a name
            /// cannot hold becomes `_`.
            #[must_use]
            #vis fn with_prefix(__tachometer_prefix: &::core::primitive::str, #arguments) -> Self {
                __tachometer_build(&#private::Scope::#scope(__tachometer_prefix, #values))
            }
        }
    }
}

fn prefix(group: &Group<'_>) -> String {
    group.prefix.as_ref().map(LitStr::value).unwrap_or_default()
}

fn declared(at: usize) -> Ident {
    Ident::new(&format!("__TACHOMETER_METRIC_{at}"), Span::mixed_site())
}

/// The argument that is a label's value, called as the label as far as it can be.
fn argument(label: &LitStr) -> Ident {
    let name: String = label.value().chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
    let name = if name.starts_with(|c: char| c.is_numeric()) { format!("_{name}") } else { name };
    let mut argument = syn::parse_str(&name)
        .or_else(|_| syn::parse_str(&format!("r#{name}")))
        .unwrap_or_else(|_| Ident::new("__tachometer_label", Span::mixed_site()));
    argument.set_span(label.span());
    argument
}
