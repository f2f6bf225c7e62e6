//! What others make of a page with everything on it that a program could think of: Prometheus' client for Python, promtool,
//! and a real Prometheus.

use std::{collections::BTreeMap, net::SocketAddr};

use metrics::{counter, describe_counter, describe_histogram, gauge, histogram};
use serde_json::Value;
use tachometer::{
    Snapshot, Telemetry, TraceContext,
    metric::{bounds::Native, matcher::Matcher},
};

use super::support::{
    deadline::eventually,
    http,
    judge::python,
    prometheus::{Prometheus, promtool},
    sample::Sample,
};

pub(super) const OPENMETRICS: &str = "application/openmetrics-text";
const UTF8: &str = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8";

/// A label value with all that has to be escaped, and what is often forgotten.
pub(super) const ODD: &str = "a\"b\\c\nd\\n\re, {é=\"日本\"} # x\\";

pub(super) fn install() -> Telemetry {
    let builder = tachometer::builder().listen(SocketAddr::from(([127, 0, 0, 1], 0))).created(true);
    let builder = builder.exemplars(|| Some(TraceContext::new(0xabc, 0xdef)));
    let builder = builder.buckets(Matcher::Prefix("native.".to_owned()), Native::new());
    let telemetry = builder.label("region", "eu \"west\"").install().expect("nothing else is installed");
    describe_counter!("jobs_total", "Jobs \\ of\ntwo \"lines\".");
    describe_histogram!("wait_seconds", metrics::Unit::Seconds, "Wait.");
    counter!("jobs_total", "queue" => ODD).increment(3);
    counter!("jobs_total", "queue" => "").increment(1);
    counter!("jobs_total", "region" => "us").increment(1);
    // Called like the counter's family, which is of an unknown kind for that reason.
    gauge!("jobs").set(1.5);
    counter!("orders_total").increment(5);
    counter!("seen").increment(u64::MAX);
    counter!("http.requests", "http.route" => ODD).increment(2);
    counter!("größe_total").increment(1);
    counter!("5xx.total").increment(1);
    for (name, value) in [("nan", f64::NAN), ("inf", f64::INFINITY), ("less", -1e-300)] {
        gauge!("level", "of" => name).set(value);
    }
    for value in [0.0001, 0.3, 1e9] {
        histogram!("wait_seconds", "le" => "mine", "queue" => ODD).record(value);
        histogram!("rpc.size.bytes").record(value);
        histogram!("native.size.bytes", "queue" => ODD).record(value);
    }
    // Would be printed like a sample of the histogram.
    gauge!("wait_seconds_count").set(7.0);
    telemetry
}

/// The value of the sample of this name and label.
pub(super) fn value(samples: &[Sample], name: &str, label: (&str, &str)) -> Option<f64> {
    samples.iter().find(|sample| sample.name == name && sample.label(label.0) == label.1).map(|sample| sample.value)
}

/// How many samples of it a judge shall see besides the beginnings.
fn expected(snapshot: &Snapshot) -> usize {
    assert!(snapshot.family("wait_seconds_count").is_none());
    let conflicts = snapshot.get("tachometer_conflicts_total", &[("reason", "name")]);
    assert_eq!(conflicts, Some(tachometer::families::Value::Counter(1)));
    snapshot.samples()
}

#[test]
fn the_strict_parser_reads_all_of_it() {
    let telemetry = install();
    let count = expected(&telemetry.snapshot());
    for (accept, dotted, route) in [(OPENMETRICS, "http_requests", "http_route"), (UTF8, "http.requests", "http.route")]
    {
        let (_, page) = telemetry.render_for(accept);
        let samples = python(&page);
        let mut kinds = BTreeMap::new();
        for sample in &samples {
            *kinds.entry(sample.name.ends_with("_created")).or_insert(0) += 1;
        }
        assert_eq!(kinds[&false], count, "{page}");
        assert!(kinds[&true] > 5, "{page}");
        assert!(page.matches(" # {trace_id=").count() > 5, "{page}");
        assert_eq!(value(&samples, "jobs_total", ("queue", ODD)), Some(3.0), "{page}");
        assert_eq!(value(&samples, dotted, (route, ODD)), Some(2.0), "{page}");
        assert_eq!(value(&samples, "wait_seconds_count", ("exported_le", "mine")), Some(3.0), "{page}");
        let native = if dotted.contains('.') { "native.size.bytes_count" } else { "native_size_bytes_count" };
        assert_eq!(value(&samples, native, ("queue", ODD)), Some(3.0), "{page}");
        assert!(value(&samples, "level", ("of", "nan")).is_some_and(f64::is_nan), "{page}");
        assert_eq!(value(&samples, "level", ("of", "inf")), Some(f64::INFINITY), "{page}");
    }
}

#[test]
fn promtool_reads_all_of_it() {
    let telemetry = install();
    for accept in ["text/plain", "text/plain;version=1.0.0"] {
        let findings = promtool(&telemetry.render_for(accept).1);
        // 3 is a matter of taste, and these names are in bad taste; 1 is a page that cannot be read.
        assert_eq!(findings.status.code(), Some(3), "{}", String::from_utf8_lossy(&findings.stderr));
    }
}

#[test]
fn prometheus_reads_all_of_it() {
    let telemetry = install();
    let address = telemetry.local_addr().expect("it listens");
    let prometheus = Prometheus::scraping(address);
    eventually(|| match value(&prometheus.samples(), "up", ("", "")) {
        Some(1.0) => Ok(()),
        up => Err(format!("up is {up:?}: {}", http::get_as(address, "/metrics", OPENMETRICS))),
    });
    let samples = prometheus.samples();
    let page = http::get_as(address, "/metrics", OPENMETRICS);
    let printed = page.lines().filter(|line| !line.starts_with('#')).count();
    assert_eq!(value(&samples, "scrape_samples_scraped", ("", "")), Some(printed as f64), "{page}");
    assert_eq!(value(&samples, "jobs_total", ("queue", ODD)), Some(3.0));
    assert_eq!(value(&samples, "jobs_total", ("region", "us")), Some(1.0));
    assert_eq!(value(&samples, "http_requests", ("http_route", ODD)), Some(2.0));
    assert_eq!(value(&samples, "wait_seconds_bucket", ("le", "0.5")), Some(2.0));
    assert_eq!(value(&samples, "wait_seconds_bucket", ("le", "10.0")), Some(2.0));
    let exemplars = prometheus.exemplars("orders_total");
    assert_eq!(value(&exemplars, "orders_total", ("trace_id", &format!("{:032x}", 0xabc))), Some(5.0), "{exemplars:?}");
    let documents: Value = http::get_json(address, "/snapshot");
    assert!(documents["samples"].as_f64().is_some_and(|samples| samples < printed as f64));
}
