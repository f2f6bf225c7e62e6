//! An `async fn` is written as what it is underneath, and nothing but its watcher tells: signatures, lints, drops.

#![deny(warnings, clippy::pedantic, clippy::nursery, rust_2018_idioms)]

use std::{
    future::{Future, ready},
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
};

use tachometer::measured;

/// A trait that others may implement.
#[allow(async_fn_in_trait)]
pub trait Desk {
    /// Asynchronous.
    async fn welcome(&self, name: &str) -> String;

    /// The same by what it returns.
    fn doubled(&self, number: &u8) -> impl Future<Output = u8> + Send;

    /// Provided.
    #[measured]
    async fn length(&self, name: &str) -> usize {
        ready(()).await;
        name.len()
    }
}

/// A desk that remembers.
#[derive(Debug, Clone)]
pub struct Remembers(pub String);

#[measured]
impl Desk for Remembers {
    async fn welcome(&self, name: &str) -> String {
        ready(()).await;
        format!("{name} {}", self.0)
    }

    async fn doubled(&self, number: &u8) -> u8 {
        ready(()).await;
        number * 2
    }
}

#[measured]
impl Remembers {
    /// A lifetime with a name.
    pub async fn named<'a>(&'a self, other: &str) -> &'a str {
        ready(()).await;
        let _ = other.len();
        &self.0
    }

    /// One without.
    pub async fn extended(&mut self, more: &str) -> &mut String {
        ready(()).await;
        self.0.push_str(more);
        &mut self.0
    }

    /// Takes all.
    pub async fn taken(mut self, more: impl AsRef<str> + Send) -> String {
        self.0.push_str(more.as_ref());
        ready(()).await;
        self.0
    }

    /// A receiver that nothing needs.
    pub async fn one(&self) -> u8 {
        ready(1).await
    }

    /// Patterns.
    pub async fn sum((a, mut b): (u8, u8), [c, ..]: [u8; 2], mut d: u8) -> u8 {
        ready(()).await;
        b += 1;
        d += 1;
        a + b + c + d
    }

    /// A type without a name.
    pub async fn counted<'a>(&'a self, number: &'a u8) -> impl Iterator<Item = usize> + 'a {
        ready(()).await;
        (0..*number).map(|_| self.0.len())
    }

    /// What only a signature tells.
    ///
    /// # Errors
    /// If asked to.
    pub async fn failing(&self, fails: bool) -> Result<&str, String> {
        ready(()).await;
        if fails {
            return Err("failed".into());
        }
        Ok(&self.0)
    }
}

#[measured(name = "labelled", labels(text, number), result)]
async fn labelled(text: String, number: &u8) -> Result<String, u8> {
    ready(()).await;
    if *number > 1 { Err(1) } else { Ok(text) }
}

#[measured(name = "only_labelled", labels(text))]
async fn only_labelled(text: String) -> u8 {
    ready(1).await
}

#[measured(name = "compared", error_if = |found: &u8| *found > limit)]
async fn compared(limit: u8) -> u8 {
    ready(limit + 1).await
}

#[measured]
async fn recursive(depth: u32) -> u32 {
    if depth == 0 { 0 } else { Box::pin(recursive(depth - 1)).await + 1 }
}

#[measured]
#[must_use]
async fn must_be_used() -> u8 {
    ready(1).await
}

#[measured]
async fn nothing(_: String, _unused: Remembers) {
    ready(()).await;
}

async fn call<F: AsyncFn(u32) -> u32>(function: F) -> u32 {
    function(3).await
}

const fn sent<T: Send>(value: T) -> T {
    value
}

fn finish<T>(future: impl Future<Output = T>) -> T {
    let mut future: Pin<&mut _> = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    match future.as_mut().poll(&mut context) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("nothing waits"),
    }
}

fn main() {
    let mut desk = Remembers("back".to_owned());
    assert_eq!(finish(desk.welcome("welcome")), "welcome back");
    assert_eq!(finish(sent(desk.doubled(&2))), 4);
    assert_eq!((finish(desk.length("abc")), finish(desk.one())), (3, 1));
    assert_eq!(finish(desk.named("other")), "back");
    assert_eq!(finish(desk.extended("!")), "back!");
    assert_eq!(finish(sent(desk.clone().taken("?"))), "back!?");
    assert_eq!(finish(Remembers::sum((1, 2), [3, 4], 5)), 13);
    assert_eq!(finish(desk.counted(&2)).count(), 2);
    assert_eq!((finish(desk.failing(true)), finish(desk.failing(false))), (Err("failed".to_owned()), Ok("back!")));
    assert_eq!(finish(sent(labelled("a".to_owned(), &1))), Ok("a".to_owned()));
    assert_eq!((finish(only_labelled(String::new())), finish(compared(1))), (1, 2));
    assert_eq!((finish(sent(recursive(4))), finish(call(recursive))), (4, 3));
    assert_eq!(finish(must_be_used()), 1);
    finish(sent(nothing(String::new(), desk)));
}
