//! The service around another one, and the future of a response's head.

use std::{
    fmt,
    marker::PhantomData,
    pin::Pin,
    sync::{Arc, atomic::AtomicU64},
    task::{Context, Poll},
};

use hyper::{Request, Response, body::Body};
use pin_project_lite::pin_project;
use tower_service::Service;

use super::{
    body::{CountedBody, MeasuredBody},
    exchange::{Exchange, Failure},
    plan::Plan,
};

/// A service whose requests are measured; made by [`HttpMetrics`](super::HttpMetrics) and
/// [`HttpClientMetrics`](super::HttpClientMetrics).
pub struct MeasuredService<S, B = Untouched> {
    service: S,
    plan: Arc<Plan>,
    bodies: PhantomData<fn() -> B>,
}

pin_project! {
    /// A response that a [`MeasuredService`] is making.
    #[derive(Debug)]
    pub struct MeasuredFuture<F> {
        #[pin]
        response: F,
        exchange: Option<Box<Exchange>>,
    }
}

/// The bodies of requests reach the service as they are.
#[derive(Debug, Clone, Copy)]
pub enum Untouched {}

/// The bodies of requests reach the service as [`CountedBody`].
#[derive(Debug, Clone, Copy)]
pub enum Counted {}

/// What the bodies of requests become: [`Untouched`] or [`Counted`].
pub trait RequestBodies: sealed::Sealed {
    /// What a body `I` becomes.
    type Of<I>;

    #[doc(hidden)]
    fn of<I>(body: I, passed: Option<Arc<AtomicU64>>) -> Self::Of<I>;
}

mod sealed {
    pub trait Sealed {}

    impl Sealed for super::Untouched {}

    impl Sealed for super::Counted {}
}

impl RequestBodies for Untouched {
    type Of<I> = I;

    fn of<I>(body: I, _: Option<Arc<AtomicU64>>) -> I {
        body
    }
}

impl RequestBodies for Counted {
    type Of<I> = CountedBody<I>;

    fn of<I>(body: I, passed: Option<Arc<AtomicU64>>) -> CountedBody<I> {
        CountedBody::new(body, passed)
    }
}

impl<S, B> MeasuredService<S, B> {
    pub(super) fn new(service: S, plan: &Arc<Plan>) -> Self {
        plan.metrics();
        Self { service, plan: Arc::clone(plan), bodies: PhantomData }
    }
}

impl<S, I, O, B> Service<Request<I>> for MeasuredService<S, B>
where
    B: RequestBodies,
    S: Service<Request<B::Of<I>>, Response = Response<O>>,
    O: Body,
{
    type Response = Response<MeasuredBody<O>>;
    type Error = S::Error;
    type Future = MeasuredFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.service.poll_ready(cx)
    }

    fn call(&mut self, request: Request<I>) -> Self::Future {
        let (mut head, body) = request.into_parts();
        let exchange = Exchange::begin(&self.plan, &mut head);
        let body = B::of(body, exchange.as_ref().and_then(|exchange| exchange.sent()));
        MeasuredFuture { response: self.service.call(Request::from_parts(head, body)), exchange }
    }
}

impl<F, O, E> Future for MeasuredFuture<F>
where
    F: Future<Output = Result<Response<O>, E>>,
    O: Body,
{
    type Output = Result<Response<MeasuredBody<O>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        // Held here, so that it ends while a panic passes by.
        let Some(mut exchange) = this.exchange.take() else {
            return this.response.poll(cx).map_ok(|response| response.map(MeasuredBody::unmeasured));
        };
        match this.response.poll(cx) {
            Poll::Pending => {
                *this.exchange = Some(exchange);
                Poll::Pending
            }
            Poll::Ready(Err(error)) => {
                exchange.fail(Failure::Error);
                Poll::Ready(Err(error))
            }
            Poll::Ready(Ok(response)) => {
                let (head, body) = response.into_parts();
                exchange.answered(&head);
                let body = MeasuredBody::new(body, &head.headers, exchange);
                Poll::Ready(Ok(Response::from_parts(head, body)))
            }
        }
    }
}

impl<S: Clone, B> Clone for MeasuredService<S, B> {
    fn clone(&self) -> Self {
        Self { service: self.service.clone(), plan: Arc::clone(&self.plan), bodies: PhantomData }
    }
}

impl<S: fmt::Debug, B> fmt::Debug for MeasuredService<S, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MeasuredService").field("service", &self.service).finish_non_exhaustive()
    }
}
