//! Settings over metrics-exporter-prometheus' recorder: what can be kept is, and what cannot is refused.

use std::fs;

use axum::{Router, body::Body, extract::Request, http::Response, routing::get};
use http_body_util::BodyExt;
use tachometer::{Builder, Policy, PrometheusBuilder, Telemetry, metric::matcher::Matcher, tower::HttpMetrics};
use tempfile::TempDir;
use tower::ServiceExt;

fn with_prometheus() -> Builder {
    let builder = tachometer::builder().no_listener().no_default_collectors();
    builder.with_prometheus(PrometheusBuilder::new())
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("temporary folders can be made")
}

fn block_on<T>(test: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(test)
}

fn ask(app: Router, path: &str, token: &str) -> (u16, String) {
    let request = Request::builder().uri(path).header("authorization", format!("Bearer {token}"));
    let request = request.body(Body::empty()).expect("it is well formed");
    block_on(async {
        let response: Response<Body> = app.oneshot(request).await.expect("a router does not fail");
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.expect("the body comes").to_bytes();
        (status, String::from_utf8(body.into()).expect("it is text"))
    })
}

#[track_caller]
fn assert_line(telemetry: &Telemetry, line: &str) {
    let text = telemetry.render();
    assert!(text.lines().any(|printed| printed == line), "{line} in\n{text}");
}

#[test]
fn what_is_said_of_the_guard_is_refused_by_name() {
    let folder = folder();
    let path = folder.path().join("metrics.toml");
    fs::write(&path, "[guard]\nvalues = 7\n").expect("it can be written");
    for (builder, said) in [
        (with_prometheus().config_file(&path), "guard.values = 7 is"),
        (with_prometheus().guard(Policy::unlimited()), "guard.values = \"unlimited\" is"),
        (
            with_prometheus().guard(Policy::default().drop_label(Matcher::Suffix(String::new()), "user")),
            "guard.override = [",
        ),
    ] {
        let error = builder.install().expect_err("there is no guard");
        assert!(error.is_setting());
        let message = error.to_string();
        assert!(message.starts_with(said) && message.contains("`with_prometheus`"), "{message}");
    }
    drop(with_prometheus().guard(Policy::default()).install().expect("it says nothing"));
}

#[test]
fn a_file_that_begins_to_speak_of_the_guard_is_not_taken_over() {
    let folder = folder();
    let path = folder.path().join("metrics.toml");
    fs::write(&path, "[routes]\nhealth = \"/alive\"\n").expect("it can be written");
    let telemetry = with_prometheus().config_file(&path).install().expect("it is the only one");
    assert_line(&telemetry, "tachometer_config_reload_errors_total 0");
    fs::write(&path, "[routes]\nhealth = \"/pulse\"\n[guard]\nseries = 9\n").expect("it can be written");
    let error = telemetry.reload().expect_err("there is no guard");
    assert!(error.to_string().starts_with("guard.series = 9 is for the guard of"), "{error}");
    assert_line(&telemetry, "tachometer_config_reload_errors_total 1");
    assert_line(&telemetry, "tachometer_config_last_reload_successful 0");
    assert!(telemetry.config().to_string().contains("routes.health = \"/alive\"\n"), "{}", telemetry.config());
    fs::write(&path, "[routes]\nhealth = \"/pulse\"\n").expect("it can be written");
    telemetry.reload().expect("nothing is said of a guard");
    assert!(telemetry.config().to_string().contains("routes.health = \"/pulse\"\n"), "{}", telemetry.config());
}

#[test]
fn operators_are_let_in_and_tenants_refused() {
    let folder = folder();
    let tokens = folder.path().join("tokens.toml");
    let builder = || with_prometheus().token("operator").tokens_file(&tokens).tenant_label("org");
    fs::write(&tokens, "\"second\" = true\n\"token-a\" = \"a\"\n").expect("it can be written");
    let error = builder().install().expect_err("there is a tenant");
    assert!(error.is_setting());
    let message = error.to_string();
    assert!(message.contains("line 2: this is a tenant's token") && message.contains("`with_prometheus`"), "{message}");

    fs::write(&tokens, "\"second\" = true\n").expect("it can be written");
    let telemetry = builder().install().expect("it is the only one");
    metrics::counter!("jobs_total", "org" => "a").increment(1);
    for token in ["operator", "second"] {
        let (status, text) = ask(tachometer::routes(&telemetry), "/metrics", token);
        assert!(status == 200 && text.contains("\njobs_total{org=\"a\"} 1\n"), "{text}");
        for page in ["/snapshot", "/cardinality"] {
            let (status, text) = ask(tachometer::routes(&telemetry), page, token);
            assert!(status == 501 && text.contains("which is at /metrics"), "{status}: {text}");
        }
    }
    for page in ["/metrics", "/snapshot", "/cardinality"] {
        assert_eq!(ask(tachometer::routes(&telemetry), page, "token-a").0, 401, "{page}");
    }

    assert_line(&telemetry, "tachometer_access_reload_errors_total{file=\"tokens\"} 0");
    fs::write(&tokens, "\"token-a\" = \"a\"\n").expect("it can be written");
    let error = telemetry.reload().expect_err("there is a tenant");
    assert!(error.to_string().contains("this is a tenant's token"), "{error}");
    assert_line(&telemetry, "tachometer_access_reload_errors_total{file=\"tokens\"} 1");
    assert_eq!(ask(tachometer::routes(&telemetry), "/metrics", "token-a").0, 401);
    assert_eq!(ask(tachometer::routes(&telemetry), "/metrics", "second").0, 200, "what was read before stays in force");
    assert!(telemetry.tenants().is_empty());
}

#[test]
fn requests_have_the_buckets_that_the_layer_declares() {
    let telemetry = with_prometheus().install().expect("it is the only one");
    let app = Router::new().route("/", get(async || "hello")).layer(HttpMetrics::new());
    assert_eq!(ask(app, "/", "").0, 200);
    let text = telemetry.render();
    assert!(text.contains("# TYPE http_server_request_duration_seconds histogram\n"), "{text}");
    let buckets = text.lines().filter(|line| line.starts_with("http_server_request_duration_seconds_bucket{"));
    assert_eq!(buckets.count(), 15, "{text}");
}
