//! A recorder of a test's own, and what carries it to other threads and into futures.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use pin_project_lite::pin_project;

use crate::{
    Snapshot,
    call::local::{self, Local},
    clock,
    exporters::prometheus::text::Text,
    facade::Facade,
    store::{registry::Store, view::View},
};

/// A recorder of its own: what runs under it is recorded in it and nowhere else.
///
/// [`record`](super::record) makes one for a closure. By itself it is for tests that record more than once, or look at
/// the values in between. Copies are the same recorder. Its memory, some 30 KiB, is kept until the process ends.
///
/// ```
/// use tachometer::{counted, testing::Recorder};
///
/// #[counted(name = "visits_total")]
/// fn visit() {}
///
/// let recorder = Recorder::new();
/// recorder.run(visit);
/// recorder.snapshot().assert_counter("visits_total", &[], 1);
/// recorder.run(visit);
/// recorder.snapshot().assert_counter("visits_total", &[], 2);
/// ```
#[derive(Clone, Copy)]
pub struct Recorder(&'static Local);

impl Recorder {
    /// A recorder that has seen nothing.
    #[must_use]
    pub fn new() -> Self {
        // Whoever has got a handle from it may keep that for ever.
        let store: &'static Store = Box::leak(Box::new(Store::new(0, clock::seconds)));
        let facade: &'static Facade = Box::leak(Box::new(Facade::new(store)));
        Self(Box::leak(Box::new(Local::new(store, facade))))
    }

    /// The recorder that the code which asks runs under; none outside of tests with one.
    #[must_use]
    pub fn current() -> Option<Self> {
        local::current().map(Self)
    }

    /// Runs a closure under this recorder, on this thread.
    ///
    /// A panic passes through, and the recorder that was current before is current again.
    pub fn run<T>(self, body: impl FnOnce() -> T) -> T {
        let _entered = self.0.enter();
        body()
    }

    /// The same closure, which runs under this recorder wherever it is called: on another thread, for example.
    #[must_use = "the closure has to be called"]
    pub fn wrap<T>(self, body: impl FnOnce() -> T) -> impl FnOnce() -> T {
        move || self.run(body)
    }

    /// The same future, which is polled and dropped under this recorder, whoever does that.
    #[must_use = "futures do nothing unless polled"]
    pub fn wrap_future<F: Future>(self, future: F) -> Wrapped<F> {
        Wrapped { recorder: self, future: Some(future) }
    }

    /// All values at this moment.
    ///
    /// What has not been recorded is not in it, except for the series of functions that have been called: where their
    /// labels are known, they are at 0 for all ways in which a call can end.
    #[must_use]
    pub fn snapshot(self) -> Snapshot {
        Snapshot::of(&View::new(self.0.store, &[]))
    }

    /// All values in Prometheus' text format 0.0.4, as the endpoint would answer.
    #[must_use]
    pub fn render(self) -> String {
        Text::encode_to_string(&View::new(self.0.store, &[]))
    }
}

impl Default for Recorder {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Recorder").field(&self.snapshot()).finish()
    }
}

pin_project! {
    /// A future that records where [`Recorder::wrap_future`] says.
    #[must_use = "futures do nothing unless polled"]
    #[derive(Debug)]
    pub struct Wrapped<F> {
        recorder: Recorder,
        // Taken out before the rest is dropped.
        #[pin]
        future: Option<F>,
    }

    impl<F> PinnedDrop for Wrapped<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let future = &mut this.future;
            // A future that is dropped before its end has been cancelled, which is recorded too.
            this.recorder.run(|| future.set(None));
        }
    }
}

impl<F: Future> Future for Wrapped<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let Some(future) = this.future.as_pin_mut() else { return Poll::Pending };
        this.recorder.run(|| future.poll(context))
    }
}
