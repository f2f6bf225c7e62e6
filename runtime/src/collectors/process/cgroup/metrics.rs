//! What the collector reports: one constant a metric, and nothing of where the values come from.

use crate::{collectors::Descriptor, metric::kind::Kind};

/// The name is a convention of Prometheus, whose rules keep it for another kind of metric.
pub(super) const SHOWN: Descriptor = Descriptor::as_is(
    "process_cgroup_info",
    Kind::Gauge,
    "1, with the group whose limit, usage and throttling of a resource are shown: the one with the lowest limit from that \
     of the process up, else its own.",
)
.labels(&["resource", "group"]);
pub(super) const MEMORY_LIMIT: Descriptor = Descriptor::gauge(
    "process_cgroup_memory_limit_bytes",
    "How much memory the group may have; absent without a limit.",
);
pub(super) const MEMORY_HIGH: Descriptor = Descriptor::gauge(
    "process_cgroup_memory_high_bytes",
    "From how much memory on the group is slowed down; absent without a limit.",
);
pub(super) const MEMORY: Descriptor =
    Descriptor::gauge("process_cgroup_memory_usage_bytes", "Memory of the group, contents of files included.");
pub(super) const WORKING_SET: Descriptor = Descriptor::gauge(
    "process_cgroup_memory_working_set_bytes",
    "Memory of the group that cannot be had back easily: usage without contents of files that are not in use.",
);
pub(super) const PEAK: Descriptor =
    Descriptor::gauge("process_cgroup_memory_peak_bytes", "The most memory that the group ever had.");
pub(super) const ANON: Descriptor = Descriptor::gauge(
    "process_cgroup_memory_anon_bytes",
    "Memory of the group that belongs to no file: heaps and stacks.",
);
pub(super) const FILE: Descriptor =
    Descriptor::gauge("process_cgroup_memory_file_bytes", "Memory of the group that holds contents of files.");
pub(super) const SLAB: Descriptor = Descriptor::gauge(
    "process_cgroup_memory_slab_bytes",
    "Memory of the group in which the kernel keeps its own records; only in version 2.",
);
pub(super) const SWAP: Descriptor =
    Descriptor::gauge("process_cgroup_swap_bytes", "Memory of the group that is swapped out.");
pub(super) const OOM_KILLS: Descriptor = Descriptor::counter(
    "process_cgroup_oom_kills_total",
    "Processes of the group that were killed for want of memory. The count ends with the container: if its first process \
     is killed, no process is left to show it.",
);
pub(super) const CPU_LIMIT: Descriptor = Descriptor::gauge(
    "process_cgroup_cpu_limit_cores",
    "How many processors the group may use; absent without a limit.",
);
pub(super) const CPU: Descriptor =
    Descriptor::counter("process_cgroup_cpu_usage_seconds_total", "Time that the group has used on processors.");
pub(super) const PERIODS: Descriptor = Descriptor::counter(
    "process_cgroup_cpu_periods_total",
    "Periods in which the limit of processors was enforced; absent without a limit.",
);
pub(super) const THROTTLED: Descriptor = Descriptor::counter(
    "process_cgroup_cpu_throttled_periods_total",
    "Periods in which the group had to wait; absent without a limit.",
);
pub(super) const THROTTLED_TIME: Descriptor = Descriptor::counter(
    "process_cgroup_cpu_throttled_seconds_total",
    "Time for which processors of the group had to wait; absent without a limit.",
);
pub(super) const PRESSURE: Descriptor = Descriptor::counter(
    "process_cgroup_pressure_seconds_total",
    "Time in which some tasks of the process's own group, or all that were not idle, waited for a resource.",
)
.labels(&["resource", "kind"]);
pub(super) const PIDS: Descriptor = Descriptor::gauge("process_cgroup_pids", "Processes and threads of the group.");
pub(super) const PIDS_LIMIT: Descriptor = Descriptor::gauge(
    "process_cgroup_pids_limit",
    "How many processes and threads the group may have; absent without a limit.",
);

pub(super) const METRICS: [Descriptor; 19] = [
    SHOWN,
    MEMORY_LIMIT,
    MEMORY_HIGH,
    MEMORY,
    WORKING_SET,
    PEAK,
    ANON,
    FILE,
    SLAB,
    SWAP,
    OOM_KILLS,
    CPU_LIMIT,
    CPU,
    PERIODS,
    THROTTLED,
    THROTTLED_TIME,
    PRESSURE,
    PIDS,
    PIDS_LIMIT,
];
