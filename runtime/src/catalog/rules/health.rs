//! Alerts of what goes wrong around a program's own functions: targets, loops, limits, GPUs, labels, outlets.

use super::{
    Alert, Catalog, Group, Options, Rule,
    Severity::{self, Page, Ticket},
};

/// An alert, as a row of the table: what it asks is written for [`job`](Options::job) in the place of `$`.
struct Row {
    name: &'static str,
    /// The metrics without which there is nothing to ask.
    needs: &'static [&'static str],
    expr: &'static str,
    wait: &'static str,
    severity: Severity,
    summary: &'static str,
    action: &'static str,
}

/// The selector of the job alone.
const JOB: &str = "$";

/// The beginning of one with more matchers.
const AND: &str = "{$,";

const ROWS: &[Row] = &[
    Row {
        name: "TargetDown",
        needs: &[],
        expr: "up$ == 0",
        wait: "5m",
        severity: Page,
        summary: "{{ $labels.instance }} of {{ $labels.job }} is not scraped",
        action: "Look at the target's error in Prometheus: a refused connection is a program that does not run, 401 a token \
                 that changed, a timeout one that has too many series.",
    },
    Row {
        name: "LoopLag",
        needs: &["tokio_loop_lag_seconds"],
        expr: "histogram_quantile(0.99, sum by (job, instance, runtime, le) (rate(tokio_loop_lag_seconds_bucket$[5m]))) > 0.1",
        wait: "5m",
        severity: Ticket,
        summary: "1 % of the tasks of runtime {{ $labels.runtime }} on {{ $labels.instance }} are late by {{ $value | humanizeDuration }}",
        action: "Something blocks the event loop: look for work without an await in the functions with the longest polls \
                 (key `poll`), and move it to `spawn_blocking`.",
    },
    Row {
        name: "CpuThrottled",
        needs: &["process_cgroup_cpu_throttled_periods_total", "process_cgroup_cpu_periods_total"],
        expr: "rate(process_cgroup_cpu_throttled_periods_total$[5m]) / (rate(process_cgroup_cpu_periods_total$[5m]) > 0) > 0.25",
        wait: "10m",
        severity: Ticket,
        summary: "{{ $labels.instance }} has to wait for its limit of CPU in {{ $value | humanizePercentage }} of all periods",
        action: "Raise the container's limit of CPU, or start fewer worker threads than the machine has cores.",
    },
    Row {
        name: "MemoryNearLimit",
        needs: &["process_cgroup_memory_working_set_bytes", "process_cgroup_memory_limit_bytes"],
        expr: "process_cgroup_memory_working_set_bytes$ / (process_cgroup_memory_limit_bytes$ > 0) > 0.9",
        wait: "5m",
        severity: Page,
        summary: "{{ $labels.instance }} uses {{ $value | humanizePercentage }} of its limit of memory",
        action: "Raise the container's limit before the kernel kills the program, and look for what grows: queues, caches, \
                 series.",
    },
    Row {
        name: "OomKill",
        needs: &["process_cgroup_oom_kills_total"],
        expr: "increase(process_cgroup_oom_kills_total$[10m]) > 0",
        wait: "0s",
        severity: Ticket,
        summary: "A process beside {{ $labels.instance }} in its container was killed for want of memory",
        action: "Raise the container's limit of memory. That the program itself is killed shows as TargetDown and in \
                 the restarts of its container, not here.",
    },
    Row {
        name: "FdsNearlyExhausted",
        needs: &["process_open_fds", "process_max_fds"],
        expr: "process_open_fds$ / (process_max_fds$ > 0) > 0.8",
        wait: "5m",
        severity: Ticket,
        summary: "{{ $labels.instance }} has {{ $value | humanizePercentage }} of the files open that it may have",
        action: "Look for connections that are not closed; raise the limit (`ulimit -n`, `LimitNOFILE`) if there are none.",
    },
    Row {
        name: "CollectorStale",
        needs: &["tachometer_collector_last_success_timestamp_seconds"],
        expr: "time() - tachometer_collector_last_success_timestamp_seconds$ > 120",
        wait: "0s",
        severity: Ticket,
        summary: "Collector {{ $labels.collector }} of {{ $labels.instance }} has found nothing for {{ $value | humanizeDuration }}",
        action: "The program's log has the collector's error; its values are absent until it succeeds.",
    },
    Row {
        name: "CollectorErrors",
        needs: &["tachometer_collector_errors_total"],
        expr: "sum by (job, instance, collector, reason) (increase(tachometer_collector_errors_total$[10m])) > 0",
        wait: "10m",
        severity: Ticket,
        summary: "Collector {{ $labels.collector }} of {{ $labels.instance }} fails again and again: {{ $labels.reason }}",
        action: "The program's log has each different error once; the table of reasons is in the documentation of \
                 `tachometer::collectors`.",
    },
    Row {
        name: "GpuLost",
        needs: &["gpu_up"],
        expr: "gpu_up$ == 0",
        wait: "1m",
        severity: Page,
        summary: "GPU {{ $labels.gpu }} ({{ $labels.uuid }}) of {{ $labels.instance }} cannot be read",
        action: "Drain the machine and look at `dmesg` for XID 79; a GPU that has fallen off the bus needs a reset or a reboot.",
    },
    Row {
        name: "GpuMissing",
        needs: &["gpu_up", "gpu_expected_devices"],
        expr: "gpu_expected_devices$ - on (job, instance) (count by (job, instance) (gpu_up$ == 1) or 0 * \
               max by (job, instance) (gpu_expected_devices$)) > 0",
        wait: "5m",
        severity: Page,
        summary: "{{ $labels.instance }} has {{ $value }} GPUs fewer than it began with",
        action: "Compare `nvidia-smi -L` with the machine's inventory; drain and reboot it.",
    },
    Row {
        name: "GpuXidCritical",
        needs: &["gpu_xid_last_timestamp_seconds"],
        expr: "time() - gpu_xid_last_timestamp_seconds{$,xid=~\"48|62|64|74|79|95|119|120\"} < 600",
        wait: "0s",
        severity: Page,
        summary: "GPU {{ $labels.gpu }} of {{ $labels.instance }} has reported XID {{ $labels.xid }}",
        action: "Take work off this GPU and reset it; replace it if the XID comes back. NVIDIA's XID table says what each means.",
    },
    Row {
        name: "GpuXidWarning",
        needs: &["gpu_xid_last_timestamp_seconds"],
        expr: "time() - gpu_xid_last_timestamp_seconds{$,xid=\"94\"} < 600",
        wait: "0s",
        severity: Ticket,
        summary: "GPU {{ $labels.gpu }} of {{ $labels.instance }} has contained an error of its memory (XID 94)",
        action: "Restart the program that used the GPU, and reset the GPU when it is idle.",
    },
    Row {
        name: "GpuEccUncorrected",
        needs: &["gpu_ecc_errors_total"],
        expr: "gpu_ecc_errors_total{$,error=\"uncorrected\",lifetime=\"volatile\"} > 0",
        wait: "0s",
        severity: Page,
        summary: "GPU {{ $labels.gpu }} of {{ $labels.instance }} has {{ $value }} errors of memory that were not corrected",
        action: "Results of this GPU since then may be wrong: drain it and reset it; replace it if errors come back.",
    },
    Row {
        name: "GpuRemapFailed",
        needs: &["gpu_remap_failed"],
        expr: "gpu_remap_failed$ == 1",
        wait: "0s",
        severity: Page,
        summary: "GPU {{ $labels.gpu }} of {{ $labels.instance }} has no spare rows of memory left",
        action: "Replace the GPU.",
    },
    Row {
        name: "GpuRemapPending",
        needs: &["gpu_remap_pending"],
        expr: "gpu_remap_pending$ == 1",
        wait: "0s",
        severity: Ticket,
        summary: "GPU {{ $labels.gpu }} of {{ $labels.instance }} replaces a row of memory at its next reset",
        action: "Reset the GPU when it is idle.",
    },
    Row {
        name: "GpuRecoveryAction",
        needs: &["gpu_recovery_action"],
        expr: "gpu_recovery_action$ > 0",
        wait: "0s",
        severity: Page,
        summary: "The driver wants GPU {{ $labels.gpu }} of {{ $labels.instance }} to be recovered (action {{ $value }})",
        action: "Do what the driver asks for: 1 reset the GPU, 2 reboot, 3 drain its peers, 4 drain and reset it.",
    },
    Row {
        name: "GpuThermalThrottle",
        needs: &["gpu_throttle_seconds_total"],
        expr: "rate(gpu_throttle_seconds_total{$,reason=~\"hw_thermal|sw_thermal\"}[5m]) > 0.25",
        wait: "5m",
        severity: Ticket,
        summary: "GPU {{ $labels.gpu }} of {{ $labels.instance }} is slowed down by heat for {{ $value | humanizePercentage }} of the time",
        action: "Look at the fans and the air of the machine, and at its neighbours; lower the power limit until it is cooler.",
    },
    Row {
        name: "LabelsFolded",
        needs: &["tachometer_guard_folded_total"],
        // A counter that is born by its first burst has no rate, and counts as a whole for five minutes.
        expr: "sum by (job, instance, metric, label, reason) (rate(tachometer_guard_folded_total$[5m])) > 0 or sum by (job, \
               instance, metric, label, reason) (tachometer_guard_folded_total$ unless tachometer_guard_folded_total$ offset 5m) > 0",
        wait: "0s",
        severity: Ticket,
        summary: "Label {{ $labels.label }} of {{ $labels.metric }} has too many values on {{ $labels.instance }} ({{ $labels.reason }})",
        action: "`/cardinality` names the loudest values: bound the label in the code, or raise its limit in `[guard]`.",
    },
    Row {
        name: "SeriesRefused",
        needs: &["tachometer_refused_series_total"],
        expr: "increase(tachometer_refused_series_total$[10m]) > 0",
        wait: "0s",
        severity: Ticket,
        summary: "{{ $labels.instance }} has no room for further series ({{ $labels.reason }})",
        action: "`/cardinality` has the metrics with the most series; drop labels, or raise the limits in `[guard]`.",
    },
    Row {
        name: "RecordsDropped",
        needs: &["tachometer_dropped_records_total"],
        expr: "increase(tachometer_dropped_records_total$[10m]) > 0",
        wait: "10m",
        severity: Ticket,
        summary: "{{ $labels.instance }} could not record values ({{ $labels.reason }})",
        action: "The program's log names the metric; the reasons are in the documentation of the guard.",
    },
    Row {
        name: "MetricsContradict",
        needs: &["tachometer_conflicts_total"],
        expr: "tachometer_conflicts_total$ > 0",
        wait: "0s",
        severity: Ticket,
        summary: "Two declarations of one metric contradict each other on {{ $labels.instance }} ({{ $labels.reason }})",
        action: "The program's log names both places; rename one, or declare them alike.",
    },
    Row {
        name: "OutletStuck",
        needs: &["tachometer_outlet_last_success_timestamp_seconds"],
        expr: "time() - tachometer_outlet_last_success_timestamp_seconds$ > 600",
        wait: "0s",
        severity: Ticket,
        summary: "Outlet {{ $labels.outlet }} of {{ $labels.instance }} has not pushed for {{ $value | humanizeDuration }}",
        action: "The program's log has the outlet's error; see whether the other side is up and takes its credentials.",
    },
    Row {
        name: "OutletDrops",
        needs: &["tachometer_outlet_dropped_total"],
        expr: "increase(tachometer_outlet_dropped_total$[10m]) > 0",
        wait: "0s",
        severity: Ticket,
        summary: "Outlet {{ $labels.outlet }} of {{ $labels.instance }} gives snapshots up",
        action: "The other side is away for longer than the outlet's buffer lasts; bring it back, or raise the buffer.",
    },
    Row {
        name: "ConfigNotReloaded",
        needs: &["tachometer_config_last_reload_successful"],
        expr: "tachometer_config_last_reload_successful$ == 0",
        wait: "5m",
        severity: Ticket,
        summary: "{{ $labels.instance }} has not taken over its changed configuration",
        action: "The program's log says which line of the file is wrong; until it is right the old settings are in force.",
    },
];

/// The alerts whose metrics the catalogue has.
pub(super) fn group(catalog: &Catalog, options: &Options) -> Group {
    let has = |row: &&Row| row.needs.iter().all(|name| catalog.family(name).is_some());
    let rules = ROWS.iter().filter(has).map(|row| Rule::Alert(alert(row, options))).collect();
    Group { name: format!("{}-health", options.slug()), interval: None, rules }
}

fn alert(row: &Row, options: &Options) -> Alert {
    let job = options.selector(&[]);
    let open = if job.is_empty() { "{".to_owned() } else { job.replace('}', ",") };
    Alert {
        name: row.name,
        expr: row.expr.replace(AND, &open).replace(JOB, &job),
        wait: row.wait,
        keep: None,
        severity: row.severity,
        labels: Vec::new(),
        summary: row.summary.to_owned(),
        action: row.action.to_owned(),
    }
}
