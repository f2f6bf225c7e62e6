//! A future that is made at its first poll, which is when its call begins and its labels are read.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use pin_project_lite::pin_project;

pin_project! {
    /// The future of an annotated `async fn` with labels.
    #[must_use = "futures do nothing unless polled"]
    #[project = Projection]
    pub enum Lazily<M, F> {
        /// What makes the future; nothing if that has panicked.
        Fresh { make: Option<M> },
        Made { #[pin] future: F },
    }
}

/// A future that `make` makes when it is polled for the first time.
#[doc(hidden)]
#[inline]
pub const fn lazily<F: Future, M: FnOnce() -> F>(make: M) -> Lazily<M, F> {
    Lazily::Fresh { make: Some(make) }
}

impl<M, F> fmt::Debug for Lazily<M, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lazily").finish_non_exhaustive()
    }
}

impl<F: Future, M: FnOnce() -> F> Future for Lazily<M, F> {
    type Output = F::Output;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        if let Projection::Fresh { make } = self.as_mut().project() {
            let make = make.take().expect("a future is not polled again after a panic");
            let future = make();
            self.set(Self::Made { future });
        }
        match self.project() {
            Projection::Made { future } => future.poll(context),
            Projection::Fresh { .. } => unreachable!("it has just been made"),
        }
    }
}
