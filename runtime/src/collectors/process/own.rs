//! The process itself, from `/proc/self`.

use std::{
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use super::{
    files::{Files, Text, kibibytes},
    page_size, reserve, seconds_since_boot, ticks_per_second,
};
use crate::{
    collectors::{Batch, Collector, Descriptor},
    error::Error,
    metric::kind::Kind,
};

const CPU: Descriptor = Descriptor::counter(
    "process_cpu_seconds_total",
    "Time that the process has used on processors, of user and system.",
);
const START: Descriptor =
    Descriptor::gauge("process_start_time_seconds", "When the process was started, in seconds since 1970.");
const THREADS: Descriptor = Descriptor::gauge("process_threads", "Threads of the process.");
const OPEN_FDS: Descriptor = Descriptor::gauge("process_open_fds", "File descriptors that are open.");
const MAX_FDS: Descriptor =
    Descriptor::gauge("process_max_fds", "How many file descriptors may be open; absent without a limit.");
const RESIDENT: Descriptor = Descriptor::gauge("process_resident_memory_bytes", "Memory of the process in RAM.");
const ANON: Descriptor =
    Descriptor::gauge("process_resident_memory_anon_bytes", "Memory in RAM that belongs to no file: heap and stacks.");
const FILE: Descriptor = Descriptor::gauge("process_resident_memory_file_bytes", "Memory in RAM that maps files.");
const SHARED: Descriptor =
    Descriptor::gauge("process_resident_memory_shared_bytes", "Memory in RAM that is shared with other processes.");
const PEAK: Descriptor =
    Descriptor::gauge("process_resident_memory_peak_bytes", "The most memory that the process ever had in RAM.");
const SWAP: Descriptor = Descriptor::gauge("process_swap_bytes", "Memory of the process that is swapped out.");
const VIRTUAL: Descriptor = Descriptor::gauge("process_virtual_memory_bytes", "Address space of the process.");
const VIRTUAL_MAX: Descriptor = Descriptor::gauge(
    "process_virtual_memory_max_bytes",
    "How much address space the process may have; absent without a limit.",
);
const MAJOR: Descriptor = Descriptor::counter(
    "process_major_pagefaults_total",
    "Pages that had to be read from a disk when they were needed.",
);
const MINOR: Descriptor =
    Descriptor::counter("process_minor_pagefaults_total", "Pages that had to be mapped when they were needed.");
const READ: Descriptor =
    Descriptor::counter("process_io_read_bytes_total", "Bytes that were read, from caches and pipes too.");
const WRITTEN: Descriptor =
    Descriptor::counter("process_io_written_bytes_total", "Bytes that were written, to caches and pipes too.");
const READS: Descriptor = Descriptor::counter("process_io_read_syscalls_total", "Calls of the system that read.");
const WRITES: Descriptor = Descriptor::counter("process_io_write_syscalls_total", "Calls of the system that write.");
const STORAGE_READ: Descriptor =
    Descriptor::counter("process_io_storage_read_bytes_total", "Bytes that were fetched from storage.");
const STORAGE_WRITTEN: Descriptor =
    Descriptor::counter("process_io_storage_written_bytes_total", "Bytes that were sent to storage.");
const RECEIVED: Descriptor = Descriptor::counter(
    "process_network_receive_bytes_total",
    "Bytes that came by IP into the network namespace of the process, for whichever process, loopback included.",
);
const TRANSMITTED: Descriptor = Descriptor::counter(
    "process_network_transmit_bytes_total",
    "Bytes that were sent by IP from the network namespace of the process, by whichever process, loopback included.",
);

/// Only on request.
const CPU_PERCENT: Descriptor = Descriptor::as_is(
    "cpu_percent",
    Kind::Gauge,
    "Share of one processor that the process has used since the last collection, in percent: 200 is two of them. Only \
     with `Process::cpu_percent`.",
);

/// All of them, the one on request last.
const METRICS: [Descriptor; 24] = [
    CPU,
    START,
    THREADS,
    OPEN_FDS,
    MAX_FDS,
    RESIDENT,
    ANON,
    FILE,
    SHARED,
    PEAK,
    SWAP,
    VIRTUAL,
    VIRTUAL_MAX,
    MAJOR,
    MINOR,
    READ,
    WRITTEN,
    READS,
    WRITES,
    STORAGE_READ,
    STORAGE_WRITTEN,
    RECEIVED,
    TRANSMITTED,
    CPU_PERCENT,
];

/// The collector `process`: what the kernel says of this process, under the names that all of Prometheus' libraries use.
///
/// It is part of every installation, with the feature `process`, on Linux; elsewhere it finds nothing. To set it up
/// otherwise, give one to [`Builder::collect`](crate::Builder::collect), which then takes its place:
///
/// ```
/// use tachometer::collectors::process::Process;
///
/// let telemetry = tachometer::builder().collect(Process::new().cpu_percent()).no_listener().install()?;
/// # #[cfg(target_os = "linux")]
/// assert!(telemetry.snapshot().family("process_cpu_seconds_total").is_some());
/// # Ok::<(), tachometer::Error>(())
/// ```
///
#[doc = include_str!("own.md")]
///
/// Times are exact to a tick of the kernel's clock, 10 ms as a rule. What the kernel does not tell, I/O in some
/// containers for example, is absent; of a file that the process may not read that is said and counted once. Bytes of the
/// network are those of all processes that share its namespace: those of the container as a rule, those of the machine
/// without one.
#[derive(Debug)]
pub struct Process {
    files: Files,
    metrics: &'static [Descriptor],
    /// Computed once: it must not change with the machine's idea of when it was booted.
    started: Option<f64>,
    /// The processor time at the last collection, and when that was, in seconds since the machine was booted.
    last: Option<(f64, f64)>,
}

impl Default for Process {
    fn default() -> Self {
        Self::new()
    }
}

impl Process {
    /// This process.
    #[must_use]
    pub fn new() -> Self {
        Self::with(Files::of_machine())
    }

    /// Reads `proc/self` in this folder, for tests.
    #[must_use]
    pub fn under(root: impl Into<PathBuf>) -> Self {
        Self::with(Files::under(root.into()))
    }

    /// Also reports the gauge `cpu_percent`: 100 is one processor. For Prometheus `rate(process_cpu_seconds_total[1m])`
    /// says more; this is for those who want to look at one value.
    #[must_use]
    pub fn cpu_percent(mut self) -> Self {
        self.metrics = &METRICS;
        self
    }

    fn with(files: Files) -> Self {
        Self { files, metrics: METRICS.split_last().map_or(&[], |(_, metrics)| metrics), started: None, last: None }
    }

    fn stat(&mut self, out: &mut Batch) {
        let Some(text) = self.files.required("/proc/self/stat", out) else { return };
        let fields = Fields::of(&text);
        let ticks = ticks_per_second() as f64;
        let cpu = match (fields.number(14, "utime", out), fields.number(15, "stime", out)) {
            (Some(user), Some(system)) => Some((user as f64 + system as f64) / ticks),
            _ => None,
        };
        out.set(&CPU, &[], cpu);
        for (metric, field, name) in
            [(&MINOR, 10, "minflt"), (&MAJOR, 12, "majflt"), (&THREADS, 20, "num_threads"), (&VIRTUAL, 23, "vsize")]
        {
            let value = fields.number(field, name, out);
            out.set(metric, &[], value);
        }
        let pages = fields.number(24, "rss", out);
        out.set(&RESIDENT, &[], pages.and_then(|pages| pages.checked_mul(page_size())));
        let after_boot = fields.number(22, "starttime", out).map(|start| start as f64 / ticks);
        self.start(after_boot, out);
        if self.metrics.contains(&CPU_PERCENT) {
            self.share(cpu, after_boot, out);
        }
    }

    /// By how old the process is, where the clock is there that its start is told by; else by the time of the boot, which in
    /// some containers is that of the container, while the start is told since that of the machine.
    fn start(&mut self, after_boot: Option<f64>, out: &mut Batch) {
        if let (None, Some(after_boot)) = (self.started, after_boot) {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
            let uptime = self.files.is_of_machine().then(seconds_since_boot).flatten();
            let boot = match uptime {
                Some(uptime) => Some(now - uptime),
                None => {
                    let stat = self.files.required("/proc/stat", out);
                    stat.and_then(|stat| stat.required("btime", out)).map(|boot| boot as f64)
                }
            };
            // To a tick of the kernel's clock.
            self.started = boot.map(|boot| boot + after_boot).filter(|start| *start < now + 0.02);
        }
        out.set(&START, &[], self.started);
    }

    /// The share of a processor since the last collection; the first time, since the process was started.
    fn share(&mut self, cpu: Option<f64>, after_boot: Option<f64>, out: &mut Batch) {
        let Some(uptime) = self.files.required("/proc/uptime", out) else { return };
        let now: Option<f64> = uptime.number("the first word", uptime.as_str().split_whitespace().next(), out);
        let (Some(cpu), Some(now)) = (cpu, now) else { return };
        let (cpu_before, before) = self.last.unwrap_or((0.0, after_boot.unwrap_or(f64::INFINITY)));
        let elapsed = now - before;
        // Of less than two ticks nothing can be said. In some containers time begins later than the process did.
        if elapsed > 0.02 {
            out.set(&CPU_PERCENT, &[], ((cpu - cpu_before) / elapsed * 100.0).max(0.0));
            self.last = Some((cpu, now));
        } else if self.last.is_none() {
            self.last = Some((cpu, now));
        }
    }

    fn status(&self, out: &mut Batch) {
        let Some(text) = self.files.required("/proc/self/status", out) else { return };
        for (metric, key) in
            [(&ANON, "RssAnon"), (&FILE, "RssFile"), (&SHARED, "RssShmem"), (&PEAK, "VmHWM"), (&SWAP, "VmSwap")]
        {
            let value = text.value(key, out);
            out.set(metric, &[], kibibytes(value));
        }
    }

    fn limits(&self, out: &mut Batch) {
        let Some(text) = self.files.required("/proc/self/limits", out) else { return };
        for (metric, name) in [(&MAX_FDS, "Max open files"), (&VIRTUAL_MAX, "Max address space")] {
            let line = text.as_str().lines().find_map(|line| line.strip_prefix(name));
            let soft = line.and_then(|line| line.split_whitespace().next());
            if soft == Some("unlimited") {
                continue;
            }
            let limit = text.number::<u64>(&format!("`{name}`"), soft, out);
            out.set(metric, &[], limit);
        }
    }

    fn descriptors(&self, out: &mut Batch) {
        let path = Path::new("/proc/self/fd");
        let folder = self.files.path(path);
        // New kernels say it by the folder's size, without a walk over all of them.
        let size = folder.metadata().map(|folder| folder.len());
        let count = match size {
            Ok(size) if size > 0 && self.files.is_of_machine() => Ok(size),
            // The walk has opened one of them.
            _ => {
                let count = reserve::read(|| folder.read_dir(), |all| Ok(all.count() as u64));
                count.map(|count| count.saturating_sub(self.files.is_of_machine().into()))
            }
        };
        match count {
            Ok(count) => out.set(&OPEN_FDS, &[], count),
            Err(error) => self.files.failed(path, &error, out),
        }
    }

    fn io(&self, out: &mut Batch) {
        let Some(text) = self.files.optional(Path::new("/proc/self/io"), out) else { return };
        for (metric, key) in [
            (&READ, "rchar"),
            (&WRITTEN, "wchar"),
            (&READS, "syscr"),
            (&WRITES, "syscw"),
            (&STORAGE_READ, "read_bytes"),
            (&STORAGE_WRITTEN, "write_bytes"),
        ] {
            let value = text.required(key, out);
            out.set(metric, &[], value);
        }
    }
}

impl Process {
    /// Of both versions of IP: the older one's counters stand in a table, the newer one's each in a line.
    fn network(&self, out: &mut Batch) {
        let older = self.files.optional(Path::new("/proc/self/net/netstat"), out);
        let newer = self.files.optional(Path::new("/proc/self/net/snmp6"), out);
        for (metric, in_older, in_newer) in
            [(&RECEIVED, "InOctets", "Ip6InOctets"), (&TRANSMITTED, "OutOctets", "Ip6OutOctets")]
        {
            let older = older.as_ref().and_then(|text| text.cell("IpExt", in_older, out));
            let newer = newer.as_ref().and_then(|text| text.value(in_newer, out));
            out.set(metric, &[], older.into_iter().chain(newer).reduce(u64::saturating_add));
        }
    }
}

impl Collector for Process {
    fn name(&self) -> &str {
        "process"
    }

    fn descriptors(&self) -> &[Descriptor] {
        self.metrics
    }

    fn collect(&mut self, out: &mut Batch) -> Result<(), Error> {
        self.stat(out);
        self.status(out);
        self.limits(out);
        self.descriptors(out);
        self.io(out);
        self.network(out);
        Ok(())
    }
}

/// The fields of `/proc/self/stat`, by the numbers that the manual gives them.
struct Fields<'a> {
    text: &'a Text,
    /// From the third field on: the second one is a name that may hold spaces and brackets.
    rest: Vec<&'a str>,
}

impl<'a> Fields<'a> {
    fn of(text: &'a Text) -> Self {
        let rest = text.as_str().rsplit_once(')').map_or("", |(_, rest)| rest);
        Self { text, rest: rest.split_whitespace().collect() }
    }

    fn number(&self, field: usize, name: &str, out: &mut Batch) -> Option<u64> {
        self.text.number(name, self.rest.get(field - 3).copied(), out)
    }
}

#[cfg(test)]
#[path = "own_tests.rs"]
mod tests;
