//! What the environment asks for, and what of it is refused.

use std::{collections::HashMap, ffi::OsString, io, net::IpAddr, time::Duration};

use super::{environment, settings::Settings};
use crate::{
    Error,
    config::Environment,
    exporters::otlp::{Histograms, Temporality},
};

/// The variables of a test.
struct Variables(HashMap<&'static str, &'static str>);

impl Environment for Variables {
    fn variable(&self, name: &str) -> Option<OsString> {
        self.0.get(name).map(OsString::from)
    }

    fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        Err(io::Error::other(host.to_owned()))
    }
}

const EXPORTER: (&str, &str) = ("OTEL_METRICS_EXPORTER", "otlp");
const ENDPOINT: (&str, &str) = ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "http://h:1/p");

fn read(variables: &[(&'static str, &'static str)]) -> Result<Option<Settings>, Error> {
    environment::settings(&Variables(variables.iter().copied().collect()))
}

fn settings(variables: &[(&'static str, &'static str)]) -> Settings {
    read(variables).expect("they are right").expect("it is asked for")
}

#[test]
fn it_is_pushed_only_where_the_environment_says_so() {
    let is_on = |variables: &[_]| read(variables).expect("they are right").is_some();
    assert!(!is_on(&[]));
    assert!(!is_on(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://h:1"), ("OTEL_SERVICE_NAME", "x")]));
    assert!(is_on(&[ENDPOINT]));
    assert!(is_on(&[EXPORTER]));
    assert!(is_on(&[("OTEL_METRICS_EXPORTER", "prometheus, otlp")]));
    assert!(!is_on(&[("OTEL_METRICS_EXPORTER", "none"), ENDPOINT]));
    assert!(!is_on(&[("OTEL_METRICS_EXPORTER", "prometheus"), ENDPOINT]));
    assert!(is_on(&[("OTEL_METRICS_EXPORTER", " "), ENDPOINT]));
    assert!(!is_on(&[("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "")]));
    assert!(!is_on(&[("OTEL_SDK_DISABLED", "True"), EXPORTER]));
    assert!(is_on(&[("OTEL_SDK_DISABLED", "false"), EXPORTER]));
    // What is not used may be anything.
    assert!(!is_on(&[("OTEL_SDK_DISABLED", "x"), ("OTEL_METRIC_EXPORT_INTERVAL", "x")]));
}

#[test]
fn a_base_gets_a_path_and_the_endpoint_of_metrics_is_as_it_is() {
    let base = |url| settings(&[EXPORTER, ("OTEL_EXPORTER_OTLP_ENDPOINT", url)]).target.to_string();
    assert_eq!(settings(&[EXPORTER]).target.to_string(), "http://localhost:4318/v1/metrics");
    assert_eq!(base("http://h:1"), "http://h:1/v1/metrics");
    assert_eq!(base("http://h:1/"), "http://h:1/v1/metrics");
    assert_eq!(base("https://h/otlp"), "https://h/otlp/v1/metrics");
    assert_eq!(base("https://h/otlp/"), "https://h/otlp/v1/metrics");
    assert_eq!(base("http://h/v1/metrics"), "http://h/v1/metrics");
    assert_eq!(base("http://[::1]:4318"), "http://[::1]:4318/v1/metrics");
    let own = |url| settings(&[("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", url)]).target.to_string();
    assert_eq!(own("http://h:1"), "http://h:1/");
    assert_eq!(own("http://h:1/mine"), "http://h:1/mine");
    let both = settings(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://other"), ENDPOINT]);
    assert_eq!(both.target.to_string(), "http://h:1/p");
}

#[test]
fn headers_are_split_at_the_first_equals_sign_and_one_bad_pair_is_left_out() {
    let raw = "Authorization=Bearer a=b==,X-Axiom-Dataset = y ,broken, =empty,b%20d=x,pct=a%2Cb";
    let settings = settings(&[ENDPOINT, ("OTEL_EXPORTER_OTLP_METRICS_HEADERS", raw)]);
    let header = |name| settings.headers.get(name).map(|value| value.to_str().expect("it is text"));
    assert_eq!(header("authorization"), Some("Bearer a=b=="));
    assert_eq!((header("x-axiom-dataset"), header("pct"), settings.headers.len()), (Some("y"), Some("a,b"), 3));
    assert!(!format!("{settings:?}").contains("Bearer"), "nothing prints a header's value");
    let shared = [ENDPOINT, ("OTEL_EXPORTER_OTLP_HEADERS", "a=1"), ("OTEL_EXPORTER_OTLP_METRICS_HEADERS", "b=2")];
    assert_eq!(self::settings(&shared).headers.len(), 1, "those of metrics are in the place of those of all signals");
}

#[test]
fn the_rest_is_read_and_an_empty_variable_is_none() {
    let all = settings(&[
        ENDPOINT,
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "2500"),
        ("OTEL_EXPORTER_OTLP_METRICS_TIMEOUT", ""),
        ("OTEL_METRIC_EXPORT_INTERVAL", "5000"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
        ("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "http/protobuf"),
        ("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "DELTA"),
        ("OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION", "explicit_bucket_histogram"),
        ("OTEL_RESOURCE_ATTRIBUTES", "service.name=other,deployment=a%20b,service.instance.id=7"),
        ("OTEL_SERVICE_NAME", "scorer"),
    ]);
    assert_eq!((all.timeout, all.interval), (Duration::from_millis(2_500), Duration::from_secs(5)));
    assert_eq!((all.is_packed, all.temporality, all.histograms), (true, Temporality::Delta, Histograms::Explicit));
    let attributes = all.attributes();
    let attribute = |name: &str| attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    assert_eq!(attribute("service.name"), Some("scorer"));
    assert_eq!((attribute("deployment"), attribute("service.instance.id")), (Some("a b"), Some("7")));
    let plain = settings(&[ENDPOINT]);
    assert_eq!((plain.timeout, plain.interval), (Duration::from_secs(10), Duration::from_secs(60)));
    assert_eq!((plain.is_packed, plain.temporality), (false, Temporality::Cumulative));
    let attributes = plain.attributes();
    let of = |name: &str| attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    assert!(of("service.name").is_some_and(|name| name.starts_with("unknown_service:")));
    assert!(of("service.instance.id").is_some_and(|id| id.len() == 36 && id.as_bytes()[14] == b'4'), "{attributes:?}");
}

#[test]
fn a_malformed_variable_is_named_with_its_value_and_what_is_allowed() {
    let times = "write a number of milliseconds from 1 to 86400000";
    for (name, value, allowed) in [
        ("OTEL_METRICS_EXPORTER", "oltp", "write otlp, prometheus, console or none, with commas in between"),
        ("OTEL_SDK_DISABLED", "maybe", "write true or false"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "10s", times),
        ("OTEL_EXPORTER_OTLP_METRICS_TIMEOUT", "0", times),
        ("OTEL_METRIC_EXPORT_INTERVAL", "-1", times),
        ("OTEL_METRIC_EXPORT_TIMEOUT", "1e3", times),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "zstd", "write gzip or none"),
        ("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "both", "write cumulative, delta or lowmemory"),
        (
            "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION",
            "exponential",
            "write explicit_bucket_histogram or base2_exponential_bucket_histogram",
        ),
        ("OTEL_RESOURCE_ATTRIBUTES", "a=1,b", "write attributes as key=value,key2=value2"),
        (
            "OTEL_EXPORTER_OTLP_CLIENT_KEY",
            "k.pem",
            "the certificate that belongs to it is set by .._CLIENT_CERTIFICATE",
        ),
    ] {
        let error = read(&[ENDPOINT, (name, value)]).expect_err(name);
        assert!(error.is_setting());
        assert_eq!(error.to_string(), format!("environment variable {name} is `{value}`; {allowed}"));
    }
    let refused = |variables: &[_]| read(variables).expect_err("it is refused").to_string();
    let grpc = refused(&[ENDPOINT, ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")]);
    assert!(grpc.contains("OTEL_EXPORTER_OTLP_PROTOCOL is `grpc`; only http/protobuf can be sent"), "{grpc}");
    let secret = refused(&[("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "http://me:secret@h/")]);
    assert!(secret.contains("is `http://***@h/`; write a URL such as http://localhost:4318"), "{secret}");
    let file = refused(&[ENDPOINT, ("OTEL_EXPORTER_OTLP_CERTIFICATE", "nowhere/ca.pem")]);
    assert!(file.contains("nowhere/ca.pem"), "{file}");
}
