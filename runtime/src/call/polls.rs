//! A future whose polls are counted and timed, beside the call that it is.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use pin_project_lite::pin_project;

use crate::call::{backend, facade, labels::Scope, site::Site, target::Target};

pin_project! {
    /// The future inside of a watched one, where somebody wants to know of its polls.
    #[must_use = "futures do nothing unless polled"]
    #[derive(Debug)]
    pub struct Polled<L: Scope, F> {
        tally: Tally<L>,
        #[pin]
        future: F,
    }
}

/// What is known of the polls so far. It is recorded once, when the future is done or dropped.
#[derive(Debug)]
struct Tally<L: Scope> {
    /// None where they are of no interest.
    place: Option<(&'static Site, L)>,
    target: Target,
    polls: u32,
    nanos: u64,
}

/// A poll that is going on, whatever way it ends.
struct Going<'a, L: Scope> {
    tally: &'a mut Tally<L>,
    start: u64,
}

/// Counts the polls of a future and the time that they take, where there is a place to record them.
#[inline]
pub(super) fn polled<L: Scope, F: Future>(place: Option<(&'static Site, L)>, future: F) -> Polled<L, F> {
    Polled { tally: Tally { place, target: Target::Nobody, polls: 0, nanos: 0 }, future }
}

impl<L: Scope, F: Future> Future for Polled<L, F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let going = this.tally.begin();
        let polled = this.future.poll(context);
        drop(going);
        if polled.is_ready() {
            this.tally.record();
        }
        polled
    }
}

impl<L: Scope> Tally<L> {
    fn begin(&mut self) -> Going<'_, L> {
        if self.polls == 0 {
            self.target = self.place.as_ref().map_or(Target::Nobody, |(_, labels)| labels.target());
        }
        self.polls = self.polls.saturating_add(1);
        let start = self.clock();
        Going { tally: self, start }
    }

    fn clock(&self) -> u64 {
        match self.target {
            Target::Nobody => 0,
            Target::Ours => backend::reading(),
            Target::Adopted | Target::Unknown => facade::now(),
        }
    }

    fn record(&mut self) {
        // Nothing is left to be recorded when this is dropped.
        let (polls, nanos) = (std::mem::take(&mut self.polls), std::mem::take(&mut self.nanos));
        let Some((site, labels)) = self.place.as_ref().filter(|_| polls != 0) else { return };
        match self.target {
            Target::Nobody => {}
            Target::Ours => backend::polled(site, labels.group(), polls, nanos),
            Target::Adopted | Target::Unknown => facade::polled(site, labels.labels(), polls, nanos),
        }
    }
}

impl<L: Scope> Drop for Going<'_, L> {
    fn drop(&mut self) {
        let end = self.tally.clock();
        self.tally.nanos += match self.tally.target {
            Target::Ours => backend::elapsed(self.start, end),
            Target::Nobody | Target::Adopted | Target::Unknown => end.saturating_sub(self.start),
        };
    }
}

impl<L: Scope> Drop for Tally<L> {
    fn drop(&mut self) {
        self.record();
    }
}
