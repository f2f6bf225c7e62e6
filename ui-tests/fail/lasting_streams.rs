use std::{
    pin::Pin,
    task::{Context, Poll},
};

use futures::stream::{self, Stream};
use tachometer::{counted, measured, timed};

struct Rows;

impl Stream for Rows {
    type Item = u8;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<u8>> {
        Poll::Ready(None)
    }
}

#[counted]
fn named() -> Rows {
    Rows
}

#[measured(name = "maybe")]
fn maybe() -> Option<Rows> {
    Some(Rows)
}

#[timed]
fn cloned() -> impl Stream<Item = u8> + Clone {
    stream::empty()
}

#[measured(name = "asked")]
async fn asked() -> Result<stream::Empty<u8>, String> {
    Ok(stream::empty())
}

fn main() {
    drop((named(), maybe(), cloned(), asked()));
}
