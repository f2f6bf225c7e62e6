//! Label sets that come once and never again take no memory for good, however many of them there have been.
#![cfg(target_os = "linux")]

use std::{
    env, fs, thread,
    time::{Duration, Instant},
};

use tachometer::{Counter, Family, Histogram, Policy, Telemetry, measured};

/// How many label sets come before all of them end.
const AT_ONCE: u32 = 3_000;

#[measured(name = "brief_calls", labels(peer))]
fn call(peer: &str) {}

static BYTES: Family<Counter, (u32,)> = Family::new("brief_bytes_total", &["peer"]);
static SIZES: Family<Histogram, (u32,)> = Family::new("brief_sizes", &["peer"]);

/// Bytes of the process that are in memory.
fn resident() -> i64 {
    let statm = fs::read_to_string("/proc/self/statm").expect("the kernel tells");
    statm.split(' ').nth(1).and_then(|pages| pages.parse::<i64>().ok()).expect("pages") * 4096
}

fn series(telemetry: &Telemetry) -> usize {
    let snapshot = telemetry.snapshot();
    let brief = snapshot.families().filter(|family| family.name().starts_with("brief_"));
    brief.map(|family| family.series().len()).sum()
}

/// Many label sets by handles, by an attribute and by the facade; then none of them is left.
fn generation(telemetry: &Telemetry, number: u32) {
    for peer in (0..AT_ONCE).map(|n| number * AT_ONCE + n) {
        BYTES.with(peer).increment(1);
        SIZES.with(peer).record(peer);
        call(&peer.to_string());
        metrics::counter!("brief_requests_total", "peer" => peer.to_string()).increment(1);
    }
    let deadline = Instant::now() + Duration::from_secs(60);
    while series(telemetry) > 0 {
        assert!(Instant::now() < deadline, "idle series end");
        thread::sleep(Duration::from_millis(50));
    }
}

/// With `TACHOMETER_GENERATIONS` as many as it says: 800 of them are ten million label sets.
#[test]
fn label_sets_that_come_once_leave_memory_as_it_was() {
    let generations = env::var("TACHOMETER_GENERATIONS").ok().and_then(|text| text.parse().ok()).unwrap_or(5);
    let policy = Policy::unlimited().expire_after(Duration::from_secs(1));
    let telemetry = tachometer::builder().no_listener().guard(policy).install().expect("there is none");
    // What is made once is there, and what threads remember is full.
    (0..2).for_each(|number| generation(&telemetry, number));
    let before = resident();
    (2..generations).for_each(|number| generation(&telemetry, number));
    let grown = resident() - before;
    assert!(grown < 4 << 20, "{grown} bytes more after {generations} generations");
    let report = telemetry.cardinality();
    let ended = u64::from(generations * AT_ONCE);
    for metric in ["brief_bytes_total", "brief_sizes", "brief_calls_total", "brief_requests_total"] {
        let Some(of) = report.metric(metric) else { panic!("{metric} is reported") };
        // One that was named and not recorded for a second has ended twice.
        assert!(of.retired == ended && of.retired_series >= ended, "{metric}: {of:?}");
    }
}
