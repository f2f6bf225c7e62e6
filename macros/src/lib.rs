//! The attributes of `tachometer`: each reads what it is put on, checks it, and emits calls of the runtime.
//!
//! All are documented where `tachometer` re-exports them. The stages are `parse`, `model`, `validate` and `expand`; a
//! mistake found on the way ends in `fallback`. What a call records is decided by the runtime alone.
//! Only the exact version of `tachometer` that this crate was released with understands the expansions.

// The documentation stands on the re-exports, where its examples can run.
#![allow(missing_docs)]
// A macro that panics takes the user's item with it, and with that every hint of the editor.
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable, clippy::indexing_slicing)
)]

mod attribute;
mod meter;
mod parse;
mod shape;

mod model;
mod validate;

#[macro_use]
mod expand;
mod block;
mod deferred;
mod derive;
mod fallback;
mod time;

mod diagnostics;
mod suggest;

#[cfg(test)]
mod tests;

use proc_macro::TokenStream;

use crate::{derive::Derive, meter::Meter};

macro_rules! attributes {
    ($($name:ident => $meter:expr;)*) => {
        $(#[proc_macro_attribute]
        pub fn $name(args: TokenStream, item: TokenStream) -> TokenStream {
            attribute::instrument($meter, args.into(), item.into()).into()
        })*
    };
}

attributes! {
    counted => Meter::Counted;
    timed => Meter::Timed;
    in_flight => Meter::InFlight;
    measured => Meter::Measured;
}

#[proc_macro_attribute]
pub fn skip(args: TokenStream, item: TokenStream) -> TokenStream {
    attribute::skip(args.into(), item.into()).into()
}

#[doc(hidden)]
#[proc_macro_attribute]
pub fn deferred(args: TokenStream, item: TokenStream) -> TokenStream {
    deferred::deferred(args.into(), item.into()).into()
}

#[proc_macro]
pub fn time(tokens: TokenStream) -> TokenStream {
    time::time(tokens.into()).into()
}

macro_rules! derives {
    ($($name:ident: $trait:ident, $($helper:ident),*;)*) => {
        $(#[proc_macro_derive($trait, attributes($($helper),*))]
        pub fn $name(item: TokenStream) -> TokenStream {
            derive::derive(Derive::$trait, item.into()).into()
        })*
    };
}

derives! {
    metrics: Metrics, metrics, metric;
    label: Label, label;
    labels: Labels, label;
    error_kind: ErrorKind, error_kind, result;
}
