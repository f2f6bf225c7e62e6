//! The layer of a client.

use std::{marker::PhantomData, sync::Arc};

use hyper::http::Extensions;

use super::{layers::layer, names, plan::Plan, service::Untouched, settings::Settings};

/// A `tower` layer that measures each request that a client sends, to the end of its response.
///
/// | metric | type | labels |
/// |---|---|---|
/// | `http_client_request_duration_seconds` | histogram, seconds | `http_request_method`, `server_address`, `server_port`, `url_template`, `http_response_status_code`, `error_type`, `rpc_grpc_status_code` |
/// | `http_client_active_requests` | gauge, requests | `http_request_method`, `server_address`, `server_port` |
/// | `http_client_request_body_size_bytes`, `http_client_response_body_size_bytes` | histograms, bytes, with [`body_sizes`](Self::body_sizes) | those of the duration |
///
/// The names are OpenTelemetry's. The server is that of the request's URI or its `host`, or [the one](Self::server)
/// that the program names. `url_template` is empty unless [`group`](Self::group) or [`template_by`](Self::template_by)
/// says one; for a call of gRPC it is the method, `/demo.Greeter/Hello`. `error_type` is empty for a response that came
/// in whole, unless its status is 400 or above, or a status of gRPC other than 0, which it is then; `error` where the
/// service or the body returned one, `cancelled` where the program gave up, `panicked`. All of this is as for servers
/// otherwise, see [`HttpMetrics`](super::HttpMetrics): responses that stream are followed to their end, and a request
/// that passes two of these layers is measured once, by the outer one; around a retry that is the request with all its
/// attempts.
///
/// Any service of `http::Request` can be measured: hyper-util's `Client`, and the `Channel` of tonic, whose requests do
/// not say the server. A generated client of tonic takes the measured channel in the place of the channel.
///
/// ```
/// use axum::body::Body;
/// use hyper::{Request, Response};
/// use tachometer::tower::HttpClientMetrics;
/// use tower_layer::Layer;
/// use tower_service::Service;
///
/// # #[derive(Clone)]
/// # struct Channel;
/// # impl Service<Request<Body>> for Channel {
/// #     type Response = Response<Body>;
/// #     type Error = std::convert::Infallible;
/// #     type Future = std::future::Ready<Result<Response<Body>, Self::Error>>;
/// #     fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Self::Error>> {
/// #         std::task::Poll::Ready(Ok(()))
/// #     }
/// #     fn call(&mut self, _: Request<Body>) -> Self::Future {
/// #         std::future::ready(Ok(Response::default()))
/// #     }
/// # }
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// # let channel = Channel;
/// let telemetry = tachometer::builder().no_listener().install()?;
/// let mut measured = HttpClientMetrics::new().server("ledger.internal", 50_051).layer(channel);
///
/// let answer = measured.call(Request::post("/ledger.Ledger/Book").body(Body::empty())?).await?;
/// drop(answer);
/// assert!(telemetry.render().contains("server_address=\"ledger.internal\",server_port=\"50051\""));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # reqwest
///
/// reqwest's requests are types of its own, which turn into those of `http` and back. So its client becomes a service
/// by two conversions, and what comes out can be made a `reqwest::Response` again, with the body that is measured:
///
/// ```text
/// let client = reqwest::Client::new();
/// let send = tower::service_fn(move |request: http::Request<reqwest::Body>| {
///     let client = client.clone();
///     async move {
///         let response = client.execute(request.try_into()?).await?;
///         Ok::<_, reqwest::Error>(http::Response::<reqwest::Body>::from(response))
///     }
/// });
/// let mut measured = HttpClientMetrics::new().layer(send);
///
/// let request = http::Request::get("http://ledger.internal/accounts").body(reqwest::Body::default())?;
/// let response = measured.call(request).await?;
/// let response = reqwest::Response::from(response.map(reqwest::Body::wrap));
/// ```
pub struct HttpClientMetrics<B = Untouched> {
    plan: Arc<Plan>,
    bodies: PhantomData<fn() -> B>,
}

layer!(HttpClientMetrics, "url_template", "http_client_request_duration_seconds");

impl HttpClientMetrics {
    /// Takes the server from each request.
    #[track_caller]
    pub fn new() -> Self {
        Self { plan: Plan::new(Settings::new(&names::CLIENT)), bodies: PhantomData }
    }
}

impl<B> HttpClientMetrics<B> {
    /// Names the server that all requests go to, whatever they say.
    pub fn server(self, address: &str, port: u16) -> Self {
        self.with(|settings| settings.peer = Some((address.to_owned(), port.to_string())))
    }

    /// Takes `url_template` from the extensions of each request. There must be a bounded number of them.
    pub fn template_by(self, template: fn(&Extensions) -> Option<&str>) -> Self {
        self.with(|settings| settings.route_by = Some(template))
    }
}
