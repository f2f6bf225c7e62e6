//! A type that is a future only if its parameters live for ever cannot be asked whether it is one, where nothing says so of
//! them. The error stands at the function, also in a block.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

struct Upgradeable<I>(Option<I>);

impl<I: Unpin + 'static> Future for Upgradeable<I> {
    type Output = I;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<I> {
        self.0.take().map_or(Poll::Pending, Poll::Ready)
    }
}

struct Connection<I>(I);

#[tachometer::measured]
impl<I: Unpin> Connection<I> {
    fn close(&self) {}

    fn with_upgrades(self) -> Upgradeable<I> {
        Upgradeable(Some(self.0))
    }
}

fn main() {}
