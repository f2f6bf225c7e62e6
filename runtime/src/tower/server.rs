//! The layer of a program's own server.

use std::{marker::PhantomData, sync::Arc};

use hyper::http::Extensions;

use super::{layers::layer, names, plan::Plan, service::Untouched, settings::Settings};

/// A `tower` layer that measures each request from its arrival to the end of its response.
///
/// | metric | type | labels |
/// |---|---|---|
/// | `http_server_request_duration_seconds` | histogram, seconds | `http_request_method`, `http_route`, `http_response_status_code`, `error_type`, `rpc_grpc_status_code` |
/// | `http_server_active_requests` | gauge, requests | `http_request_method` |
/// | `http_server_request_body_size_bytes`, `http_server_response_body_size_bytes` | histograms, bytes, with [`body_sizes`](Self::body_sizes) | those of the duration |
///
/// The names are OpenTelemetry's. A method that HTTP does not have is `_OTHER`. `error_type` is empty for a response
/// that went out whole, trailers included, unless its status is 500 or above, which it is then; `cancelled` where the
/// response was dropped before its end, because the client left or the program gave up; `error` where the service or
/// the body returned one, or the body was shorter than its `content-length`; `panicked`. A request that got no response
/// has an empty `http_response_status_code`. An upgraded connection is not followed: such a request ends with the head
/// of its response.
///
/// With axum it goes on a `Router` that has its routes, with `layer`:
///
/// ```
/// use axum::{Router, routing::get};
/// use tachometer::tower::HttpMetrics;
///
/// let app: Router = Router::new()
///     .route("/users/{id}", get(async || "hello"))
///     .route("/healthz", get(async || "ok"))
///     .layer(HttpMetrics::new().ignore("/healthz"));
/// # let _ = app;
/// ```
///
/// # Routes
///
/// `http_route` is never a path, of which clients can make up any number, but one of these, or else `unmatched`:
///
/// | request | `http_route` |
/// |---|---|
/// | a pattern of [`group`](Self::group) covers its path or route | what the program says there |
/// | a route of the router | its template, `/users/{id}` |
/// | to a service below `nest_service("/svc", ..)` | `/svc/*`; for a router there that has a layer of its own, its whole template |
/// | to a `fallback_service` | `unmatched`; for a router that has a layer of its own its template; `group` for others |
/// | a call of gRPC | its method, `/demo.Greeter/Hello` |
///
/// axum says the route to what it calls after it has found one: with `Router::layer` and `route_layer`, and not to a
/// layer around the whole router. A request that passes several of these layers, on a router and on one nested in it,
/// say, is measured once, by the outermost, with its labels and buckets; those inside it tell it the route, and what
/// they [ignore](Self::ignore) or [group](Self::group). So a layer around all of the server's work gets routes from a
/// second one on the router. Layers with another [prefix](Self::prefix) measure for themselves.
///
/// # gRPC
///
/// A request with the content type `application/grpc`, or one that begins so, is a call of gRPC. `rpc_grpc_status_code`
/// is its status as a number, from the trailers or, where there is nothing else, the head; for all other requests it is
/// empty, and Prometheus takes that for no label. A call without a status counts as 2, `UNKNOWN`, which clients make of
/// it. `error_type` is the status where it says that the server has failed: 2, 4, 12, 13, 14 and 15. A method that is
/// not known to exist is `unmatched`: one that the server does not implement (12), and one that has never sent a
/// message or a status of its own, which a client that is turned away at the door could have made up. The status of
/// gRPC-Web is within the body, and not looked for; put the layer inside of what translates it.
///
/// With tonic it goes around the server, by `Server::builder().layer(HttpMetrics::new())`; around any other service of
/// gRPC by itself:
///
/// ```
/// use axum::body::Body;
/// use hyper::{Request, Response};
/// use tachometer::tower::HttpMetrics;
/// use tower_layer::Layer;
/// use tower_service::Service;
///
/// # #[derive(Clone)]
/// # struct Greeter;
/// # impl Service<Request<Body>> for Greeter {
/// #     type Response = Response<Body>;
/// #     type Error = std::convert::Infallible;
/// #     type Future = std::future::Ready<Result<Response<Body>, Self::Error>>;
/// #     fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Self::Error>> {
/// #         std::task::Poll::Ready(Ok(()))
/// #     }
/// #     fn call(&mut self, _: Request<Body>) -> Self::Future {
/// #         let head = Response::builder().header("content-type", "application/grpc").header("grpc-status", "5");
/// #         std::future::ready(Ok(head.body(Body::empty()).expect("it is well formed")))
/// #     }
/// # }
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let telemetry = tachometer::builder().no_listener().install()?;
/// let mut measured = HttpMetrics::new().layer(Greeter);
///
/// let call = Request::post("/demo.Greeter/Find").header("content-type", "application/grpc").body(Body::empty())?;
/// drop(measured.call(call).await?); // the answer's status is 5, `NOT_FOUND`
/// let text = telemetry.render();
/// assert!(text.contains("http_route=\"/demo.Greeter/Find\""), "{text}");
/// assert!(text.contains("rpc_grpc_status_code=\"5\""), "{text}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Names, labels and patterns
///
/// ```
/// use axum::{Router, http::StatusCode, routing::get};
/// use tachometer::{Label, tower::HttpMetrics};
///
/// #[derive(Label)]
/// enum Plan {
///     Free,
///     Paid,
/// }
///
/// let metrics = HttpMetrics::new()
///     .prefix("shop")
///     .buckets([0.001, 0.01, 0.1, 1.0])
///     .ignore("/healthz")
///     .group("/assets/*", "/assets/*")
///     .request_label("plan", |request| if request.headers.contains_key("x-paid") { Plan::Paid } else { Plan::Free })
///     .response_label("cached", |response| response.status == StatusCode::NOT_MODIFIED)
///     .body_sizes();
/// let app: Router = Router::new().route("/", get(async || "hello")).layer(metrics);
/// # let _ = app;
/// ```
///
/// All layers of one name need the same labels and buckets; one that has others records nothing, which is counted in
/// `tachometer_conflicts_total`. What cannot be is refused by a panic where it is written.
///
/// # Cost
///
/// Without a recorder, a request passes with no more than a look whether there is one. With one it costs some
/// microseconds, and several more below `nest_service`, where a router is asked for the path.
pub struct HttpMetrics<B = Untouched> {
    plan: Arc<Plan>,
    bodies: PhantomData<fn() -> B>,
}

layer!(HttpMetrics, "http_route", "http_server_request_duration_seconds");

impl HttpMetrics {
    /// Takes the route from what axum puts into a request's extensions, or a call of gRPC says.
    #[track_caller]
    pub fn new() -> Self {
        Self { plan: Plan::new(Settings::new(&names::SERVER)), bodies: PhantomData }
    }
}

impl<B> HttpMetrics<B> {
    /// Takes the route from somewhere else. There must be a bounded number of them: a template and not a path.
    pub fn route_by(self, route: fn(&Extensions) -> Option<&str>) -> Self {
        self.with(|settings| settings.route_by = Some(route))
    }
}
