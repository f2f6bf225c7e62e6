//! Which source wins, setting by setting.

use crate::metric::bounds::{Buckets, Native};

use super::*;

fn listen(flags: &Flags, variables: &[(&str, &str)]) -> String {
    settings(flags, variables).listen.map_or_else(|| "nowhere".to_owned(), |address| address.to_string())
}

fn flags(listen: Listen) -> Flags {
    Flags { listen: Some(listen), ..Flags::default() }
}

fn none() -> Flags {
    Flags::default()
}

fn pairs(labels: &[(&str, &str)]) -> Vec<(String, String)> {
    labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn is_off(flags: &Flags, variables: &[(&str, &str)]) -> bool {
    resolve(flags, &Fake::new(variables)).expect("nothing is malformed that is looked at").is_none()
}

#[test]
fn without_a_word_it_is_the_libraries_defaults() {
    let settings = settings(&none(), &[]);
    assert_eq!(settings.listen.map(|address| address.to_string()).as_deref(), Some("127.0.0.1:9464"));
    assert_eq!((settings.labels, settings.reload_interval.as_secs()), (Vec::new(), 5));
    let routes = settings.reloadable.routes;
    assert_eq!((&*routes.metrics, routes.health.as_deref()), ("/metrics", Some("/healthz")));
    assert_eq!(settings.reloadable.endpoint.connections, 512);
}

#[test]
fn each_setting_has_the_strongest_word() {
    let file = Written::new("strongest", "host = \"10.0.0.2\"\nport = 2\n");
    let told = |listen, overrides| Flags {
        listen,
        overrides,
        config: Config::default().host("10.0.0.1").port(1).header_bytes(10_000),
        ..file.flags()
    };
    let variables = [("METRICS_PORT", "3")];
    assert_eq!(listen(&config(told(None, Config::default()).config), &[]), "10.0.0.1:1");
    assert_eq!(listen(&told(None, Config::default()), &[]), "10.0.0.2:2");
    assert_eq!(listen(&told(None, Config::default()), &variables), "10.0.0.2:3");
    assert_eq!(listen(&told(None, Config::default().port(4)), &variables), "10.0.0.2:4");
    let address = Listen::Address("10.0.0.5:5".parse().expect("an address"));
    assert_eq!(listen(&told(Some(address), Config::default().port(4)), &variables), "10.0.0.5:5");
    let settings = settings(&told(Some(address), Config::default()), &variables);
    assert_eq!(settings.reloadable.endpoint.header_bytes, 10_000, "nobody else says anything about it");
}

#[test]
fn our_own_variables_win_over_those_of_opentelemetry() {
    let file = Written::new("otel", "port = 9\n");
    assert_eq!(listen(&file.flags(), &[("OTEL_EXPORTER_PROMETHEUS_PORT", "2")]), "127.0.0.1:2");
    let both = [("OTEL_EXPORTER_PROMETHEUS_PORT", "2"), ("METRICS_PORT", "3")];
    assert_eq!(listen(&file.flags(), &both), "127.0.0.1:3");
    let both = [("OTEL_EXPORTER_PROMETHEUS_HOST", "10.0.0.2"), ("METRICS_HOST", "10.0.0.3")];
    assert_eq!(listen(&file.flags(), &both), "10.0.0.3:9");
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
    let nobody = Config::default().host("nobody");
    assert_eq!(message(&config(nobody.clone()), &[]), format!("config: host is `nobody`; {allowed}"));
    assert_eq!(message(&overrides(nobody), &[]), format!("builder: host is `nobody`; {allowed}"));
    let file = Written::new("host", "host = 'nobody'\n");
    let expected = format!("config file {}: host is `nobody`; {allowed}", file.0.display());
    assert_eq!(message(&file.flags(), &[]), expected);
}

#[test]
fn what_kubernetes_injects_is_ignored() {
    let injected = [("METRICS_PORT", "tcp://10.0.0.1:80"), ("METRICS_SERVICE_HOST", "10.0.0.1")];
    assert_eq!(listen(&none(), &injected), "127.0.0.1:9464");
    let with_otel = [injected[0], injected[1], ("OTEL_EXPORTER_PROMETHEUS_PORT", "7")];
    assert_eq!(listen(&none(), &with_otel), "127.0.0.1:7");
    let file = Written::new("kubernetes", "port = 8\n");
    assert_eq!(listen(&file.flags(), &injected), "127.0.0.1:8");
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
        ("METRICS_ROUTES_HEALTH", ""),
        ("OTEL_EXPORTER_PROMETHEUS_PORT", "5"),
    ];
    assert_eq!(listen(&none(), &empty), "127.0.0.1:5");
}

#[test]
fn unknown_variables_are_nobodys_mistake() {
    assert_eq!(listen(&none(), &[("METRICS_PROT", "x"), ("METRICS_FILE", "y")]), "127.0.0.1:9464");
}

#[test]
fn enabled_is_told_in_many_words() {
    for word in ["true", "1", "YES", "On"] {
        assert!(!is_off(&config(Config::default().enabled(false)), &[("METRICS_ENABLED", word)]), "{word}");
    }
    for word in ["false", "0", "no", "OFF"] {
        assert!(is_off(&none(), &[("METRICS_ENABLED", word)]), "{word}");
    }
    assert!(is_off(&config(Config::default().enabled(false)), &[]));
    assert!(!is_off(&overrides(Config::default().enabled(true)), &[("METRICS_ENABLED", "false")]));
    let file = Written::new("enabled", "enabled = false\n");
    assert!(is_off(&file.flags(), &[]));
    assert!(!is_off(&file.flags(), &[("METRICS_ENABLED", "on")]));
}

#[test]
fn nothing_is_looked_at_when_it_is_off() {
    let broken = [("METRICS_PORT", "x"), ("METRICS_LABELS", "x"), ("METRICS_CONFIG", "no/such/file")];
    assert!(is_off(&none(), &[broken[0], broken[1], broken[2], ("METRICS_ENABLED", "false")]));
    assert!(is_off(&overrides(Config::default().enabled(false)), &broken));
    let file = Written::new("off", "enabled = false\n");
    assert!(is_off(&file.flags(), &broken[..2]));
}

#[test]
fn what_is_overridden_is_not_looked_at() {
    let address = "127.0.0.1:1".parse().expect("an address");
    assert_eq!(listen(&flags(Listen::Address(address)), &[("METRICS_PORT", "x")]), "127.0.0.1:1");
    assert_eq!(listen(&flags(Listen::Nowhere), &[("METRICS_HOST", "nobody")]), "nowhere");
    assert_eq!(listen(&none(), &[("METRICS_PORT", "1"), ("OTEL_EXPORTER_PROMETHEUS_PORT", "x")]), "127.0.0.1:1");
    assert_eq!(listen(&config(Config::default().host("nobody")), &[("METRICS_HOST", "::")]), "[::]:9464");
    assert_eq!(listen(&overrides(Config::default().port(1)), &[("METRICS_PORT", "x")]), "127.0.0.1:1");
    let told = Flags { config: Config::default().host(""), ..flags(Listen::Address(address)) };
    assert_eq!(listen(&told, &[]), "127.0.0.1:1");
    let own = config(Config::default().connections(0));
    settings(&own, &[("METRICS_ENDPOINT_CONNECTIONS", "1")]);
    assert!(message(&own, &[]).starts_with("config: endpoint.connections is `0`;"));
}

#[test]
fn labels_of_stronger_sources_win() {
    let file = Written::new("labels", "[labels]\nf = 'file'\nb = 'file'\nc = 'file'\n");
    let told = Flags {
        overrides: Config::default().label("c", "builder").label("d", "first").label("d", "last"),
        config: Config::default().label("a", "config").label("b", "config").label("f", "config"),
        ..file.flags()
    };
    let labels = settings(&told, &[("METRICS_LABELS", "b=env, e = x=y ,c=env")]).labels;
    let expected = [("a", "config"), ("b", "env"), ("f", "file"), ("c", "builder"), ("e", "x=y"), ("d", "last")];
    assert_eq!(labels, pairs(&expected));
}

#[test]
fn buckets_of_stronger_sources_win() {
    let matcher = |text: &str| text.parse().expect("a matcher");
    let file =
        Written::new("buckets", "[[buckets]]\nmatch = 'a'\nbounds = [2]\n[[buckets]]\nmatch = 'b'\nbounds = [2]\n");
    let told = Flags {
        overrides: Config::default().buckets(matcher("a"), [4.0]),
        config: Config::default().buckets(matcher("b"), [1.0]).buckets(matcher("*c"), [1.0]),
        ..file.flags()
    };
    let buckets = settings(
        &told,
        &[("METRICS_BUCKETS", "a = 3; c*=3,5; d = native , schema = -1; e=1, 2,native,schema=4,min_reset=60")],
    )
    .reloadable
    .buckets;
    let of = |name| buckets.of(name, name).expect("it has some").clone();
    assert_eq!([of("a"), of("b"), of("cx"), of("xc")], [&[4.0][..], &[2.0], &[3.0, 5.0], &[1.0]].map(Buckets::from));
    assert_eq!(of("d"), Native::new().schema(-1).into());
    assert_eq!(of("e"), Native::new().schema(4).min_reset(std::time::Duration::from_secs(60)).beside([1.0, 2.0]));
}

#[cfg(unix)]
#[test]
fn what_is_not_unicode_is_malformed() {
    use std::os::unix::ffi::OsStringExt;

    let variables = HashMap::from([("METRICS_PORT".to_owned(), OsString::from_vec(b"80\xff".to_vec()))]);
    let error = resolve(&none(), &Fake(variables)).expect_err("a port is text");
    assert!(error.is_setting());
    assert!(error.to_string().starts_with("environment variable METRICS_PORT is `80"), "{error}");
    assert!(error.to_string().contains("not Unicode"), "{error}");
}
