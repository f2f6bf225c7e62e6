//! Requests that a client sends: by server, to the end of what it answers.

use std::convert::Infallible;

use axum::{
    body::Body,
    extract::Request,
    http::{Response, StatusCode, header::HOST},
};
use http_body_util::BodyExt;
use tachometer::{
    Telemetry,
    tower::{HttpClientMetrics, HttpMetrics},
};
use tower::{Layer, Service, ServiceExt, service_fn};

use super::{
    assert_exchanges, block_on, counts, gauge,
    grpc::{call, messages, trailers_only},
    installed,
    script::{Script, data},
};

/// What a client has measured: method, address, port, template, status, error and status of gRPC, and how often.
#[track_caller]
pub(super) fn assert_sent(telemetry: &Telemetry, expected: &[(&str, u64)]) {
    let labels = [
        "http_request_method",
        "server_address",
        "server_port",
        "url_template",
        "http_response_status_code",
        "error_type",
        "rpc_grpc_status_code",
    ];
    let snapshot = telemetry.snapshot();
    let expected = expected.iter().map(|(labels, count)| ((*labels).to_owned(), *count)).collect();
    assert_eq!(counts(&snapshot, "http_client_request_duration_seconds", &labels), expected);
    let active = snapshot.family("http_client_active_requests").expect("there were some");
    assert!(active.series().all(|series| series.value() == tachometer::families::Value::Gauge(0.0)));
}

fn to(uri: &str) -> Request {
    Request::get(uri).body(Body::empty()).expect("it is well formed")
}

#[test]
fn requests_are_told_apart_by_server() {
    let telemetry = installed();
    let answers = service_fn(async |request: Request| {
        let status = if request.uri().path() == "/none" { StatusCode::NOT_FOUND } else { StatusCode::OK };
        Ok::<_, Infallible>(Response::builder().status(status).body(Body::from("hello")).expect("it is well formed"))
    });
    block_on(async {
        let mut named = to("/relative");
        named.headers_mut().insert(HOST, "Shop.Internal:8080".parse().expect("a value"));
        let requests = [
            to("http://ledger.internal/accounts/7"),
            to("http://LEDGER.internal/accounts/8"),
            to("https://ledger.internal/none"),
            to("http://[::1]:9000/x"),
            to("/nowhere"),
            named,
        ];
        for request in requests {
            let response = HttpClientMetrics::new().layer(answers).oneshot(request).await.expect("it cannot fail");
            response.into_body().collect().await.expect("it comes");
        }
        let layer = HttpClientMetrics::new().server("books", 1).group("/accounts/{id}", "/accounts/{id}");
        let response = layer.layer(answers).oneshot(to("http://10.0.0.7/accounts/7")).await.expect("it cannot fail");
        response.into_body().collect().await.expect("it comes");
    });
    let expected = [
        ("GET ledger.internal 80 - 200 - -", 2),
        ("GET ledger.internal 443 - 404 404 -", 1),
        ("GET ::1 9000 - 200 - -", 1),
        ("GET - - - 200 - -", 1),
        ("GET shop.internal 8080 - 200 - -", 1),
        ("GET books 1 /accounts/{id} 200 - -", 1),
    ];
    assert_sent(&telemetry, &expected);
}

#[test]
fn a_response_is_followed_to_its_end() {
    let telemetry = installed();
    let labels = [("http_request_method", "GET"), ("server_address", "a"), ("server_port", "80")];
    let streams = |frames: fn() -> Script| {
        service_fn(move |_: Request| std::future::ready(Ok::<_, &str>(Response::new(frames()))))
    };
    let layer = HttpClientMetrics::new();
    block_on(async {
        let mut body = layer
            .layer(streams(|| Script::of([data("a"), data("b")])))
            .oneshot(to("http://a/"))
            .await
            .expect("it cannot fail")
            .into_body();
        body.frame().await.expect("a frame").expect("no error");
        assert_eq!(gauge(&telemetry.snapshot(), "http_client_active_requests", &labels), 1.0);
        body.collect().await.expect("it comes");

        let response = layer.layer(streams(|| Script::of([data("a")]).endless())).oneshot(to("http://a/")).await;
        drop(response);
        let response = layer.layer(streams(|| Script::of([Err("lost")]))).oneshot(to("http://a/")).await;
        let _ = response.expect("it cannot fail").into_body().collect().await;
        let refuses = service_fn(async |_: Request| Err::<Response<Script>, _>("refused"));
        assert!(layer.layer(refuses).oneshot(to("http://a/")).await.is_err());
        let waits = service_fn(|_: Request| std::future::pending::<Result<Response<Script>, Infallible>>());
        drop(layer.layer(waits).call(to("http://a/")));
    });
    let expected = [
        ("GET a 80 - 200 - -", 1),
        ("GET a 80 - 200 cancelled -", 1),
        ("GET a 80 - 200 error -", 1),
        ("GET a 80 - - error -", 1),
        ("GET a 80 - - cancelled -", 1),
    ];
    assert_sent(&telemetry, &expected);
}

#[test]
fn calls_of_grpc_count_by_method_and_status() {
    let telemetry = installed();
    let layer = HttpClientMetrics::new().server("greeter", 443);
    block_on(async {
        for (path, code) in [("/demo.Greeter/Hello", "0"), ("/demo.Greeter/Hello", "14"), ("/demo.Greeter/None", "12")]
        {
            let answers = service_fn(move |_: Request| {
                let answer = if code == "0" { messages(1, code) } else { trailers_only(code) };
                std::future::ready(Ok::<_, Infallible>(answer))
            });
            let response = layer.layer(answers).oneshot(call(path)).await.expect("it cannot fail");
            response.into_body().collect().await.expect("it comes");
        }
    });
    let expected = [
        ("POST greeter 443 /demo.Greeter/Hello 200 - 0", 1),
        ("POST greeter 443 /demo.Greeter/Hello 200 14 14", 1),
        ("POST greeter 443 /demo.Greeter/None 200 12 12", 1),
    ];
    assert_sent(&telemetry, &expected);
}

#[test]
fn a_retry_is_within_one_request() {
    let telemetry = installed();
    let attempt = HttpClientMetrics::new().layer(service_fn(async |_: Request| Err::<Response<Body>, _>("refused")));
    let retried = service_fn(move |request: Request| {
        let attempt = attempt.clone();
        async move {
            let again = Request::from_parts(request.into_parts().0, Body::empty());
            let mut first = to("http://a/");
            first.extensions_mut().clone_from(again.extensions());
            let _ = attempt.clone().oneshot(first).await;
            attempt.oneshot(again).await
        }
    });
    block_on(async {
        assert!(HttpClientMetrics::new().layer(retried).oneshot(to("http://a/")).await.is_err());
    });
    assert_sent(&telemetry, &[("GET a 80 - - error -", 1)]);
}

#[test]
fn a_proxy_measures_both_sides() {
    let telemetry = installed();
    let upstream = HttpClientMetrics::new()
        .layer(service_fn(async |_: Request| Ok::<_, Infallible>(Response::new(Body::empty()))));
    // The request goes on with all of its extensions.
    let mut proxy = HttpMetrics::new().layer(upstream);
    block_on(async { proxy.call(to("http://upstream/x")).await.expect("it cannot fail") });
    assert_exchanges(&telemetry, &[("GET unmatched 200 - -", 1)]);
    assert_sent(&telemetry, &[("GET upstream 80 - 200 - -", 1)]);
}

#[test]
fn templates_come_from_extensions() {
    #[derive(Clone)]
    struct Template(&'static str);
    let telemetry = installed();
    let layer =
        HttpClientMetrics::new().template_by(|extensions| extensions.get::<Template>().map(|template| template.0));
    let mut request = to("http://a/users/7");
    request.extensions_mut().insert(Template("/users/{id}"));
    let answers = service_fn(async |_: Request| Ok::<_, Infallible>(Response::new(Body::empty())));
    block_on(async { layer.layer(answers).oneshot(request).await.expect("it cannot fail") });
    assert_sent(&telemetry, &[("GET a 80 /users/{id} 200 - -", 1)]);
}
