//! Futures to wait for, which say when they are dropped.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use crate::{D, Like as _, log};

/// Is pending once.
pub fn pause(id: u32) -> impl Future<Output = ()> {
    Pause { id, polled: false }
}

/// Is pending once, and is a number then.
pub async fn pause_for(id: u32) -> u32 {
    pause(id).await;
    id
}

/// Is pending once, and gives back what it has got.
pub async fn give(d: D) -> D {
    pause(d.id()).await;
    d
}

/// Is pending once, and changes what it has borrowed.
pub async fn lend(d: &mut D) -> u32 {
    pause(d.id()).await;
    d.set(1);
    d.v()
}

struct Pause {
    id: u32,
    polled: bool,
}

impl Future for Pause {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        log(format!("poll {}", self.id));
        if std::mem::replace(&mut self.polled, true) { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl Drop for Pause {
    fn drop(&mut self) {
        log(format!("drop pause {}", self.id));
    }
}
