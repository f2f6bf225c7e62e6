//! What each source may say, and which one wins.

use std::{collections::HashMap, ffi::OsString, io};

use super::*;

/// An environment made by hand, in which the host `scorer` has two addresses.
struct Fake(HashMap<&'static str, OsString>);

impl Environment for Fake {
    fn variable(&self, name: &str) -> Option<OsString> {
        self.0.get(name).cloned()
    }

    fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        match host {
            "scorer" => Ok(["::1", "10.1.2.3"].map(|ip| ip.parse().expect("an address")).to_vec()),
            "empty" => Ok(Vec::new()),
            _ => Err(io::Error::other("no such host")),
        }
    }
}

fn resolve(flags: &Flags, variables: &[(&'static str, &str)]) -> Result<Settings, Error> {
    Settings::resolve(flags, &Fake(variables.iter().map(|(name, value)| (*name, value.into())).collect()))
}

fn listen(flags: &Flags, variables: &[(&'static str, &str)]) -> String {
    let settings = resolve(flags, variables).expect("the settings are well formed");
    settings.listen.map_or_else(|| "nowhere".to_owned(), |address| address.to_string())
}

fn message(flags: &Flags, variables: &[(&'static str, &str)]) -> String {
    let error = resolve(flags, variables).expect_err("a setting is malformed");
    assert!(error.is_setting());
    error.to_string()
}

fn none() -> Flags {
    Flags::default()
}

fn flags(listen: Listen) -> Flags {
    Flags { listen: Some(listen), ..Flags::default() }
}

fn config(config: Config) -> Flags {
    Flags { config: Some(config), ..Flags::default() }
}

fn pairs(labels: &[(&str, &str)]) -> Vec<(String, String)> {
    labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn without_a_word_it_is_the_libraries_defaults() {
    let address = "127.0.0.1:9464".parse().expect("an address");
    let expected =
        Settings { enabled: true, listen: Some(address), labels: Vec::new(), credentials: Credentials::default() };
    assert_eq!(resolve(&none(), &[]).expect("defaults are well formed"), expected);
}

#[test]
fn the_strongest_source_wins() {
    let own = config(Config::default().host("10.0.0.1").port(1));
    assert_eq!(listen(&own, &[]), "10.0.0.1:1");
    assert_eq!(listen(&own, &[("OTEL_EXPORTER_PROMETHEUS_PORT", "2")]), "10.0.0.1:2");
    assert_eq!(listen(&own, &[("OTEL_EXPORTER_PROMETHEUS_PORT", "2"), ("METRICS_PORT", "3")]), "10.0.0.1:3");
    assert_eq!(
        listen(&own, &[("OTEL_EXPORTER_PROMETHEUS_HOST", "10.0.0.2"), ("METRICS_HOST", "10.0.0.3")]),
        "10.0.0.3:1"
    );
    let told = Flags { listen: Some(Listen::Address("10.0.0.4:0".parse().expect("an address"))), ..own };
    assert_eq!(listen(&told, &[("METRICS_PORT", "3"), ("METRICS_HOST", "10.0.0.3")]), "10.0.0.4:0");
    assert_eq!(listen(&flags(Listen::Nowhere), &[("METRICS_PORT", "3")]), "nowhere");
}

#[test]
fn hosts_are_addresses_or_names() {
    let host = |host| listen(&none(), &[("METRICS_HOST", host)]);
    assert_eq!(host("0.0.0.0"), "0.0.0.0:9464");
    assert_eq!(host("::1"), "[::1]:9464");
    assert_eq!(host("[::1]"), "[::1]:9464");
    assert_eq!(host("scorer"), "10.1.2.3:9464");
    let allowed = "a host is an IP address, or a name that resolves to one";
    for unknown in ["nobody", "empty"] {
        assert_eq!(
            message(&none(), &[("METRICS_HOST", unknown)]),
            format!("environment variable METRICS_HOST is `{unknown}`; {allowed}")
        );
    }
    assert_eq!(message(&config(Config::default().host("nobody")), &[]), format!("config: host is `nobody`; {allowed}"));
}

#[test]
fn ports_are_numbers() {
    for malformed in ["80x", "-1", "65536", "http", "tcp://10.0.0.1:80"] {
        assert_eq!(
            message(&none(), &[("METRICS_PORT", malformed)]),
            format!("environment variable METRICS_PORT is `{malformed}`; a port is a number from 0 to 65535")
        );
    }
    assert!(message(&none(), &[("OTEL_EXPORTER_PROMETHEUS_PORT", "x")]).contains("OTEL_EXPORTER_PROMETHEUS_PORT"));
    assert_eq!(listen(&none(), &[("METRICS_PORT", "0")]), "127.0.0.1:0");
}

#[test]
fn what_kubernetes_injects_is_ignored() {
    let injected = [("METRICS_PORT", "tcp://10.0.0.1:80"), ("METRICS_SERVICE_HOST", "10.0.0.1")];
    assert_eq!(listen(&none(), &injected), "127.0.0.1:9464");
    let with_otel = [injected[0], injected[1], ("OTEL_EXPORTER_PROMETHEUS_PORT", "7")];
    assert_eq!(listen(&none(), &with_otel), "127.0.0.1:7");
    assert!(message(&none(), &[("METRICS_PORT", "80x"), injected[1]]).contains("`80x`"));
    assert!(message(&none(), &[injected[0], ("METRICS_SERVICE_HOST", "")]).contains("`tcp://10.0.0.1:80`"));
}

#[test]
fn an_empty_variable_is_unset() {
    let empty = [
        ("METRICS_HOST", ""),
        ("METRICS_PORT", " "),
        ("METRICS_ENABLED", ""),
        ("METRICS_LABELS", ""),
        ("OTEL_EXPORTER_PROMETHEUS_PORT", "5"),
    ];
    assert_eq!(listen(&none(), &empty), "127.0.0.1:5");
}

#[test]
fn enabled_is_told_in_many_words() {
    for word in ["true", "1", "YES", "On"] {
        assert!(resolve(&config(Config::default().enabled(false)), &[("METRICS_ENABLED", word)]).expect(word).enabled);
    }
    for word in ["false", "0", "no", "OFF"] {
        assert!(!resolve(&none(), &[("METRICS_ENABLED", word)]).expect(word).enabled);
    }
    assert!(!resolve(&config(Config::default().enabled(false)), &[]).expect("well formed").enabled);
    assert_eq!(
        message(&none(), &[("METRICS_ENABLED", "maybe")]),
        "environment variable METRICS_ENABLED is `maybe`; write true or false"
    );
}

#[test]
fn nothing_is_looked_at_when_it_is_off() {
    let broken = [("METRICS_ENABLED", "false"), ("METRICS_PORT", "x"), ("METRICS_LABELS", "x")];
    let off = Settings { enabled: false, listen: None, labels: Vec::new(), credentials: Credentials::default() };
    assert_eq!(resolve(&none(), &broken).expect("nothing is looked at"), off);
}

#[test]
fn what_is_overridden_is_not_looked_at() {
    let address = "127.0.0.1:1".parse().expect("an address");
    assert_eq!(listen(&flags(Listen::Address(address)), &[("METRICS_PORT", "x")]), "127.0.0.1:1");
    assert_eq!(listen(&flags(Listen::Nowhere), &[("METRICS_HOST", "nobody")]), "nowhere");
    assert_eq!(listen(&none(), &[("METRICS_PORT", "1"), ("OTEL_EXPORTER_PROMETHEUS_PORT", "x")]), "127.0.0.1:1");
    assert_eq!(listen(&config(Config::default().host("nobody")), &[("METRICS_HOST", "::")]), "[::]:9464");
}

#[test]
fn labels_of_stronger_sources_win() {
    let told = Flags {
        labels: pairs(&[("c", "builder"), ("d", "first"), ("d", "last")]),
        config: Some(Config::default().label("a", "config").label("b", "config").label("c", "config")),
        listen: None,
        credentials: Credentials::default(),
    };
    let settings = resolve(&told, &[("METRICS_LABELS", "b=env, e = x=y ,c=env")]).expect("well formed");
    let expected = [("a", "config"), ("b", "env"), ("c", "builder"), ("e", "x=y"), ("d", "last")];
    assert_eq!(settings.labels, pairs(&expected));
}

#[test]
fn labels_are_checked() {
    for (name, reason) in [
        ("a.b", "does not match [a-zA-Z_][a-zA-Z0-9_]*"),
        ("", "does not match [a-zA-Z_][a-zA-Z0-9_]*"),
        ("__a", "starts with `__`, which Prometheus keeps for itself"),
        ("le", "is reserved for histogram buckets"),
        ("quantile", "is reserved for summaries"),
    ] {
        let told = Flags { labels: pairs(&[(name, "x")]), ..Flags::default() };
        assert_eq!(message(&told, &[]), format!("builder: label name `{name}` {reason}; rename it"));
    }
    assert_eq!(
        message(&none(), &[("METRICS_LABELS", "a=1,b")]),
        "environment variable METRICS_LABELS is `a=1,b`; write labels as name=value,name2=value2"
    );
    assert!(message(&none(), &[("METRICS_LABELS", "le=1")]).starts_with("environment variable METRICS_LABELS: label"));
    assert!(message(&config(Config::default().label("le", "")), &[]).starts_with("config: label name `le`"));
}

#[cfg(unix)]
#[test]
fn what_is_not_unicode_is_malformed() {
    use std::os::unix::ffi::OsStringExt;

    let variables = HashMap::from([("METRICS_PORT", OsString::from_vec(b"80\xff".to_vec()))]);
    let error = Settings::resolve(&none(), &Fake(variables)).expect_err("a port is text");
    assert!(error.is_setting());
    assert!(error.to_string().starts_with("environment variable METRICS_PORT is `80"), "{error}");
    assert!(error.to_string().contains("not Unicode"), "{error}");
}

#[test]
fn who_may_read_is_decided_by_setting() {
    let told = Credentials { token: Some(Secret::new("told")), ..Credentials::default() };
    let flags = Flags { credentials: told, ..Flags::default() };
    let variables = [
        ("METRICS_TOKEN", "from-env\n"),
        ("METRICS_TOKENS_FILE", "/etc/tokens.toml"),
        ("METRICS_TENANT_LABEL", " org "),
        ("METRICS_WEB_CONFIG", "web.yml"),
    ];
    let credentials = resolve(&flags, &variables).expect("well formed").credentials;
    assert_eq!(credentials.token, Some(Secret::new("told")));
    assert_eq!(credentials.tokens_file, Some("/etc/tokens.toml".into()));
    assert_eq!((credentials.tenant_label.as_deref(), credentials.web_config), (Some("org"), Some("web.yml".into())));
    let credentials = resolve(&none(), &variables[..1]).expect("well formed").credentials;
    assert_eq!(credentials, Credentials { token: Some(Secret::new("from-env")), ..Credentials::default() });
}

#[test]
fn an_empty_secret_is_no_open_door() {
    for name in ["METRICS_TOKEN", "METRICS_TOKENS_FILE", "METRICS_WEB_CONFIG"] {
        let expected = format!("environment variable {name} is empty; set it, or unset it altogether");
        assert_eq!(message(&none(), &[(name, "")]), expected);
    }
    for token in [" ", "hunter2 x"] {
        let message = message(&none(), &[("METRICS_TOKEN", token)]);
        assert!(message.contains("METRICS_TOKEN") && !message.contains("hunter2"), "{message}");
    }
    let empty = Credentials { token: Some(Secret::new("")), ..Credentials::default() };
    assert!(message(&Flags { credentials: empty, ..Flags::default() }, &[]).contains("is empty"));
    assert!(message(&none(), &[("METRICS_TENANT_LABEL", "le")]).contains("label name `le` is reserved"));
}
