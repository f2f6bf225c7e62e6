//! Calls of gRPC: their method, and the status that they end with, in the head, in trailers, late or never.

use std::convert::Infallible;

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderValue, Response, header::CONTENT_TYPE},
    routing::post,
};
use http_body_util::BodyExt;
use hyper::body::Frame;
use tachometer::tower::HttpMetrics;
use tower::{Layer, Service, ServiceExt, service_fn};

use super::{
    assert_exchanges, block_on, installed, request,
    script::{Script, data},
};

/// A call, with a content type that begins like gRPC's.
pub(super) fn call(path: &str) -> Request {
    let mut request = request("POST", path);
    request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc+proto"));
    request
}

fn status(code: &'static str) -> HeaderMap {
    [("grpc-status".parse().expect("a name"), HeaderValue::from_static(code))].into_iter().collect()
}

/// An answer of so many messages, and a status in the trailers.
pub(super) fn messages(count: usize, code: &'static str) -> Response<Body> {
    let frames = (0..count).map(|_| data("\0\0\0\0\0")).chain([Ok(Frame::trailers(status(code)))]);
    let body = Body::new(Script::of(frames.collect::<Vec<_>>()));
    Response::builder().header(CONTENT_TYPE, "application/grpc").body(body).expect("it is well formed")
}

/// An answer that is only a head.
pub(super) fn trailers_only(code: &'static str) -> Response<Body> {
    let response = Response::builder().header(CONTENT_TYPE, "application/grpc").header("grpc-status", code);
    response.body(Body::empty()).expect("it is well formed")
}

/// What a service answers that has the methods `Hello`, `Stream`, `Strict` and `Optional`, behind a door.
pub(super) fn greeter(path: &str) -> Response<Body> {
    match path {
        "/demo.Greeter/Hello" => messages(1, "0"),
        "/demo.Greeter/Stream" => messages(2, "13"),
        "/demo.Greeter/Strict" => trailers_only("3"),
        "/demo.Greeter/Optional" => messages(1, "12"),
        path if path.starts_with("/closed") => trailers_only("16"),
        _ => trailers_only("12"),
    }
}

async fn ask(layer: &HttpMetrics, path: &str) {
    let mut service =
        layer.layer(service_fn(async |request: Request| Ok::<_, Infallible>(greeter(request.uri().path()))));
    let response = service.call(call(path)).await.expect("it cannot fail");
    response.into_body().collect().await.expect("it does not fail");
}

#[test]
fn calls_are_told_apart_by_method_and_status() {
    let telemetry = installed();
    let layer = HttpMetrics::new();
    block_on(async {
        for method in ["Hello", "Hello", "Stream", "Strict", "Optional"] {
            ask(&layer, &format!("/demo.Greeter/{method}")).await;
        }
    });
    let expected = [
        ("POST /demo.Greeter/Hello 200 - 0", 2),
        ("POST /demo.Greeter/Stream 200 13 13", 1),
        ("POST /demo.Greeter/Strict 200 - 3", 1),
        ("POST /demo.Greeter/Optional 200 12 12", 1),
    ];
    assert_exchanges(&telemetry, &expected);
}

#[test]
fn methods_that_a_client_makes_up_are_unmatched() {
    let telemetry = installed();
    let layer = HttpMetrics::new();
    block_on(async {
        for made_up in 0..50 {
            ask(&layer, &format!("/demo.Greeter/Made{made_up}")).await;
            ask(&layer, &format!("/closed.Service/Made{made_up}")).await;
            // Given up before there is an answer.
            let waits = service_fn(|_: Request| std::future::pending::<Result<Response<Body>, Infallible>>());
            drop(layer.layer(waits).call(call(&format!("/demo.Greeter/Gone{made_up}"))));
        }
        for strange in ["/", "/demo.Greeter", "/demo Greeter/Hello", "//", "/a/b/../%00"] {
            if let Ok(uri) = strange.parse() {
                let mut request = call("/");
                *request.uri_mut() = uri;
                let mut service = layer.layer(service_fn(async |_: Request| Ok::<_, Infallible>(messages(1, "0"))));
                let _ = service.call(request).await.expect("it cannot fail").into_body().collect().await;
            }
        }
    });
    let routes: Vec<_> = super::exchanges(&telemetry).into_keys().collect();
    assert_eq!(
        routes,
        [
            "POST unmatched - cancelled -",
            "POST unmatched 200 - 0",
            "POST unmatched 200 - 16",
            "POST unmatched 200 12 12"
        ]
    );
}

#[test]
fn a_method_that_has_answered_once_is_known_from_then_on() {
    let telemetry = installed();
    let layer = HttpMetrics::new();
    block_on(async {
        ask(&layer, "/demo.Greeter/Hello").await;
        let waits = service_fn(|_: Request| std::future::pending::<Result<Response<Body>, Infallible>>());
        drop(layer.layer(waits).call(call("/demo.Greeter/Hello")));
        let mut busy = layer.layer(service_fn(async |_: Request| Ok::<_, Infallible>(trailers_only("14"))));
        let _ = busy.call(call("/demo.Greeter/Hello")).await.expect("it cannot fail");
    });
    let expected = [
        ("POST /demo.Greeter/Hello 200 - 0", 1),
        ("POST /demo.Greeter/Hello - cancelled -", 1),
        ("POST /demo.Greeter/Hello 200 14 14", 1),
    ];
    assert_exchanges(&telemetry, &expected);
}

#[test]
fn a_status_that_is_missing_or_strange_is_unknown() {
    let telemetry = installed();
    let layer = HttpMetrics::new();
    block_on(async {
        for code in ["17", "-1", "", "zero", "99999999999999999999999"] {
            let mut service =
                layer.layer(service_fn(move |_: Request| std::future::ready(Ok::<_, Infallible>(messages(1, code)))));
            let response = service.call(call("/a.B/C")).await.expect("it cannot fail");
            response.into_body().collect().await.expect("it does not fail");
        }
        let mut service = layer.layer(service_fn(async |_: Request| {
            Ok::<_, Infallible>(Response::new(Body::new(Script::of([data("\0\0\0\0\0")]))))
        }));
        let response = service.call(call("/a.B/C")).await.expect("it cannot fail");
        response.into_body().collect().await.expect("it does not fail");
    });
    assert_exchanges(&telemetry, &[("POST /a.B/C 200 2 2", 6)]);
}

#[test]
fn an_answer_that_is_not_grpc_counts_as_one_of_http() {
    let telemetry = installed();
    let app = Router::new().route("/demo.Greeter/Hello", post(async || "hello")).layer(HttpMetrics::new());
    block_on(async {
        for path in ["/demo.Greeter/Hello", "/demo.Greeter/Other"] {
            let response = app.clone().oneshot(call(path)).await.expect("a router does not fail");
            response.into_body().collect().await.expect("it does not fail");
        }
    });
    assert_exchanges(&telemetry, &[("POST /demo.Greeter/Hello 200 - -", 1), ("POST unmatched 404 - -", 1)]);
}

#[test]
fn grpc_web_has_its_status_in_the_body() {
    let telemetry = installed();
    let mut request = request("POST", "/demo.Greeter/Hello");
    request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc-web+proto"));
    block_on(async {
        let mut service = HttpMetrics::new().layer(service_fn(async |_: Request| {
            let body = Body::new(Script::of([data("status within")]));
            Ok::<_, Infallible>(
                Response::builder().header(CONTENT_TYPE, "application/grpc-web+proto").body(body).expect("a head"),
            )
        }));
        let response = service.call(request).await.expect("it cannot fail");
        response.into_body().collect().await.expect("it does not fail");
    });
    assert_exchanges(&telemetry, &[("POST /demo.Greeter/Hello 200 - -", 1)]);
}
