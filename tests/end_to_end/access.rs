//! Who gets in, asked by the clients that people have: a real Prometheus, curl and openssl.

use std::{
    fs,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    thread,
    time::Duration,
};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tachometer::{Builder, Telemetry};
use tempfile::TempDir;

use super::support::{
    client::{certificate, curl, handshakes},
    deadline::eventually,
    prometheus::Prometheus,
};

fn install(builder: Builder) -> (Telemetry, SocketAddr) {
    let telemetry = builder.listen(([127, 0, 0, 1], 0).into()).install().expect("it is the only one of its process");
    let address = telemetry.local_addr().expect("it listens");
    (telemetry, address)
}

/// An endpoint with TLS and the user `alice`, whose password is `secret`, and the folder of its files.
fn encrypted() -> (TempDir, Telemetry, SocketAddr) {
    let folder = tempfile::tempdir().expect("temporary folders can be made");
    certificate(folder.path());
    let hash = bcrypt::hash("secret", 10).expect("there is randomness");
    let text = format!(
        "tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\nbasic_auth_users:\n  alice: {hash}\n"
    );
    let web = folder.path().join("web.yml");
    fs::write(&web, text).expect("the folder can be written");
    let (telemetry, address) = install(tachometer::builder().web_config(web));
    (folder, telemetry, address)
}

/// Waits until Prometheus says of its target that it is up, or that it is not.
#[track_caller]
fn assert_up(prometheus: &Prometheus, expected: f64) {
    eventually(|| match prometheus.samples().iter().find(|sample| sample.name == "up").map(|sample| sample.value) {
        Some(up) if up == expected => Ok(()),
        up => Err(format!("up is {up:?}")),
    });
}

#[test]
fn prometheus_comes_in_by_its_token() {
    let (_telemetry, address) = install(tachometer::builder().token("a3f9.72-c0ffee"));
    let prometheus = Prometheus::scraping_as(address, "authorization: { credentials: 'a3f9.72-c0ffee' },");
    assert_up(&prometheus, 1.0);
    assert!(prometheus.samples().iter().any(|sample| sample.name == "build_info"));
}

#[test]
fn prometheus_stays_out_without_its_token() {
    let (_telemetry, address) = install(tachometer::builder().token("a3f9.72-c0ffee"));
    assert_up(&Prometheus::scraping_as(address, "authorization: { credentials: 'a3f9.72-c0ffe' },"), 0.0);
}

#[test]
fn prometheus_comes_in_by_tls_and_password() {
    let (folder, _telemetry, address) = encrypted();
    let ca = folder.path().join("server.pem");
    let settings = format!(
        "scheme: https, tls_config: {{ ca_file: '{}', server_name: localhost }}, basic_auth: {{ username: alice, \
         password: secret }},",
        ca.display()
    );
    assert_up(&Prometheus::scraping_as(address, &settings), 1.0);
}

#[test]
fn a_tenants_prometheus_stores_nothing_of_another() {
    let folder = tempfile::tempdir().expect("temporary folders can be made");
    let tokens = folder.path().join("tokens.toml");
    fs::write(&tokens, "token-a = \"a\"\ntoken-b = 'b\",org=\"a'\n").expect("the folder can be written");
    let (telemetry, address) = install(tachometer::builder().tokens_file(tokens).tenant_label("org"));
    for tenant in telemetry.tenants() {
        metrics::counter!("jobs_total", "org" => tenant.clone()).increment(1);
        metrics::histogram!("job_seconds", "org" => tenant).record(1.0);
    }
    let prometheus = Prometheus::scraping_as(address, "authorization: { credentials: token-a },");
    assert_up(&prometheus, 1.0);
    let samples = prometheus.samples();
    let mut own = samples.iter().filter(|sample| sample.name != "up" && !sample.name.starts_with("scrape_")).peekable();
    assert!(own.peek().is_some());
    assert!(own.all(|sample| sample.label("org") == "a"), "{samples:#?}");
}

#[test]
fn a_tokens_file_that_goes_away_is_told_and_counted() {
    let folder = tempfile::tempdir().expect("temporary folders can be made");
    let tokens = folder.path().join("tokens.toml");
    fs::write(&tokens, "operator = true\n").expect("the folder can be written");
    let (_telemetry, address) = install(tachometer::builder().tokens_file(&tokens));
    let url = format!("http://{address}/metrics");
    let page = || curl(&["--header", "authorization: Bearer operator", &url]);
    let counted = |times: u8| format!("\ntachometer_access_reload_errors_total{{file=\"tokens\"}} {times}\n");
    assert!(page().1.contains(&counted(0)));
    fs::remove_file(&tokens).expect("it is there");
    eventually(|| match page() {
        (200, text) if text.contains(&counted(1)) => Ok(()),
        (status, text) => Err(format!("{status}: {text}")),
    });
    fs::write(&tokens, "another = true\n").expect("the folder can be written");
    eventually(|| match page().0 {
        401 => Ok(()),
        status => Err(format!("the token that has gone is answered by {status}")),
    });
}

#[test]
fn what_cannot_be_read_starts_nothing() {
    let missing = "/nonexistent/tokens.toml";
    let error = tachometer::builder().tokens_file(missing).install().expect_err("there is no such file");
    assert!(error.is_setting() && error.to_string().contains(missing), "{error}");
    drop(install(tachometer::builder()));
}

#[test]
fn curl_and_openssl_agree_with_it() {
    let (folder, _telemetry, address) = encrypted();
    let ca = folder.path().join("server.pem").display().to_string();
    let url = format!("https://localhost:{}/metrics", address.port());
    let resolve = format!("localhost:{}:127.0.0.1", address.port());
    let with = |more: &[&str]| curl(&[&["--cacert", &ca, "--resolve", &resolve], more, &[&url]].concat());
    assert_eq!(with(&[]).0, 401);
    let (status, text) = with(&["--user", "alice:secret"]);
    assert!(status == 200 && text.contains("build_info"), "{text}");
    for wrong in ["alice:Secret", "bob:secret", "alice:"] {
        assert_eq!(with(&["--user", wrong]).0, 401, "{wrong}");
    }
    assert_eq!(with(&["--user", "alice:secret", "--http2"]).0, 200);
    assert_eq!(with(&["--user", "alice:secret", "--head"]).0, 200);
    let (status, text) = curl(&[&format!("http://{address}/metrics")]);
    assert_eq!(
        (status, &*text),
        (400, "this port speaks TLS; ask with https://\n"),
        "nothing else is said in the open"
    );
    let (_, text) = with(&["--user", "alice:secret"]);
    for line in ["tachometer_tls_handshake_errors_total 1", r#"http_requests_total{route="other",code="400"} 1"#] {
        assert!(text.contains(line), "{text}");
    }
    for (version, expected) in [("-tls1_3", true), ("-tls1_2", true), ("-tls1_1", false)] {
        assert_eq!(handshakes(address, &["-CAfile", &ca, version]), expected, "{version}");
    }
}

#[test]
fn a_thousand_scrapes_at_once_are_all_answered() {
    // A connection has two ends here.
    let limit = getrlimit(Resource::Nofile);
    let enough = limit.maximum.map_or(4096, |maximum| maximum.min(4096));
    setrlimit(Resource::Nofile, Rlimit { current: Some(enough), ..limit }).expect("up to its maximum it can be raised");
    let (telemetry, address) = install(tachometer::builder().token("t"));
    let connect = || {
        let stream = TcpStream::connect(address).expect("it listens");
        stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a time");
        stream
    };
    let streams: Vec<_> = (0..1000)
        .map(|at| {
            let mut stream = connect();
            let token = if at % 2 == 0 { "t" } else { "u" };
            write!(stream, "GET /metrics HTTP/1.1\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\r\n")
                .expect("it is read");
            stream
        })
        .collect();
    let mut seen = [0; 3];
    for mut stream in streams {
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("nobody is reset");
        let status = ["200", "401", "503"].iter().position(|status| answer.starts_with(&format!("HTTP/1.1 {status}")));
        seen[status.unwrap_or_else(|| panic!("{answer}"))] += 1;
    }
    assert!(seen[0] > 0 && seen[1] > 0, "{seen:?}");
    thread::scope(|scope| {
        let one = || curl(&["--header", "authorization: Bearer t", &format!("http://{address}/metrics")]).0;
        let answers: Vec<_> = (0..4).map(|_| scope.spawn(one)).collect();
        assert!(answers.into_iter().all(|answer| answer.join().expect("no panic") == 200));
    });
    telemetry.shutdown(Duration::from_secs(30)).expect("nothing is under way");
}
