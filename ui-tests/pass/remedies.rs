//! What has to be written in another way to be measured, written so.

#![deny(warnings)]

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use tachometer::{LabelValue, measured};

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The closure names the type of what it takes.
#[measured]
async fn closure() -> impl FnOnce(&str) -> String {
    |text: &str| text.to_owned()
}

#[measured]
fn maybe_a_closure() -> Option<impl Fn(&str) -> usize> {
    Some(|text: &str| text.len())
}

struct Shelf<Kind>(Vec<Kind>);

/// The attribute sees no more of `Kind` than that it may be a type of the module's.
impl<Kind: LabelValue> Shelf<Kind> {
    #[measured(name = "put", labels(kind), zero = false)]
    fn put(&mut self, kind: Kind) {
        self.0.push(kind);
    }
}

/// On the block it sees all of it.
#[measured(name = "taken")]
impl<Kind: LabelValue> Shelf<Kind> {
    #[measured(name = "taken_kinds", labels(kind))]
    fn replace(&mut self, kind: Kind) {
        self.0 = vec![kind];
    }

    fn all(&self) -> &[Kind] {
        &self.0
    }
}

struct Maker<F>(F);

/// The output lives as long as the box says.
impl<U: 'static, F: Fn() -> BoxFuture<'static, U>> Maker<F> {
    #[measured]
    fn call(&self) -> BoxFuture<'static, U> {
        (self.0)()
    }
}

/// A future of what lives for ever alone.
struct Upgradeable<I>(I);

impl<I: Unpin + 'static> Future for Upgradeable<I> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }
}

struct Connection<I>(I);

/// Where nothing says that `I` lives for ever, the type cannot be asked.
#[measured]
impl<I: Copy + Unpin> Connection<I> {
    fn get(&self) -> I {
        self.0
    }

    #[tachometer::skip]
    fn with_upgrades(self) -> Upgradeable<I> {
        Upgradeable(self.0)
    }
}

/// Where it is said, the type is asked.
#[measured]
impl<I: Copy + Unpin + 'static> Connection<I> {
    fn upgraded(self) -> Upgradeable<I> {
        Upgradeable(self.0)
    }
}

mod named_like_a_crate {
    #[tachometer::measured]
    mod core {
        pub(crate) fn function() -> u8 {
            1
        }
    }

    // By `self`, as `core` alone may be the crate.
    pub(crate) use self::core::*;
}

fn main() {
    drop((closure(), Maker(|| -> BoxFuture<'static, u8> { Box::pin(std::future::ready(1)) }).call()));
    assert_eq!(Connection(1).get(), 1);
    drop((Connection(1).with_upgrades(), Connection(1).upgraded()));
    assert_eq!(maybe_a_closure().map(|length| length("four")), Some(4));
    let mut shelf = Shelf(Vec::new());
    shelf.put("book");
    shelf.replace("cup");
    assert_eq!(shelf.all(), ["cup"]);
    assert_eq!(named_like_a_crate::function(), 1);
}
