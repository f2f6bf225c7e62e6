//! The common case: a return type with a name, and no key that wants more of a call than how it has ended. The type is
//! asked one question, which tells of most types in few steps that they are values: each function pays for its steps when
//! it is compiled.

use proc_macro2::{Ident, TokenStream};
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

/// The type is asked, and what answers is told to `act`.
fn answer(ty: &Type, act: &str, arguments: &TokenStream, measure: &Measure, root: &Root<'_>) -> TokenStream {
    let private = root.private();
    // Also what is too short-lived to be asked is told there.
    let place = root::ours_at(&measure.output());
    let act = if measure.inherits() { format!("{act}_or_leave") } else { act.to_owned() };
    let act = Ident::new(&act, place);
    quote_spanned!(place=> (&&&&&#private::Probe::<#ty>::NEW).__tachometer_asked().#act(#arguments))
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
    let question = question(root);
    let around = entered.iter().enumerate().map(|(index, Entered { name, local, .. })| {
        let call = site::numbered("__tachometer_call", index);
        let begun = match local {
            None => answer(ty, "begin", &ours!(&#name), measure, root),
            Some(local) => answer(ty, "begin_with", &ours!(&#name, &mut #local), measure, root),
        };
        (ours!(let mut #call = #begun;), ours!(#call.end(&mut __tachometer_value);))
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
    ours!(#question #resolved #(#begins)* #value #(#ends)* __tachometer_value)
}

/// Watchers around a future, one for each site, the first outermost.
pub(super) fn watched(
    entered: &[Entered<'_>],
    ty: &Type,
    future: TokenStream,
    measure: &Measure,
    root: &Root<'_>,
) -> TokenStream {
    entered.iter().rev().fold(future, |future, entered| {
        let (name, labels) = (&entered.name, entered.labels(false));
        answer(ty, "watch", &ours!(&#name, #labels, #future), measure, root)
    })
}

/// Whether a body may be left from its midst: by `?`, by `return`, or by what a macro makes. One that cannot be needs no
/// closure to be seen to its end.
///
/// It is looked for in the body's text: a body may be long, and each of its tokens would be fetched from the compiler. What
/// stands in quotes is taken for code, which makes a closure that need not be.
fn may_be_left(body: &TokenStream) -> bool {
    let text = body.to_string();
    let (mut rest, mut word) = (text.as_str(), "");
    while let Some(first) = rest.bytes().next() {
        if is_of_word(first) {
            let end = rest.bytes().position(|byte| !is_of_word(byte)).unwrap_or(rest.len());
            (word, rest) = rest.split_at(end);
            if LEAVE.contains(&word) {
                return true;
            }
            continue;
        }
        rest = rest.get(1..).unwrap_or_default();
        match first {
            b'?' => return true,
            b'!' if !word.is_empty() && !OPERANDS.contains(&word) && makes_something(word, rest) => return true,
            b' ' | b'\n' => {}
            _ => word = "",
        }
    }
    false
}

/// Whether this is a macro's, behind its name and its mark.
fn makes_something(name: &str, behind: &str) -> bool {
    let next = behind.bytes().find(|byte| !byte.is_ascii_whitespace());
    name == "macro_rules" || next.is_some_and(|next| b"([{".contains(&next))
}

/// Whether a byte may be part of a word, be it of a letter that takes more than one.
const fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii()
}

const LEAVE: [&str; 3] = ["become", "return", "yield"];

/// Words that have an operand behind them.
const OPERANDS: [&str; 6] = ["as", "else", "if", "in", "match", "while"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_may_be_left_by_its_own_words_and_by_what_a_macro_makes() {
        let may_be_left = |body: &str| may_be_left(&body.parse().expect("it is Rust"));
        for body in [
            "f()?.g",
            "if x { return 1; } 2",
            "vec![1]",
            "{ a::b! { 1 } }",
            "|| x?",
            "macro_rules! m { () => {} }",
            "a::b ! (x)",
            "loop { return }",
        ] {
            assert!(may_be_left(body), "{body}");
        }
        for body in [
            "self.a = b; self",
            "a != (b)",
            "!(a)",
            "(!a, !{ b })",
            "match x { _ if !x => 1 }",
            "if !(a) { b }",
            "returned(yielded)",
            "",
        ] {
            assert!(!may_be_left(body), "{body}");
        }
    }
}
