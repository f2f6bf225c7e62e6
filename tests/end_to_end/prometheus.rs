//! What a real Prometheus makes of the quickstart's endpoint.

use std::collections::BTreeSet;

use super::{
    support::{
        deadline::eventually,
        http,
        prometheus::{Prometheus, promtool},
        sample::{self, Sample},
        shop::Shop,
    },
    values,
};

#[test]
fn prometheus_scrapes_what_the_traffic_did() {
    let shop = Shop::open(&["--requests", "300"]);
    let prometheus = Prometheus::scraping(shop.metrics());
    eventually(|| match value(&prometheus.samples(), "up") {
        Some(1.0) => Ok(()),
        up => Err(format!("up is {up:?}")),
    });

    values::assert_become(&values::booked(&shop), || prometheus.samples());

    // Prometheus took each sample that was printed, and no other. It likes OpenMetrics best.
    let printed =
        || series(&sample::of_text(&http::get_as(shop.metrics(), "/metrics", "application/openmetrics-text")));
    let stored = || series(&prometheus.samples());
    eventually(|| match (printed(), stored()) {
        (printed, stored) if printed == stored => Ok(()),
        (printed, stored) => Err(format!("printed or stored only: {:#?}", &printed ^ &stored)),
    });
    eventually(|| {
        let snapshot = http::get_json(shop.metrics(), "/snapshot");
        match value(&prometheus.samples(), "scrape_samples_scraped") {
            Some(scraped) if Some(scraped) == snapshot["samples"].as_f64() => Ok(()),
            scraped => Err(format!("scraped {scraped:?} samples, the snapshot has {}", snapshot["samples"])),
        }
    });
}

#[test]
fn promtool_finds_nothing_to_complain_of() {
    let shop = Shop::open(&["--requests", "100"]);
    values::booked(&shop);
    let page = http::get(shop.metrics(), "/metrics");
    let findings = promtool(&page);
    let text = [findings.stdout, findings.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    assert!(findings.status.success() && text.is_empty(), "promtool check metrics: {text}\n{page}");
}

fn value(samples: &[Sample], name: &str) -> Option<f64> {
    samples.iter().find(|sample| sample.name == name).map(|sample| sample.value)
}

/// All series but those that Prometheus makes itself.
fn series(samples: &[Sample]) -> BTreeSet<String> {
    let of_the_scrape = |name: &str| name == "up" || name.starts_with("scrape_");
    samples.iter().filter(|sample| !of_the_scrape(&sample.name)).map(Sample::series).collect()
}
