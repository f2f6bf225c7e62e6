use std::{
    future::{Future, Ready, ready},
    pin::Pin,
};

use tachometer::{counted, measured, timed};

#[counted]
fn named() -> Ready<u8> {
    ready(1)
}

#[measured(name = "held")]
fn held() -> Option<Ready<u8>> {
    None
}

#[timed]
fn cloned() -> impl Future<Output = u8> + Clone {
    ready(1)
}

#[counted]
#[track_caller]
fn spawned() -> Ready<u8> {
    ready(1)
}

#[measured]
#[track_caller]
fn boxed(early: bool) -> Pin<Box<dyn Future<Output = u8>>> {
    if early {
        return Box::pin(ready(1));
    }
    Box::pin(ready(2))
}

#[measured]
#[track_caller]
fn nameless() -> Option<impl Future<Output = u8>> {
    Some(ready(1))
}

trait Service {
    type Future: Future;

    fn call(&mut self) -> Self::Future;
}

struct Wrapper<S>(S);

impl<S: Service> Service for Wrapper<S> {
    type Future = S::Future;

    #[counted]
    fn call(&mut self) -> Self::Future {
        self.0.call()
    }
}

#[measured(name = "polled", poll)]
fn polled() -> Option<u8> {
    None
}

#[measured(name = "itemized", items)]
fn itemized() -> Vec<u8> {
    Vec::new()
}

#[measured(name = "both", making, first_item)]
fn both() -> Vec<u8> {
    Vec::new()
}

fn main() {}
