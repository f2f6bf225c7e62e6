//! The outlet `redis` against a real server that is killed, stopped, full, locked and in the way.

use std::{
    fs,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use rustix::process::Signal;
use tachometer::{Telemetry, families::Value, outlets::Redis};

use super::{LONG, free_port, redis_server::Server, told, until, with};

/// What a test pushes to a server.
pub(super) trait Pushed {
    fn documents(&self) -> Vec<String>;
    fn outlet(&self) -> Redis;
    fn outlet_with(&self, user: &str) -> Redis;
    fn outlet_at(&self, url: &str) -> Redis;
}

impl Pushed for Server {
    fn documents(&self) -> Vec<String> {
        self.cli(&["LRANGE", "METRICS", "0", "-1"]).lines().map(str::to_owned).collect()
    }

    fn outlet(&self) -> Redis {
        self.outlet_with("")
    }

    fn outlet_with(&self, user: &str) -> Redis {
        self.outlet_at(&format!("redis://{user}127.0.0.1:{}/0", self.port))
    }

    /// Documents are what the counter `jobs_total` says.
    fn outlet_at(&self, url: &str) -> Redis {
        let redis = Redis::new(url).expect("it is a URL");
        let redis = redis.key("METRICS").interval(Duration::from_hours(1)).timeout(Duration::from_millis(500));
        redis.backoff(Duration::from_millis(10), Duration::from_millis(50)).document(|snapshot| {
            match snapshot.get("jobs_total", &[]) {
                Some(Value::Counter(count)) => count.to_string().into_bytes(),
                _ => b"none".to_vec(),
            }
        })
    }
}

/// Pushes that many documents, which fail.
fn fail(telemetry: &Telemetry, times: u64) {
    for _ in 0..times {
        metrics::counter!("jobs_total").increment(1);
        telemetry.flush(Duration::from_millis(100)).expect_err("it cannot be sent");
    }
}

fn push(telemetry: &Telemetry) {
    metrics::counter!("jobs_total").increment(1);
    telemetry.flush(LONG).expect("it is sent");
}

#[test]
fn the_newest_document_is_the_first_of_a_list_that_is_short_and_ends() {
    let server = Server::start(&[]);
    let telemetry = with(server.outlet().longest_list(3).expire_after(Duration::from_secs(600)));
    (0..5).for_each(|_| push(&telemetry));
    assert_eq!(server.documents(), ["5", "4", "3"]);
    let left: u64 = server.cli(&["PTTL", "METRICS"]).parse().expect("it ends");
    assert!((1..=600_000).contains(&left), "{left}");
    let snapshot = telemetry.snapshot();
    assert_eq!(["pushed", "failed", "dropped"].map(|what| told(&snapshot, "redis", what)), [5, 0, 0]);
    telemetry.shutdown(LONG).expect("nothing hangs");
    assert_eq!(server.documents().len(), 3);
    let document = server.cli(&["INFO", "commandstats"]);
    assert!(document.contains("cmdstat_multi:calls=6") && document.contains("cmdstat_exec:calls=6"), "{document}");
}

#[test]
fn without_a_server_the_program_runs_and_what_waits_arrives_in_order() {
    let mut server = Server::start(&[]);
    server.kill();
    let telemetry = with(server.outlet().buffer(3, 1024));
    fail(&telemetry, 5);
    let snapshot = telemetry.snapshot();
    assert!(told(&snapshot, "redis", "dropped") >= 2);
    assert_eq!(snapshot.get("tachometer_outlet_buffer_bytes", &[("outlet", "redis")]), Some(Value::Gauge(3.0)));
    server.restart();
    push(&telemetry);
    assert_eq!(server.documents(), ["6", "5", "4"]);
    server.kill();
    fail(&telemetry, 1);
    server.restart();
    push(&telemetry);
    assert_eq!(server.documents(), ["8", "7"]);
}

#[test]
fn a_server_that_is_stopped_delays_nothing_beyond_its_limit() {
    let server = Server::start(&[]);
    let telemetry = with(server.outlet());
    push(&telemetry);
    server.signal(Signal::STOP);
    let begin = Instant::now();
    fail(&telemetry, 1);
    assert!(begin.elapsed() < LONG / 2);
    server.signal(Signal::CONT);
    push(&telemetry);
    let documents = server.documents();
    assert_eq!((documents[0].as_str(), documents.last().map(String::as_str)), ("3", Some("1")), "{documents:?}");

    server.signal(Signal::STOP);
    let begin = Instant::now();
    // The attempt ends by its own limit, or the program by its.
    let _ = telemetry.shutdown(Duration::from_secs(2));
    assert!(begin.elapsed() < LONG / 2);
    server.signal(Signal::CONT);
}

#[test]
fn a_password_is_sent_and_one_that_is_wrong_is_told() {
    let server = Server::start(&["--requirepass", "sesame"]);
    let telemetry = with(server.outlet_with(":sesame@"));
    push(&telemetry);
    telemetry.shutdown(LONG).expect("nothing hangs");
    for user in ["", ":wrong@"] {
        let telemetry = with(server.outlet_with(user));
        fail(&telemetry, 1);
        assert!(told(&telemetry.snapshot(), "redis", "failed") > 0);
        let _ = telemetry.shutdown(Duration::from_millis(200));
    }
}

#[test]
fn a_key_that_is_no_list_stays_as_it_is() {
    let server = Server::start(&[]);
    server.cli(&["SET", "METRICS", "mine"]);
    let telemetry = with(server.outlet());
    fail(&telemetry, 1);
    assert_eq!(
        (server.cli(&["GET", "METRICS"]), server.cli(&["PTTL", "METRICS"])),
        ("mine".to_owned(), "-1".to_owned())
    );
    server.cli(&["DEL", "METRICS"]);
    push(&telemetry);
    assert_eq!(server.documents(), ["2", "1"]);
}

#[test]
fn a_replica_and_a_full_server_are_waited_for() {
    let server = Server::start(&[]);
    let telemetry = with(server.outlet());
    server.cli(&["REPLICAOF", "127.0.0.1", "1"]);
    fail(&telemetry, 1);
    server.cli(&["REPLICAOF", "NO", "ONE"]);
    push(&telemetry);
    assert_eq!(server.documents(), ["2", "1"]);
    server.cli(&["CONFIG", "SET", "maxmemory", "1"]);
    fail(&telemetry, 1);
    server.cli(&["CONFIG", "SET", "maxmemory", "0"]);
    push(&telemetry);
    assert_eq!(server.documents(), ["4", "3", "2", "1"]);
}

#[test]
fn what_waits_for_a_batch_is_sent_at_the_end() {
    let server = Server::start(&[]);
    let telemetry = with(server.outlet().batch(10).interval(Duration::from_millis(5)));
    until("a batch has arrived", || server.documents().len() >= 10);
    telemetry.shutdown(LONG).expect("nothing hangs");
    let stats = server.cli(&["INFO", "commandstats"]);
    let pushes = stats.split("cmdstat_lpush:calls=").nth(1).and_then(|rest| rest.split(',').next());
    let pushes: usize = pushes.and_then(|calls| calls.parse().ok()).expect("it was called");
    assert!(pushes <= server.documents().len() / 10 + 1, "{pushes} of {}", server.documents().len());
}

/// An authority and what it has signed, in files, by OpenSSL's own program.
fn signed(folder: &Path) {
    let openssl = |line: &str| {
        let output = Command::new("openssl").current_dir(folder).args(line.split(' ')).output().expect("it is there");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    for name in ["ca", "other"] {
        openssl(&format!(
            "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN={name} -keyout {name}.key -out {name}.pem"
        ));
    }
    fs::write(folder.join("names"), "subjectAltName=IP:127.0.0.1").expect("there is room");
    for name in ["server", "client"] {
        openssl(&format!("req -newkey rsa:2048 -nodes -subj /CN={name} -keyout {name}.key -out {name}.csr"));
        openssl(&format!(
            "x509 -req -in {name}.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names -out {name}.pem"
        ));
    }
}

#[test]
fn a_server_is_spoken_to_by_tls_and_both_show_their_certificates() {
    let folder = tempfile::tempdir().expect("there is room");
    signed(folder.path());
    let path = |name: &str| folder.path().join(name);
    let (port, text) = (free_port(), |name: &str| path(name).to_string_lossy().into_owned());
    let server = Server::start(&[
        "--tls-port",
        &port.to_string(),
        "--tls-cert-file",
        &text("server.pem"),
        "--tls-key-file",
        &text("server.key"),
        "--tls-ca-cert-file",
        &text("ca.pem"),
    ]);
    let outlet = |authority: &str, own: Option<&str>| {
        let redis = server.outlet_at(&format!("rediss://127.0.0.1:{port}/0")).authorities(path(authority));
        match own {
            Some(own) => redis.client_certificate(path(&format!("{own}.pem")), path(&format!("{own}.key"))),
            None => redis,
        }
    };
    let telemetry = with(outlet("ca.pem", Some("client")));
    push(&telemetry);
    assert_eq!(server.documents(), ["1"]);
    telemetry.shutdown(LONG).expect("nothing hangs");
    for (authority, own) in [("ca.pem", None), ("other.pem", Some("client")), ("none.pem", Some("client"))] {
        let telemetry = with(outlet(authority, own));
        fail(&telemetry, 1);
        assert!(told(&telemetry.snapshot(), "redis", "failed") > 0);
        let _ = telemetry.shutdown(Duration::from_millis(100));
    }
    // What is in the file by the next attempt counts.
    let telemetry = with(outlet("late.pem", Some("client")));
    fail(&telemetry, 1);
    fs::copy(path("ca.pem"), path("late.pem")).expect("there is room");
    push(&telemetry);
    drop(telemetry);
    let plain = format!("rediss://127.0.0.1:{}/0", server.port);
    let telemetry = with(server.outlet_at(&plain).authorities(path("ca.pem")));
    let before = told(&telemetry.snapshot(), "redis", "pushed");
    fail(&telemetry, 1);
    assert_eq!(told(&telemetry.snapshot(), "redis", "pushed"), before);
}
