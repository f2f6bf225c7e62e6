//! Streams, and functions whose making is the call: there is nothing to say of them in any edition.

#![deny(warnings)]

use std::{
    future::{Future, Ready, ready},
    pin::Pin,
};

use futures::{
    executor::block_on,
    stream::{self, BoxStream, Stream, StreamExt},
};
use tachometer::{counted, measured, timed};

#[measured(name = "rows", items, first_item)]
fn rows(most: u8) -> impl Stream<Item = Result<u8, String>> {
    stream::iter(0..most).map(Ok)
}

#[measured(name = "words", labels(text), items = last)]
fn words<'a>(text: &'a str) -> BoxStream<'a, &'a str> {
    if text.is_empty() {
        return Box::pin(stream::empty());
    }
    Box::pin(stream::iter(text.split(' ')))
}

#[counted(name = "pinned_total", items = ignore)]
fn pinned(mut first: u8) -> Pin<Box<dyn Stream<Item = u8> + Send>> {
    first += 1;
    Box::pin(stream::repeat(first).take(2))
}

#[measured(name = "asked", result)]
async fn asked(most: u8) -> Result<impl Stream<Item = u8>, String> {
    if most == 0 {
        return Err("there is nothing".to_owned());
    }
    Ok(stream::iter(0..most))
}

#[timed(name = "made_seconds", making)]
fn made() -> Ready<u8> {
    ready(1)
}

#[measured(name = "cloned", making)]
fn cloned() -> impl Future<Output = u8> + Clone {
    ready(1)
}

struct Desk;

#[measured(making)]
impl Desk {
    fn open(&self) -> Ready<u8> {
        ready(2)
    }

    fn rows(&self) -> stream::Empty<u8> {
        stream::empty()
    }
}

fn main() {
    let all = block_on(rows(3).collect::<Vec<_>>());
    assert_eq!(all, [Ok(0), Ok(1), Ok(2)]);
    assert_eq!(block_on(words("a b").collect::<Vec<_>>()), ["a", "b"]);
    assert_eq!(block_on(words("").count()), 0);
    assert_eq!(block_on(pinned(1).collect::<Vec<_>>()), [2, 2]);
    assert_eq!(block_on(async { Ok::<_, String>(asked(2).await?.count().await) }), Ok(2));
    assert!(block_on(asked(0)).is_err());
    assert_eq!(block_on(made()) + block_on(cloned()) + block_on(Desk.open()), 4);
    assert_eq!(block_on(Desk.rows().count()), 0);
}
