//! The common case: a return type with a name, and no key that wants more of a call than how it has ended. The type is
//! asked one question, which tells of most types in few steps that they are values: each function pays for its steps when
//! it is compiled.

use proc_macro2::{Ident, Spacing, TokenStream, TokenTree};
use quote::quote_spanned;
use syn::{Signature, Type};

use crate::{
    expand::{
        call::Entered,
        owned::Owned,
        plan::Asked,
        returned::Asking,
        root::{self, Root},
        site, user_body,
    },
    model::Measure,
    parse::Judge,
};

/// The type that is asked, if this is a common case.
pub(super) fn asked<'a>(entered: &[Entered<'_>], asking: &'a Asking, measure: &Measure) -> Option<&'a Type> {
    let Asking::Named(ty) = asking else { return None };
    let is_common = |entered: &Entered<'_>| {
        let judge = entered.site.judge;
        entered.extras.is_empty()
            // Which labels are read is known behind the answer.
            && (entered.local.is_none() || !measure.inherits())
            && matches!(judge, None | Some(Asked { judge: Judge::Outcome, must: false }))
    };
    entered.iter().all(is_common).then_some(&**ty)
}

/// The trait that asks.
pub(super) fn question(root: &Root<'_>) -> TokenStream {
    let private = root.private();
    ours!(use #private::Asked as _;)
}

/// The answer.
pub(super) fn answer(ty: &Type, measure: &Measure, root: &Root<'_>) -> TokenStream {
    let private = root.private();
    // Also what is too short-lived to be asked is told there.
    let place = root::ours_at(&measure.output());
    let demand = Ident::new(if measure.inherits() { "or_left" } else { "followed" }, place);
    quote_spanned!(place=> (&&&&&#private::probe::<#ty>()).__tachometer_asked().#demand())
}

/// The statements of a function that makes no future.
pub(super) fn synchronous(
    entered: &[Entered<'_>],
    ty: &Type,
    resolved: &TokenStream,
    measure: &Measure,
    sig: &mut Signature,
    root: &Root<'_>,
) -> TokenStream {
    let (question, answer) = (question(root), answer(ty, measure, root));
    let around = entered.iter().enumerate().map(|(index, Entered { name, local, .. })| {
        let call = site::numbered("__tachometer_call", index);
        let begins = match local {
            None => ours!(let mut #call = __tachometer_last.start(&#name);),
            Some(local) => ours!(let mut #call = __tachometer_last.start_with(&#name, &mut #local);),
        };
        (begins, ours!(__tachometer_last.end(&mut #call, &mut __tachometer_value);))
    });
    let (begins, ends): (Vec<TokenStream>, Vec<TokenStream>) = around.unzip();
    let ends = ends.iter().rev();
    let value = if may_be_left(&measure.function.body) {
        let private = root.private();
        let body = Owned::of(measure, sig, root).body(None, measure);
        // Closure and body are the user's to all who look for what a body does: lints, and counters of covered lines.
        let closure = quote_spanned!(measure.function.braces=> move || #body);
        // That an error is large is said of the function already, where it has a choice.
        ours!(#[allow(clippy::result_large_err)] let mut __tachometer_value = #private::body::<#ty, _>(#closure)();)
    } else {
        let body = user_body(measure);
        ours!(let mut __tachometer_value: #ty = #body;)
    };
    ours! {
        #question
        let __tachometer_last = #answer;
        #resolved
        #(#begins)*
        #value
        #(#ends)*
        __tachometer_value
    }
}

/// Watchers around a future, one for each site, the first outermost.
pub(super) fn watched(entered: &[Entered<'_>], future: TokenStream, answer: &TokenStream) -> TokenStream {
    let watch = |last: &TokenStream, entered: &Entered<'_>, future: TokenStream| {
        let (name, labels) = (&entered.name, entered.labels(false));
        ours!(#last.watch(&#name, #labels, #future))
    };
    if let [entered] = entered {
        return watch(answer, entered, future);
    }
    let last = ours!(__tachometer_last);
    let watched = entered.iter().rev().fold(future, |future, entered| watch(&last, entered, future));
    ours!({ let #last = #answer; #watched })
}

/// Whether a body may be left from its midst: by `?`, by `return`, or by what a macro makes. One that cannot be needs no
/// closure to be seen to its end.
fn may_be_left(body: &TokenStream) -> bool {
    let (mut is_named, mut is_marked) = (false, false);
    for token in body.clone() {
        let (was_named, was_marked) = (is_named, is_marked);
        (is_named, is_marked) = (false, false);
        match token {
            TokenTree::Group(_) if was_marked => return true,
            TokenTree::Group(group) if may_be_left(&group.stream()) => return true,
            TokenTree::Ident(word) if LEAVE.iter().any(|leave| word == leave) => return true,
            TokenTree::Ident(_) => is_named = true,
            TokenTree::Punct(punct) if punct.as_char() == '?' => return true,
            // With a name before it and braces behind, the mark of a macro.
            TokenTree::Punct(punct) => {
                is_marked = was_named && punct.as_char() == '!' && punct.spacing() == Spacing::Alone
            }
            TokenTree::Group(_) | TokenTree::Literal(_) => {}
        }
        // `macro_rules! name { .. }`
        is_marked |= was_marked && is_named;
    }
    false
}

const LEAVE: [&str; 3] = ["become", "return", "yield"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_may_be_left_by_its_own_words_and_by_what_a_macro_makes() {
        let may_be_left = |body: &str| may_be_left(&body.parse().expect("it is Rust"));
        for body in
            ["f()?.g", "if x { return 1; } 2", "vec![1]", "{ a::b! { 1 } }", "|| x?", "macro_rules! m { () => {} }"]
        {
            assert!(may_be_left(body), "{body}");
        }
        for body in ["self.a = b; self", "a != (b)", "!(a)", "(!a, !{ b })", "match x { _ if !x => 1 }", ""] {
            assert!(!may_be_left(body), "{body}");
        }
    }
}
