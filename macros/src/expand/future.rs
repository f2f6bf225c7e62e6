//! Futures: each form of function that makes one gets a watcher around it for each site.
//!
//! Only the future is watched. What a function does before it has made its future is no part of the call.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote_spanned};
use syn::{Expr, Signature, Type, parse_quote};

use crate::{
    expand::{
        block_at,
        call::{self, Entered, is_named, judged_by, returned},
        common, desugared,
        owned::Owned,
        returned::{Asking, Handed, beside},
        root::{self, Root},
        tail::Tail,
        user_block,
    },
    model::Measure,
    shape::{Form, Output},
};

/// The future of an `async fn`: what the function makes, or else awaited.
pub(super) fn asynchronous(
    entered: &[Entered<'_>],
    asking: &Asking,
    resolved: &TokenStream,
    measure: &Measure,
    sig: &mut Signature,
    root: &Root<'_>,
) -> TokenStream {
    if desugared::is_possible(measure) {
        return desugared::made(entered, asking, resolved, measure, sig, root);
    }
    let owned = Owned::of(measure, sig, root);
    let [future, watched] = future_and_watcher(&owned, entered, asking, measure, root);
    // The watcher borrows the user's future: within it, it would be one more type whose layout the compiler has to know for
    // each function that awaits another one.
    ours! {
        #resolved
        #[allow(clippy::async_yields_async)]
        let __tachometer_body = ::core::pin::pin!(#future);
        let __tachometer_value = #watched.await;
        __tachometer_value
    }
}

/// The user's future, and the watcher around it, to which it is `__tachometer_body`.
pub(super) fn future_and_watcher(
    owned: &Owned,
    entered: &[Entered<'_>],
    asking: &Asking,
    measure: &Measure,
    root: &Root<'_>,
) -> [TokenStream; 2] {
    let body = owned.body(hint(&returned(measure), root).as_ref(), measure);
    let future = quote_spanned!(measure.function.braces=> async move #body);
    [future, watched(entered, asking, ours!(__tachometer_body), measure, root)]
}

/// A future in a box. Where the box is not made by the body's last expression, it is put into another.
pub(super) fn boxed(
    entered: &[Entered<'_>],
    asking: &Asking,
    measure: &Measure,
    sig: &mut Signature,
    root: &Root<'_>,
) -> TokenStream {
    if let Some(Tail { statements, pin, future }) = Tail::boxed(&measure.function.body) {
        let future = hinted(&future, &returned(measure), root);
        let watched = watched(entered, asking, future, measure, root);
        return user_block(measure.function.braces, ours!(#statements #pin(#watched)));
    }
    let asking = Asking::of_written(measure);
    call::synchronous(entered, &asking, measure, sig, root)
}

/// A future or a stream as it is. Of one whose signature promises what it ends with, that is asked whether the call goes on
/// in it; of any other the value.
pub(super) fn opaque(
    entered: &[Entered<'_>],
    asking: &Asking,
    measure: &Measure,
    sig: &mut Signature,
    root: &Root<'_>,
) -> TokenStream {
    let promised = promised(measure);
    let tail = Tail::opaque(&measure.function.body);
    let Some(output) = promised else {
        let asking = Asking::Open { wraps: true };
        let Some(Tail { statements, future, .. }) = tail else {
            return call::synchronous(entered, &asking, measure, sig, root);
        };
        let future = hinted(&future, &returned(measure), root);
        let watched = asking.layers(entered, Handed::Value, future, measure, root);
        return user_block(measure.function.braces, ours!(#statements #watched));
    };
    let private = root.private();
    let Some(Tail { statements, future, .. }) = tail else {
        let body = call::closure(measure, sig, root);
        let made = ours!(#private::future_by::<#output, _, _>(#body));
        return watched(entered, asking, made, measure, root);
    };
    let future = match &future {
        // It has been made before, and what it ends with may be told by the signature alone.
        Expr::Path(_) | Expr::Call(_) | Expr::MethodCall(_) => ours!(#private::ending_with::<#output, _>(#future)),
        _ => hinted(&future, &output, root),
    };
    let watched = watched(entered, asking, future, measure, root);
    user_block(measure.function.braces, ours!(#statements #watched))
}

/// What the signature promises of a future without a name: `T` of `impl Future<Output = T>`.
pub(super) fn promised(measure: &Measure) -> Option<Type> {
    match measure.output() {
        Output::Type(_) | Output::Unit if measure.form() == Form::Opaque => Some(returned(measure)),
        _ => None,
    }
}

/// The future that a body puts into its box, whatever the box is called.
pub(super) fn put_into_a_box(
    entered: &[Entered<'_>],
    asking: &Asking,
    measure: &Measure,
    root: &Root<'_>,
) -> Option<TokenStream> {
    let Asking::Named(ty) = asking else { return None };
    let Tail { statements, pin, future } = Tail::boxed(&measure.function.body)?;
    let Expr::Async(_) = &future else { return None };
    let future = hinted(&future, &parse_quote!(<#ty as ::core::future::Future>::Output), root);
    let watched = asking.layers(entered, Handed::Boxed, future, measure, root);
    Some(user_block(measure.function.braces, ours!(#statements #pin(#watched))))
}

/// A watcher around the future for each site, the first outermost.
pub(super) fn watched(
    entered: &[Entered<'_>],
    asking: &Asking,
    future: TokenStream,
    measure: &Measure,
    root: &Root<'_>,
) -> TokenStream {
    let private = root.private();
    if let Some(ty) = common::asked(entered, asking, measure).filter(|_| measure.form() == Form::Async) {
        return common::watched(entered, ty, future, measure, root);
    }
    if !asking.is_over() {
        return asking.layers(entered, Handed::Future, future, measure, root);
    }
    let returned = returned(measure);
    let is_asked = entered.iter().any(|entered| entered.site.judge.is_some());
    let (taken, output, future) = if is_named(&returned) || !is_asked {
        (None, ours!(#private::Probe::<#returned>::NEW), future)
    } else {
        let taken = ours!(let (__tachometer_future, __tachometer_output) = #private::output_of(#future););
        (Some(taken), ours!(__tachometer_output), ours!(__tachometer_future))
    };
    let watched = entered.iter().rev().fold(future, |future, entered| {
        let judge = match entered.site.judge {
            Some(judge) => judged_by(judge, &output, &output, measure, root),
            None => ours!(#private::AsOk),
        };
        let (name, labels) = (&entered.name, entered.labels(false));
        match beside(entered, root) {
            None => ours!(#private::watch(&#name, #labels, #judge, #future)),
            Some(beside) => {
                let start = ours!(#private::Start::new(&#name, #labels) #beside);
                ours!(#private::Last::<_, #private::AtOnce>::made().watch(#start, #private::AsOk, #judge, #future))
            }
        }
    });
    match taken {
        Some(taken) => ours!({ #taken #watched }),
        None => watched,
    }
}

/// A dead `return` that gives an `async` block the type which the signature gave it before it stood in a watcher.
pub(super) fn hint(returned: &Type, root: &Root<'_>) -> Option<TokenStream> {
    (!matches!(returned, Type::Never(_) | Type::Infer(_))).then(|| {
        let place = root::ours_at(returned);
        let private = root.private_at(place);
        quote_spanned!(place=> return #private::never::<#returned>();)
    })
}

/// The future with a hint of its type, if it is an `async` block.
fn hinted(future: &Expr, returned: &Type, root: &Root<'_>) -> TokenStream {
    match future {
        Expr::Async(block) if block.attrs.is_empty() => {
            let (asyncness, capture, statements) = (&block.async_token, &block.capture, &block.block.stmts);
            let hint = hint(returned, root);
            let hint = hint.map(|hint| ours!(if false { #hint }));
            let braces = block.block.brace_token.span.join();
            let body = user_block(braces, ours!(#(#statements)*));
            let body = block_at(braces, ours!(#hint #body));
            ours!(#asyncness #capture #body)
        }
        other => other.to_token_stream(),
    }
}
