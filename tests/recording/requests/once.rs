//! A request is one observation, however many layers it passes; the one inside knows the route best.

use axum::{
    Router,
    http::StatusCode,
    routing::{get, post},
};
use tachometer::tower::HttpMetrics;
use tower::{Layer, ServiceBuilder, ServiceExt};

use super::{all, ask, assert_exchanges, block_on, counts, exchanges, installed, request};

#[test]
fn layers_on_a_router_and_within_it_count_once() {
    let telemetry = installed();
    block_on(async {
        let api = || Router::new().route("/a", get(async || "a")).layer(HttpMetrics::new());
        let routes = Router::new().route("/api/a", get(async || "a"));
        let apps = [
            Router::new().nest("/api", api()).layer(HttpMetrics::new()),
            Router::new().nest_service("/api", api()).layer(HttpMetrics::new()),
            routes.clone().route_layer(HttpMetrics::new()).layer(HttpMetrics::new()),
            Router::new().route("/api/a", get(async || "a").layer(HttpMetrics::new())).layer(HttpMetrics::new()),
            Router::new().merge(routes.clone().layer(HttpMetrics::new())).layer(HttpMetrics::new()),
            routes.layer(HttpMetrics::new()).layer(HttpMetrics::new()).layer(HttpMetrics::new()),
            Router::new().fallback_service(Router::new().nest("/api", api())).layer(HttpMetrics::new()),
        ];
        for app in &apps {
            ask(app, "GET", "/api/a").await;
        }
    });
    assert_exchanges(&telemetry, &[("GET /api/a 200 - -", 7)]);
}

#[test]
fn a_layer_around_the_whole_router_gets_the_route_from_one_inside() {
    let telemetry = installed();
    block_on(async {
        let app = Router::new().route("/users/{id}", get(async || "you")).layer(HttpMetrics::new());
        let mut service = HttpMetrics::new().layer(app);
        for path in ["/users/7", "/nothing"] {
            let response = tower::Service::call(&mut service, request("GET", path)).await.expect("it does not fail");
            http_body_util::BodyExt::collect(response.into_body()).await.expect("it comes");
        }
    });
    assert_exchanges(&telemetry, &[("GET /users/{id} 200 - -", 1), ("GET unmatched 404 - -", 1)]);
}

#[test]
fn what_the_outer_layer_sees_is_what_counts() {
    let telemetry = installed();
    block_on(async {
        let app = Router::new().route("/y", post(async || "ok")).layer(HttpMetrics::new());
        let gate = axum::middleware::map_response(async |_: axum::response::Response| StatusCode::SERVICE_UNAVAILABLE);
        let stack = ServiceBuilder::new().layer(HttpMetrics::new()).layer(gate);
        ask(&Router::new().nest_service("/x", app).layer(stack), "POST", "/x/y").await;
    });
    assert_exchanges(&telemetry, &[("POST /x/y 503 503 -", 1)]);
}

#[test]
fn an_inner_layer_can_leave_a_request_out() {
    let telemetry = installed();
    block_on(async {
        let inner = Router::new().route("/healthz", get(async || "ok")).layer(HttpMetrics::new().ignore("/healthz"));
        ask(&Router::new().nest("/inner", inner.clone()).layer(HttpMetrics::new()), "GET", "/inner/healthz").await;
        let outer = HttpMetrics::new().ignore("/inner/healthz");
        ask(&Router::new().nest("/inner", inner.layer(HttpMetrics::new())).layer(outer), "GET", "/inner/healthz").await;
    });
    assert!(exchanges(&telemetry).is_empty());
    assert_eq!(all(&telemetry), (0, 0.0));
}

#[test]
fn layers_of_other_names_measure_for_themselves() {
    let telemetry = installed();
    block_on(async {
        let shop = Router::new()
            .route("/a", get(async || "a"))
            .layer(HttpMetrics::new())
            .layer(HttpMetrics::new().prefix("shop"));
        ask(&Router::new().nest("/shop", shop).layer(HttpMetrics::new()), "GET", "/shop/a").await;
    });
    assert_exchanges(&telemetry, &[("GET /shop/a 200 - -", 1)]);
    let of_shop = counts(&telemetry.snapshot(), "shop_http_server_request_duration_seconds", &["http_route"]);
    assert_eq!(of_shop.into_iter().collect::<Vec<_>>(), [("/shop/a".to_owned(), 1)]);
}

#[test]
fn a_request_that_is_made_of_an_old_one_is_another_one() {
    let telemetry = installed();
    block_on(async {
        let app = Router::new().route("/a", get(async || "a")).layer(HttpMetrics::new());
        let seen = std::sync::Arc::new(std::sync::Mutex::new(None));
        let keep = std::sync::Arc::clone(&seen);
        let outer = Router::new().route(
            "/b",
            get(async move |request: axum::extract::Request| {
                *keep.lock().expect("it is free") = Some(request.extensions().clone());
            }),
        );
        ask(&outer.layer(HttpMetrics::new()), "GET", "/b").await;
        let mut later = request("GET", "/a");
        *later.extensions_mut() = seen.lock().expect("it is free").take().expect("it was kept");
        later.extensions_mut().remove::<axum::extract::MatchedPath>();
        let response = app.oneshot(later).await.expect("a router does not fail");
        http_body_util::BodyExt::collect(response.into_body()).await.expect("it comes");
    });
    assert_exchanges(&telemetry, &[("GET /a 200 - -", 1), ("GET /b 200 - -", 1)]);
}
