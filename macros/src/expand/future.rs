//! Futures: each form of function that makes one gets a watcher around it for each site.
//!
//! Only the future is watched. What a function does before it has made its future is no part of the call.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote_spanned};
use syn::{Expr, ReturnType, Signature, Type, parse_quote};

use crate::{
    expand::{
        block_at,
        call::{Entered, Polls, is_named, judged_by, nameable, returned},
        owned::Owned,
        root::{self, Root},
        tail::Tail,
        user_block,
    },
    model::Measure,
};

/// The future of an `async fn`, awaited.
pub(super) fn asynchronous(
    entered: &[Entered<'_>],
    measure: &Measure,
    sig: &mut Signature,
    root: &Root<'_>,
) -> TokenStream {
    let hint = hint(&returned(measure), root);
    let body = Owned::of(measure, sig, root).body(hint.as_ref(), measure);
    let future = quote_spanned!(measure.function.braces=> async move #body);
    let watched = watched(entered, future, measure, root);
    ours!(#[allow(clippy::async_yields_async)] #watched.await)
}

/// A future in a box. Where the box is not made by the body's last expression, it is put into another.
pub(super) fn boxed(entered: &[Entered<'_>], measure: &Measure, sig: &mut Signature, root: &Root<'_>) -> TokenStream {
    if let Some(Tail { statements, pin, future }) = Tail::boxed(&measure.function.body) {
        let future = hinted(&future, measure, root);
        let watched = watched(entered, future, measure, root);
        return user_block(measure.function.braces, ours!(#statements #pin(#watched)));
    }
    let watched = watched(entered, made(measure, sig, root), measure, root);
    let private = root.private();
    ours!(#private::pinned(#watched))
}

/// A future as it is.
pub(super) fn opaque(entered: &[Entered<'_>], measure: &Measure, sig: &mut Signature, root: &Root<'_>) -> TokenStream {
    if let Some(Tail { statements, future, .. }) = Tail::opaque(&measure.function.body) {
        let future = hinted(&future, measure, root);
        let watched = watched(entered, future, measure, root);
        return user_block(measure.function.braces, ours!(#statements #watched));
    }
    watched(entered, made(measure, sig, root), measure, root)
}

/// A watcher around the future for each site, the first outermost.
fn watched(entered: &[Entered<'_>], future: TokenStream, measure: &Measure, root: &Root<'_>) -> TokenStream {
    let private = root.private();
    let returned = returned(measure);
    let is_asked = entered.iter().any(|entered| entered.site.judge.is_some());
    let (taken, output, future) = if is_named(&returned) || !is_asked {
        (None, ours!(#private::Probe::<#returned>::NEW), future)
    } else {
        let taken = ours!(let (__tachometer_future, __tachometer_output) = #private::output_of(#future););
        (Some(taken), ours!(__tachometer_output), ours!(__tachometer_future))
    };
    let watched = entered.iter().rev().fold(future, |future, Entered { site, name, labels, polls }| {
        let future = match polls {
            Some(Polls { name, labels }) => ours!(#private::polled(&#name, #labels, #future)),
            None => future,
        };
        let judge = match site.judge {
            Some(judge) => judged_by(judge, &output, measure, root),
            None => ours!(#private::AsOk),
        };
        ours!(#private::watch(&#name, #labels, #judge, #future))
    });
    match taken {
        Some(taken) => ours!({ #taken #watched }),
        None => watched,
    }
}

/// A dead `return` that gives an `async` block the type which the signature gave it before it stood in a watcher.
fn hint(returned: &Type, root: &Root<'_>) -> Option<TokenStream> {
    (!matches!(returned, Type::Never(_) | Type::Infer(_))).then(|| {
        let place = root::ours_at(returned);
        let private = root.private_at(place);
        quote_spanned!(place=> return #private::never::<#returned>();)
    })
}

/// The future with a hint of its type, if it is an `async` block.
fn hinted(future: &Expr, measure: &Measure, root: &Root<'_>) -> TokenStream {
    match future {
        Expr::Async(block) if block.attrs.is_empty() => {
            let (asyncness, capture, statements) = (&block.async_token, &block.capture, &block.block.stmts);
            let hint = hint(&returned(measure), root);
            let hint = hint.map(|hint| ours!(if false { #hint }));
            let braces = block.block.brace_token.span.join();
            let body = user_block(braces, ours!(#(#statements)*));
            let body = block_at(braces, ours!(#hint #body));
            ours!(#asyncness #capture #body)
        }
        other => other.to_token_stream(),
    }
}

/// The future that the body makes, whichever way it leaves.
fn made(measure: &Measure, sig: &mut Signature, root: &Root<'_>) -> TokenStream {
    let private = root.private();
    let body = Owned::of(measure, sig, root).body(None, measure);
    let ty = match &measure.function.sig.output {
        ReturnType::Default => parse_quote!(()),
        ReturnType::Type(_, ty) => nameable(ty),
    };
    let closure = quote_spanned!(measure.function.braces=> move || #body);
    ours!(#private::made::<#ty>(#closure))
}
