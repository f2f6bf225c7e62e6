//! Requests that begin under one recorder and end under another, or begin before there is one.

use axum::{Router, body::Body, routing::get};
use tachometer::{testing, tower::HttpMetrics};
use tower::ServiceExt;

use super::{all, block_on, installed, request, script::Script};

fn app() -> Router {
    Router::new().route("/", get(async || Body::new(Script::default().endless()))).layer(HttpMetrics::new())
}

#[test]
fn a_request_that_began_before_the_installation_leaves_nothing() {
    let app = app();
    let response = block_on(app.clone().oneshot(request("GET", "/"))).expect("a router does not fail");
    let telemetry = installed();
    let second = block_on(app.oneshot(request("GET", "/"))).expect("a router does not fail");
    assert_eq!(all(&telemetry), (0, 1.0));
    drop(response);
    assert_eq!(all(&telemetry), (0, 1.0), "what was never counted in is not counted out");
    drop(second);
    assert_eq!(all(&telemetry), (1, 0.0));
}

#[test]
fn a_request_ends_where_it_began() {
    let telemetry = installed();
    let app = app();
    let ask = || block_on(app.clone().oneshot(request("GET", "/"))).expect("a router does not fail");
    let outside = ask();
    let recorded = testing::record(|| {
        drop(outside);
        ask()
    });
    assert_eq!(all(&telemetry), (1, 0.0), "it began under the installation");
    let labels = [("http_request_method", "GET")];
    assert_eq!(super::gauge(&recorded, "http_server_active_requests", &labels), 1.0);
    let recorder = recorded.recorder();
    drop(recorded.into_value());
    assert_eq!(super::gauge(&recorder.snapshot(), "http_server_active_requests", &labels), 0.0);
    assert_eq!(all(&telemetry), (1, 0.0), "it began in a test");
}

#[test]
fn requests_may_outlive_an_installation() {
    let first = installed();
    let app = app();
    let ask = || block_on(app.clone().oneshot(request("GET", "/"))).expect("a router does not fail");
    let early = ask();
    first.shutdown(std::time::Duration::from_secs(60)).expect("nothing holds it up");
    let between = ask();
    drop(ask());
    let second = installed();
    let late = ask();
    assert_eq!(all(&second), (1, 3.0));
    drop((early, between, late));
    assert_eq!(all(&second), (4, 0.0));
}
