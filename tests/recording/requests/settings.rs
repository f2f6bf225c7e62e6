//! Names, buckets, labels and sizes as the program wants them, and what it cannot have.

use std::{convert::Infallible, panic};

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{Response, StatusCode},
    routing::{get, post},
};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use tachometer::{
    families::Value,
    tower::{CountedBody, HttpClientMetrics, HttpMetrics},
};
use tower::{Layer, Service, ServiceExt, service_fn};

use super::{
    assert_exchanges, block_on, counts, histogram, installed, request,
    script::{Script, data, trailers},
};

#[derive(tachometer::Label)]
enum Plan {
    Free,
    Paid,
}

#[test]
fn labels_of_ones_own_come_from_heads() {
    let telemetry = installed();
    let layer = HttpMetrics::new()
        .request_label("plan", |request| if request.headers.contains_key("x-paid") { Plan::Paid } else { Plan::Free })
        .request_label("secure", |request| request.uri.scheme_str() == Some("https"))
        .response_label("cache", |response| {
            response.headers.get("x-cache").and_then(|cache| cache.to_str().ok()).unwrap_or("none").to_owned()
        });
    let app = Router::new().route("/a", get(async || [("x-cache", "hit")])).layer(layer.clone());
    block_on(async {
        let mut paid = request("GET", "/a");
        paid.headers_mut().insert("x-paid", "1".parse().expect("a value"));
        for request in [paid, request("GET", "/a"), request("GET", "/b")] {
            let response = app.clone().oneshot(request).await.expect("a router does not fail");
            response.into_body().collect().await.expect("it comes");
        }
        let mut fails = layer.layer(service_fn(async |_: Request| Err::<Response<Body>, _>("no")));
        assert!(fails.call(request("GET", "/a")).await.is_err());
    });
    let labels = ["http_route", "error_type", "plan", "secure", "cache"];
    let seen = counts(&telemetry.snapshot(), "http_server_request_duration_seconds", &labels);
    let seen: Vec<_> = seen.into_keys().collect();
    assert_eq!(
        seen,
        ["/a - free false hit", "/a - paid false hit", "unmatched - free false none", "unmatched error free false -"]
    );
}

#[test]
fn values_of_ones_own_labels_are_under_the_guard() {
    let policy = tachometer::Policy::default().values(2);
    let telemetry = tachometer::builder().no_listener().guard(policy).install().expect("it is the only one");
    let layer =
        HttpMetrics::new().request_label("tenant", |request| request.uri.query().unwrap_or_default().to_owned());
    let app = Router::new().route("/a", get(async || "")).layer(layer);
    block_on(async {
        for tenant in 0..50 {
            super::ask(&app, "GET", &format!("/a?{tenant}")).await;
        }
    });
    let seen = counts(&telemetry.snapshot(), "http_server_request_duration_seconds", &["tenant"]);
    assert_eq!(seen.get("other"), Some(&48), "{seen:?}");
}

#[test]
fn a_label_that_panics_fails_its_request_and_leaves_nothing_under_way() {
    let telemetry = installed();
    let of_request = HttpMetrics::new().request_label("a", |_| -> bool { panic!("as this test wants it to") });
    let of_response =
        HttpMetrics::new().prefix("b").response_label("a", |_| -> bool { panic!("as this test wants it to") });
    for layer in [of_request, of_response] {
        super::super::catch(|| {
            let mut service =
                layer.layer(service_fn(async |_: Request| Ok::<_, Infallible>(Response::new(Body::empty()))));
            let _ = block_on(service.call(request("GET", "/")));
        });
    }
    let snapshot = telemetry.snapshot();
    for name in ["http_server_active_requests", "b_http_server_active_requests"] {
        let under_way = snapshot.family(name).into_iter().flat_map(|family| family.series().collect::<Vec<_>>());
        assert!(under_way.map(|series| series.value()).all(|value| value == Value::Gauge(0.0)), "{name}");
    }
    let panicked = counts(&snapshot, "b_http_server_request_duration_seconds", &["error_type"]);
    assert_eq!(panicked.get("panicked"), Some(&1));
}

#[test]
fn names_and_buckets_are_the_programs() {
    let telemetry = installed();
    let layer = HttpMetrics::new().prefix("shop").buckets([0.5, 1.0]);
    let app = Router::new().route("/a", get(async || "a")).layer(layer);
    block_on(super::ask(&app, "GET", "/a"));
    let text = telemetry.render();
    let buckets = text.lines().filter(|line| line.starts_with("shop_http_server_request_duration_seconds_bucket{"));
    assert_eq!(buckets.count(), 3, "{text}");
    assert!(text.contains("shop_http_server_active_requests{http_request_method=\"GET\"} 0\n"), "{text}");
    assert!(!text.contains("\nhttp_server"), "{text}");
}

#[test]
fn a_recorder_that_must_know_buckets_early_is_told_of_layers_that_exist() {
    let layer = HttpMetrics::new().prefix("shop").buckets([0.5, 1.0]).body_sizes();
    let app = Router::new().route("/a", get(async || "a")).layer(layer);
    let builder = tachometer::builder().no_listener().no_default_collectors();
    let telemetry =
        builder.with_prometheus(tachometer::PrometheusBuilder::new()).install().expect("it is the only one");
    block_on(super::ask(&app, "GET", "/a"));
    let text = telemetry.render();
    for (name, buckets) in [("request_duration_seconds", 3), ("response_body_size_bytes", 12)] {
        let begin = format!("shop_http_server_{name}_bucket{{");
        assert_eq!(text.lines().filter(|line| line.starts_with(&begin)).count(), buckets, "{text}");
    }
}

fn sizes(telemetry: &tachometer::Telemetry, which: &str, route: &str) -> (u64, f64) {
    let labels = [
        ("http_request_method", "POST"),
        ("http_route", route),
        ("http_response_status_code", "200"),
        ("error_type", ""),
        ("rpc_grpc_status_code", ""),
    ];
    histogram(&telemetry.snapshot(), &format!("http_server_{which}_body_size_bytes"), &labels)
}

#[test]
fn sizes_are_those_of_what_has_passed() {
    let telemetry = installed();
    let app = Router::new()
        .route("/echo", post(async |body: Bytes| body))
        .route("/unread", post(async || Body::new(Script::of([data("abc"), data("de"), trailers()]))))
        .layer(HttpMetrics::new().body_sizes());
    block_on(async {
        for (path, body) in [("/echo", "0123456789"), ("/echo", ""), ("/unread", "0123456789")] {
            let request = Request::post(path).body(Body::new(Full::new(Bytes::from(body)))).expect("it is well formed");
            let response = app.clone().oneshot(request).await.expect("a router does not fail");
            response.into_body().collect().await.expect("it comes");
        }
    });
    assert_eq!(sizes(&telemetry, "request", "/echo"), (2, 10.0));
    assert_eq!(sizes(&telemetry, "response", "/echo"), (2, 10.0));
    assert_eq!(sizes(&telemetry, "request", "/unread"), (1, 0.0), "nobody took it");
    assert_eq!(sizes(&telemetry, "response", "/unread"), (1, 5.0));
    assert_exchanges(&telemetry, &[("POST /echo 200 - -", 2), ("POST /unread 200 - -", 1)]);
}

#[test]
fn a_response_that_never_came_has_no_size() {
    let telemetry = installed();
    block_on(async {
        let fails = service_fn(async |_: Request<CountedBody<Body>>| Err::<Response<Body>, _>("no"));
        assert!(HttpMetrics::new().body_sizes().layer(fails).call(request("GET", "/")).await.is_err());
    });
    let snapshot = telemetry.snapshot();
    assert_eq!(counts(&snapshot, "http_server_request_body_size_bytes", &["error_type"]).get("error"), Some(&1));
    assert!(counts(&snapshot, "http_server_response_body_size_bytes", &["error_type"]).is_empty());
}

/// The message that a closure panics with.
fn refusal<T>(make: impl FnOnce() -> T + panic::UnwindSafe) -> String {
    let silent = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let refused = panic::catch_unwind(make).err().expect("it is refused");
    panic::set_hook(silent);
    *refused.downcast::<String>().expect("it says why")
}

#[test]
fn what_cannot_be_is_refused_where_it_is_written() {
    let server = HttpMetrics::new;
    let value = |_: &axum::http::request::Parts| "x";
    for (message, expected) in [
        (refusal(|| server().prefix("")), "prefix `` is empty; leave it out"),
        (
            refusal(|| server().prefix("shop_")),
            "prefix `shop_` ends in `_`, which is put between it and the names; drop the `_`",
        ),
        (
            refusal(|| server().prefix("9lives")),
            "prefix `9lives` does not match [a-zA-Z_:][a-zA-Z0-9_:]*, or begins with `__`; rename it",
        ),
        (refusal(|| server().buckets([1.0, 0.5])), "bucket 2 is not above the one before it; sort the buckets"),
        (refusal(|| server().ignore("healthz")), "pattern `healthz` does not begin with `/`; write `/healthz`"),
        (
            refusal(|| server().group("/a/:id", "/a")),
            "pattern `/a/:id` holds `:id`, which is taken literally; did you mean `{id}`?",
        ),
        (
            refusal(|| server().group("/a/*", "")),
            "the route of pattern `/a/*` is empty; name it, for example like the pattern",
        ),
        (refusal(move || server().request_label("", value)), "label name is empty; give it a name"),
        (
            refusal(move || server().request_label("http.route", value)),
            "label `http.route` is one that the layer has already; rename it",
        ),
        (
            refusal(move || server().request_label("le", value)),
            "label name `le` is reserved for histogram buckets; rename it",
        ),
        (
            refusal(move || server().request_label("http_route", value)),
            "label `http_route` is one that the layer has already; rename it",
        ),
        (
            refusal(move || server().request_label("a", value).response_label("a", |_| "x")),
            "label `a` is given twice; drop one",
        ),
        (
            refusal(move || HttpClientMetrics::new().request_label("server_port", value)),
            "label `server_port` is one that the layer has already; rename it",
        ),
        (
            refusal(move || (0..40).fold(server(), |layer, n| layer.request_label(&format!("l{n}"), value))),
            "label `l27` is one too many; a series has at most 32 labels, and the layer's count",
        ),
    ] {
        assert_eq!(message, expected);
    }
}

#[test]
fn the_status_is_still_the_answers() {
    let telemetry = installed();
    let app = Router::new().route("/a", get(async || StatusCode::IM_A_TEAPOT)).layer(HttpMetrics::new().body_sizes());
    block_on(super::ask(&app, "GET", "/a"));
    assert_exchanges(&telemetry, &[("GET /a 418 - -", 1)]);
}
