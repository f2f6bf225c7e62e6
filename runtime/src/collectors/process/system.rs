//! The machine that the process runs on: its processors, memory and pressure. In a container this is the host.

use std::path::{Path, PathBuf};

use super::{
    files::{Files, kibibytes},
    pressure::{self, Whose},
    ticks_per_second,
};
use crate::{
    collectors::{Batch, Collector, Descriptor},
    error::Error,
};

const CPU: Descriptor =
    Descriptor::counter("system_cpu_seconds_total", "Time of all processors of the machine, by what they did.")
        .labels(&["mode"]);
const CPUS: Descriptor = Descriptor::gauge("system_cpus", "Processors of the machine that are online.");
const BOOT: Descriptor =
    Descriptor::gauge("system_boot_time_seconds", "When the machine was booted, in seconds since 1970.");
const LOAD: Descriptor = Descriptor::gauge(
    "system_load_average",
    "Tasks that run, wait for a processor or for a disk, on average over some minutes.",
)
.labels(&["minutes"]);
const MEMORY: Descriptor = Descriptor::gauge("system_memory_bytes", "Memory of the machine.");
const FREE: Descriptor = Descriptor::gauge("system_memory_free_bytes", "Memory that nothing is in.");
const AVAILABLE: Descriptor =
    Descriptor::gauge("system_memory_available_bytes", "Memory that programs can have without swapping.");
const CACHED: Descriptor = Descriptor::gauge("system_memory_cached_bytes", "Memory that holds contents of files.");
const SWAP: Descriptor = Descriptor::gauge("system_swap_bytes", "Space that memory can be swapped to.");
const SWAP_FREE: Descriptor = Descriptor::gauge("system_swap_free_bytes", "Of it, what nothing is in.");
const PRESSURE: Descriptor = Descriptor::counter(
    "system_pressure_seconds_total",
    "Time in which some tasks, or all that were not idle, waited for a resource of the machine.",
)
.labels(&["resource", "kind"]);

const METRICS: [Descriptor; 11] = [CPU, CPUS, BOOT, LOAD, MEMORY, FREE, AVAILABLE, CACHED, SWAP, SWAP_FREE, PRESSURE];

/// The modes of a processor, in the order of the kernel's table. Time of guests is part of `user` and `nice`.
const MODES: [&str; 8] = ["user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"];

/// The collector `system`: the machine's processors, memory and pressure.
///
/// It is part of every installation, with the feature `process`, on Linux; elsewhere it finds nothing. In a container it
/// shows the host; what the container may use is told by [`Cgroup`](super::Cgroup).
///
#[doc = include_str!("system.md")]
///
/// The modes are `user`, `nice`, `system`, `idle`, `iowait`, `irq`, `softirq` and `steal`; the resources of pressure
/// `cpu`, `memory`, `io` and, from Linux 6.1 on, `irq`; its kinds `some` and `full`. There is no `full` of the machine's
/// `cpu`, which the kernel does not measure, and no `some` of `irq`. Kernels without pressure stall information show none.
#[derive(Debug)]
pub struct System {
    files: Files,
    /// What each mode had reached: the kernel's own idea of idling goes back now and then.
    reached: [u64; MODES.len()],
}

impl Default for System {
    fn default() -> Self {
        Self::new()
    }
}

impl System {
    /// This machine.
    #[must_use]
    pub fn new() -> Self {
        Self { files: Files::of_machine(), reached: [0; MODES.len()] }
    }

    /// Reads `proc` in this folder, for tests.
    #[must_use]
    pub fn under(root: impl Into<PathBuf>) -> Self {
        Self { files: Files::under(root.into()), reached: [0; MODES.len()] }
    }

    fn processors(&mut self, out: &mut Batch) {
        let Some(text) = self.files.required("/proc/stat", out) else { return };
        let mut lines = text.as_str().lines();
        let all = lines.find_map(|line| line.strip_prefix("cpu "));
        let mut words = all.unwrap_or_default().split_whitespace();
        for (mode, reached) in MODES.iter().zip(&mut self.reached) {
            // Old kernels have fewer of them.
            let word = words.next();
            if word.is_none() && all.is_some() && *mode != "user" {
                break;
            }
            if let Some(ticks) = text.number::<u64>(mode, word, out) {
                *reached = ticks.max(*reached);
                out.set(&CPU, &[mode], *reached as f64 / ticks_per_second() as f64);
            }
        }
        let is_one =
            |line: &&str| line.strip_prefix("cpu").is_some_and(|line| line.starts_with(|c: char| c.is_ascii_digit()));
        let count = text.as_str().lines().filter(is_one).count();
        out.set(&CPUS, &[], (count > 0).then_some(count));
        let boot = text.required("btime", out);
        out.set(&BOOT, &[], boot);
    }

    fn load(&self, out: &mut Batch) {
        let Some(text) = self.files.required("/proc/loadavg", out) else { return };
        let mut words = text.as_str().split_whitespace();
        for minutes in ["1", "5", "15"] {
            let load = text.number::<f64>("a load", words.next(), out);
            out.set(&LOAD, &[minutes], load);
        }
    }

    fn memory(&self, out: &mut Batch) {
        let Some(text) = self.files.required("/proc/meminfo", out) else { return };
        for (metric, key) in [
            (&MEMORY, "MemTotal"),
            (&FREE, "MemFree"),
            (&AVAILABLE, "MemAvailable"),
            (&CACHED, "Cached"),
            (&SWAP, "SwapTotal"),
            (&SWAP_FREE, "SwapFree"),
        ] {
            let value = text.value(key, out);
            out.set(metric, &[], kibibytes(value));
        }
        if text.word("MemTotal").is_none() {
            super::files::complain(out, Path::new("/proc/meminfo"), "it has no `MemTotal`");
        }
    }
}

impl Collector for System {
    fn name(&self) -> &str {
        "system"
    }

    fn descriptors(&self) -> &[Descriptor] {
        &METRICS
    }

    fn collect(&mut self, out: &mut Batch) -> Result<(), Error> {
        self.processors(out);
        self.load(out);
        self.memory(out);
        let path = |resource: &str| format!("/proc/pressure/{resource}");
        pressure::collect(&self.files, Whose::Machine, path, &PRESSURE, out);
        Ok(())
    }
}

#[cfg(test)]
#[path = "system_tests.rs"]
mod tests;
