//! The layer, its service, and the future of a response's head.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use axum::extract::MatchedPath;
use hyper::{Request, Response, body::Body, http::Extensions};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use super::{
    body::MeasuredBody,
    exchange::{Exchange, Failure},
};

/// The route of a request that no route was found for. Never the path, of which clients can make up any number.
const UNMATCHED: &str = "unmatched";

/// A `tower` layer that measures each request from its arrival to the end of its response's body.
///
/// | metric | type | labels |
/// |---|---|---|
/// | `http_server_request_duration_seconds` | histogram, seconds | `http_request_method`, `http_route`, `http_response_status_code`, `error_type` |
/// | `http_server_active_requests` | gauge, requests | `http_request_method` |
///
/// The names are OpenTelemetry's. `http_route` is the template of the route that axum has found, or `unmatched`; a
/// method that HTTP does not have is `_OTHER`. `error_type` is empty for a response that went out whole, unless its
/// status is 500 or above, which it is then; `cancelled` where the client left or the program gave up; `error` where the
/// service or the body returned one; `panicked`. A request that got no response has an empty
/// `http_response_status_code`.
///
/// With axum it goes on a `Router` that has its routes, with `layer`: outside of the router, no route has been found yet.
///
/// ```
/// use axum::{Router, routing::get};
///
/// let app: Router = Router::new()
///     .route("/users/{id}", get(async || "hello"))
///     .layer(tachometer::tower::HttpMetrics::new());
/// # let _ = app;
/// ```
#[derive(Clone, Copy)]
#[must_use = "it measures nothing until it is a layer of a service"]
pub struct HttpMetrics {
    route: fn(&Extensions) -> Option<&str>,
}

/// A service whose requests are measured; made by [`HttpMetrics`].
#[derive(Debug, Clone, Copy)]
pub struct MeasuredService<S> {
    service: S,
    metrics: HttpMetrics,
}

pin_project! {
    /// A response that a [`MeasuredService`] is making.
    #[derive(Debug)]
    pub struct MeasuredFuture<F> {
        #[pin]
        response: F,
        exchange: Option<Exchange>,
    }
}

impl HttpMetrics {
    /// Takes the route from what axum puts into a request's extensions.
    pub fn new() -> Self {
        Self { route: |extensions| extensions.get::<MatchedPath>().map(MatchedPath::as_str) }
    }

    /// Takes the route from somewhere else. There must be a bounded number of them: a template and not a path.
    pub fn route_by(mut self, route: fn(&Extensions) -> Option<&str>) -> Self {
        self.route = route;
        self
    }
}

impl Default for HttpMetrics {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for HttpMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpMetrics").finish_non_exhaustive()
    }
}

impl<S> Layer<S> for HttpMetrics {
    type Service = MeasuredService<S>;

    fn layer(&self, service: S) -> Self::Service {
        MeasuredService { service, metrics: *self }
    }
}

impl<S, I, O> Service<Request<I>> for MeasuredService<S>
where
    S: Service<Request<I>, Response = Response<O>>,
    O: Body,
{
    type Response = Response<MeasuredBody<O>>;
    type Error = S::Error;
    type Future = MeasuredFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.service.poll_ready(cx)
    }

    fn call(&mut self, request: Request<I>) -> Self::Future {
        let route = (self.metrics.route)(request.extensions()).unwrap_or(UNMATCHED).to_owned();
        let exchange = Some(Exchange::begin(request.method(), route));
        MeasuredFuture { response: self.service.call(request), exchange }
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
        let mut exchange = this.exchange.take().expect("a future is not polled after its end");
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
                exchange.answered(response.status());
                let (head, body) = response.into_parts();
                let body = MeasuredBody::new(body, &head.headers, exchange);
                Poll::Ready(Ok(Response::from_parts(head, body)))
            }
        }
    }
}
