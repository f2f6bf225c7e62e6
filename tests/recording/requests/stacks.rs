//! Stacks of layers: all orders build, and each request is counted once.

use std::time::Duration;

use axum::{Router, http::StatusCode, routing::get};
use tachometer::tower::HttpMetrics;
use tower::ServiceBuilder;
use tower_http::{
    cors::CorsLayer,
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
    }
}

fn within_the_timeout(limit: Duration) -> Vec<Router> {
    stacks! {
        CorsLayer::permissive(), timeout(limit), accept(), HttpMetrics::new();
        accept(), timeout(limit), CorsLayer::permissive(), HttpMetrics::new();
        timeout(limit), accept(), CorsLayer::permissive(), HttpMetrics::new();
        CorsLayer::permissive(), timeout(limit), HttpMetrics::new(), accept();
        timeout(limit), HttpMetrics::new().body_sizes().prefix("sized"), HttpMetrics::new(), CorsLayer::permissive();
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
    let expected = [("GET / 200 - -", 8), ("GET /slow 504 504 -", 3), ("GET /slow - cancelled -", 5)];
    assert_exchanges(&telemetry, &expected);
}
