//! A future whose life is one call: begun at its first poll, ended by its result, a panic or its drop.

use std::{
    future::Future,
    mem,
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::FusedFuture;
use pin_project_lite::pin_project;

use crate::call::{
    guard::{self, Call},
    labels::Scope,
    outcome::Ending,
    site::Site,
    verdict::Judge,
};

pin_project! {
    /// The future that an annotated `async fn` awaits.
    #[must_use = "futures do nothing unless polled"]
    #[derive(Debug)]
    pub struct Watch<L: Scope, F: Future, J> {
        state: State<L>,
        judge: J,
        #[pin]
        future: F,
    }
}

/// How far a call is that lasts for more than one poll.
#[derive(Debug)]
pub(super) enum State<L: Scope> {
    /// Not polled yet: nothing has begun.
    Fresh(&'static Site, L),
    /// Between two polls.
    Parked(Parked<L>),
    /// Polled at this moment, or done.
    Away,
}

/// A call that is waiting; if this is dropped, its future was.
#[derive(Debug)]
pub(super) struct Parked<L: Scope>(Option<Call<L>>);

impl<L: Scope> State<L> {
    /// A call between two polls, if it is recorded.
    #[inline]
    pub(super) fn of(call: Option<Call<L>>) -> Self {
        call.map_or(Self::Away, |call| Self::Parked(Parked(Some(call))))
    }

    /// The call as it is polled, if it is recorded and has not ended.
    #[inline]
    pub(super) fn resume(&mut self) -> Option<Call<L>> {
        match mem::replace(self, Self::Away) {
            Self::Fresh(site, labels) => guard::enter_recorded(site, labels),
            Self::Parked(mut parked) => parked.take(),
            Self::Away => None,
        }
    }

    /// The call, if it has begun.
    pub(super) fn take(&mut self) -> Option<Call<L>> {
        match mem::replace(self, Self::Away) {
            Self::Parked(mut parked) => parked.take(),
            Self::Fresh(..) | Self::Away => None,
        }
    }
}

impl<L: Scope> Parked<L> {
    #[inline]
    pub(super) fn take(&mut self) -> Option<Call<L>> {
        self.0.take()
    }
}

impl<L: Scope> Drop for Parked<L> {
    fn drop(&mut self) {
        if let Some(mut call) = self.0.take() {
            call.ended(Ending::Cancelled);
        }
    }
}

/// Watches a future, which ends as `judge` says.
#[doc(hidden)]
#[inline]
pub fn watch<L: Scope, F: Future, J: Judge<F::Output>>(
    site: &'static Site,
    labels: L,
    judge: J,
    future: F,
) -> Watch<L, F, J> {
    Watch { state: State::Fresh(site, labels), judge, future }
}

/// Watches a future in which a call goes on, or begins.
pub(super) const fn resumed<L: Scope, F: Future, J>(state: State<L>, judge: J, future: F) -> Watch<L, F, J> {
    Watch { state, judge, future }
}

/// A value of any type, for a `return` that is never reached and only tells the type of an `async` block.
///
/// # Panics
/// Always; nothing calls it.
#[doc(hidden)]
#[must_use]
pub fn never<R>() -> R {
    unreachable!("only the type of this call is used")
}

impl<L: Scope, F: Future, J: Judge<F::Output>> Future for Watch<L, F, J> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let call = this.state.resume();
        // Nobody records the call; or it has ended, and the future itself knows what to say of being polled.
        let Some(mut call) = call else { return this.future.poll(context) };
        // Changed where it is rather than moved: a call that is moved is written to memory and read back.
        call.at_work();
        // A panic in here drops the call.
        let polled = this.future.poll(context);
        match &polled {
            Poll::Ready(output) => call.conclude(this.judge, output),
            Poll::Pending => *this.state = State::Parked(Parked(Some(call))),
        }
        polled
    }
}

impl<L: Scope, F: FusedFuture, J: Judge<F::Output>> FusedFuture for Watch<L, F, J> {
    fn is_terminated(&self) -> bool {
        self.future.is_terminated()
    }
}
