//! The attributes of `tachometer`: each reads what it is put on, checks it, and emits calls of the runtime.
//!
//! The attributes are documented where `tachometer` re-exports them. The stages are `parse`, `model`, `validate`
//! and `expand`; a mistake found on the way ends in `fallback`. What a call records is decided by the runtime alone.
//!
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
mod derive;
mod time;

mod fallback;

mod diagnostics;
mod suggest;

#[cfg(test)]
mod tests;

use proc_macro::TokenStream;

use crate::{
    attribute::instrument,
    derive::{Derive, derive},
    meter::Meter,
};

#[proc_macro_attribute]
pub fn counted(args: TokenStream, item: TokenStream) -> TokenStream {
    instrument(Meter::Counted, args.into(), item.into()).into()
}

#[proc_macro_attribute]
pub fn timed(args: TokenStream, item: TokenStream) -> TokenStream {
    instrument(Meter::Timed, args.into(), item.into()).into()
}

#[proc_macro_attribute]
pub fn in_flight(args: TokenStream, item: TokenStream) -> TokenStream {
    instrument(Meter::InFlight, args.into(), item.into()).into()
}

#[proc_macro_attribute]
pub fn measured(args: TokenStream, item: TokenStream) -> TokenStream {
    instrument(Meter::Measured, args.into(), item.into()).into()
}

#[proc_macro_attribute]
pub fn skip(args: TokenStream, item: TokenStream) -> TokenStream {
    attribute::skip(args.into(), item.into()).into()
}

#[proc_macro]
pub fn time(tokens: TokenStream) -> TokenStream {
    time::time(tokens.into()).into()
}

#[proc_macro_derive(Metrics, attributes(metrics, metric))]
pub fn metrics(item: TokenStream) -> TokenStream {
    derive(Derive::Metrics, item.into()).into()
}

#[proc_macro_derive(Label, attributes(label))]
pub fn label(item: TokenStream) -> TokenStream {
    derive(Derive::Label, item.into()).into()
}

#[proc_macro_derive(Labels, attributes(label))]
pub fn labels(item: TokenStream) -> TokenStream {
    derive(Derive::Labels, item.into()).into()
}

#[proc_macro_derive(ErrorKind, attributes(error_kind, result))]
pub fn error_kind(item: TokenStream) -> TokenStream {
    derive(Derive::ErrorKind, item.into()).into()
}
