//! The outlet `pushgateway` against a real one.

use std::{
    fs,
    process::{Child, Command, Stdio},
    time::Duration,
};

use tachometer::outlets::Pushgateway;

use super::{LONG, free_port, quiet, receiver::get, told, until, with};

/// A Pushgateway of a test's own, gone when the test ends.
struct Gateway {
    port: u16,
    child: Child,
}

impl Gateway {
    fn start(options: &[&str]) -> Self {
        let port = free_port();
        let child = Command::new("prometheus-pushgateway")
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .args(options)
            .stderr(Stdio::null())
            .spawn()
            .expect("prometheus-pushgateway is installed");
        let gateway = Self { port, child };
        until("the Pushgateway answers", || get(port, "/-/ready").is_ok());
        gateway
    }

    fn outlet(&self) -> Pushgateway {
        let outlet = Pushgateway::new(&format!("http://127.0.0.1:{}", self.port), "backup").expect("it is a URL");
        outlet.group("instance", "db/1").expect("it is a label")
    }

    fn metrics(&self) -> String {
        get(self.port, "/metrics").expect("it answers").1
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_last_push_of_a_job_takes_the_place_of_the_one_before() {
    let gateway = Gateway::start(&[]);
    let telemetry = with(gateway.outlet());
    metrics::counter!("files_total", "kind" => "a \"b\"").increment(3);
    metrics::histogram!("copy_seconds").record(0.3);
    assert!(!gateway.metrics().contains("files_total"), "nothing is pushed before the end");
    telemetry.shutdown(LONG).expect("nothing hangs");
    let text = gateway.metrics();
    for line in [
        "files_total{instance=\"db/1\",job=\"backup\",kind=\"a \\\"b\\\"\"} 3\n",
        "copy_seconds_count{instance=\"db/1\",job=\"backup\"} 1\n",
        "copy_seconds_bucket{instance=\"db/1\",job=\"backup\",le=\"0.5\"} 1\n",
    ] {
        assert!(text.contains(line), "{text}");
    }
}

#[test]
fn put_replaces_a_group_and_post_leaves_other_metrics_alone() {
    let gateway = Gateway::start(&[]);
    let push = |name: &'static str, adds: bool| {
        let outlet = if adds { gateway.outlet().add() } else { gateway.outlet() };
        let telemetry = with(outlet);
        metrics::gauge!(name).set(1.0);
        telemetry.flush(LONG).expect("it is taken");
    };
    let other = format!("http://127.0.0.1:{}/metrics/job/backup/instance@base64/ZGIvMQ==", gateway.port);
    let put = |body: &str| {
        let status =
            Command::new("curl").args(["-sf", "--data-binary", body, &other]).status().expect("curl is installed");
        assert!(status.success());
    };
    put("foreign 1\n");
    push("first", true);
    assert!(gateway.metrics().contains("foreign{") && gateway.metrics().contains("first{"));
    push("second", false);
    assert!(!gateway.metrics().contains("foreign{") && gateway.metrics().contains("second{"));
}

#[test]
fn users_and_passwords_are_sent_and_refusals_are_final() {
    let folder = tempfile::tempdir().expect("there is room");
    let config = folder.path().join("web.yml");
    let hash = bcrypt::hash("sesame", 4).expect("it can be hashed");
    fs::write(&config, format!("basic_auth_users:\n  me: {hash}\n")).expect("there is room");
    let gateway = Gateway::start(&[&format!("--web.config.file={}", config.display())]);
    let telemetry = quiet().push(gateway.outlet().basic_auth("me", "sesame")).install().expect("it is the only one");
    telemetry.flush(LONG).expect("it is let in");
    drop(telemetry);
    let telemetry = with(gateway.outlet());
    telemetry.flush(LONG).expect_err("it is not let in");
    assert_eq!(told(&telemetry.snapshot(), "pushgateway", "dropped"), 1);
}

#[test]
fn a_pushgateway_that_is_not_there_is_told_and_the_program_ends() {
    let outlet = Pushgateway::new(&format!("http://127.0.0.1:{}", free_port()), "backup").expect("it is a URL");
    let telemetry = with(outlet.timeout(Duration::from_millis(300)));
    telemetry.flush(Duration::from_millis(100)).expect_err("nobody listens");
    telemetry.shutdown(LONG).expect("the outlet ends by its own limit");
}
