//! The endpoint's routes in a router of the program's own.

use std::time::{Duration, Instant};

use axum::{Router, body::Body, extract::Request, http::Response, routing::get};
use base64::{Engine, engine::general_purpose::STANDARD};
use http_body_util::BodyExt;
use tachometer::Config;
use tokio::task::JoinSet;
use tower::ServiceExt;

use super::counter;

fn block_on<T>(test: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(test)
}

async fn ask(app: &Router, method: &str, path: &str, token: &str) -> (u16, String) {
    let request = Request::builder().method(method).uri(path).header("authorization", format!("Bearer {token}"));
    let request = request.body(Body::empty()).expect("it is well formed");
    let response: Response<Body> = app.clone().oneshot(request).await.expect("a router does not fail");
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.expect("the body comes").to_bytes();
    (status, String::from_utf8(body.into()).expect("it is text"))
}

#[test]
fn routes_are_nested_or_merged() {
    let telemetry = tachometer::builder().no_listener().install().expect("it is the only one");
    metrics::counter!("jobs_total").increment(3);
    block_on(async {
        let nested = Router::new().route("/", get(async || "hello")).nest("/api", tachometer::routes(&telemetry));
        let (status, text) = ask(&nested, "GET", "/api/metrics", "").await;
        assert!(status == 200 && text.contains("\njobs_total 3\n"), "{text}");
        assert_eq!(ask(&nested, "GET", "/api/healthz", "").await, (200, "ok\n".to_owned()));
        assert!(ask(&nested, "GET", "/api/snapshot", "").await.1.starts_with('{'));
        assert_eq!(ask(&nested, "POST", "/api/metrics", "").await.0, 405);
        assert_eq!(ask(&nested, "GET", "/metrics", "").await.0, 404);
        assert_eq!(ask(&nested, "GET", "/", "").await, (200, "hello".to_owned()));

        let merged: Router = Router::new()
            .route("/", get(async |_: axum::extract::State<u8>| "hello"))
            .merge(tachometer::routes(&telemetry).with_state(()))
            .with_state(7);
        assert_eq!(ask(&merged, "GET", "/metrics", "").await.0, 200);
    });
    let scrapes = [("route", "/metrics"), ("code", "200")];
    assert_eq!(counter(&telemetry.snapshot(), "tachometer_http_requests_total", &scrapes), 2);
}

#[test]
fn access_counts_there_too() {
    let folder = tempfile::tempdir().expect("temporary folders can be made");
    let tokens = folder.path().join("tokens.toml");
    std::fs::write(&tokens, "token-a = \"a\"\n\"operator\" = true\n").expect("it can be written");
    let builder = tachometer::builder().no_listener().tokens_file(tokens).tenant_label("org");
    let telemetry = builder.install().expect("it is the only one");
    assert_eq!(telemetry.tenants(), ["a"]);
    metrics::counter!("jobs_total", "org" => "a").increment(1);
    metrics::counter!("jobs_total", "org" => "b").increment(1);
    block_on(async {
        let app = tachometer::routes(&telemetry);
        assert_eq!(ask(&app, "GET", "/metrics", "unknown").await.0, 401);
        assert_eq!(ask(&app, "GET", "/snapshot", "").await.0, 401);
        let (_, text) = ask(&app, "GET", "/metrics", "token-a").await;
        assert!(text.ends_with("# TYPE jobs_total counter\njobs_total{org=\"a\"} 1\n"), "{text}");
        assert!(ask(&app, "GET", "/metrics", "operator").await.1.contains("jobs_total{org=\"b\"} 1\n"));
    });
}

#[test]
fn switched_off_there_are_no_routes() {
    let telemetry = tachometer::builder().config(Config::default().enabled(false)).install();
    let telemetry = telemetry.expect("nothing is started that could fail");
    block_on(async {
        let app = tachometer::routes(&telemetry);
        assert_eq!(ask(&app, "GET", "/metrics", "").await.0, 404);
    });
}

#[test]
fn settings_that_change_reach_routers() {
    let folder = tempfile::tempdir().expect("temporary folders can be made");
    let file = folder.path().join("tachometer.toml");
    let say = |created| std::fs::write(&file, format!("created = {created}\n")).expect("it can be written");
    say(false);
    let telemetry = tachometer::builder().no_listener().config_file(&file).install().expect("it is the only one");
    metrics::counter!("jobs_total").increment(3);
    block_on(async {
        let app = tachometer::routes(&telemetry);
        let has_created = async || {
            let request =
                Request::builder().uri("/metrics").header("accept", "application/openmetrics-text;version=1.0.0");
            let request = request.body(Body::empty()).expect("it is well formed");
            let response: Response<Body> = app.clone().oneshot(request).await.expect("a router does not fail");
            let body = response.into_body().collect().await.expect("the body comes").to_bytes();
            String::from_utf8_lossy(&body).contains("jobs_created")
        };
        for created in [true, false, true] {
            say(created);
            telemetry.reload().expect("it is well formed");
            assert_eq!(has_created().await, created);
        }
    });
}

/// As at the endpoint itself: a flood of wrong passwords costs those nothing that are known, and leaves no tasks behind.
#[test]
fn a_flood_of_wrong_passwords_ends_with_its_clients() {
    let folder = tempfile::tempdir().expect("temporary folders can be made");
    let file = folder.path().join("web.yml");
    let hash = bcrypt::hash("right", 8).expect("there is randomness");
    std::fs::write(&file, format!("basic_auth_users:\n  kate: '{hash}'\n")).expect("it can be written");
    let telemetry = tachometer::builder().no_listener().web_config(file).install().expect("it is the only one");
    let status = async |app: Router, password: String| {
        let basic = format!("Basic {}", STANDARD.encode(format!("kate:{password}")));
        let request = Request::builder().uri("/metrics").header("authorization", basic);
        let request = request.body(Body::empty()).expect("it is well formed");
        app.oneshot(request).await.expect("a router does not fail").status().as_u16()
    };
    block_on(async {
        let app = tachometer::routes(&telemetry);
        assert_eq!(status(app.clone(), "right".to_owned()).await, 200);
        let mut clients = JoinSet::new();
        (0..600).for_each(|client| drop(clients.spawn(status(app.clone(), format!("wrong{client}")))));
        tokio::task::yield_now().await;
        assert_eq!(status(app.clone(), "right".to_owned()).await, 200, "it is known");
        // One is checked, 8 wait, and whoever comes after these is told so at once.
        let mut refused = 0;
        while refused < 500 {
            refused += usize::from(clients.join_next().await.expect("they are more").expect("no panic") == 503);
        }
        clients.shutdown().await;
        let metrics = tokio::runtime::Handle::current().metrics();
        let deadline = Instant::now() + Duration::from_secs(60);
        while metrics.num_alive_tasks() > 0 {
            assert!(Instant::now() < deadline, "{} tasks are left", metrics.num_alive_tasks());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
}
