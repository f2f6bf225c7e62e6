//! Outlets that a program has by its settings alone.

use std::fs;

use tachometer::{Config, metric::matcher::Matcher, outlets::Textfile};

use super::{LONG, quiet, receiver::Receiver, redis::Pushed, redis_server::Server, told};

#[test]
fn a_setting_is_an_outlet() {
    let (server, gateway) = (Server::start(&[]), Receiver::start([]));
    let folder = tempfile::tempdir().expect("there is room");
    let path = folder.path().join("job.prom");
    let config = Config::default()
        .redis_url(format!("redis://127.0.0.1:{}/0", server.port))
        .redis_key("METRICS")
        .pushgateway_url(gateway.url().replace("/v1/metrics", ""))
        .pushgateway_job("backup")
        .pushgateway_group("instance", "db/1")
        .pushgateway_user("kate")
        .pushgateway_password("sesame")
        .textfile_path(&path)
        .log_families(["jobs_*".parse::<Matcher>().expect("it is a matcher")]);
    let telemetry = quiet().config(config).install().expect("it is the only one");
    metrics::counter!("jobs_total").increment(3);
    telemetry.flush(LONG).expect("all of them are reached");
    assert!(server.documents()[0].contains("jobs_total"));
    assert!(fs::read_to_string(&path).expect("it is written").contains("\njobs_total 3\n"));
    let request = gateway.requests().remove(0);
    assert_eq!(request.line.trim_end(), "PUT /metrics/job/backup/instance@base64/ZGIvMQ== HTTP/1.1");
    assert_eq!(request.header("authorization"), Some("Basic a2F0ZTpzZXNhbWU="));
    let snapshot = telemetry.snapshot();
    let pushed = ["redis", "pushgateway", "textfile", "log"].map(|outlet| told(&snapshot, outlet, "pushed"));
    assert_eq!(pushed, [1; 4]);
}

#[test]
fn the_programs_own_outlet_of_a_name_wins() {
    let folder = tempfile::tempdir().expect("there is room");
    let [own, set] = ["own.prom", "set.prom"].map(|name| folder.path().join(name));
    let builder = quiet().config(Config::default().textfile_path(&set)).push(Textfile::new(&own));
    let telemetry = builder.install().expect("they are one");
    telemetry.flush(LONG).expect("it can be written");
    assert!(own.exists() && !set.exists());
}

#[test]
fn a_url_that_is_wrong_beyond_its_scheme_is_an_error_that_names_the_setting() {
    let config = Config::default().redis_url("redis://h:hunter2/x");
    let error = quiet().config(config).install().expect_err("it is no URL of Redis");
    let message = error.to_string();
    assert!(error.is_setting() && message.starts_with("redis.url, or METRICS_REDIS_URL: "), "{message}");
    assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
}

#[test]
fn a_text_is_pushed_beside_another_recorder_and_values_are_refused() {
    let folder = tempfile::tempdir().expect("there is room");
    let path = folder.path().join("job.prom");
    let second = || quiet().with_prometheus(tachometer::PrometheusBuilder::new());
    let config = Config::default().textfile_path(&path).redis_url("redis://127.0.0.1:1");
    let error = second().config(config).install().expect_err("Redis gets values");
    assert!(error.is_setting());
    assert!(error.to_string().starts_with("outlet `redis` pushes the values of tachometer's own store"), "{error}");
    let telemetry = second().config(Config::default().textfile_path(&path)).install().expect("it gets a text");
    metrics::counter!("jobs_total").increment(3);
    telemetry.shutdown(LONG).expect("nothing hangs");
    let text = fs::read_to_string(&path).expect("it is written");
    assert!(
        text.contains("\njobs_total 3\n") && text.contains("tachometer_outlet_pushed_total{outlet=\"textfile\"}"),
        "{text}"
    );
}
