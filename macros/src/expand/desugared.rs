//! An `async fn` as the language has it underneath: a function that makes a future. The future is then the watcher around
//! the user's own, where within an `async fn` it would be one more that the compiler has to look into.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Attribute, Signature, Type, parse_quote};

use crate::{
    expand::{
        call::Entered,
        future::future_and_watcher,
        owned::{Owned, Words},
        returned::Asking,
        root::Root,
    },
    model::Measure,
    parse::Judge,
    shape::Output,
};

/// Whether the function can be written so without a difference.
///
/// Other macros may want an `async fn`, `!` cannot be a future's output, and a judge that borrows an argument needs it
/// where the future does not have it.
pub(super) fn is_possible(measure: &Measure) -> bool {
    let never = matches!(measure.output(), Output::Type(Type::Never(_)));
    let judges = measure.declarations.iter().filter_map(|declaration| declaration.args.judge());
    let judges = judges.filter_map(|judge| match judge {
        Judge::KindBy(by) | Judge::OkIf(by) | Judge::ErrorIf(by) => Some(by.to_token_stream()),
        Judge::Outcome | Judge::Kind => None,
    });
    let judges = Words::of(judges.collect());
    let arguments = measure.function.arguments();
    !never
        && measure.function.attrs.iter().all(is_inert)
        && measure.within.as_ref().is_none_or(|within| !within.is_rewritten)
        && !judges.hold("self")
        && !judges.hold_any(&arguments)
        && Owned::can_be_whole(measure)
}

/// Whether an attribute changes nothing of a function's form, and asks for none. What is expected of lints may be about
/// that form.
pub(crate) fn is_inert(attr: &Attribute) -> bool {
    INERT.iter().any(|name| attr.path().is_ident(name))
}

const INERT: [&str; 9] = ["allow", "cfg", "cold", "deny", "deprecated", "doc", "forbid", "inline", "warn"];

/// The statements that make the future, in a function that is no longer `async`.
pub(super) fn made(
    entered: &[Entered<'_>],
    asking: &Asking,
    resolved: &TokenStream,
    measure: &Measure,
    sig: &mut Signature,
    root: &Root<'_>,
) -> TokenStream {
    let private = root.private();
    let owned = Owned::whole(measure, sig);
    let output = measure.output();
    sig.asyncness = None;
    let output: Type = parse_quote!(#output);
    let opaque = ours!(-> impl ::core::future::Future<Output = #output>);
    sig.output = parse_quote!(#opaque);
    let [future, watched] = future_and_watcher(&owned, entered, asking, measure, root);
    let made = ours! {
        #[allow(clippy::async_yields_async)]
        let __tachometer_body = #future;
        #watched
    };
    if resolved.is_empty() {
        return made;
    }
    let mentions = owned.mentions();
    // Labels are read when the call begins, which is when the future is polled.
    ours!(#private::lazily(move || { #mentions #resolved #made }))
}
