//! What the attributes make of an item, as text: expansions in full, and errors as the list of their messages.
//!
//! `UPDATE_EXPECT=1 cargo test -p tachometer-macros` writes the expectations anew.

mod beside;
mod blocks;
mod derives;
mod expansions;
mod fallbacks;
mod futures;
mod labels;
mod named;
mod objectives;
mod order;
mod outcomes;
mod stacking;

use expect_test::Expect;
use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Item, Macro, Meta};

use crate::{attribute::instrument, deferred::is_deferred, meter::Meter, model};

/// Compares the item that an attribute emits, formatted, with `expected`. Attributes below that may be ours are.
fn expands(meter: Meter, args: &str, item: &str, expected: &Expect) {
    expected.assert_eq(&shown(resolved(instrument(meter, tokens(args), tokens(item)))));
}

/// Compares what an attribute emits at once with `expected`.
fn emits(meter: Meter, args: &str, item: &str, expected: &Expect) {
    expected.assert_eq(&shown(instrument(meter, tokens(args), tokens(item))));
}

/// Items, formatted.
fn shown(items: TokenStream) -> String {
    prettyplease::unparse(&syn::parse2(items).expect("an expansion is made of items"))
}

/// What is emitted as the compiler goes on, where all that waits has an attribute of ours above it.
fn resolved(emitted: TokenStream) -> TokenStream {
    let file: syn::File = syn::parse2(emitted).expect("an expansion is made of items");
    let items = file.items.into_iter().map(|mut item| {
        let attrs = match &mut item {
            Item::Fn(function) => &mut function.attrs,
            Item::Impl(block) => &mut block.attrs,
            Item::Mod(module) => &mut module.attrs,
            _ => return item.into_token_stream(),
        };
        let waits = attrs.iter().any(|attr| is_deferred(attr.path()));
        let Some(at) = attrs.iter().position(|attr| waits && model::may_be(attr.path())) else {
            return item.into_token_stream();
        };
        let attr = attrs.remove(at);
        let meter = attr.path().get_ident().and_then(|name| name.to_string().parse().ok()).expect("it may be ours");
        let args = match attr.meta {
            Meta::List(list) => list.tokens,
            _ => TokenStream::new(),
        };
        resolved(instrument(meter, args, item.into_token_stream()))
    });
    items.collect()
}

/// The messages that an attribute reports, and the item that is left.
fn rejected(meter: Meter, args: &str, item: &str) -> (Vec<String>, String) {
    let file = syn::parse2(resolved(instrument(meter, tokens(args), tokens(item))));
    let mut file: syn::File = file.expect("a fallback is made of items");
    let mut messages = Vec::new();
    file.items.retain(|item| match item {
        Item::Macro(item) if is_error(&item.mac) => {
            let message: syn::LitStr = item.mac.parse_body().expect("an error is a text");
            messages.push(message.value());
            false
        }
        _ => true,
    });
    (messages, prettyplease::unparse(&file))
}

fn is_error(mac: &Macro) -> bool {
    mac.path.segments.last().is_some_and(|last| last.ident == "compile_error")
}

fn tokens(code: &str) -> TokenStream {
    code.parse().expect("the code is made of tokens")
}
