//! Last stage: tokens. Takes only what has been [`Checked`], so nothing here can be wrong with the user's input.
//!
//! An expansion is thin: call sites, and one call of the runtime per site around the user's body.

/// `quote!` with the hygiene of our own code: our locals are not the user's.
macro_rules! ours {
    ($($tokens:tt)*) => { ::quote::quote_spanned!(::proc_macro2::Span::mixed_site()=> $($tokens)*) };
}

mod assigned;
mod call;
mod common;
pub(crate) mod desugared;
mod finite;
mod future;
mod named;
mod owned;
mod plan;
mod returned;
pub(crate) mod root;
mod site;
mod tail;

use proc_macro2::{Delimiter, Group, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::Signature;

use crate::{
    expand::{plan::Plan, root::Root},
    model::{Declaration, Measure},
    validate::Checked,
};

/// The function, measured.
pub(crate) fn expand(measure: &Checked<Measure>) -> TokenStream {
    let root = Root::of(measure);
    let plan = Plan::of(measure);
    let checks = site::checks(measure.declarations.iter(), &root);
    let sites = site::statics(&plan, measure, &root);
    let mut sig = measure.function.sig.clone();
    let call = call::measured(&plan, measure, &mut sig, &root);
    with_body(measure, &sig, quote!(#checks #sites #call))
}

/// The function as it was, without our attributes. What only the compiler can find wrong with them, it finds all the
/// same.
pub(crate) fn unmeasured(measure: &Measure) -> TokenStream {
    if measure.function.naked().is_some() {
        return measure.function.to_token_stream();
    }
    let checks = site::checks(measure.declarations.iter(), &Root::of(measure));
    let (uses, body) = (uses(measure), &measure.function.body);
    with_body(measure, &measure.function.sig, quote!(#checks #uses #body))
}

/// The arguments in a closure that is never called: of those that only a label uses, the compiler would say that they are
/// unused.
fn uses(measure: &Measure) -> Option<TokenStream> {
    if !measure.declarations.iter().any(Declaration::has_labels) {
        return None;
    }
    let names = measure.function.arguments();
    (!names.is_empty()).then(|| ours!(let _ = || { #(let _ = &#names;)* };))
}

fn with_body(measure: &Measure, sig: &Signature, body: TokenStream) -> TokenStream {
    let imports = imports(&measure.declarations);
    let body = Root::of(measure).within(body);
    let function = &measure.function;
    // Of these clippy knows how a body has to be written; one of another form, which ours is, must not be the user's.
    let has_form = ["partial_cmp", "clone", "clone_from"].iter().any(|name| sig.ident == name);
    let braces = if has_form { Span::mixed_site().located_at(function.braces) } else { function.braces };
    function.with(sig, &quote!(#imports #body), braces)
}

/// An attribute that was merged is never resolved, and its `use` would count as unused.
pub(crate) fn imports(declarations: &[Declaration]) -> TokenStream {
    let paths = declarations.iter().filter_map(|declaration| declaration.path.as_ref());
    paths.map(|path| ours!(#[allow(unused_imports)] use #path as _;)).collect()
}

/// The user's statements in a block of their own, so that their items shadow nothing of ours.
///
/// The block is the user's, with whatever that means in the edition of the user's crate. It is the arm of a match, which
/// drops the temporaries of the block's last expression before ours do anything, and whose braces are never superfluous. A
/// closure that is returned would not learn there what the signature says that it takes.
fn user_body(measure: &Measure) -> TokenStream {
    if measure.is_sync() && measure.written().is_closure() {
        // With something beside one expression no braces are superfluous.
        let beside = ours! { const _: () = (); };
        let body = &measure.function.body;
        return block_at(measure.function.braces, quote!(#beside #body)).to_token_stream();
    }
    user_block(measure.function.braces, measure.function.body.clone())
}

/// The same for statements that stand between any braces of the user's.
fn user_block(braces: Span, statements: TokenStream) -> TokenStream {
    let block = block_at(braces, statements);
    ours!(match () { () => #block })
}

/// A block that stands where the user's did.
fn block_at(braces: Span, statements: TokenStream) -> Group {
    let mut block = Group::new(Delimiter::Brace, statements);
    block.set_span(braces);
    block
}
