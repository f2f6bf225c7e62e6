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
use syn::{Item, Macro};

use crate::{attribute::instrument, meter::Meter};

/// Compares the item that an attribute emits, formatted, with `expected`.
fn expands(meter: Meter, args: &str, item: &str, expected: &Expect) {
    let file = syn::parse2(instrument(meter, tokens(args), tokens(item))).expect("an expansion is made of items");
    expected.assert_eq(&prettyplease::unparse(&file));
}

/// The messages that an attribute reports, and the item that is left.
fn rejected(meter: Meter, args: &str, item: &str) -> (Vec<String>, String) {
    let file = syn::parse2(instrument(meter, tokens(args), tokens(item)));
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
