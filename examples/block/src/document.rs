//! A snapshot as the document that a block's readers know: `{block_id, instance_id, timestamp, metrics, hardware, rolling}`.

use std::{fmt::Write, time::UNIX_EPOCH};

use serde_json::{Map, Value, json};
use tachometer::{SeriesSnapshot, Snapshot, families};

/// What is told as hardware, and therefore not among the metrics.
const HARDWARE: [&str; 4] = ["cpu_percent", "process_", "system_", "gpu_"];

/// The document of a snapshot.
pub(crate) fn of(block_id: &str, instance_id: &str, snapshot: &Snapshot, rolling: &Value) -> Value {
    json!({
        "block_id": block_id,
        "instance_id": instance_id,
        "timestamp": snapshot.taken_at().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64(),
        "metrics": metrics(snapshot),
        "hardware": hardware(snapshot),
        "rolling": rolling,
    })
}

fn metrics(snapshot: &Snapshot) -> Value {
    let mut metrics = Map::new();
    let is_hardware = |name: &str| HARDWARE.iter().any(|beginning| name.starts_with(beginning));
    for family in snapshot.families().filter(|family| !is_hardware(family.name())) {
        for series in family.series() {
            add(&mut metrics, family.name(), &series);
        }
    }
    Value::Object(metrics)
}

fn add(metrics: &mut Map<String, Value>, name: &str, series: &SeriesSnapshot<'_>) {
    let mut insert = |suffix: &str, more: Option<(&str, String)>, value: Value| {
        metrics.insert(format!("{name}{suffix}{}", labels(series, more)), value);
    };
    match series.value() {
        families::Value::Counter(count) => insert("", None, json!(count)),
        families::Value::FloatCounter(value) | families::Value::Gauge(value) => insert("", None, number(value)),
        families::Value::Histogram(distribution) => {
            insert("_count", None, json!(distribution.count()));
            insert("_sum", None, number(distribution.sum));
            let bounds = distribution.bounds.iter().map(f64::to_string).chain(["+Inf".to_owned()]);
            let mut count = 0_u64;
            for (bound, more) in bounds.zip(distribution.counts) {
                count += more;
                insert("_bucket", Some(("le", bound)), json!(count));
            }
        }
        families::Value::NativeHistogram(native) => {
            insert("_count", None, json!(native.count()));
            insert("_sum", None, number(native.sum));
        }
        families::Value::Summary(summary) => {
            insert("_count", None, json!(summary.count));
            insert("_sum", None, number(summary.sum));
            for (quantile, value) in summary.values {
                insert("", Some(("quantile", quantile.to_string())), number(value));
            }
        }
        _ => {}
    }
}

/// `{name=value,..}`, or nothing without labels.
fn labels(series: &SeriesSnapshot<'_>, more: Option<(&str, String)>) -> String {
    let mut text = String::new();
    let mut push = |name: &str, value: &str| {
        let before = if text.is_empty() { '{' } else { ',' };
        // Writing to a text does not fail.
        let _ = write!(text, "{before}{name}={value}");
    };
    series.labels().for_each(|(name, value)| push(&name, &value));
    if let Some((name, value)) = more {
        push(name, &value);
    }
    if !text.is_empty() {
        text.push('}');
    }
    text
}

fn hardware(snapshot: &Snapshot) -> Value {
    let gauge = |name: &str| match snapshot.get(name, &[]) {
        Some(families::Value::Gauge(value)) => number(value),
        _ => Value::Null,
    };
    let gpus = snapshot.family("gpu_up").into_iter().flat_map(|family| family.series()).map(|series| {
        let label = |name: &str| series.label(name).unwrap_or_default().into_owned();
        let (gpu, uuid) = (label("gpu"), label("uuid"));
        let of = |name: &str, more: &[(&str, &str)]| {
            let labels = [&[("gpu", gpu.as_str()), ("uuid", uuid.as_str())][..], more].concat();
            match snapshot.get(name, &labels) {
                Some(families::Value::Gauge(value)) => number(value),
                _ => Value::Null,
            }
        };
        json!({
            "gpu": gpu,
            "uuid": uuid,
            "utilization_ratio": of("gpu_utilization_ratio", &[("engine", "general")]),
            "memory_used_bytes": of("gpu_memory_used_bytes", &[]),
            "memory_total_bytes": of("gpu_memory_total_bytes", &[]),
        })
    });
    json!({
        "cpu_percent": gauge("cpu_percent"),
        "memory_rss_bytes": gauge("process_resident_memory_bytes"),
        "memory_total_bytes": gauge("system_memory_bytes"),
        "gpus": gpus.collect::<Vec<_>>(),
    })
}

/// A number; null for one that JSON does not have.
fn number(value: f64) -> Value {
    json!(value)
}
