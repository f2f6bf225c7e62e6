//! What a real Prometheus makes of this program's own endpoint over the recorder of metrics-exporter-prometheus.

use tachometer::{PrometheusBuilder, measured};

use super::support::{deadline::eventually, prometheus::Prometheus};

/// Dough that was kneaded.
#[measured(name = "knead", labels(oven), buckets = [0.5, 1.0])]
fn knead(oven: &str) {
    let _ = oven;
}

#[test]
fn prometheus_scrapes_another_crates_recorder() {
    let telemetry = tachometer::builder()
        .listen(([127, 0, 0, 1], 0).into())
        .with_prometheus(PrometheusBuilder::new().add_global_label("zone", "eu"))
        .install()
        .expect("it is the only one of its process");
    for _ in 0..3 {
        knead("left");
    }
    let prometheus = Prometheus::scraping(telemetry.local_addr().expect("it listens"));
    eventually(|| {
        let samples = prometheus.samples();
        let value = |name: &str, labels: &[(&str, &str)]| {
            let is_meant =
                |label: &(&str, &str), sample: &&super::support::sample::Sample| sample.label(label.0) == label.1;
            let of_name = samples.iter().filter(|sample| sample.name == name);
            of_name.clone().find(|sample| labels.iter().all(|label| is_meant(label, sample))).map(|sample| sample.value)
        };
        let seen = [
            value("up", &[]),
            value("knead_total", &[("oven", "left"), ("zone", "eu")]),
            value("knead_duration_seconds_bucket", &[("oven", "left"), ("le", "+Inf")]),
            value("knead_duration_seconds_count", &[("oven", "left")]),
            value("knead_in_flight", &[("oven", "left")]),
        ];
        if seen == [1.0, 3.0, 3.0, 3.0, 0.0].map(Some) { Ok(()) } else { Err(format!("{seen:?} in {samples:#?}")) }
    });
}
