//! The container, or whatever else the control group of the process is, in versions 1, 2 and both side by side. It knows
//! where files are from `tree`, and what they mean.

mod metrics;
mod tree;

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    time::Duration,
};

use self::{
    metrics::{
        ANON, CPU, CPU_LIMIT, FILE, MEMORY, MEMORY_HIGH, MEMORY_LIMIT, METRICS, OOM_KILLS, PEAK, PERIODS, PIDS,
        PIDS_LIMIT, PRESSURE, SHOWN, SLAB, SWAP, THROTTLED, THROTTLED_TIME, WORKING_SET,
    },
    tree::{Group, Tree, Version},
};
use super::{
    files::{Files, Text},
    pressure::{self, Whose},
};
use crate::{
    collectors::{Batch, Collector, Descriptor},
    error::Error,
};

/// Version 1 has no word for "no limit", but a number that no machine has: from 2⁶² on.
const NO_LIMIT: u64 = 1 << 62;

/// The collector `cgroup`: what the container of the process may use, does use and had to do without.
///
/// It is part of every installation, with the feature `process`, on Linux; elsewhere it finds nothing. It understands
/// control groups of version 1, of version 2, and hosts that have both.
///
#[doc = include_str!("../cgroup.md")]
///
/// Of each resource, limit, usage and throttling are those of one group: of the one with the lowest limit, from that of the
/// process up to the outermost one that can be seen, or of the process's own where none has a limit. So usage can be held
/// against the limit, and what is throttled is what the limit throttles. `process_cgroup_info` names the group. What a
/// kernel does not measure, throttling without a limit for example, is absent: 0 would mean that it was measured.
///
/// Where several mounts show groups, as in a container that sees the host's beside its own, those are read that have the
/// group of the process. A group that no mount has is absent.
#[derive(Debug)]
pub struct Cgroup {
    files: Files,
    /// Whose values of each resource were shown last.
    shown: HashMap<&'static str, PathBuf>,
}

/// One group of several, one around the other, and what it may have.
struct Chosen<'a, T> {
    folder: &'a Path,
    /// How far up it is from the group of the process.
    level: usize,
    limit: Option<T>,
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
        Self { files: Files::of_machine(), shown: HashMap::new() }
    }

    /// Reads `proc/self/cgroup`, `proc/self/mountinfo` and what these name in this folder, for tests.
    #[must_use]
    pub fn under(root: impl Into<PathBuf>) -> Self {
        Self { files: Files::under(root.into()), shown: HashMap::new() }
    }

    fn memory(&mut self, group: &Group, out: &mut Batch) {
        let (limit, usage, peak, swap, kills) = match group.version {
            Version::One => (
                "memory.limit_in_bytes",
                "memory.usage_in_bytes",
                "memory.max_usage_in_bytes",
                None,
                "memory.oom_control",
            ),
            Version::Two => {
                ("memory.max", "memory.current", "memory.peak", Some("memory.swap.current"), "memory.events")
            }
        };
        let Chosen { folder, limit, .. } = self.choose(group, out, |folder, out| self.text(folder, limit, out, bytes));
        self.show("memory", group, folder, out);
        out.set(&MEMORY_LIMIT, &[], limit);
        if group.version == Version::Two {
            let high = self.text(folder, "memory.high", out, bytes);
            out.set(&MEMORY_HIGH, &[], high);
        }
        let usage = self.text(folder, usage, out, Text::only::<u64>);
        out.set(&MEMORY, &[], usage);
        let peak = self.text(folder, peak, out, Text::only::<u64>);
        out.set(&PEAK, &[], peak);
        let swap = swap.and_then(|swap| self.text(folder, swap, out, Text::only::<u64>));
        out.set(&SWAP, &[], swap);
        self.text(folder, "memory.stat", out, |text, out| {
            let (inactive, parts): (_, &[(&Descriptor, &str)]) = match group.version {
                // Without `total_`, those of groups inside of it are missing.
                Version::One => {
                    ("total_inactive_file", &[(&ANON, "total_rss"), (&FILE, "total_cache"), (&SWAP, "total_swap")])
                }
                Version::Two => ("inactive_file", &[(&ANON, "anon"), (&FILE, "file"), (&SLAB, "slab")]),
            };
            let inactive = text.value(inactive, out);
            out.set(&WORKING_SET, &[], usage.zip(inactive).map(|(usage, inactive)| usage.saturating_sub(inactive)));
            for (metric, key) in parts {
                let bytes = text.value(key, out);
                out.set(metric, &[], bytes);
            }
            Some(())
        });
        let kills = self.text(folder, kills, out, |text, out| text.value("oom_kill", out));
        out.set(&OOM_KILLS, &[], kills);
    }

    fn processors(&mut self, group: &Group, tree: &Tree, out: &mut Batch) {
        let chosen = self.choose(group, out, |folder, out| match group.version {
            Version::One => {
                let period = self.text(folder, "cpu.cfs_period_us", out, Text::only::<f64>)?;
                // -1 is no limit.
                let quota = self.text(folder, "cpu.cfs_quota_us", out, Text::only::<f64>)?;
                cores(quota, period)
            }
            Version::Two => self.text(folder, "cpu.max", out, quota),
        });
        self.show("cpu", group, chosen.folder, out);
        out.set(&CPU_LIMIT, &[], chosen.limit);
        self.text(chosen.folder, "cpu.stat", out, |text, out| {
            let (periods, throttled) = (text.value("nr_periods", out), text.value("nr_throttled", out));
            // Nanoseconds in the one version and microseconds in the other.
            let time = match group.version {
                Version::One => text.value("throttled_time", out).map(Duration::from_nanos),
                Version::Two => text.value("throttled_usec", out).map(Duration::from_micros),
            };
            // A limit that was lifted has been enforced before.
            if chosen.limit.is_some() || periods > Some(0) {
                out.set(&PERIODS, &[], periods);
                out.set(&THROTTLED, &[], throttled);
                out.set(&THROTTLED_TIME, &[], time);
            }
            Some(())
        });
        let time = self.processor_time(tree, out, |other| {
            (chosen.level == 0 || other.path == group.path).then(|| other.upwards().nth(chosen.level)).flatten()
        });
        out.set(&CPU, &[], time);
    }

    /// The time of the same group in whatever hierarchy tells it.
    fn processor_time<'t>(
        &self,
        tree: &'t Tree,
        out: &mut Batch,
        same: impl Fn(&'t Group) -> Option<&'t Path>,
    ) -> Option<Duration> {
        match tree.group("cpuacct") {
            Some(group) if group.version == Version::One => {
                self.text(same(group)?, "cpuacct.usage", out, Text::only).map(Duration::from_nanos)
            }
            _ => {
                let folder = same(tree.unified()?)?;
                let micros = self.text(folder, "cpu.stat", out, |text, out| text.value("usage_usec", out));
                micros.map(Duration::from_micros)
            }
        }
    }

    fn pids(&mut self, group: &Group, out: &mut Batch) {
        let chosen = self.choose(group, out, |folder, out| self.text(folder, "pids.max", out, bytes));
        self.show("pids", group, chosen.folder, out);
        let pids = self.text(chosen.folder, "pids.current", out, Text::only::<u64>);
        out.set(&PIDS, &[], pids);
        out.set(&PIDS_LIMIT, &[], chosen.limit);
    }

    fn pressure(&self, group: &Group, out: &mut Batch) {
        let path = |resource: &str| group.folder.join(format!("{resource}.pressure")).display().to_string();
        let whose = if group.is_root(&self.files) { Whose::Machine } else { Whose::Group };
        pressure::collect(&self.files, whose, path, &PRESSURE, out);
    }

    /// The group with the lowest limit of the process's own and all around it that can be seen, the inner one of two; its
    /// own if none has a limit.
    fn choose<'a, T: PartialOrd>(
        &self,
        group: &'a Group,
        out: &mut Batch,
        limit: impl Fn(&Path, &mut Batch) -> Option<T>,
    ) -> Chosen<'a, T> {
        let limits = group.upwards().enumerate().filter_map(|(level, folder)| {
            let limit = limit(folder, out)?;
            Some(Chosen { folder, level, limit: Some(limit) })
        });
        let lowest = limits.reduce(|lowest, other| if other.limit < lowest.limit { other } else { lowest });
        lowest.unwrap_or(Chosen { folder: &group.folder, level: 0, limit: None })
    }

    /// Names the group that is shown. Its counters are others than those of the group that was shown before.
    fn show(&mut self, resource: &'static str, group: &Group, folder: &Path, out: &mut Batch) {
        let last = self.shown.insert(resource, folder.to_owned());
        out.begins(last.is_some_and(|last| last != folder));
        out.set(&SHOWN, &[resource, &group.name(folder)], 1_u64);
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
            self.processors(group, &tree, out);
        }
        if let Some(group) = tree.group("pids") {
            self.pids(group, out);
        }
        out.begins(false);
        if let Some(group) = tree.unified() {
            self.pressure(group, out);
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
