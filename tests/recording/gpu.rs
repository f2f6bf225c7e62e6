//! What the collector of GPUs finds by a library that passes for NVML.

use std::{
    thread,
    time::{Duration, Instant},
};

use tachometer::{Snapshot, Telemetry, collectors::gpu::Gpu, families::Value};

use super::{counter, gauge};
use crate::fake_nvml::FakeNvml;

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);

const GIB: f64 = (1 << 30) as f64;

/// The first GPU, and the second.
const GPUS: [[(&str, &str); 2]; 2] = [
    [("gpu", "0"), ("uuid", "GPU-fa4e0000-0000-0000-0000-000000000000")],
    [("gpu", "1"), ("uuid", "GPU-fa4e0000-0000-0000-0000-000000000001")],
];

/// Labels of a GPU's series.
fn of(gpu: usize, more: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    [&GPUS[gpu], more].concat()
}

/// The collector of this library alone, at an interval that no test waits for.
fn watched(fake: &FakeNvml) -> Telemetry {
    install(gpus(fake))
}

pub(super) fn gpus(fake: &FakeNvml) -> Gpu {
    Gpu::new().library(fake.path()).interval(Duration::from_millis(10)).patience(PATIENCE)
}

pub(super) fn install(gpus: Gpu) -> Telemetry {
    let builder = tachometer::builder().no_listener().no_default_collectors().collect(gpus);
    builder.install().expect("it is the only one of its process")
}

/// Takes snapshots until one is as it should be.
#[track_caller]
pub(super) fn until(telemetry: &Telemetry, is_so: impl Fn(&Snapshot) -> bool) -> Snapshot {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let snapshot = telemetry.snapshot();
        if is_so(&snapshot) {
            return snapshot;
        }
        assert!(Instant::now() < deadline, "{}", telemetry.render());
        thread::sleep(Duration::from_millis(5));
    }
}

pub(super) fn is_in(snapshot: &Snapshot, state: &str) -> bool {
    snapshot.get("gpu_collector_state", &[("state", state)]) == Some(Value::Gauge(1.0))
}

/// How many calls have failed in this way.
pub(super) fn errors(snapshot: &Snapshot, call: &str, error: &str) -> u64 {
    match snapshot.get("gpu_collect_errors_total", &[("call", call), ("error", error)]) {
        None => 0,
        Some(Value::Counter(errors)) => errors,
        other => panic!("errors of {call} are {other:?}"),
    }
}

#[test]
fn two_gpus_have_all_their_series() {
    let fake = FakeNvml::with("memory 1073741824\nxid 0 79\n");
    let telemetry = install(gpus(&fake).aliases().pcie_throughput());
    let snapshot = until(&telemetry, |snapshot| snapshot.family("gpu_xid_last_timestamp_seconds").is_some());
    let table = include_str!("../../runtime/src/collectors/gpu/metrics.md");
    let names: Vec<&str> = table.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    assert!(names.len() > 35, "{names:?}");
    for name in names.into_iter().filter(|name| *name != "gpu_collect_errors_total") {
        assert!(snapshot.family(name).is_some(), "{name} is documented, and not in\n{}", telemetry.render());
    }
    assert!(snapshot.family("gpu_collect_errors_total").is_none(), "nothing has failed:\n{}", telemetry.render());
    let reading = [("collector", "gpu"), ("reason", "reading")];
    assert_eq!(counter(&snapshot, "tachometer_collector_errors_total", &reading), 0);
}

#[test]
fn values_are_in_base_units() {
    let fake = FakeNvml::with("");
    let telemetry = watched(&fake);
    let snapshot = until(&telemetry, |snapshot| is_in(snapshot, "ok"));
    let of_gpu = |name, gpu, more: &[(&'static str, &'static str)]| gauge(&snapshot, name, &of(gpu, more));
    for (gpu, busy, used) in [(0, 0.4, 20.0), (1, 0.6, 30.0)] {
        assert_eq!(of_gpu("gpu_up", gpu, &[]), 1.0);
        assert_eq!(of_gpu("gpu_utilization_ratio", gpu, &[("engine", "general")]), busy);
        assert_eq!(of_gpu("gpu_memory_io_active_ratio", gpu, &[]), busy / 2.0);
        assert_eq!(of_gpu("gpu_memory_used_bytes", gpu, &[]), used * GIB);
        assert_eq!(of_gpu("gpu_memory_free_bytes", gpu, &[]), (79.0 - used) * GIB);
        assert_eq!(of_gpu("gpu_memory_reserved_bytes", gpu, &[]), GIB);
        assert_eq!(of_gpu("gpu_power_limit_watts", gpu, &[]), 700.0);
        assert_eq!(of_gpu("gpu_clock_hertz", gpu, &[("clock", "memory")]), 2_619e6);
        assert_eq!(of_gpu("gpu_throttled", gpu, &[("reason", "sw_power_cap")]), 0.0);
    }
    assert_eq!(of_gpu("gpu_power_watts", 0, &[]), 320.0);
    assert_eq!(of_gpu("gpu_temperature_celsius", 0, &[("sensor", "core")]), 55.0);
    assert_eq!(of_gpu("gpu_temperature_celsius", 0, &[("sensor", "memory")]), 63.0);
    assert_eq!(of_gpu("gpu_temperature_limit_celsius", 0, &[("kind", "shutdown")]), 92.0);
    assert_eq!(super::fractions(&snapshot, "gpu_energy_joules_total", &of(0, &[])), 1000.0);
    assert_eq!(counter(&snapshot, "gpu_pcie_bytes_total", &of(0, &[("direction", "tx")])), 5_000_000_000);
    let corrected = of(0, &[("error", "corrected"), ("lifetime", "aggregate")]);
    assert_eq!(counter(&snapshot, "gpu_ecc_errors_total", &corrected), 4);
    // A GPU with a fan, and one without.
    assert!(snapshot.get("gpu_fan_speed_ratio", &of(0, &[("fan", "0")])).is_none());
    assert_eq!(of_gpu("gpu_fan_speed_ratio", 1, &[("fan", "0")]), 0.6);
    let identity = [
        ("name", "Fake 80GB"),
        ("driver_version", "580.95.05"),
        ("cuda_version", "13.0"),
        ("pci_bus_id", "00000000:01:00.0"),
        ("mig_mode", "disabled"),
    ];
    assert_eq!(of_gpu("gpu_info", 0, &identity), 1.0);
}

#[test]
fn aliases_and_slow_readings_are_there_on_request_only() {
    let fake = FakeNvml::with("");
    let on_request = ["gpu_memory_mb", "gpu_utilization_pct", "gpu_pcie_throughput_bytes_per_second"];
    let telemetry = watched(&fake);
    let snapshot = until(&telemetry, |snapshot| is_in(snapshot, "ok"));
    assert!(on_request.iter().all(|name| snapshot.family(name).is_none()));
    telemetry.shutdown(PATIENCE).expect("nothing hangs");

    let telemetry = install(gpus(&fake).aliases().pcie_throughput());
    let snapshot = until(&telemetry, |snapshot| is_in(snapshot, "ok"));
    assert_eq!(gauge(&snapshot, "gpu_memory_mb", &[]), 51_200.0, "in MiB, of both GPUs together");
    assert_eq!(gauge(&snapshot, "gpu_utilization_pct", &[]), 50.0, "on average");
    let sent = of(0, &[("direction", "tx")]);
    assert_eq!(gauge(&snapshot, "gpu_pcie_throughput_bytes_per_second", &sent), 40e6);
}

#[test]
fn the_memory_of_the_process_itself_needs_no_label() {
    let fake = FakeNvml::with("");
    let telemetry = watched(&fake);
    let snapshot = until(&telemetry, |snapshot| is_in(snapshot, "ok"));
    assert_eq!(gauge(&snapshot, "gpu_processes", &of(0, &[("kind", "compute")])), 1.0, "another process");
    assert!(snapshot.family("gpu_process_memory_bytes").is_none(), "the driver does not list us");
    fake.say("memory 4096\n");
    let snapshot = until(&telemetry, |snapshot| snapshot.family("gpu_process_memory_bytes").is_some());
    assert_eq!(gauge(&snapshot, "gpu_process_memory_bytes", &of(1, &[])), 4096.0);
    assert_eq!(gauge(&snapshot, "gpu_processes", &of(0, &[("kind", "compute")])), 2.0);
}

#[test]
fn xids_are_counted_by_their_number() {
    let fake = FakeNvml::with("xid 0 79\nxid 0 79\nxid 1 31\n");
    let telemetry = watched(&fake);
    let last = of(1, &[("xid", "31")]);
    let has_come = |snapshot: &Snapshot, series: &[(&str, &str)]| {
        snapshot.get("gpu_xid_errors_total", series).is_some_and(|count| count != Value::Counter(0))
    };
    let snapshot = until(&telemetry, |snapshot| has_come(snapshot, &last));
    assert_eq!(counter(&snapshot, "gpu_xid_errors_total", &of(0, &[("xid", "79")])), 2);
    assert_eq!(counter(&snapshot, "gpu_xid_errors_total", &last), 1);
    assert!(gauge(&snapshot, "gpu_xid_last_timestamp_seconds", &last) > 1.7e9);
}

/// The first one must be a rise, which it is not of a series that begins with it.
#[test]
fn xids_that_alerts_ask_for_are_there_before_they_come() {
    let fake = FakeNvml::with("");
    let telemetry = watched(&fake);
    let snapshot = until(&telemetry, |snapshot| snapshot.family("gpu_xid_errors_total").is_some());
    for (gpu, xid) in [(0, "79"), (1, "48"), (1, "31")] {
        assert_eq!(counter(&snapshot, "gpu_xid_errors_total", &of(gpu, &[("xid", xid)])), 0);
    }
    assert!(snapshot.family("gpu_xid_last_timestamp_seconds").is_none(), "none has come");
}

#[test]
fn an_xid_of_a_gpu_that_is_not_known_is_counted_too() {
    let fake = FakeNvml::with("xid 9 79\n");
    let telemetry = watched(&fake);
    let unknown = [("gpu", ""), ("uuid", ""), ("xid", "79")];
    let snapshot = until(&telemetry, |snapshot| snapshot.get("gpu_xid_errors_total", &unknown).is_some());
    assert_eq!(counter(&snapshot, "gpu_xid_errors_total", &unknown), 1);
}

/// As chips are that share the memory of their machine.
#[test]
fn a_gpu_without_memory_of_its_own_has_none() {
    let fake = FakeNvml::with("total 0\n");
    let telemetry = install(gpus(&fake).aliases());
    let snapshot = until(&telemetry, |snapshot| is_in(snapshot, "ok"));
    for name in ["total", "used", "free", "reserved"] {
        assert!(snapshot.family(&format!("gpu_memory_{name}_bytes")).is_none(), "{name}");
    }
    assert!(snapshot.family("gpu_memory_mb").is_none());
    assert_eq!(gauge(&snapshot, "gpu_power_watts", &of(0, &[])), 320.0);
}

#[test]
fn a_list_of_processes_may_grow_while_it_is_read() {
    let fake = FakeNvml::with("processes 2\n");
    let telemetry = watched(&fake);
    let processes = of(0, &[("kind", "compute")]);
    let snapshot = until(&telemetry, |snapshot| is_in(snapshot, "ok"));
    assert_eq!(gauge(&snapshot, "gpu_processes", &processes), 1.0);

    // For ever, so that the reading fails, and no other one.
    fake.say("processes 1000000\n");
    let snapshot = until(&telemetry, |snapshot| snapshot.get("gpu_processes", &processes).is_none());
    assert_eq!(gauge(&snapshot, "gpu_processes", &of(0, &[("kind", "graphics")])), 0.0);
    let call = "nvmlDeviceGetComputeRunningProcesses";
    let snapshot = until(&telemetry, |snapshot| errors(snapshot, call, "insufficient_size") > 0);
    assert!(is_in(&snapshot, "ok"));
    let reading = [("collector", "gpu"), ("reason", "reading")];
    assert!(counter(&snapshot, "tachometer_collector_errors_total", &reading) > 0);
}

#[test]
fn what_a_gpu_does_not_support_is_absent_and_no_error() {
    let fake =
        FakeNvml::with("call nvmlDeviceGetPowerUsage 0 return 3\ncall nvmlDeviceGetUtilizationRates * return 3\n");
    let telemetry = install(gpus(&fake).aliases());
    let snapshot = until(&telemetry, |snapshot| is_in(snapshot, "ok"));
    assert!(snapshot.get("gpu_power_watts", &of(0, &[])).is_none());
    assert_eq!(gauge(&snapshot, "gpu_power_watts", &of(1, &[])), 420.0);
    assert!(snapshot.get("gpu_utilization_ratio", &of(0, &[("engine", "general")])).is_none());
    assert!(snapshot.get("gpu_utilization_ratio", &of(0, &[("engine", "encoder")])).is_some());
    assert!(snapshot.family("gpu_utilization_pct").is_none(), "an average of nothing");
    assert!(snapshot.family("gpu_collect_errors_total").is_none());
}
