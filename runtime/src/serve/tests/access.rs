//! Who sees what over real sockets: tokens, tenants, and files that change.

use std::{fs, path::Path};

use tempfile::TempDir;

use super::{client::Client, *};
use crate::credentials::Secret;

const OPERATOR: &str = "operator-0123456789";

fn families() -> Fake {
    Fake::new().counter("jobs_total", "Jobs.", &[(&[("org", "a")], 1), (&[("org", "b")], 2), (&[], 3)]).gauge(
        "only_b",
        "Of b.",
        &[(&[("org", "b")], 4.0)],
    )
}

/// A folder with a file of tokens for `a` and `b`, and the settings that name it.
fn tenants() -> (TempDir, Credentials) {
    let folder = tempfile::tempdir().expect("temporary folders can be made");
    let tokens_file = folder.path().join("tokens.toml");
    fs::write(&tokens_file, "token-a = \"a\"\ntoken-b = \"b\"\n").expect("it can be written");
    let credentials = Credentials {
        token: Some(Secret::new(OPERATOR)),
        tokens_file: Some(tokens_file),
        tenant_label: Some("org".to_owned()),
        ..Credentials::default()
    };
    (folder, credentials)
}

fn behind(credentials: &Credentials) -> (Server, Answered) {
    start_behind(
        Limits::default(),
        families(),
        Gate::open(credentials, Offer::Series).expect("the files are well formed"),
    )
}

fn ask(server: &Server, path: &str, authorization: &str) -> Reply {
    let mut client = Client::connect(server);
    client.send(&format!("GET {path} HTTP/1.1\r\nhost: test\r\nauthorization: {authorization}\r\n\r\n"));
    client.reply(true)
}

#[test]
fn without_a_token_there_is_nothing_but_the_health() {
    let (server, answered) = behind(&Credentials { token: Some(Secret::new(OPERATOR)), ..Credentials::default() });
    for path in ["/metrics", "/snapshot", "/catalog", "/", "/nothing"] {
        let reply = get(&server, path);
        assert_eq!((reply.status, reply.header("www-authenticate")), (401, Some("Bearer realm=\"metrics\"")), "{path}");
        assert!(!reply.body.contains("jobs_total"));
    }
    assert_eq!(Client::connect(&server).ask("POST", "/metrics").status, 401);
    assert_eq!(get(&server, "/healthz").status, 200);
    assert_eq!(ask(&server, "/metrics", &format!("Bearer {OPERATOR}")).status, 200);
    assert_eq!(answered.lock().expect("nobody panics")[..2], [("/metrics", 401), ("/snapshot", 401)]);
}

#[test]
fn a_token_is_taken_as_it_is_or_not_at_all() {
    let (_folder, credentials) = tenants();
    let (server, _) = behind(&credentials);
    for wrong in [
        "",
        "Bearer",
        "Bearer ",
        "Bearer nobodys",
        "Bearer operator-012345678",
        "Bearer operator-01234567890",
        "Bearer OPERATOR-0123456789",
        "Bearer token-a token-a",
        "Bearer\ttoken-a",
        "Bearertoken-a",
        "token-a",
        "Basic token-a",
        "Basic b3BlcmF0b3I6eA==",
        "Bearer \"token-a\"",
        "Bearer token-a,",
        "Bearer \u{e4}",
    ] {
        assert_eq!(ask(&server, "/metrics", wrong).status, 401, "{wrong}");
    }
    for right in ["Bearer token-a", "bearer token-a", "BEARER   token-a", "Bearer token-a  "] {
        assert_eq!(ask(&server, "/metrics", right).status, 200, "{right}");
    }
    let twice = "Bearer token-a\r\nauthorization: Bearer token-a";
    assert_eq!(ask(&server, "/metrics", twice).status, 401, "of two, one may have been put in by somebody else");
    assert_eq!(ask(&server, "/metrics", &format!("Bearer {}", "x".repeat(1024 * 1024))).status, 431);
    assert_eq!(ask(&server, "/metrics", &format!("Bearer {}", "x".repeat(8 * 1024))).status, 401);
}

#[test]
fn a_tenant_sees_its_own_series_on_every_route() {
    let (_folder, credentials) = tenants();
    let (server, _) = behind(&credentials);
    let a = ask(&server, "/metrics", "Bearer token-a").body;
    assert_eq!(a, "# HELP jobs_total Jobs.\n# TYPE jobs_total counter\njobs_total{org=\"a\"} 1\n");
    let b = ask(&server, "/metrics", "Bearer token-b").body;
    assert_eq!(b.lines().filter(|line| !line.starts_with('#')).count(), 2, "{b}");
    let all = ask(&server, "/metrics", &format!("Bearer {OPERATOR}")).body;
    assert_eq!(all, Text::encode_to_string(&families()));
    for path in ["/metrics", "/metrics?name[]=only_b", "/snapshot", "/healthz", "/", "/cardinality", "/catalog"] {
        let reply = ask(&server, path, "Bearer token-a");
        assert!(!reply.body.contains("only_b") && !reply.body.contains("\"b\""), "{path}: {}", reply.body);
        assert_eq!(reply.header("www-authenticate"), None);
    }
    assert!(ask(&server, "/snapshot", "Bearer token-a").body.contains("\"samples\":1"));
    assert_eq!(ask(&server, "/cardinality", "Bearer token-a").status, 403);
    assert_eq!(ask(&server, "/cardinality", "Bearer unknown").status, 401);
    assert_eq!(ask(&server, "/catalog", "Bearer token-a").status, 403);
    assert_eq!(ask(&server, "/catalog", "Bearer unknown").status, 401);
}

#[test]
fn a_tenant_sees_its_own_series_in_every_form() {
    let (_folder, credentials) = tenants();
    let (server, _) = behind(&credentials);
    let forms = [
        "text/plain;version=0.0.4",
        "text/plain;version=1.0.0;escaping=allow-utf-8",
        "application/openmetrics-text",
        "application/vnd.google.protobuf",
    ];
    for accept in forms {
        for path in ["/metrics", "/metrics?name[]=only_b", "/metrics?name[]=jobs_total", "/snapshot?name[]=only_b"] {
            let headers = [("accept", accept), ("authorization", "Bearer token-a"), ("accept-encoding", "gzip;q=0")];
            let reply = Client::connect(&server).get(path, &headers);
            let body = String::from_utf8_lossy(&reply.bytes).into_owned();
            // In quotes, and as a message holds it.
            let is_of_b = ["only_b", "\"b\"", "\u{12}\u{1}b"].iter().any(|it| body.contains(it));
            assert!(!is_of_b, "{accept} {path}: {body:?}");
            let own = path == "/metrics" || path.ends_with("jobs_total");
            assert_eq!(body.contains("jobs_total"), own, "{accept} {path}: {body:?}");
            let varies = reply.headers.headers.iter().any(|(name, value)| name == "vary" && value == "Authorization");
            assert!(varies, "{accept} {path}");
        }
    }
}

#[test]
fn tenants_who_ask_at_once_do_not_share_an_answer() {
    let (_folder, credentials) = tenants();
    let (families, has_entered, let_go) = gated();
    let gate = Gate::open(&credentials, Offer::Series).expect("the files are well formed");
    let (server, _) = start_behind(Limits::default(), families, gate);
    let mut clients: Vec<_> = ["token-a", "token-b"]
        .map(|token| {
            let mut client = Client::connect(&server);
            client.send(&format!("GET /metrics HTTP/1.1\r\nauthorization: Bearer {token}\r\n\r\n"));
            has_entered.recv_timeout(PATIENCE).expect("each document is written");
            client
        })
        .into();
    let_go.send(()).expect("it waits");
    let_go.send(()).expect("it waits");
    assert!(clients.iter_mut().all(|client| client.reply(true).body.is_empty()), "the jobs are nobody's");
}

fn write(path: &Path, text: &str) {
    fs::write(path, text).expect("it can be written");
}

#[test]
fn tokens_come_and_go_with_their_file() {
    let (_folder, credentials) = tenants();
    let path = credentials.tokens_file.clone().expect("it was set");
    let gate = Arc::new(Gate::open(&credentials, Offer::Series).expect("the files are well formed"));
    let failed = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&failed);
    gate.count_by(move |file| log.lock().expect("nobody panics").push(file), || {});
    let (server, _) = start_behind(Limits::default(), families(), Arc::clone(&gate));
    let status = |token: &str| ask(&server, "/metrics", &format!("Bearer {token}")).status;
    assert_eq!((status("token-a"), status("token-c")), (200, 401));

    write(&path, "token-c = \"a\"\n");
    gate.look("tokens");
    assert_eq!((status("token-a"), status("token-c")), (200, 401), "it may be being written");
    gate.look("tokens");
    assert_eq!((status("token-a"), status("token-c")), (401, 200));

    fs::remove_file(&path).expect("it is there");
    gate.settle();
    assert_eq!((status("token-a"), status("token-c"), status(OPERATOR)), (401, 200, 200));
    assert_eq!(*failed.lock().expect("nobody panics"), ["tokens"]);
    write(&path, "token-d = ");
    gate.settle();
    assert_eq!((status("token-c"), status("token-d")), (200, 401));
    assert_eq!(*failed.lock().expect("nobody panics"), ["tokens"; 2], "once for each change");

    gate.settle();
    write(&path, "");
    gate.settle();
    assert_eq!((status("token-c"), status(OPERATOR)), (401, 200), "an empty file lets nobody in");
}

#[test]
fn a_file_that_cannot_be_used_is_an_error_at_the_start() {
    let (folder, credentials) = tenants();
    let message = |credentials: &Credentials| {
        let error = Gate::open(credentials, Offer::Series).expect_err("it cannot be used");
        assert!(error.is_setting());
        format!("{error:?}")
    };
    let missing = folder.path().join("missing");
    let gone = message(&Credentials { tokens_file: Some(missing.clone()), ..credentials.clone() });
    assert!(gone.starts_with(&format!("tokens file {} cannot be read; see", missing.display())), "{gone}");
    let folder = message(&Credentials { tokens_file: Some(folder.path().into()), ..credentials.clone() });
    assert!(folder.ends_with("it is not a file"), "{folder}");
    assert!(message(&Credentials { tenant_label: None, ..credentials.clone() }).contains("METRICS_TENANT_LABEL"));
    let web = message(&Credentials { web_config: Some(missing.clone()), ..credentials });
    assert!(web.contains(&format!("web configuration {}", missing.display())), "{web}");
}

#[test]
fn a_text_is_for_operators_only() {
    let (_folder, credentials) = tenants();
    let path = credentials.tokens_file.clone().expect("it was set");
    let gate = || Gate::open(&credentials, Offer::Text);
    assert!(gate().expect_err("there are tenants").is_setting());
    write(&path, "token-a = true\n");
    let gate = Arc::new(gate().expect("there are none"));
    let failed = Arc::new(Mutex::new(0));
    let count = Arc::clone(&failed);
    gate.count_by(move |_| *count.lock().expect("nobody panics") += 1, || {});
    let bound = Server::bind("127.0.0.1:0".parse().expect("an address")).expect("a port is free");
    let shown = Shown::Text(Arc::new(|| "jobs 1\n".to_owned()));
    let server = bound
        .start(&Served::new(&Reloadable::default(), Arc::clone(&gate)), shown, |_, _| {})
        .expect("a thread is free");
    let status = |path: &str, token: &str| ask(&server, path, &format!("Bearer {token}")).status;
    assert_eq!((status("/metrics", "token-a"), status("/snapshot", "token-a")), (200, 501));
    assert_eq!((status("/metrics", "token-b"), status("/snapshot", "token-b")), (401, 401));

    write(&path, "token-b = \"b\"\n");
    gate.settle();
    assert_eq!((status("/metrics", "token-a"), status("/metrics", "token-b")), (200, 401), "what was read before");
    assert_eq!(*failed.lock().expect("nobody panics"), 1);
}

#[test]
fn no_tenant_sees_a_text_by_mistake() {
    let (_folder, credentials) = tenants();
    let gate = Gate::open(&credentials, Offer::Series).expect("the files are well formed");
    let bound = Server::bind("127.0.0.1:0".parse().expect("an address")).expect("a port is free");
    let shown = Shown::Text(Arc::new(|| "jobs 1\n".to_owned()));
    let server =
        bound.start(&Served::new(&Reloadable::default(), Arc::new(gate)), shown, |_, _| {}).expect("a thread is free");
    for path in ["/metrics", "/snapshot", "/"] {
        assert_eq!(ask(&server, path, "Bearer token-a").status, 401, "{path}");
    }
}

#[test]
fn the_tenants_are_told_to_whoever_reserves_for_them() {
    let (_folder, credentials) = tenants();
    assert_eq!(Gate::open(&credentials, Offer::Series).expect("the files are well formed").tenants(), ["a", "b"]);
    assert!(open().tenants().is_empty());
}

/// A page of another machine may send requests here by a name that it has let point to this one.
#[test]
fn an_open_endpoint_of_this_machine_alone_is_not_asked_by_names_of_others() {
    let ask = |server: &Server, path: &str, host: &str| {
        let mut client = Client::connect(server);
        client.send(&format!("GET {path} HTTP/1.1\r\nhost: {host}\r\n\r\n"));
        client.reply(true)
    };
    let (server, answered) = start();
    for host in ["127.0.0.1", "localhost:80", "[::1]:9464", "box"] {
        assert_eq!(ask(&server, "/metrics", host).status, 200, "{host}");
    }
    for path in ["/metrics", "/snapshot", "/cardinality", "/"] {
        let reply = ask(&server, path, "evil.example");
        assert!(reply.status == 403 && reply.body.contains("METRICS_TOKEN"), "{path}: {}", reply.body);
    }
    assert_eq!(ask(&server, "/healthz", "evil.example").status, 200);
    assert!(answered.lock().expect("nobody panics").contains(&("/metrics", 403)));
    let (server, _) = behind(&Credentials { token: Some(Secret::new(OPERATOR)), ..Credentials::default() });
    assert_eq!(ask(&server, "/metrics", "evil.example").status, 401, "a browser has no token");
}

#[test]
fn a_token_in_a_file_of_its_own_can_change() {
    let folder = tempfile::tempdir().expect("temporary folders can be made");
    let path = folder.path().join("token");
    let write = |content: &str| fs::write(&path, content).expect("it can be written");
    write("first-0123456789\n");
    let credentials = Credentials { token_file: Some(path.clone()), ..Credentials::default() };
    let gate = Arc::new(Gate::open(&credentials, Offer::Series).expect("it is well formed"));
    let (server, _) = start_behind(Limits::default(), families(), Arc::clone(&gate));
    let status = |token: &str| ask(&server, "/metrics", &format!("Bearer {token}")).status;
    assert_eq!((status("first-0123456789"), status("second-0123456789")), (200, 401));
    write("second-0123456789");
    gate.settle();
    assert_eq!((status("first-0123456789"), status("second-0123456789")), (401, 200));
    for broken in ["", "\n", "two words\n", "two\nlines\n"] {
        write(broken);
        gate.settle();
        assert_eq!(status("second-0123456789"), 200, "what was read before stays: {broken:?}");
    }
    let both = Credentials { token: Some(Secret::new("t")), ..credentials };
    assert!(Gate::open(&both, Offer::Series).expect_err("one is enough").to_string().contains("METRICS_TOKEN_FILE"));
    write("");
    let empty = Credentials { token_file: Some(path.clone()), ..Credentials::default() };
    let error = Gate::open(&empty, Offer::Series).expect_err("nobody could have it").to_string();
    assert!(error.contains("the token is empty"), "{error}");
}
