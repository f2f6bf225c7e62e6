//! `web.yml` over real sockets: TLS, client certificates, users, and files that change.

mod setup;

use std::{
    fs,
    io::{Read, Write},
    net::{Shutdown, TcpStream},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use tokio_rustls::rustls::{
    crypto::ring::cipher_suite::{
        TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    },
    version::{TLS12, TLS13},
};

use self::setup::{BOTH, House, PATIENCE, get, get_plain, refused, self_signed, start, start_watched, suite};
use crate::serve::inner::limits::Limits;

fn is_ok(answer: Option<&String>) -> bool {
    answer.is_some_and(|answer| answer.starts_with("HTTP/1.1 200 ") && answer.contains("jobs_total 3"))
}

#[test]
fn the_metrics_are_encrypted() {
    let house = House::new();
    let (server, told) = start(&house.with_tls(&[]), Limits::default());
    for versions in [&[&TLS12][..], &[&TLS13]] {
        assert!(is_ok(get(&server, &house.client(versions, None), "").as_ref()), "{versions:?}");
    }
    let mut old = house.client(BOTH, None);
    old.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    assert!(is_ok(get(&server, &old, "").as_ref()), "a client of HTTP/2 is talked down");
    assert!(told.lock().expect("nobody panics").is_empty());
}

#[test]
fn who_asks_without_tls_is_told_so() {
    let house = House::new();
    let (server, told) = start(&house.with_tls(&[]), Limits::default());
    let answer = get_plain(&server, "").expect("there is an answer");
    assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("connection: close\r\n"), "{answer}");
    assert!(answer.ends_with("\r\n\r\nthis port speaks TLS; ask with https://\n"), "{answer}");
    let first_byte_alone = {
        let mut stream = TcpStream::connect(server.local_addr()).expect("it listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a time");
        stream.write_all(b"G").expect("it is read");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).map(|_| answer).expect("it is answered and closed")
    };
    assert!(first_byte_alone.starts_with("HTTP/1.1 400 "), "{first_byte_alone}");
    server.stop(PATIENCE).expect("nothing is under way");
    assert_eq!(*told.lock().expect("nobody panics"), ["handshake", "other 400", "handshake", "other 400"]);
}

#[test]
fn versions_and_suites_are_bounded() {
    let house = House::new();
    let answers = |more: &[&str], versions: &[_]| {
        let (server, _) = start(&house.with_tls(more), Limits::default());
        is_ok(get(&server, &house.client(versions, None), "").as_ref())
    };
    assert!(!answers(&["min_version: TLS13"], &[&TLS12]));
    assert!(answers(&["min_version: TLS13"], BOTH));
    assert!(!answers(&["max_version: TLS12"], &[&TLS13]));
    let suite = "cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256]";
    assert!(answers(&[suite, "curve_preferences: [CurveP256]"], &[&TLS12]));
    assert!(!answers(&["cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]"], &[&TLS12]), "the key is no RSA");
}

#[test]
fn the_files_order_of_suites_counts_unless_it_says_otherwise() {
    let house = House::new();
    let [first, second] =
        ["AES_256_GCM_SHA384", "CHACHA20_POLY1305_SHA256"].map(|end| format!("TLS_ECDHE_ECDSA_WITH_{end}"));
    let suites = format!("cipher_suites: [{first}, {second}]");
    let client = [TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384];
    for (prefers, expected) in [("", first), ("prefer_server_cipher_suites: false", second)] {
        let (server, _) = start(&house.with_tls(&[&suites, prefers]), Limits::default());
        assert_eq!(suite(&server, &house, client), expected);
    }
}

#[test]
fn clients_show_what_they_have_to() {
    let house = House::new();
    let (signed, unsigned) = (house.signed(&["scraper", "10.0.0.1"], 4000), self_signed(&["scraper"]));
    let expired = house.signed(&["scraper"], 2000);
    for (policy, with_ca, expected) in [
        // Without a certificate, with one of nobody, of the authority, and one of it that has ended.
        ("NoClientCert", false, [true, true, true, true]),
        ("RequestClientCert", false, [true, true, true, true]),
        ("RequireAnyClientCert", false, [false, true, true, true]),
        ("RequireClientCert", false, [false, true, true, true]),
        ("VerifyClientCertIfGiven", true, [true, false, true, false]),
        ("RequireAndVerifyClientCert", true, [false, false, true, false]),
    ] {
        let policy = format!("client_auth_type: {policy}");
        let ca = if with_ca { "client_ca_file: ca.pem" } else { "" };
        let (server, _) = start(&house.with_tls(&[&policy, ca]), Limits::default());
        for versions in [&[&TLS12][..], &[&TLS13]] {
            let seen = [None, Some(&unsigned), Some(&signed), Some(&expired)]
                .map(|own| is_ok(get(&server, &house.client(versions, own), "").as_ref()));
            assert_eq!(seen, expected, "{policy} {versions:?}");
        }
    }
}

#[test]
fn a_client_has_one_of_the_names_that_may_come_in() {
    let house = House::new();
    let answers = |allowed: &str, names: &[&str]| {
        let sans = format!("client_allowed_sans: [{allowed}]");
        let more = ["client_auth_type: RequireAndVerifyClientCert", "client_ca_file: ca.pem", &sans];
        let (server, _) = start(&house.with_tls(&more), Limits::default());
        is_ok(get(&server, &house.client(BOTH, Some(&house.signed(names, 4000))), "").as_ref())
    };
    assert!(answers("scraper, other", &["x", "scraper"]));
    assert!(answers("10.0.0.1", &["10.0.0.1"]));
    assert!(answers("'::1'", &["::1"]));
    assert!(!answers("scraper", &["scraper.example"]));
    assert!(!answers("scraper", &[]));
}

#[test]
fn files_that_do_not_fit_are_named_at_the_start() {
    let house = House::new();
    house.put("other", &self_signed(&["x"]));
    house.write("empty", "");
    let tls = |certificate: &str, key: &str, more: &str| {
        house.with(&format!("tls_server_config:\n  cert_file: {certificate}\n  key_file: {key}\n  {more}\n"))
    };
    for (certificate, key, more, expected) in [
        ("missing.pem", "server.key", "", "tls_server_config.cert_file "),
        ("server.pem", "missing.key", "", "tls_server_config.key_file "),
        ("empty", "server.key", "", "empty holds no certificate; it has to be in PEM"),
        ("server.pem", "server.pem", "", "holds no private key; it has to be in PEM"),
        ("server.pem", "other.key", "", "the certificate and the key do not belong together"),
        ("server.pem", "server.key", "min_version: TLS11", "is `TLS11`; write TLS12 or TLS13"),
        ("server.pem", "server.key", "max_version: SSL3", "max_version is `SSL3`"),
        (
            "server.pem",
            "server.key",
            "cipher_suites: [TLS_RSA_WITH_RC4_128_SHA]",
            "which is not served; those that are: TLS_",
        ),
        ("server.pem", "server.key", "curve_preferences: [CurveP521]", "write X25519, CurveP256 or CurveP384"),
        ("server.pem", "server.key", "client_auth_type: Maybe", "client_auth_type is `Maybe`; write NoClientCert"),
        ("server.pem", "server.key", "client_auth_type: RequireAndVerifyClientCert", "needs client_ca_file"),
        ("server.pem", "server.key", "client_ca_file: ca.pem", "no client_auth_type that would use it"),
        ("server.pem", "server.key", "client_allowed_sans: [a]", "client_allowed_sans needs a client_auth_type"),
    ] {
        let message = refused(&tls(certificate, key, more));
        assert!(message.contains(expected), "{certificate} {key} {more}: {message}");
    }
    let both = refused(&tls("server.pem", "server.key", "min_version: TLS13\n  max_version: TLS12"));
    assert!(both.contains("min_version is above max_version"), "{both}");
}

#[test]
fn an_expired_certificate_is_served_and_left_to_the_client() {
    let house = House::new();
    house.put("server", &house.signed(&["localhost"], 2000));
    let (server, _) = start(&house.with_tls(&[]), Limits::default());
    assert_eq!(get(&server, &house.client(BOTH, None), ""), None, "this client looks at the date");
}

#[test]
fn certificates_change_without_a_restart() {
    let house = House::new();
    let (server, told, gate) = start_watched(&house.with_tls(&[]), Limits::default());
    let client = house.client(BOTH, None);
    assert!(is_ok(get(&server, &client, "").as_ref()));

    house.put("server", &self_signed(&["localhost"]));
    gate.settle();
    assert_eq!(get(&server, &client, ""), None, "it is another one, which the client does not trust");
    house.put("server", &house.signed(&["localhost"], 4000));
    gate.settle();
    assert!(is_ok(get(&server, &client, "").as_ref()));

    told.lock().expect("nobody panics").clear();
    fs::remove_file(house.path("server.key")).expect("it is there");
    gate.settle();
    assert!(is_ok(get(&server, &client, "").as_ref()), "the one before stays");
    house.write("server.pem", "half of a certifi");
    gate.settle();
    assert!(is_ok(get(&server, &client, "").as_ref()));
    assert_eq!(*told.lock().expect("nobody panics"), ["web_config", "web_config"]);
}

#[test]
fn a_reload_opens_no_door() {
    let house = House::new();
    let user = format!("basic_auth_users:\n  alice: {}\n", bcrypt::hash("secret", 4).expect("there is randomness"));
    let (server, told, gate) = start_watched(&house.with(&user), Limits::default());
    let status = |header: &str| get_plain(&server, header).map(|answer| answer[9..12].to_owned());
    assert_eq!(status("").as_deref(), Some("401"));
    let begun = "http_server_config:\n  headers: {X-Frame-Options: deny}\n";
    for broken in [
        "",
        "\n",
        "basic_auth_user: {}\n",
        "basic_auth_users:\n  alice: hunter2\n",
        begun,
        &format!("{begun}basic_auth_users:\n"),
    ] {
        house.write("web.yml", broken);
        gate.settle();
        assert_eq!(status("").as_deref(), Some("401"), "{broken:?}");
    }
    house.with_tls(&[]);
    gate.settle();
    assert_eq!(status("").as_deref(), Some("401"), "TLS does not come while it runs");
    assert_eq!(told.lock().expect("nobody panics").len(), 7);
    house.write("web.yml", &format!("{begun}basic_auth_users: {{}}\n"));
    gate.settle();
    assert_eq!(status("").as_deref(), Some("200"), "but it can be opened on purpose");
}

#[test]
fn no_beginning_of_the_file_asks_less_of_clients() {
    let house = House::new();
    let more =
        ["client_auth_type: RequireAndVerifyClientCert", "client_ca_file: ca.pem", "client_allowed_sans: [pump]"];
    let (server, _, gate) = start_watched(&house.with_tls(&more), Limits::default());
    let [pump, leak] = ["pump", "leak"].map(|name| house.signed(&[name], 4000));
    let enters = |own| is_ok(get(&server, &house.client(BOTH, own), "").as_ref());
    assert_eq!([enters(None), enters(Some(&leak)), enters(Some(&pump))], [false, false, true]);
    let whole = fs::read_to_string(house.path("web.yml")).expect("it is there");
    for end in 0..whole.len() {
        house.write("web.yml", &whole[..end]);
        gate.settle();
        assert!(!enters(None), "{}", &whole[..end]);
        assert!(!enters(Some(&leak)), "{}", &whole[..end]);
    }
    house.write("web.yml", &whole);
    gate.settle();
    assert_eq!([enters(None), enters(Some(&leak)), enters(Some(&pump))], [false, false, true], "it is whole again");
}

#[test]
fn what_asks_less_of_clients_says_so() {
    let house = House::new();
    let required = ["min_version: TLS13", "client_auth_type: RequireAndVerifyClientCert", "client_ca_file: ca.pem"];
    let named = [required[0], required[1], required[2], "client_allowed_sans: [pump]"];
    let (server, told, gate) = start_watched(&house.with_tls(&named), Limits::default());
    let leak = house.signed(&["leak"], 4000);
    let enters = |own| is_ok(get(&server, &house.client(BOTH, own), "").as_ref());
    let after = |more: &[&str]| {
        house.with_tls(more);
        gate.settle();
        [enters(None), enters(Some(&leak))]
    };
    assert_eq!(after(&required), [false; 2], "the names are gone");
    assert_eq!(after(&named[1..]), [false; 2], "the version is gone");
    assert_eq!(after(&["min_version: TLS13"]), [false; 2], "the kind of authentication is gone");
    assert_eq!(after(&["min_version: TLS13", "client_auth_type:"]), [false; 2], "its value is gone");
    let refused = told.lock().expect("nobody panics").iter().filter(|told| *told == "web_config").count();
    assert_eq!(refused, 4);
    assert_eq!(after(&[&required[..], &["client_allowed_sans: []"]].concat()), [false, true]);
    assert_eq!(after(&["min_version: TLS12", "client_auth_type: NoClientCert"]), [true, true]);
}

#[test]
fn users_come_in_by_their_password() {
    let house = House::new();
    let hash = |password: &str| bcrypt::hash(password, 4).expect("there is randomness");
    let headers = "http_server_config:\n  headers: {X-Frame-Options: deny}\n";
    let file = |password: &str| format!("{headers}basic_auth_users:\n  alice: {}\n", hash(password));
    let (server, _, gate) = start_watched(&house.with(&file("secret")), Limits::default());
    let ask = |credentials: &str| {
        let header = format!("authorization: Basic {}\r\n", STANDARD.encode(credentials));
        get_plain(&server, &header).expect("there is an answer")
    };
    assert!(is_ok(Some(&ask("alice:secret"))));
    for wrong in ["alice:wrong", "bob:secret", "alice", ":", ""] {
        let answer = ask(wrong);
        assert!(answer.starts_with("HTTP/1.1 401 "), "{wrong}: {answer}");
        assert!(answer.contains("www-authenticate: Basic realm=\"metrics\"\r\n"), "{answer}");
        assert!(answer.contains("x-frame-options: deny\r\n"), "{answer}");
    }
    for broken in ["Basic !!!", "Basic", "Bearer secret"] {
        let answer = get_plain(&server, &format!("authorization: {broken}\r\n")).expect("there is an answer");
        assert!(answer.starts_with("HTTP/1.1 401 "), "{broken}: {answer}");
    }
    house.write("web.yml", &file("other"));
    gate.settle();
    assert!(ask("alice:secret").starts_with("HTTP/1.1 401 "), "what was remembered is not asked after a change");
    assert!(is_ok(Some(&ask("alice:other"))));
}

/// Each check takes its time, and each client leaves at once.
#[test]
fn a_flood_of_wrong_passwords_costs_the_others_nothing() {
    let house = House::new();
    let hash = bcrypt::hash("secret", 8).expect("there is randomness");
    let limits = Limits { connections: 64, ..Limits::default() };
    let (server, _, _gate) = start_watched(&house.with(&format!("basic_auth_users:\n  alice: {hash}\n")), limits);
    let basic = |credentials: &str| format!("authorization: Basic {}\r\n", STANDARD.encode(credentials));
    assert!(is_ok(get_plain(&server, &basic("alice:secret")).as_ref()));
    for attempt in 0..400 {
        let mut stream = TcpStream::connect(server.local_addr()).expect("it listens");
        let request = format!("GET /metrics HTTP/1.1\r\nhost: h\r\n{}\r\n", basic(&format!("alice:no{attempt}")));
        stream.write_all(request.as_bytes()).expect("it reads");
        if attempt % 20 == 0 {
            assert!(is_ok(get_plain(&server, &basic("alice:secret")).as_ref()), "it is known");
        }
    }
}

#[test]
fn a_handshake_has_a_bounded_time() {
    let house = House::new();
    let limits = Limits { head: Duration::from_millis(50), ..Limits::default() };
    let (server, told) = start(&house.with_tls(&[]), limits);
    let connect = || {
        let stream = TcpStream::connect(server.local_addr()).expect("it listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a time");
        stream
    };
    let (mut silent, mut slow, mut half) = (connect(), connect(), connect());
    // The beginning of a client's hello, of which no more comes.
    slow.write_all(b"\x16\x03\x01\x02\x00\x01\x00").expect("it is read");
    half.shutdown(Shutdown::Write).expect("it is open");
    for stream in [&mut silent, &mut slow, &mut half] {
        // It is closed, whatever is said before.
        let _ = stream.read_to_end(&mut Vec::new());
    }
    server.stop(PATIENCE).expect("nothing is under way");
    assert_eq!(*told.lock().expect("nobody panics"), ["handshake"; 3]);
}

#[test]
fn stopping_does_not_wait_for_a_handshake() {
    let house = House::new();
    let (server, _) = start(&house.with_tls(&[]), Limits::default());
    let mut silent = TcpStream::connect(server.local_addr()).expect("it listens");
    server.stop(PATIENCE).expect("nothing is under way");
    assert!(!matches!(silent.read(&mut [0; 1]), Ok(1..)));
}
