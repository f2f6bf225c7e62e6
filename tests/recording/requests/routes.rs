//! Which route a request counts under: what the router tells, and what the program's patterns say.

use axum::{Router, routing::get};
use tachometer::tower::HttpMetrics;
use tower_http::services::ServeDir;

use super::{all, ask, assert_exchanges, block_on, installed};

fn users() -> Router {
    Router::new().route("/users/{id}", get(async || "you"))
}

#[test]
fn a_service_below_a_path_counts_under_it() {
    let telemetry = installed();
    let files = tempfile::tempdir().expect("temporary folders can be made");
    std::fs::write(files.path().join("a.css"), "").expect("it can be written");
    let inner = Router::new().nest_service("/deep", users());
    let app = Router::new()
        .nest_service("/svc", users())
        .nest_service("/assets", ServeDir::new(files.path()))
        .nest_service("/{tenant}/own", inner)
        .nest("/plain", users())
        .layer(HttpMetrics::new());
    block_on(async {
        for path in ["/svc/users/7", "/svc/users/8", "/svc/nothing", "/svc", "/assets/a.css", "/assets/b/c"] {
            ask(&app, "GET", path).await;
        }
        for path in ["/acme/own/deep/users/1", "/plain/users/1", "/nothing"] {
            ask(&app, "GET", path).await;
        }
    });
    let expected = [
        ("GET /svc/* 200 - -", 2),
        ("GET /svc/* 404 - -", 1),
        ("GET /svc 404 - -", 1),
        ("GET /assets/* 200 - -", 1),
        ("GET /assets/* 404 - -", 1),
        ("GET /{tenant}/own/* 200 - -", 1),
        ("GET /plain/users/{id} 200 - -", 1),
        ("GET unmatched 404 - -", 1),
    ];
    assert_exchanges(&telemetry, &expected);
}

#[test]
fn a_layer_within_a_nested_service_knows_the_whole_route() {
    let telemetry = installed();
    let app = Router::new().nest_service("/svc", users().layer(HttpMetrics::new()));
    let deep = Router::new().nest_service("/a", Router::new().nest_service("/b", users()).layer(HttpMetrics::new()));
    block_on(async {
        ask(&app, "GET", "/svc/users/7").await;
        ask(&app, "GET", "/svc/nothing").await;
        ask(&deep, "GET", "/a/b/users/7").await;
    });
    let expected = [("GET /svc/users/{id} 200 - -", 1), ("GET /svc/* 404 - -", 1), ("GET /a/b/* 200 - -", 1)];
    assert_exchanges(&telemetry, &expected);
}

#[test]
fn the_request_is_handed_on_as_it_came() {
    let telemetry = installed();
    let inner = Router::new().route(
        "/users/{id}",
        get(async |path: axum::extract::MatchedPath, id: axum::extract::Path<String>| {
            format!("{} {}", path.as_str(), *id)
        }),
    );
    let plain = Router::new().nest_service("/svc", inner);
    block_on(async {
        for app in [plain.clone(), plain.layer(HttpMetrics::new())] {
            let response =
                tower::ServiceExt::oneshot(app, super::request("GET", "/svc/users/7")).await.expect("it cannot fail");
            let body = http_body_util::BodyExt::collect(response.into_body()).await.expect("it comes");
            assert_eq!(body.to_bytes(), "/svc/users/{id} 7");
        }
    });
    drop(telemetry);
}

#[test]
fn a_router_as_a_fallback_is_unmatched_unless_it_has_a_layer() {
    let telemetry = installed();
    block_on(async {
        ask(&Router::new().fallback_service(users()).layer(HttpMetrics::new()), "GET", "/users/7").await;
        let layered = users().layer(HttpMetrics::new());
        ask(&Router::new().fallback_service(layered).layer(HttpMetrics::new()), "GET", "/users/7").await;
        let grouped = HttpMetrics::new().group("/users/*", "/users/*");
        ask(&Router::new().fallback_service(users()).layer(grouped), "GET", "/users/7").await;
    });
    let expected = [("GET unmatched 200 - -", 1), ("GET /users/{id} 200 - -", 1), ("GET /users/* 200 - -", 1)];
    assert_exchanges(&telemetry, &expected);
}

#[test]
fn patterns_leave_out_and_group() {
    let telemetry = installed();
    let layer = HttpMetrics::new()
        .ignore("/healthz")
        .group("/users/me", "/users/me")
        .ignore("/users/{id}/avatar")
        .group("/users/*", "users")
        .group("/{lang}/docs/{*page}", "docs");
    let app = Router::new()
        .route("/healthz", get(async || "ok"))
        .route("/users/{id}", get(async || "you"))
        .route("/users/{id}/avatar", get(async || "you"))
        .route("/other", get(async || "you"))
        .layer(layer);
    block_on(async {
        for path in [
            "/healthz",
            "/users/me",
            "/users/7",
            "/users/7/avatar",
            "/users/x/y",
            "/en/docs/a/b",
            "/other",
            "/healthz/",
        ] {
            ask(&app, "GET", path).await;
        }
    });
    let expected = [
        ("GET /users/me 200 - -", 1),
        ("GET users 200 - -", 1),
        ("GET users 404 - -", 1),
        ("GET docs 404 - -", 1),
        ("GET /other 200 - -", 1),
        ("GET unmatched 404 - -", 1),
    ];
    assert_exchanges(&telemetry, &expected);
}

#[test]
fn patterns_cover_the_route_where_the_path_has_lost_its_beginning() {
    let telemetry = installed();
    let inner = Router::new().route("/healthz", get(async || "ok")).route("/a/{b}", get(async || "ok"));
    let layer = HttpMetrics::new().ignore("/api/healthz").group("/api/a/{b}", "/api/a");
    let app = Router::new().nest("/api", inner.layer(layer));
    block_on(async {
        ask(&app, "GET", "/api/healthz").await;
        ask(&app, "GET", "/api/a/7").await;
    });
    assert_exchanges(&telemetry, &[("GET /api/a 200 - -", 1)]);
    assert_eq!(all(&telemetry), (1, 0.0));
}
