//! GPUs of the quickstart, by a library that passes for NVIDIA's, or by none.

use tachometer::collectors::gpu::Gpu;

use super::support::{
    deadline::eventually,
    http,
    prometheus::{Prometheus, promtool},
    sample::{self, Sample},
    shop::Shop,
};
use crate::fake_nvml;

/// A shop on a machine with this library of NVIDIA's driver.
#[track_caller]
fn shop_with(library: &str) -> Shop {
    Shop::open_with(&["--requests", "20"], &[("METRICS_PORT", "0"), ("TACHOMETER_NVML_LIB", library)])
}

fn demonstration() -> Shop {
    shop_with(fake_nvml::demonstration().to_str().expect("paths of builds are texts"))
}

fn of<'a>(samples: &'a [Sample], name: &str) -> Vec<&'a Sample> {
    samples.iter().filter(|sample| sample.name == name).collect()
}

#[test]
fn prometheus_sees_every_gpu() {
    let shop = demonstration();
    let prometheus = Prometheus::scraping(shop.metrics());
    let samples = eventually(|| {
        let samples = prometheus.samples();
        if of(&samples, "gpu_up").len() == 2 { Ok(samples) } else { Err(format!("no GPUs in {samples:?}")) }
    });
    for (name, series) in [
        ("gpu_info", 2),
        ("gpu_utilization_ratio", 6),
        ("gpu_memory_used_bytes", 2),
        ("gpu_process_memory_bytes", 2),
        ("gpu_energy_joules_total", 2),
        ("gpu_throttled", 18),
        ("gpu_collector_state", 6),
    ] {
        assert_eq!(of(&samples, name).len(), series, "{name}");
    }
    assert!(of(&samples, "gpu_utilization_ratio").iter().all(|sample| (0.0..=1.0).contains(&sample.value)));
    assert!(samples.iter().all(|sample| sample.label("pid").is_empty()), "no series for a process");
}

#[test]
fn promtool_finds_nothing_to_complain_of_in_gpus() {
    let shop = demonstration();
    let page = eventually(|| {
        let page = http::get(shop.metrics(), "/metrics");
        if page.contains("\ngpu_up{") { Ok(page) } else { Err(page) }
    });
    let findings = promtool(&page);
    let text = [findings.stdout, findings.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    assert!(findings.status.success() && text.is_empty(), "promtool check metrics: {text}\n{page}");
}

#[test]
fn promtool_complains_of_one_name_on_request() {
    let gpus = Gpu::new().library(fake_nvml::demonstration()).aliases().pcie_throughput();
    let builder = tachometer::builder().no_listener().no_default_collectors().collect(gpus);
    let telemetry = builder.install().expect("it is the only one of its process");
    let page = eventually(|| {
        let page = telemetry.render();
        if page.contains("\ngpu_memory_mb ") { Ok(page) } else { Err(page) }
    });
    // Without what the functions of these tests are called.
    let of_gpus = |line: &&str| line.trim_start_matches("# HELP ").trim_start_matches("# TYPE ").starts_with("gpu_");
    let page = page.lines().filter(of_gpus).fold(String::new(), |page, line| page + line + "\n");
    let findings = promtool(&page);
    let text = [findings.stdout, findings.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    assert!(text.lines().count() == 1 && text.starts_with("gpu_memory_mb "), "promtool check metrics: {text}\n{page}");
}

#[test]
fn a_machine_without_a_driver_is_told_of_once() {
    let shop = shop_with("no/such/library.so");
    let samples = sample::of_text(&http::get(shop.metrics(), "/metrics"));
    let state = of(&samples, "gpu_collector_state");
    let set: Vec<_> = state.iter().filter(|sample| sample.value == 1.0).map(|sample| sample.label("state")).collect();
    assert_eq!(set, ["no_library"]);
    let of_gpus = |sample: &&Sample| sample.name.starts_with("gpu_") && sample.name != "gpu_collector_state";
    assert_eq!(samples.iter().filter(of_gpus).count(), 0);
    let errors = shop.errors();
    let told: Vec<_> = errors.lines().filter(|line| line.contains("NVML")).collect();
    assert!(matches!(told[..], [line] if line.contains("INFO")), "expected one line: {errors}");
}
