//! What the collector reports: one constant a metric, and nothing of where the values come from.

use crate::{collectors::Descriptor, metric::kind::Kind};

const GPU: &[&str] = &["gpu", "uuid"];

/// The name is a convention of Prometheus, whose rules keep it for another kind of metric.
pub(super) const INFO: Descriptor = Descriptor::as_is(
    "gpu_info",
    Kind::Gauge,
    "1, with what a GPU is; labels that the driver does not know are empty.",
)
.labels(&["gpu", "uuid", "name", "driver_version", "cuda_version", "pci_bus_id", "mig_mode"]);
pub(super) const UP: Descriptor = Descriptor::gauge(
    "gpu_up",
    "1 if the GPU could be read, 0 if it is lost or answers nothing; then its other series are absent. A GPU that was seen \
     once stays, by its `uuid`.",
)
.labels(GPU);
pub(super) const EXPECTED: Descriptor =
    Descriptor::gauge("gpu_expected_devices", "GPUs that were seen since the process began, those that are lost too.");
pub(super) const UTILIZATION: Descriptor = Descriptor::gauge(
    "gpu_utilization_ratio",
    "Share of the last moment in which the GPU ran anything at all (`general`), or encoded or decoded video.",
)
.labels(&["gpu", "uuid", "engine"]);
pub(super) const MEMORY_ACTIVE: Descriptor = Descriptor::gauge(
    "gpu_memory_io_active_ratio",
    "Share of the last moment in which the GPU read or wrote its memory; not how full that is.",
)
.labels(GPU);
pub(super) const MEMORY_USED: Descriptor =
    Descriptor::gauge("gpu_memory_used_bytes", "Memory of the GPU that is allocated, by all processes.").labels(GPU);
pub(super) const MEMORY_FREE: Descriptor =
    Descriptor::gauge("gpu_memory_free_bytes", "Memory of the GPU that can be allocated.").labels(GPU);
pub(super) const MEMORY_RESERVED: Descriptor = Descriptor::gauge(
    "gpu_memory_reserved_bytes",
    "Memory of the GPU that the driver keeps for itself; older drivers count it as used.",
)
.labels(GPU);
pub(super) const MEMORY_TOTAL: Descriptor =
    Descriptor::gauge("gpu_memory_total_bytes", "Memory that the GPU has.").labels(GPU);
pub(super) const TEMPERATURE: Descriptor =
    Descriptor::gauge("gpu_temperature_celsius", "Temperature of the GPU's `core` and `memory`.")
        .labels(&["gpu", "uuid", "sensor"]);
pub(super) const TEMPERATURE_LIMIT: Descriptor = Descriptor::gauge(
    "gpu_temperature_limit_celsius",
    "Temperature of the core at which the GPU slows down (`slowdown`) or turns itself off (`shutdown`).",
)
.labels(&["gpu", "uuid", "kind"]);
pub(super) const POWER: Descriptor =
    Descriptor::gauge("gpu_power_watts", "Power that the GPU draws, with its memory.").labels(GPU);
pub(super) const POWER_LIMIT: Descriptor =
    Descriptor::gauge("gpu_power_limit_watts", "Power that the GPU may draw, by the strictest of its limits.")
        .labels(GPU);
pub(super) const ENERGY: Descriptor = Descriptor::counter(
    "gpu_energy_joules_total",
    "Energy that the GPU has used since the driver was loaded; from Volta on.",
)
.labels(GPU);
pub(super) const CLOCK: Descriptor =
    Descriptor::gauge("gpu_clock_hertz", "Frequency of each of the GPU's clocks.").labels(&["gpu", "uuid", "clock"]);
pub(super) const PERFORMANCE: Descriptor =
    Descriptor::gauge("gpu_performance_state", "Performance state, from 0, the quickest, to 15.").labels(GPU);
pub(super) const THROTTLED: Descriptor = Descriptor::gauge(
    "gpu_throttled",
    "1 if this reason keeps the GPU's clocks below their highest frequency, else 0.",
)
.labels(&["gpu", "uuid", "reason"]);
pub(super) const THROTTLE: Descriptor =
    Descriptor::counter("gpu_throttle_seconds_total", "Time in which this reason has kept the GPU's clocks down.")
        .labels(&["gpu", "uuid", "reason"]);
pub(super) const PCIE_BYTES: Descriptor =
    Descriptor::counter("gpu_pcie_bytes_total", "Bytes that the GPU has sent (`tx`) and received (`rx`) over PCIe.")
        .labels(&["gpu", "uuid", "direction"]);
pub(super) const PCIE_REPLAYS: Descriptor =
    Descriptor::counter("gpu_pcie_replays_total", "Packets that had to be sent over PCIe again.").labels(GPU);
pub(super) const PCIE_GENERATION: Descriptor =
    Descriptor::gauge("gpu_pcie_link_generation", "Generation of PCIe at which the link runs now.").labels(GPU);
pub(super) const PCIE_WIDTH: Descriptor =
    Descriptor::gauge("gpu_pcie_link_width", "Lanes of PCIe that the link uses now.").labels(GPU);
pub(super) const ECC: Descriptor = Descriptor::counter(
    "gpu_ecc_errors_total",
    "Errors of the GPU's memories, `corrected` or not, since the driver was loaded (`volatile`) and ever (`aggregate`).",
)
.labels(&["gpu", "uuid", "error", "lifetime"]);
pub(super) const REMAPPED: Descriptor =
    Descriptor::gauge("gpu_remapped_rows", "Rows of memory that were replaced because of errors of this kind.")
        .labels(&["gpu", "uuid", "kind"]);
pub(super) const REMAP_PENDING: Descriptor =
    Descriptor::gauge("gpu_remap_pending", "1 if a row is to be replaced at the GPU's next reset, else 0.").labels(GPU);
pub(super) const REMAP_FAILED: Descriptor =
    Descriptor::gauge("gpu_remap_failed", "1 if a row could not be replaced, else 0.").labels(GPU);
pub(super) const RECOVERY: Descriptor = Descriptor::gauge(
    "gpu_recovery_action",
    "What the driver asks for: 0 nothing, 1 reset the GPU, 2 reboot, 3 drain its peers, 4 drain and reset it.",
)
.labels(GPU);
pub(super) const FAN: Descriptor =
    Descriptor::gauge("gpu_fan_speed_ratio", "Speed that a fan is told to have.").labels(&["gpu", "uuid", "fan"]);
pub(super) const PROCESSES: Descriptor =
    Descriptor::gauge("gpu_processes", "Processes that have the GPU open, for `compute` or `graphics`.")
        .labels(&["gpu", "uuid", "kind"]);
pub(super) const PROCESS_MEMORY: Descriptor = Descriptor::gauge(
    "gpu_process_memory_bytes",
    "Memory of the GPU that this process has allocated; absent where the driver does not list it by its own number, as \
     in containers.",
)
.labels(GPU);
pub(super) const XIDS: Descriptor = Descriptor::counter(
    "gpu_xid_errors_total",
    "Errors that the driver has reported since this process watches, by their XID number. What most alerts ask for is there \
     at 0.",
)
.labels(&["gpu", "uuid", "xid"]);
pub(super) const XID_LAST: Descriptor = Descriptor::gauge(
    "gpu_xid_last_timestamp_seconds",
    "When the driver last reported this error, in seconds since 1970.",
)
.labels(&["gpu", "uuid", "xid"]);

pub(super) const STATE: Descriptor = Descriptor::gauge(
    "gpu_collector_state",
    "1 for the state that the collector is in: `ok`, `no_library`, `no_driver`, `no_device`, `version_mismatch`, \
     `wedged`; 0 for the others.",
)
.labels(&["state"]);
pub(super) const DURATION: Descriptor =
    Descriptor::gauge("gpu_collect_duration_seconds", "Time that the driver took for the last readings of all GPUs.");
pub(super) const SUCCESS: Descriptor =
    Descriptor::gauge("gpu_collect_last_success_timestamp_seconds", "When a GPU was last read, in seconds since 1970.");
pub(super) const ERRORS: Descriptor = Descriptor::counter(
    "gpu_collect_errors_total",
    "Calls of the driver that failed. What a GPU does not support is none; a function that the driver lacks, and what the \
     process may not ask for, is one.",
)
.labels(&["call", "error"]);

pub(super) const PCIE_THROUGHPUT: Descriptor = Descriptor::gauge(
    "gpu_pcie_throughput_bytes_per_second",
    "What the GPU sent (`tx`) and received (`rx`) over PCIe in 20 ms. Only with `Gpu::pcie_throughput`.",
)
.labels(&["gpu", "uuid", "direction"]);
pub(super) const MEMORY_MB: Descriptor = Descriptor::as_is(
    "gpu_memory_mb",
    Kind::Gauge,
    "Memory that is allocated, in MiB, summed over all GPUs. Only with `Gpu::aliases`; `gpu_memory_used_bytes` says more.",
);
pub(super) const UTILIZATION_PCT: Descriptor = Descriptor::as_is(
    "gpu_utilization_pct",
    Kind::Gauge,
    "Utilization from 0 to 100, averaged over all GPUs. Only with `Gpu::aliases`; `gpu_utilization_ratio` says more.",
);

/// All but those on request.
pub(super) const METRICS: [Descriptor; 36] = [
    INFO,
    UP,
    EXPECTED,
    UTILIZATION,
    MEMORY_ACTIVE,
    MEMORY_USED,
    MEMORY_FREE,
    MEMORY_RESERVED,
    MEMORY_TOTAL,
    TEMPERATURE,
    TEMPERATURE_LIMIT,
    POWER,
    POWER_LIMIT,
    ENERGY,
    CLOCK,
    PERFORMANCE,
    THROTTLED,
    THROTTLE,
    PCIE_BYTES,
    PCIE_REPLAYS,
    PCIE_GENERATION,
    PCIE_WIDTH,
    ECC,
    REMAPPED,
    REMAP_PENDING,
    REMAP_FAILED,
    RECOVERY,
    FAN,
    PROCESSES,
    PROCESS_MEMORY,
    XIDS,
    XID_LAST,
    STATE,
    DURATION,
    SUCCESS,
    ERRORS,
];

/// Of all GPUs together, by the names that others give them.
pub(super) const ALIASES: [Descriptor; 2] = [MEMORY_MB, UTILIZATION_PCT];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collectors::descriptor::table;

    #[test]
    fn the_table_is_current() {
        table::assert_current("gpu/metrics.md", &[&METRICS[..], &[PCIE_THROUGHPUT], &ALIASES].concat());
    }
}
