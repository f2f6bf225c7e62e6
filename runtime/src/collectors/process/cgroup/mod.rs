//! The container, or whatever else the control group of the process is, in versions 1, 2 and both side by side. It knows
//! where files are from `tree`, and what they mean.

mod tree;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use self::tree::{Group, Tree, Version};
use super::{
    files::{Files, Text},
    pressure,
};
use crate::{
    collectors::{Batch, Collector, Descriptor},
    error::Error,
};

const MEMORY_LIMIT: Descriptor = Descriptor::gauge(
    "process_cgroup_memory_limit_bytes",
    "How much memory the tightest group around the process may have; absent without a limit.",
);
const MEMORY_HIGH: Descriptor = Descriptor::gauge(
    "process_cgroup_memory_high_bytes",
    "From how much memory on the tightest group around the process is slowed down; absent without a limit.",
);
const MEMORY: Descriptor =
    Descriptor::gauge("process_cgroup_memory_usage_bytes", "Memory of the group, contents of files included.");
const WORKING_SET: Descriptor = Descriptor::gauge(
    "process_cgroup_memory_working_set_bytes",
    "Memory of the group that cannot be had back easily: usage without contents of files that are not in use.",
);
const OOM_KILLS: Descriptor = Descriptor::counter(
    "process_cgroup_oom_kills_total",
    "Processes of the group that were killed for want of memory.",
);
const CPU_LIMIT: Descriptor = Descriptor::gauge(
    "process_cgroup_cpu_limit_cores",
    "How many processors the tightest group around the process may use; absent without a limit.",
);
const CPU: Descriptor =
    Descriptor::counter("process_cgroup_cpu_usage_seconds_total", "Time that the group has used on processors.");
const PERIODS: Descriptor =
    Descriptor::counter("process_cgroup_cpu_periods_total", "Periods in which the limit of processors was enforced.");
const THROTTLED: Descriptor =
    Descriptor::counter("process_cgroup_cpu_throttled_periods_total", "Periods in which the group had to wait.");
const THROTTLED_TIME: Descriptor = Descriptor::counter(
    "process_cgroup_cpu_throttled_seconds_total",
    "Time for which processors of the group had to wait.",
);
const PRESSURE: Descriptor = Descriptor::counter(
    "process_cgroup_pressure_seconds_total",
    "Time in which some tasks of the group, or all that were not idle, waited for a resource.",
)
.labels(&["resource", "kind"]);
const PIDS: Descriptor = Descriptor::gauge("process_cgroup_pids", "Processes and threads of the group.");
const PIDS_LIMIT: Descriptor = Descriptor::gauge(
    "process_cgroup_pids_limit",
    "How many processes and threads the tightest group around the process may have; absent without a limit.",
);

const METRICS: [Descriptor; 13] = [
    MEMORY_LIMIT,
    MEMORY_HIGH,
    MEMORY,
    WORKING_SET,
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

/// Version 1 has no word for "no limit", but a number that no machine has: from 2⁶² on.
const NO_LIMIT: u64 = 1 << 62;

/// The collector `cgroup`: what the container of the process may use, does use and had to do without.
///
/// It is part of every installation, with the feature `process`, on Linux; elsewhere it finds nothing. It understands
/// control groups of version 1, of version 2, and hosts that have both.
///
#[doc = include_str!("../cgroup.md")]
///
/// Limits are those of the tightest group from that of the process up to the outermost one that can be seen, which is
/// what the kernel enforces. Where a kernel does not measure something, throttling without a limit for example, it is
/// absent: 0 would mean that it was measured.
#[derive(Debug)]
pub struct Cgroup {
    files: Files,
}

impl Default for Cgroup {
    fn default() -> Self {
        Self::new()
    }
}

impl Cgroup {
    /// The control group of this process.
    #[must_use]
    pub fn new() -> Self {
        Self { files: Files::of_machine() }
    }

    /// Reads `proc/self/cgroup`, `proc/self/mountinfo` and what these name in this folder, for tests.
    #[must_use]
    pub fn under(root: impl Into<PathBuf>) -> Self {
        Self { files: Files::under(root.into()) }
    }

    fn memory(&self, group: &Group, out: &mut Batch) {
        let (limit, usage, inactive, kills) = match group.version {
            Version::One => {
                ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file", "memory.oom_control")
            }
            Version::Two => ("memory.max", "memory.current", "inactive_file", "memory.events"),
        };
        let limit = self.tightest(group, limit, bytes, out);
        out.set(&MEMORY_LIMIT, &[], limit);
        if group.version == Version::Two {
            let high = self.tightest(group, "memory.high", bytes, out);
            out.set(&MEMORY_HIGH, &[], high);
        }
        let usage = self.in_group(group, usage, out, Text::only::<u64>);
        out.set(&MEMORY, &[], usage);
        let inactive = self.in_group(group, "memory.stat", out, |text, out| text.value(inactive, out));
        out.set(&WORKING_SET, &[], usage.zip(inactive).map(|(usage, inactive)| usage.saturating_sub(inactive)));
        let kills = self.in_group(group, kills, out, |text, out| text.value("oom_kill", out));
        out.set(&OOM_KILLS, &[], kills);
    }

    fn processors(&self, group: &Group, out: &mut Batch) {
        let limit = match group.version {
            Version::One => self.tightest_in(group, out, |folder, out| {
                let period = self.text(folder, "cpu.cfs_period_us", out, Text::only::<f64>)?;
                // -1 is no limit.
                let quota = self.text(folder, "cpu.cfs_quota_us", out, Text::only::<f64>)?;
                cores(quota, period)
            }),
            Version::Two => self.tightest(group, "cpu.max", quota, out),
        };
        out.set(&CPU_LIMIT, &[], limit);
        self.in_group(group, "cpu.stat", out, |text, out| {
            let (periods, throttled) = (text.value("nr_periods", out), text.value("nr_throttled", out));
            // Nanoseconds in the one version and microseconds in the other.
            let time = match group.version {
                Version::One => text.value("throttled_time", out).map(Duration::from_nanos),
                Version::Two => text.value("throttled_usec", out).map(Duration::from_micros),
            };
            out.set(&PERIODS, &[], periods);
            out.set(&THROTTLED, &[], throttled);
            out.set(&THROTTLED_TIME, &[], time);
            Some(())
        });
    }

    fn processor_time(&self, tree: &Tree, out: &mut Batch) {
        let time = match tree.group("cpuacct") {
            Some(group) if group.version == Version::One => {
                self.in_group(group, "cpuacct.usage", out, Text::only).map(Duration::from_nanos)
            }
            _ => tree.unified().and_then(|group| {
                let micros = self.in_group(group, "cpu.stat", out, |text, out| text.value("usage_usec", out));
                micros.map(Duration::from_micros)
            }),
        };
        out.set(&CPU, &[], time);
    }

    fn pids(&self, group: &Group, out: &mut Batch) {
        let pids = self.in_group(group, "pids.current", out, Text::only::<u64>);
        out.set(&PIDS, &[], pids);
        let limit = self.tightest(group, "pids.max", bytes, out);
        out.set(&PIDS_LIMIT, &[], limit);
    }

    /// The lowest limit of the group and all around it that can be seen.
    fn tightest<T: PartialOrd>(
        &self,
        group: &Group,
        file: &str,
        limit: impl Fn(&Text, &mut Batch) -> Option<T>,
        out: &mut Batch,
    ) -> Option<T> {
        self.tightest_in(group, out, |folder, out| self.text(folder, file, out, &limit))
    }

    fn tightest_in<T: PartialOrd>(
        &self,
        group: &Group,
        out: &mut Batch,
        limit: impl Fn(&Path, &mut Batch) -> Option<T>,
    ) -> Option<T> {
        let limits = group.upwards().filter_map(|folder| limit(folder, out));
        limits.reduce(|tightest, other| if other < tightest { other } else { tightest })
    }

    fn in_group<T>(
        &self,
        group: &Group,
        file: &str,
        out: &mut Batch,
        read: impl FnOnce(&Text, &mut Batch) -> Option<T>,
    ) -> Option<T> {
        self.text(&group.folder, file, out, read)
    }

    fn text<T>(
        &self,
        folder: &Path,
        file: &str,
        out: &mut Batch,
        read: impl FnOnce(&Text, &mut Batch) -> Option<T>,
    ) -> Option<T> {
        let path = folder.join(file);
        let text = self.files.optional(&path, out)?;
        read(&text, out)
    }
}

impl Collector for Cgroup {
    fn name(&self) -> &str {
        "cgroup"
    }

    fn descriptors(&self) -> &[Descriptor] {
        &METRICS
    }

    fn collect(&mut self, out: &mut Batch) -> Result<(), Error> {
        let Some(tree) = Tree::find(&self.files, out) else { return Ok(()) };
        if let Some(group) = tree.group("memory") {
            self.memory(group, out);
        }
        if let Some(group) = tree.group("cpu") {
            self.processors(group, out);
        }
        self.processor_time(&tree, out);
        if let Some(group) = tree.group("pids") {
            self.pids(group, out);
        }
        if let Some(group) = tree.unified() {
            let folder = group.folder.display().to_string();
            pressure::collect(&self.files, |resource| format!("{folder}/{resource}.pressure"), &PRESSURE, out);
        }
        Ok(())
    }
}

/// A limit that is `max`, or a number so high that it means the same, is none.
fn bytes(text: &Text, out: &mut Batch) -> Option<u64> {
    if text.as_str().trim() == "max" {
        return None;
    }
    text.only(out).filter(|limit| *limit < NO_LIMIT)
}

/// `cpu.max`: microseconds of processor time in a period, and the period.
fn quota(text: &Text, out: &mut Batch) -> Option<f64> {
    let mut words = text.as_str().split_whitespace();
    let quota = words.next();
    if quota == Some("max") {
        return None;
    }
    let (quota, period) = (text.number("the quota", quota, out)?, text.number("the period", words.next(), out)?);
    cores(quota, period)
}

fn cores(quota: f64, period: f64) -> Option<f64> {
    (quota > 0.0 && period > 0.0 && quota.is_finite()).then(|| quota / period)
}

#[cfg(test)]
mod tests;
