//! The future of an `async fn` whose call goes on in its output.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use pin_project_lite::pin_project;

use super::onward::{Going, Pass, Start};
use crate::call::{extras::Extras, labels::Scope, watch::State};

pin_project! {
    /// The future that an annotated `async fn` awaits whose call goes on in its output.
    #[must_use = "futures do nothing unless polled"]
    pub struct WatchOn<L: Scope, F, K, N, J, X> {
        state: State<L>,
        rest: Option<(K, N, J, X)>,
        #[pin]
        future: F,
    }
}

impl<L: Scope, F, K, N, J, X> fmt::Debug for WatchOn<L, F, K, N, J, X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WatchOn").finish_non_exhaustive()
    }
}

impl<L: Scope, F, K, N, J, X> WatchOn<L, F, K, N, J, X> {
    pub(super) fn new<I: Future>(kind: K, start: Start<L, X>, now: N, end: J, future: I) -> Self
    where
        X: Extras<L, Polled<I> = F>,
    {
        let Start { site, labels, mut extras } = start;
        let future = extras.polled(future);
        Self { state: State::Fresh(site, labels), rest: Some((kind, now, end, extras)), future }
    }
}

impl<L, F, K, N, J, X> Future for WatchOn<L, F, K, N, J, X>
where
    L: Scope,
    F: Future,
    K: Pass<F::Output, L, N, J, X>,
{
    type Output = K::Out;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<K::Out> {
        let this = self.project();
        let mut call = this.state.resume();
        if let Some(call) = &mut call {
            call.at_work();
        }
        // A panic in here drops the call.
        match this.future.poll(context) {
            Poll::Pending => {
                *this.state = State::of(call);
                Poll::Pending
            }
            Poll::Ready(value) => {
                let (kind, now, judge, extras) = this.rest.take().expect("a future is polled until it is ready");
                Poll::Ready(kind.pass(value, now, Going { state: State::of(call), judge, extras }))
            }
        }
    }
}
