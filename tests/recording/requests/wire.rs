//! Servers and clients that are real: hyper, axum, tonic and reqwest, over HTTP/1 and h2.

use std::{convert::Infallible, net::SocketAddr, sync::Arc};

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{
        Method, Response, StatusCode,
        header::{CONNECTION, UPGRADE},
    },
    routing::get,
};
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use tachometer::tower::{HttpClientMetrics, HttpMetrics};
use tokio::{
    net::TcpListener,
    sync::{Notify, oneshot},
    task::JoinHandle,
};
use tower::{Layer, Service, ServiceExt, service_fn};

use super::{
    assert_exchanges, block_on,
    clients::assert_sent,
    grpc::{call, greeter},
    installed,
    script::{Script, data, trailers},
};

/// A server, which ends when all connections have.
struct Server {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    done: JoinHandle<()>,
}

impl Server {
    async fn start(app: Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let (stop, stopped) = oneshot::channel();
        let serve = axum::serve(listener, app).with_graceful_shutdown(async { drop(stopped.await) });
        Self { address, stop, done: tokio::spawn(async { serve.await.expect("it serves") }) }
    }

    /// Waits until all that was asked is over.
    async fn stop(self) {
        drop(self.stop);
        self.done.await.expect("it does not panic");
    }

    fn request(&self, method: Method, path: &str) -> Request {
        let uri = format!("http://{}{path}", self.address);
        Request::builder()
            .method(method)
            .uri(uri)
            .header("te", "trailers")
            .body(Body::empty())
            .expect("it is well formed")
    }
}

fn client(is_h2: bool) -> Client<HttpConnector, Body> {
    Client::builder(TokioExecutor::new()).http2_only(is_h2).build_http()
}

fn app() -> Router {
    Router::new()
        .route("/full", get(async || "hello"))
        .route("/empty", get(async || ()))
        .route("/none", get(async || StatusCode::NO_CONTENT))
        .route("/same", get(async || StatusCode::NOT_MODIFIED))
        .route("/rows", get(async || Body::new(Script::of([data("a"), data("b")]))))
        .route("/trailers", get(async || Body::new(Script::of([data("a"), trailers()]))))
        .route("/only-trailers", get(async || Body::new(Script::of([trailers()]))))
        .route("/lost", get(async || Body::new(Script::of([data("a"), Err("lost")]))))
        .route("/endless", get(async || Body::new(Script::of([data("a")]).endless())))
        .layer(HttpMetrics::new())
}

async fn ask_all(is_h2: bool) {
    let server = Server::start(app()).await;
    let client = client(is_h2);
    for (method, path) in [
        (Method::GET, "/full"),
        (Method::HEAD, "/full"),
        (Method::GET, "/empty"),
        (Method::GET, "/none"),
        (Method::GET, "/same"),
        (Method::GET, "/rows"),
        (Method::HEAD, "/rows"),
        (Method::GET, "/trailers"),
        (Method::GET, "/only-trailers"),
        (Method::GET, "/absent"),
    ] {
        let response = client.request(server.request(method, path)).await.expect("it answers");
        response.into_body().collect().await.expect("it comes");
    }
    // The connection may break before the head has gone out.
    if let Ok(lost) = client.request(server.request(Method::GET, "/lost")).await {
        lost.into_body().collect().await.expect_err("it is lost");
    }
    let mut endless = client.request(server.request(Method::GET, "/endless")).await.expect("it answers").into_body();
    endless.frame().await.expect("a frame").expect("no error");
    drop((endless, client));
    server.stop().await;
}

const ALL: [(&str, u64); 12] = [
    ("GET /full 200 - -", 1),
    ("HEAD /full 200 - -", 1),
    ("GET /empty 200 - -", 1),
    ("GET /none 204 - -", 1),
    ("GET /same 304 - -", 1),
    ("GET /rows 200 - -", 1),
    ("HEAD /rows 200 - -", 1),
    ("GET /trailers 200 - -", 1),
    ("GET /only-trailers 200 - -", 1),
    ("GET unmatched 404 - -", 1),
    ("GET /lost 200 error -", 1),
    ("GET /endless 200 cancelled -", 1),
];

#[test]
fn responses_end_over_http_1() {
    let telemetry = installed();
    block_on(ask_all(false));
    assert_exchanges(&telemetry, &ALL);
}

#[test]
fn responses_end_over_h2() {
    let telemetry = installed();
    block_on(ask_all(true));
    assert_exchanges(&telemetry, &ALL);
}

#[test]
fn a_client_that_leaves_before_the_answer_has_cancelled() {
    let telemetry = installed();
    for is_h2 in [false, true] {
        block_on(async {
            let arrived = Arc::new(Notify::new());
            let arrives = Arc::clone(&arrived);
            let waits = get(async move || {
                arrives.notify_one();
                std::future::pending::<()>().await;
            });
            let server = Server::start(Router::new().route("/waits", waits).layer(HttpMetrics::new())).await;
            let client = client(is_h2);
            tokio::select! {
                _ = client.request(server.request(Method::GET, "/waits")) => panic!("there is no answer"),
                () = arrived.notified() => {}
            }
            drop(client);
            server.stop().await;
        });
    }
    assert_exchanges(&telemetry, &[("GET /waits - cancelled -", 2)]);
}

#[test]
fn an_upgrade_ends_with_its_head() {
    let telemetry = installed();
    let app = Router::new()
        .route("/up", get(async || (StatusCode::SWITCHING_PROTOCOLS, [(CONNECTION, "upgrade"), (UPGRADE, "echo")])));
    block_on(async {
        let server = Server::start(app.layer(HttpMetrics::new())).await;
        let mut request = server.request(Method::GET, "/up");
        request.headers_mut().insert(CONNECTION, "upgrade".parse().expect("a value"));
        request.headers_mut().insert(UPGRADE, "echo".parse().expect("a value"));
        let response = client(false).request(request).await.expect("it answers");
        assert_eq!(response.status(), StatusCode::SWITCHING_PROTOCOLS);
        drop(response);
        server.stop().await;
    });
    assert_exchanges(&telemetry, &[("GET /up 101 - -", 1)]);
}

/// A service of gRPC as tonic's generated ones are.
#[derive(Clone)]
struct Greeter;

impl tonic::server::NamedService for Greeter {
    const NAME: &'static str = "demo.Greeter";
}

impl Service<hyper::Request<tonic::body::Body>> for Greeter {
    type Response = Response<tonic::body::Body>;
    type Error = Infallible;
    type Future = std::future::Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Infallible>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: hyper::Request<tonic::body::Body>) -> Self::Future {
        std::future::ready(Ok(greeter(request.uri().path()).map(tonic::body::Body::new)))
    }
}

#[test]
fn calls_of_tonic_are_measured_on_both_sides() {
    let telemetry = installed();
    block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let (stop, stopped) = oneshot::channel::<()>();
        let router = tonic::transport::Server::builder().layer(HttpMetrics::new()).add_service(Greeter);
        let incoming = tonic::transport::server::TcpIncoming::from(listener);
        let done = tokio::spawn(router.serve_with_incoming_shutdown(incoming, async { drop(stopped.await) }));
        let channel =
            tonic::transport::Endpoint::from_shared(format!("http://{address}")).expect("a URI").connect_lazy();
        let channel = HttpClientMetrics::new().server("greeter", 50_051).layer(channel);
        for method in ["Hello", "Stream", "Strict", "Optional", "Missing"] {
            let request = call(&format!("/demo.Greeter/{method}")).map(tonic::body::Body::new);
            let response = channel.clone().oneshot(request).await.expect("it answers");
            response.into_body().collect().await.expect("it comes");
        }
        // What tonic's generated clients ask for.
        let mut generated = tonic::client::Grpc::new(channel);
        generated.ready().await.expect("it is ready");
        drop((generated, stop));
        done.await.expect("it does not panic").expect("it serves");
    });
    let expected = [
        ("POST /demo.Greeter/Hello 200 - 0", 1),
        ("POST /demo.Greeter/Stream 200 13 13", 1),
        ("POST /demo.Greeter/Strict 200 - 3", 1),
        ("POST /demo.Greeter/Optional 200 12 12", 1),
        ("POST unmatched 200 12 12", 1),
    ];
    assert_exchanges(&telemetry, &expected);
    let sent = [
        ("POST greeter 50051 /demo.Greeter/Hello 200 - 0", 1),
        ("POST greeter 50051 /demo.Greeter/Stream 200 13 13", 1),
        ("POST greeter 50051 /demo.Greeter/Strict 200 3 3", 1),
        ("POST greeter 50051 /demo.Greeter/Optional 200 12 12", 1),
        ("POST greeter 50051 /demo.Greeter/Missing 200 12 12", 1),
    ];
    assert_sent(&telemetry, &sent);
}

#[test]
fn a_client_of_hyper_is_measured() {
    let telemetry = installed();
    let address = block_on(async {
        let server = Server::start(app()).await;
        let address = server.address;
        for is_h2 in [false, true] {
            let mut measured = HttpClientMetrics::new().layer(client(is_h2));
            for path in ["/full", "/trailers", "/absent"] {
                let response = measured.call(server.request(Method::GET, path)).await.expect("it answers");
                response.into_body().collect().await.expect("it comes");
            }
        }
        server.stop().await;
        address
    });
    let port = address.port();
    let expected = [format!("GET 127.0.0.1 {port} - 200 - -"), format!("GET 127.0.0.1 {port} - 404 404 -")];
    assert_sent(&telemetry, &[(&expected[0], 4), (&expected[1], 2)]);
}

#[test]
fn a_client_of_reqwest_is_measured() {
    let telemetry = installed();
    let address = block_on(async {
        let server = Server::start(app()).await;
        let address = server.address;
        let client = reqwest::Client::new();
        let send = service_fn(move |request: hyper::Request<reqwest::Body>| {
            let client = client.clone();
            async move {
                let response = client.execute(request.try_into()?).await?;
                Ok::<_, reqwest::Error>(Response::<reqwest::Body>::from(response))
            }
        });
        let mut measured = HttpClientMetrics::new().layer(send);
        let uri = format!("http://{address}/rows");
        let request = hyper::Request::get(uri).body(reqwest::Body::default()).expect("it is well formed");
        let response = measured.call(request).await.expect("it answers");
        let mut response = reqwest::Response::from(response.map(reqwest::Body::wrap));
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.expect("it comes") {
            body.extend_from_slice(&chunk);
        }
        assert_eq!(Bytes::from(body), "ab");
        drop((response, measured));
        server.stop().await;
        address
    });
    assert_sent(&telemetry, &[(&format!("GET 127.0.0.1 {} - 200 - -", address.port()), 1)]);
}
