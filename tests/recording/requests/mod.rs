//! Requests to a program's own server, measured by the layer.

mod clients;
mod ends;
mod grpc;
mod once;
mod recorders;
mod routes;
mod script;
mod settings;
mod stacks;
mod wire;

use std::{collections::BTreeMap, convert::Infallible};

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{HeaderValue, Method, StatusCode, header::CONTENT_LENGTH},
    response::Response,
    routing::{get, post},
};
use bytes::Bytes;
use http_body_util::{BodyExt, channel::Channel};
use tachometer::{Snapshot, Telemetry, families::Value, tower::HttpMetrics};
use tower::{Layer, Service, ServiceExt, service_fn};

use super::{gauge, histogram, installed};

fn block_on<T>(test: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(test)
}

/// How often a histogram has each set of labels, which are written like `GET /users/{id} 200 - -`.
fn counts(snapshot: &Snapshot, name: &str, labels: &[&str]) -> BTreeMap<String, u64> {
    let series = snapshot.family(name).into_iter().flat_map(|family| family.series().collect::<Vec<_>>());
    let counts = series.map(|series| {
        let values =
            labels.iter().map(|label| series.label(label).unwrap_or_else(|| panic!("{series:?} lacks {label}")));
        let values: Vec<_> = values.map(|value| if value.is_empty() { "-".into() } else { value }).collect();
        let Value::Histogram(distribution) = series.value() else { panic!("{series:?} is no histogram") };
        (values.join(" "), distribution.count())
    });
    counts.collect()
}

/// What a server has measured: method, route, status, error and status of gRPC, and how often.
fn exchanges(telemetry: &Telemetry) -> BTreeMap<String, u64> {
    let labels =
        ["http_request_method", "http_route", "http_response_status_code", "error_type", "rpc_grpc_status_code"];
    counts(&telemetry.snapshot(), "http_server_request_duration_seconds", &labels)
}

#[track_caller]
fn assert_exchanges(telemetry: &Telemetry, expected: &[(&str, u64)]) {
    let expected = expected.iter().map(|(labels, count)| ((*labels).to_owned(), *count)).collect();
    assert_eq!(exchanges(telemetry), expected);
    assert_eq!(all(telemetry).1, 0.0, "nothing is under way");
}

/// How many exchanges there were with these labels: method, route, status, error.
fn count(snapshot: &Snapshot, [method, route, status, error]: [&str; 4]) -> u64 {
    let labels = [
        ("http_request_method", method),
        ("http_route", route),
        ("http_response_status_code", status),
        ("error_type", error),
        ("rpc_grpc_status_code", ""),
    ];
    match snapshot.get("http_server_request_duration_seconds", &labels) {
        Some(Value::Histogram(distribution)) => distribution.count(),
        _ => 0,
    }
}

/// How many exchanges there were at all, and how many there are now.
fn all(telemetry: &Telemetry) -> (u64, f64) {
    let snapshot = telemetry.snapshot();
    let family = snapshot.family("http_server_request_duration_seconds");
    let counts = family.into_iter().flat_map(|family| family.series().collect::<Vec<_>>());
    let count = counts.map(|series| match series.value() {
        Value::Histogram(distribution) => distribution.count(),
        _ => 0,
    });
    let active = snapshot.family("http_server_active_requests");
    let active = active.into_iter().flat_map(|family| family.series().collect::<Vec<_>>());
    let active = active.map(|series| if let Value::Gauge(value) = series.value() { value } else { 0.0 });
    (count.sum(), active.sum())
}

fn request(method: &str, path: &str) -> Request {
    let method = Method::from_bytes(method.as_bytes()).expect("it is a method");
    Request::builder().method(method).uri(path).body(Body::empty()).expect("it is well formed")
}

fn app() -> Router {
    Router::new()
        .route("/users/{id}", get(async || "hello"))
        .route("/fail", post(async || StatusCode::BAD_GATEWAY))
        .route("/empty", get(async || StatusCode::NO_CONTENT))
        .nest("/admin", Router::new().route("/{*rest}", get(async || "secret")))
        .fallback(async || StatusCode::NOT_FOUND)
        .layer(HttpMetrics::new())
}

async fn ask(app: &Router, method: &str, path: &str) {
    let response = app.clone().oneshot(request(method, path)).await.expect("a router does not fail");
    response.into_body().collect().await.expect("the body comes");
}

#[test]
fn requests_are_told_apart_by_route_and_not_by_path() {
    let telemetry = installed();
    block_on(async {
        let app = app();
        for path in ["/users/1", "/users/2?x=y", "/users/%00"] {
            ask(&app, "GET", path).await;
        }
        ask(&app, "HEAD", "/users/1").await;
        ask(&app, "DELETE", "/users/1").await;
        ask(&app, "POST", "/fail").await;
        ask(&app, "GET", "/empty").await;
        ask(&app, "GET", "/admin/a/b").await;
        for path in ["/nothing", "/users/1/2", "/../etc"] {
            ask(&app, "GET", path).await;
        }
        ask(&app, "BREW", "/nothing").await;
        ask(&app, "get", "/nothing").await;
    });
    let snapshot = telemetry.snapshot();
    for (labels, expected) in [
        (["GET", "/users/{id}", "200", ""], 3),
        (["HEAD", "/users/{id}", "200", ""], 1),
        (["DELETE", "/users/{id}", "405", ""], 1),
        (["POST", "/fail", "502", "502"], 1),
        (["GET", "/empty", "204", ""], 1),
        (["GET", "/admin/{*rest}", "200", ""], 1),
        (["GET", "unmatched", "404", ""], 3),
        (["_OTHER", "unmatched", "404", ""], 2),
    ] {
        assert_eq!(count(&snapshot, labels), expected, "{labels:?}");
    }
    assert_eq!(all(&telemetry), (13, 0.0));
}

/// Answers with what a test sends, byte by byte.
fn streaming(body: Channel<Bytes, Infallible>, length: Option<u64>) -> Response {
    let mut response = Response::new(Body::new(body));
    if let Some(length) = length {
        response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
    response
}

async fn stream(
    length: Option<u64>,
) -> (http_body_util::channel::Sender<Bytes, Infallible>, impl BodyExt<Data = Bytes, Error: std::fmt::Debug> + Unpin) {
    let (send, body) = Channel::new(4);
    let mut body = Some(body);
    let mut service = HttpMetrics::new().route_by(|_| Some("/stream")).layer(service_fn(move |_: Request| {
        let response = streaming(body.take().expect("it is asked once"), length);
        async move { Ok::<_, Infallible>(response) }
    }));
    let response = service.call(request("GET", "/x")).await.expect("it cannot fail");
    (send, response.into_body())
}

#[test]
fn a_request_ends_with_the_body_of_its_response() {
    let telemetry = installed();
    block_on(async {
        let (mut send, mut body) = stream(None).await;
        send.send_data(Bytes::from_static(b"a")).await.expect("somebody reads");
        body.frame().await.expect("a frame").expect("no error");
        assert_eq!(all(&telemetry), (0, 1.0));
        assert_eq!(gauge(&telemetry.snapshot(), "http_server_active_requests", &[("http_request_method", "GET")]), 1.0);
        drop(send);
        assert!(body.frame().await.is_none());
        assert_eq!(all(&telemetry), (1, 0.0));
        drop(body);
    });
    assert_eq!(count(&telemetry.snapshot(), ["GET", "/stream", "200", ""]), 1);
    assert_eq!(all(&telemetry), (1, 0.0), "once");
}

#[test]
fn what_is_given_up_is_cancelled() {
    let telemetry = installed();
    block_on(async {
        let (mut send, mut body) = stream(None).await;
        send.send_data(Bytes::from_static(b"a")).await.expect("somebody reads");
        body.frame().await.expect("a frame").expect("no error");
        drop(body);

        let waits = service_fn(|_: Request| std::future::pending::<Result<Response, Infallible>>());
        let mut service = HttpMetrics::new().layer(waits);
        let mut future = Box::pin(service.call(request("GET", "/x")));
        let is_pending = std::future::poll_fn(|cx| std::task::Poll::Ready(future.as_mut().poll(cx).is_pending())).await;
        assert!(is_pending);
        assert_eq!(all(&telemetry), (1, 1.0));
    });
    let snapshot = telemetry.snapshot();
    assert_eq!(count(&snapshot, ["GET", "/stream", "200", "cancelled"]), 1);
    assert_eq!(count(&snapshot, ["GET", "unmatched", "", "cancelled"]), 1);
    assert_eq!(all(&telemetry), (2, 0.0));
}

#[test]
fn a_server_that_has_sent_what_it_announced_need_not_ask_for_more() {
    let telemetry = installed();
    block_on(async {
        let (mut send, mut body) = stream(Some(2)).await;
        send.send_data(Bytes::from_static(b"ab")).await.expect("somebody reads");
        body.frame().await.expect("a frame").expect("no error");
        drop(body);
    });
    assert_eq!(count(&telemetry.snapshot(), ["GET", "/stream", "200", ""]), 1);
}

#[test]
fn errors_and_panics_are_counted() {
    let telemetry = installed();
    block_on(async {
        let fails = service_fn(|_: Request| async { Err::<Response, _>("no") });
        assert!(HttpMetrics::new().layer(fails).call(request("PUT", "/x")).await.is_err());
        let panics = service_fn(|_: Request| async {
            if true {
                panic!("as this test wants it to");
            }
            Ok::<Response, Infallible>(Response::default())
        });
        let mut service = HttpMetrics::new().layer(panics);
        std::panic::set_hook(Box::new(|_| {}));
        // The task catches the panic and drops the future afterwards.
        let local = tokio::task::LocalSet::new();
        let failed =
            local.run_until(async { tokio::task::spawn_local(service.call(request("PUT", "/x"))).await }).await;
        let _ = std::panic::take_hook();
        assert!(failed.is_err_and(|error| error.is_panic()));
    });
    let snapshot = telemetry.snapshot();
    assert_eq!(count(&snapshot, ["PUT", "unmatched", "", "error"]), 1);
    assert_eq!(count(&snapshot, ["PUT", "unmatched", "", "panicked"]), 1);
    assert_eq!(all(&telemetry), (2, 0.0));
}
