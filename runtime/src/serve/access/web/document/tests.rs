//! The form of `web.yml`, field by field.

use super::*;

fn parse(text: &str) -> Result<Document, String> {
    Document::parse(Path::new("web.yml"), text.as_bytes()).map_err(|error| format!("{error:?}"))
}

#[test]
fn an_exporter_toolkits_file_is_taken_as_it_is() {
    let text = "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n  client_auth_type: RequireAndVerifyClientCert\n  \
                client_ca_file: ca.crt\n  client_allowed_sans: [a, b]\n  min_version: TLS13\n  prefer_server_cipher_suites: no\n\
                http_server_config:\n  http2: true\n  headers:\n    x-frame-options: deny\n    X-XSS-Protection: 0\n    \
                Strict-Transport-Security: ''\n\
                basic_auth_users:\n  alice: $2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG\n  7: x\n";
    let document = parse(text).expect("it is well formed");
    let tls = document.tls.expect("it has certificates");
    assert!(matches!(&tls.certificate, Source::File(file) if file == "server.crt"));
    assert_eq!((tls.client_sans.len(), tls.min_version.as_deref(), tls.prefers_own), (2, Some("TLS13"), false));
    assert!(document.wants_http2 && !document.is_empty);
    assert_eq!(document.headers.get("x-frame-options").map(HeaderValue::as_bytes), Some(&b"deny"[..]));
    assert_eq!(document.headers.get("x-xss-protection").map(HeaderValue::as_bytes), Some(&b"0"[..]));
    assert_eq!(document.headers.len(), 2, "a blank header is unset");
    assert_eq!(document.users.iter().map(|(user, _)| user.as_str()).collect::<Vec<_>>(), ["7", "alice"]);
}

#[test]
fn an_empty_file_and_empty_sections_ask_for_nothing() {
    for text in
        ["", "\n", "# nothing\n", "{}", "tls_server_config:\nbasic_auth_users:\n", "tls_server_config: {cert_file: ''}"]
    {
        let document = parse(text).expect(text);
        assert!(document.tls.is_none() && document.users.is_empty(), "{text}");
    }
}

#[test]
fn each_mistake_is_named() {
    let tls = |line: &str| format!("tls_server_config:\n  cert_file: c\n  key_file: k\n  {line}\n");
    let http = |line: &str| format!("http_server_config:\n  {line}\n");
    for (text, expected) in [
        ("tls_sever_config: {}".to_owned(), "tls_sever_config is unknown; did you mean `tls_server_config`?"),
        ("users: {}".to_owned(), "users is unknown; remove it, or write one of `tls_server_config`,"),
        (tls("cert_fil: x"), "tls_server_config.cert_fil is unknown; did you mean `cert_file`?"),
        (tls("min_versoin: x"), "did you mean `min_version`?"),
        (http("header: {}"), "http_server_config.header is unknown; did you mean `headers`?"),
        ("[a]".to_owned(), "this is not a mapping"),
        ("tls_server_config: [a]".to_owned(), "tls_server_config is not a mapping"),
        ("tls_server_config: {cert_file: c}".to_owned(), "needs key_file, or key"),
        ("tls_server_config: {key_file: c}".to_owned(), "needs cert_file, or cert"),
        ("tls_server_config: {client_auth_type: NoClientCert}".to_owned(), "needs cert_file, or cert"),
        (tls("cert: x"), "has both cert_file and cert; keep one"),
        (tls("key: x"), "has both key_file and key; keep one"),
        (tls("client_allowed_sans: a"), "client_allowed_sans is not a list of texts"),
        (tls("cipher_suites: [[a]]"), "cipher_suites is not a list of texts"),
        (tls("min_version: [a]"), "min_version is not a text"),
        (tls("prefer_server_cipher_suites: 3"), "prefer_server_cipher_suites is neither true nor false"),
        (http("http2: maybe"), "http2 is neither true nor false"),
        (http("headers: [a]"), "http_server_config.headers is not a mapping of names to texts"),
        (http("headers: {Server: x}"), "headers.Server cannot be set; those that can are Content-Security-Policy,"),
        (http("headers: {X-Frame-Options: all}"), "headers.X-Frame-Options is `all`; write deny or sameorigin"),
        (http("headers: {X-Content-Type-Options: sniff}"), "is `sniff`; write nosniff"),
        (http("headers: {X-XSS-Protection: \"a\\nb\"}"), "holds a character that no header can"),
        ("basic_auth_users: [alice]".to_owned(), "basic_auth_users is not a mapping of names to texts"),
        ("basic_auth_users: {alice: [hunter2]}".to_owned(), "the value of `alice` is not a text"),
        ("rate_limit: {interval: 1s, burst: 3}".to_owned(), "rate_limit is not supported"),
        ("basic_auth_users:\n  a: hunter2\n  a: hunter2\n".to_owned(), "web.yml, line 3: this is not YAML, or a key"),
        ("a: b\n c: {hunter2\n".to_owned(), "this is not YAML"),
    ] {
        let message = parse(&text).err().unwrap_or_else(|| panic!("{text} is taken"));
        assert!(message.starts_with("web configuration web.yml") && message.contains(expected), "{text}: {message}");
        assert!(!message.contains("hunter2"), "{message}");
    }
}

#[test]
fn aliases_do_not_unfold_without_end() {
    let mut text = "a: &a [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for (name, last) in ('b'..='k').zip('a'..) {
        text += &format!("{name}: &{name} [{}]\n", vec![format!("*{last}"); 10].join(", "));
    }
    assert!(parse(&text).is_err());
}
