//! A stream whose life is one call: begun at its first poll, ended with its last item, by a panic or its drop.

use std::{
    fmt, mem,
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::{FusedStream, Stream};
use pin_project_lite::pin_project;

use crate::call::{
    extras::Extras,
    guard::{self, Call},
    labels::Scope,
    outcome::Ending,
    site::Site,
    verdict::{Judge, Verdict},
    watch::State,
};

pin_project! {
    /// The stream that an annotated function returns.
    #[must_use = "streams do nothing unless polled"]
    pub struct WatchStream<L: Scope, S, J, X> {
        open: Open<L>,
        judge: J,
        extras: X,
        #[pin]
        stream: S,
    }
}

/// A stream between two polls; if this is dropped, the stream was.
struct Open<L: Scope> {
    /// What it begins with at its first poll.
    fresh: Option<(&'static Site, L)>,
    call: Option<Call<L>>,
    /// What is said of the items so far.
    found: Verdict,
}

impl<L: Scope> Drop for Open<L> {
    /// A stream that has brought an error is often dropped because of that.
    fn drop(&mut self) {
        if let Some(mut call) = self.call.take() {
            match self.found {
                Verdict::Ok => call.ended(Ending::Cancelled),
                Verdict::Error | Verdict::Kind(_) => call.conclude_as(self.found),
            }
        }
    }
}

impl<L: Scope, S, J, X> fmt::Debug for WatchStream<L, S, J, X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WatchStream").field("call", &self.open.call).finish_non_exhaustive()
    }
}

/// Watches a stream whose call begins with its first poll.
pub(crate) fn from_the_first_poll<L: Scope, S, J>(
    site: &'static Site,
    labels: L,
    judge: J,
    stream: S,
) -> WatchStream<L, S, J, ()> {
    watch(State::Fresh(site, labels), judge, (), stream)
}

/// Watches a stream, each item of which `judge` looks at.
pub(super) fn watch<L: Scope, S, J, X>(state: State<L>, judge: J, extras: X, stream: S) -> WatchStream<L, S, J, X> {
    let (fresh, call) = match state {
        State::Fresh(site, labels) => (Some((site, labels)), None),
        State::Parked(mut parked) => (None, parked.take()),
        State::Away => (None, None),
    };
    WatchStream { open: Open { fresh, call, found: Verdict::Ok }, judge, extras, stream }
}

impl<L: Scope, S: Stream, J: Judge<S::Item>, X: Extras<L>> Stream for WatchStream<L, S, J, X> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let this = self.project();
        let call = match this.open.fresh.take() {
            Some((site, labels)) => guard::enter_recorded(site, labels),
            None => this.open.call.take(),
        };
        // Nobody records the call; or it has ended, and the stream itself knows what to say of being polled.
        let Some(mut call) = call else { return this.stream.poll_next(context) };
        call.at_work();
        // A panic in here drops the call.
        let polled = this.stream.poll_next(context);
        match &polled {
            Poll::Ready(None) => call.conclude_as(mem::replace(&mut this.open.found, Verdict::Ok)),
            Poll::Ready(Some(item)) => {
                this.open.found = this.extras.judged(this.open.found, this.judge.judge(item));
                this.extras.item(call.target(), || call.elapsed());
                this.open.call = Some(call);
            }
            Poll::Pending => this.open.call = Some(call),
        }
        polled
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.stream.size_hint()
    }
}

impl<L: Scope, S: FusedStream, J: Judge<S::Item>, X: Extras<L>> FusedStream for WatchStream<L, S, J, X> {
    fn is_terminated(&self) -> bool {
        self.stream.is_terminated()
    }
}
