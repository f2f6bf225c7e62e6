//! Stacks of layers: all orders build, and each request is counted once.

use std::time::Duration;

use axum::{Router, http::StatusCode, routing::get};
use tachometer::tower::HttpMetrics;
use tower::ServiceBuilder;
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::CompressionLayer,
    cors::CorsLayer,
    limit::RequestBodyLimitLayer,
    timeout::TimeoutLayer,
    validate_request::{AcceptHeader, ValidateRequestHeaderLayer},
};

use super::{ask, assert_exchanges, block_on, installed};

fn timeout(limit: Duration) -> TimeoutLayer {
    TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, limit)
}

fn accept<B: Default>() -> ValidateRequestHeaderLayer<AcceptHeader<B>> {
    ValidateRequestHeaderLayer::accept("text/plain")
}

/// Applies each stack to a router that answers `/` at once and `/slow` never.
macro_rules! stacks {
    ($($($layer:expr),+;)*) => {
        vec![$({
            let stack = ServiceBuilder::new()$(.layer($layer))+;
            Router::new().route("/", get(async || "open")).route("/slow", get(std::future::pending::<()>)).layer(stack)
        }),*]
    };
}

fn outermost(limit: Duration) -> Vec<Router> {
    stacks! {
        HttpMetrics::new(), CorsLayer::permissive(), timeout(limit), accept();
        HttpMetrics::new(), accept(), timeout(limit), CorsLayer::permissive();
        HttpMetrics::new(), timeout(limit), accept(), CorsLayer::permissive();
        HttpMetrics::new(), CompressionLayer::new(), RequestBodyLimitLayer::new(9), timeout(limit);
        CatchPanicLayer::new(), HttpMetrics::new(), timeout(limit), CompressionLayer::new();
    }
}

fn within_the_timeout(limit: Duration) -> Vec<Router> {
    stacks! {
        CorsLayer::permissive(), timeout(limit), accept(), HttpMetrics::new();
        accept(), timeout(limit), CorsLayer::permissive(), HttpMetrics::new();
        timeout(limit), accept(), CorsLayer::permissive(), HttpMetrics::new();
        CorsLayer::permissive(), timeout(limit), HttpMetrics::new(), accept();
        timeout(limit), HttpMetrics::new().body_sizes().prefix("sized"), HttpMetrics::new(), CorsLayer::permissive();
        RequestBodyLimitLayer::new(9), CompressionLayer::new(), timeout(limit), HttpMetrics::new(), CatchPanicLayer::new();
        timeout(limit), CompressionLayer::new(), HttpMetrics::new().body_sizes().prefix("all"), HttpMetrics::new();
    }
}

#[test]
fn all_orders_build() {
    let telemetry = installed();
    let (long, none) = (Duration::from_secs(3_600), Duration::ZERO);
    block_on(async {
        for app in outermost(long).iter().chain(&within_the_timeout(long)) {
            ask(app, "GET", "/").await;
        }
        for app in outermost(none).iter().chain(&within_the_timeout(none)) {
            ask(app, "GET", "/slow").await;
        }
    });
    let expected = [("GET / 200 - -", 12), ("GET /slow 504 504 -", 5), ("GET /slow - cancelled -", 7)];
    assert_exchanges(&telemetry, &expected);
}

#[test]
fn a_panic_is_an_answer_only_within() {
    let telemetry = installed();
    let app = || Router::new().route("/", get(async || -> () { panic!("as this test wants it to") }));
    let within = app().layer(CatchPanicLayer::new()).layer(HttpMetrics::new());
    let around = app().layer(HttpMetrics::new()).layer(CatchPanicLayer::new());
    std::panic::set_hook(Box::new(|_| {}));
    block_on(async {
        ask(&within, "GET", "/").await;
        ask(&around, "GET", "/").await;
    });
    let _ = std::panic::take_hook();
    assert_exchanges(&telemetry, &[("GET / 500 500 -", 1), ("GET / - panicked -", 1)]);
}
