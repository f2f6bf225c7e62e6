//! When an exchange has ended, and how: bodies polled by hand, as a server polls them.

use std::convert::Infallible;

use axum::{
    body::Body,
    extract::Request,
    http::{
        HeaderMap, HeaderValue, Response, StatusCode,
        header::{CONTENT_LENGTH, CONTENT_TYPE},
    },
};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body as _, Frame};
use tachometer::tower::{HttpMetrics, MeasuredBody};
use tower::{Layer, Service, service_fn};

use super::{
    assert_exchanges, block_on, installed, request,
    script::{Script, data, trailers},
};

/// Asks for a response, takes so many frames of its body, and drops it.
async fn ask<B>(method: &str, response: Response<B>, frames: usize)
where
    B: hyper::body::Body + Unpin,
    B::Error: std::fmt::Debug,
{
    let mut response = Some(response);
    let mut service = HttpMetrics::new().layer(service_fn(move |_: Request| {
        let response = response.take().expect("it is asked once");
        async move { Ok::<_, Infallible>(response) }
    }));
    let mut body = service.call(request(method, "/x")).await.expect("it cannot fail").into_body();
    for _ in 0..frames {
        let _ = body.frame().await;
    }
}

fn of(frames: Vec<Result<Frame<Bytes>, &'static str>>) -> Response<Script> {
    Response::new(Script::of(frames))
}

#[test]
fn trailers_are_an_end() {
    let telemetry = installed();
    block_on(async {
        // As hyper does: after the trailers it asks for nothing more.
        ask("GET", of(vec![data("row"), trailers()]), 2).await;
        ask("GET", of(vec![trailers()]), 1).await;
        let full = Full::new(Bytes::from("row")).with_trailers(async { Some(Ok(HeaderMap::new())) });
        ask("GET", Response::new(Box::pin(full)), 2).await;
    });
    assert_exchanges(&telemetry, &[("GET unmatched 200 - -", 3)]);
}

#[test]
fn what_is_dropped_before_its_end_is_cancelled() {
    let telemetry = installed();
    block_on(async {
        ask("GET", of(vec![data("row"), trailers()]), 0).await;
        ask("GET", of(vec![data("row"), trailers()]), 1).await;
        ask("GET", of(vec![data("row"), data("row")]), 2).await;
        ask("GET", Response::new(Full::new(Bytes::from("row"))), 0).await;
    });
    assert_exchanges(&telemetry, &[("GET unmatched 200 cancelled -", 4)]);
}

#[test]
fn what_tells_its_end_need_not_be_asked_again() {
    let telemetry = installed();
    block_on(async {
        ask("GET", Response::new(Script::of(vec![data("row")]).telling()), 1).await;
        ask("GET", Response::new(Script::default().telling()), 0).await;
        ask("GET", Response::new(Full::new(Bytes::from("row"))), 1).await;
        ask("GET", Response::new(Body::empty()), 0).await;
        let mut announced = of(vec![data("row"), data("")]);
        announced.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from_static("3"));
        ask("GET", announced, 1).await;
        ask("GET", of(vec![]), 1).await;
        ask("GET", of(vec![data("row")]), 2).await;
    });
    assert_exchanges(&telemetry, &[("GET unmatched 200 - -", 7)]);
}

#[test]
fn a_response_that_is_only_a_head_ends_with_it() {
    let telemetry = installed();
    block_on(async {
        ask("HEAD", of(vec![data("row")]), 0).await;
        ask("CONNECT", of(vec![data("row")]), 0).await;
        for status in [StatusCode::SWITCHING_PROTOCOLS, StatusCode::NO_CONTENT, StatusCode::NOT_MODIFIED] {
            let mut response = of(vec![data("row")]);
            *response.status_mut() = status;
            ask("GET", response, 0).await;
        }
        let mut refused = of(vec![data("no")]);
        *refused.status_mut() = StatusCode::FORBIDDEN;
        ask("CONNECT", refused, 0).await;
    });
    let expected = [
        ("HEAD unmatched 200 - -", 1),
        ("CONNECT unmatched 200 - -", 1),
        ("GET unmatched 101 - -", 1),
        ("GET unmatched 204 - -", 1),
        ("GET unmatched 304 - -", 1),
        ("CONNECT unmatched 403 cancelled -", 1),
    ];
    assert_exchanges(&telemetry, &expected);
}

#[test]
fn a_body_that_fails_or_falls_short_is_an_error() {
    let telemetry = installed();
    block_on(async {
        ask("GET", of(vec![data("row"), Err("lost")]), 2).await;
        let mut short = of(vec![data("row")]);
        short.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from_static("4"));
        ask("GET", short, 2).await;
        let mut failed = of(vec![data("row")]);
        *failed.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        ask("GET", failed, 2).await;
    });
    assert_exchanges(&telemetry, &[("GET unmatched 200 error -", 2), ("GET unmatched 503 503 -", 1)]);
}

#[test]
fn a_call_of_grpc_has_not_ended_before_its_trailers() {
    let telemetry = installed();
    block_on(async {
        let mut response = Response::new(Full::new(Bytes::from("message")).with_trailers(std::future::pending()));
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
        let mut response = Some(response.map(Box::pin));
        let mut service = HttpMetrics::new().layer(service_fn(move |_: Request| {
            let response = response.take().expect("it is asked once");
            async move { Ok::<_, Infallible>(response) }
        }));
        let mut call = request("POST", "/demo.Greeter/Hello");
        call.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
        let mut body: MeasuredBody<_> = service.call(call).await.expect("it cannot fail").into_body();
        let _ = body.frame().await;
        assert!(!body.is_end_stream());
    });
    assert_exchanges(&telemetry, &[("POST /demo.Greeter/Hello 200 cancelled -", 1)]);
}

#[test]
fn a_body_of_its_own_is_not_measured() {
    let telemetry = installed();
    drop(MeasuredBody::<Script>::default());
    block_on(async {
        let body = MeasuredBody::<Body>::default();
        assert!(body.is_end_stream());
        assert!(body.collect().await.expect("it is empty").to_bytes().is_empty());
    });
    assert!(super::exchanges(&telemetry).is_empty());
}
