//! What has to be written in another way to be measured, written so.

#![deny(warnings)]

use std::{future::Future, pin::Pin};

use tachometer::measured;

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The closure names the type of what it takes.
#[measured]
async fn closure() -> impl FnOnce(&str) -> String {
    |text: &str| text.to_owned()
}

struct Maker<F>(F);

/// The output lives as long as the box says.
impl<U: 'static, F: Fn() -> BoxFuture<'static, U>> Maker<F> {
    #[measured]
    fn call(&self) -> BoxFuture<'static, U> {
        (self.0)()
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
    assert_eq!(named_like_a_crate::function(), 1);
}
