//! Expansions keep even the lints that nobody turns on all together. Those allowed here are about the code in this file.

#![deny(warnings)]
#![deny(clippy::all, clippy::pedantic, clippy::nursery, clippy::restriction)]
#![allow(
    clippy::absolute_paths,
    clippy::arbitrary_source_item_ordering,
    clippy::blanket_clippy_restriction_lints,
    clippy::implicit_return,
    clippy::min_ident_chars,
    clippy::missing_docs_in_private_items,
    clippy::question_mark_used,
    clippy::single_call_fn,
    reason = "a style, or the opposite of another one"
)]

extern crate alloc;

use alloc::boxed::Box;
use core::{
    future::{Future, ready},
    pin::Pin,
};

use tachometer::{Counter, ErrorKind, Label, Labels, Metrics, counted, in_flight, measured, timed};

#[measured]
fn sync() {}

#[measured(name = "restricted", labels(text, length = %text.len(), limited = cap(text, 10)), result)]
fn restricted(text: &str) -> Option<usize> {
    Some(text.len())
}

#[measured(name = "restricted_future", labels(text), error_kind)]
async fn future(text: &str) -> Result<usize, Failed> {
    restricted(text).ok_or(Failed::NoText)
}

#[measured(name = "restricted_box", labels(text), result)]
fn boxed(text: &str) -> Pin<Box<dyn Future<Output = Option<usize>> + '_>> {
    Box::pin(async { restricted(text) })
}

#[measured(name = "restricted_opaque", ok_if = |value| *value > 1)]
fn opaque() -> impl Future<Output = u8> {
    ready(1)
}

#[counted]
#[timed(poll)]
#[in_flight]
async fn merged() -> bool {
    true
}

struct Block;

#[measured]
impl Block {
    async fn method(&self) -> Result<(), ()> {
        Err(())
    }
}

#[derive(Label)]
enum Way {
    ByTrain,
}

#[derive(Labels)]
struct Ticket<'text> {
    to: &'text str,
    way: Way,
}

#[derive(Debug, ErrorKind)]
enum Failed {
    NoText,
}

#[derive(Metrics)]
struct Station {
    /// Tickets that were sold.
    tickets: Counter,
}

const SOLD: u64 = 1;

fn main() {
    sync();
    drop((future("text"), boxed("text"), opaque(), merged(), Block.method()));
    Station::global().tickets.increment(SOLD);
    let ticket = Ticket { to: "town", way: Way::ByTrain };
    assert!(ticket.to.len() > 1 && matches!(ticket.way, Way::ByTrain), "it is a ticket to the town");
}
