//! What others make of the protobuf format: Google's reader of it, and a real Prometheus that knows native histograms.

use std::{collections::BTreeSet, net::SocketAddr};

use metrics::histogram;
use tachometer::{
    Histogram,
    families::Value,
    metric::{bounds::Native, matcher::Matcher},
};

use super::{
    judges::{ODD, OPENMETRICS, install, value},
    support::{
        deadline::eventually,
        http,
        judge::{protoc, python},
        prometheus::Prometheus,
        sample::Sample,
    },
};

const PROTOBUF: &str = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";

#[test]
fn protoc_reads_all_of_it() {
    let telemetry = install();
    let snapshot = telemetry.snapshot();
    for (escaping, dotted) in [("underscores", "http_requests"), ("allow-utf-8", "http.requests")] {
        let (content_type, page) = telemetry.encode_for(&format!("{PROTOBUF};escaping={escaping}"));
        let parameters = "proto=io.prometheus.client.MetricFamily; encoding=delimited";
        assert_eq!(content_type, format!("application/vnd.google.protobuf; {parameters}; escaping={escaping}"));
        let families = protoc(&page);
        assert_eq!(families.len(), snapshot.families().count());
        let family = |name: &str| {
            let begin = format!("name: \"{name}\"\n");
            families.iter().find(|family| family.starts_with(&begin)).unwrap_or_else(|| panic!("{name}: {families:#?}"))
        };
        let jobs = family("jobs_total");
        let (head, first) = jobs.split_once("metric {").expect("it has series");
        assert_eq!(head, "name: \"jobs_total\"\nhelp: \"Jobs \\\\ of\\ntwo \\\"lines\\\".\"\ntype: COUNTER\n");
        let region = "\n  label {\n    name: \"region\"\n    value: \"eu \\\"west\\\"\"\n  }\n";
        assert!(first.starts_with(region) && first.contains("\n  counter {\n    value: 3\n    exemplar {\n"), "{jobs}");
        assert!(family(dotted).contains("type: COUNTER\n"));
        let level = family("level");
        for line in ["type: GAUGE\n", "    value: nan\n", "    value: inf\n", "    value: -1e-300\n"] {
            assert!(level.contains(line), "{line} in {level}");
        }
        let wait = family("wait_seconds");
        for line in
            ["type: HISTOGRAM\n", "sample_count: 3\n", "sample_sum: 1000000000.3001\n", "name: \"exported_le\"\n"]
        {
            assert!(wait.contains(line), "{line} in {wait}");
        }
        assert!(wait.contains("      cumulative_count: 3\n      upper_bound: inf\n      exemplar {\n"), "{wait}");
        // Of the numbers of fields that came later, there are those of the beginnings, the unit and native exemplars.
        let numbers = families.iter().flat_map(|family| family.lines()).map(str::trim_start);
        let numbers = numbers.filter(|line| line.starts_with(|c: char| c.is_ascii_digit()));
        let numbers: BTreeSet<_> = numbers.map(|line| line.split([' ', ':']).next().unwrap_or_default()).collect();
        assert!(numbers.is_subset(&BTreeSet::from(["1", "2", "3", "4", "5", "15", "16"])), "{numbers:?}");
        assert!(wait.ends_with("5: \"seconds\"\n"), "{wait}");
    }
}

/// The series of some samples but those that Prometheus makes itself.
fn series<'a>(samples: impl IntoIterator<Item = &'a Sample>) -> BTreeSet<String> {
    let is_own = |sample: &&Sample| sample.name == "up" || sample.name.starts_with("scrape_");
    samples.into_iter().filter(|sample| !is_own(sample)).map(Sample::series).collect()
}

/// Waits until a Prometheus has scraped.
#[track_caller]
fn scraped(prometheus: &Prometheus, address: SocketAddr) -> Vec<Sample> {
    eventually(|| match value(&prometheus.samples(), "up", ("", "")) {
        Some(1.0) => Ok(()),
        up => Err(format!("up is {up:?}: {}, {}", prometheus.last_error(), http::get(address, "/metrics"))),
    });
    prometheus.samples()
}

#[test]
fn prometheus_reads_the_same_as_in_openmetrics() {
    let telemetry = install();
    let address = telemetry.local_addr().expect("it listens");
    let prometheus = Prometheus::scraping_natively(address);
    let samples = scraped(&prometheus, address);
    // But for beginnings, which are no series here, and native histograms, which are one each and no number.
    let snapshot = telemetry.snapshot();
    let is_native = |sample: &Sample| {
        let stems = ["_bucket", "_sum", "_count"].iter().filter_map(|suffix| sample.name.strip_suffix(suffix));
        let mut values = stems.filter_map(|stem| snapshot.family(stem)).filter_map(|family| family.series().next());
        values.any(|series| matches!(series.value(), Value::NativeHistogram(_)))
    };
    let text = python(&telemetry.render_for(OPENMETRICS).1);
    let numbers = text.iter().filter(|sample| !sample.name.ends_with("_created") && !is_native(sample));
    assert_eq!(series(&samples), series(numbers));
    for sample in text.iter().filter(|sample| ["jobs_total", "orders_total", "seen"].contains(&&*sample.name)) {
        let same = samples.iter().find(|other| other.series() == sample.series());
        assert_eq!(same.map(|same| same.value), Some(sample.value), "{sample:?}");
    }
    assert_eq!(value(&samples, "jobs_total", ("queue", ODD)), Some(3.0));
    assert_eq!(value(&samples, "wait_seconds_bucket", ("le", "0.5")), Some(2.0));
    assert_eq!(value(&samples, "wait_seconds_bucket", ("le", "+Inf")), Some(3.0));
    assert_eq!(prometheus.described("jobs_total"), ("counter".to_owned(), "Jobs \\ of\ntwo \"lines\".".to_owned()));
    let exemplars = prometheus.exemplars("orders_total");
    assert_eq!(value(&exemplars, "orders_total", ("trace_id", &format!("{:032x}", 0xabc))), Some(5.0), "{exemplars:?}");
}

/// The one value that a query finds.
#[track_caller]
fn asked(prometheus: &Prometheus, query: &str) -> f64 {
    let found = prometheus.query(query);
    let [sample] = &found[..] else { panic!("{query} finds {found:?}") };
    sample.value
}

#[test]
fn prometheus_has_native_histograms() {
    static BALANCE: Histogram = Histogram::new("balance").native(Native::new());
    let builder = tachometer::builder().listen(SocketAddr::from(([127, 0, 0, 1], 0)));
    let names = ["fetch_seconds", "idle_seconds"].map(|name| Matcher::Full(name.to_owned()));
    let builder = names.into_iter().fold(builder, |builder, name| builder.buckets(name, Native::new()));
    let telemetry = builder.install().expect("nothing else is installed");
    for millis in 1..=1000 {
        histogram!("fetch_seconds", "kind" => "page").record(f64::from(millis) / 1e3);
    }
    [-2.0, 0.0, 3.0, 1e9].iter().for_each(|value| BALANCE.record(*value));
    // It is there, and has observed nothing.
    let _ = histogram!("idle_seconds");

    let address = telemetry.local_addr().expect("it listens");
    let prometheus = Prometheus::scraping_natively(address);
    let samples = scraped(&prometheus, address);
    assert!(!samples.iter().any(|sample| sample.name.starts_with("fetch_seconds_")), "{samples:?}");
    assert_eq!(asked(&prometheus, "histogram_count(fetch_seconds{kind='page'})"), 1000.0);
    assert!((asked(&prometheus, "histogram_sum(fetch_seconds)") - 500.5).abs() < 1e-6);
    for quantile in [0.01, 0.5, 0.9, 0.99] {
        let found = asked(&prometheus, &format!("histogram_quantile({quantile}, fetch_seconds)"));
        // A bucket of schema 3 is so wide.
        assert!((quantile / 1.1..quantile * 1.1).contains(&found), "{quantile}: {found}");
    }
    assert!((asked(&prometheus, "histogram_fraction(0, 0.25, fetch_seconds)") - 0.25).abs() < 0.02);
    assert_eq!(asked(&prometheus, "histogram_count(balance)"), 4.0);
    assert_eq!(asked(&prometheus, "histogram_fraction(-2.2, -1.8, balance)"), 0.25);
    assert_eq!(asked(&prometheus, "histogram_count(idle_seconds)"), 0.0, "it is native from the start");

    // Whoever does not know them sees how many there were, and their sum. It has the same address.
    drop(prometheus);
    let plain = scraped(&Prometheus::scraping(address), address);
    assert_eq!(value(&plain, "fetch_seconds_count", ("kind", "page")), Some(1000.0));
    assert_eq!(value(&plain, "fetch_seconds_bucket", ("le", "+Inf")), Some(1000.0));
}
