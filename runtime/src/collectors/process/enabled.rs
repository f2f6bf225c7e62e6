//! The three collectors that read files of the kernel. What they have in common is how they read; they do not know each
//! other.

mod cgroup;
mod files;
#[cfg(test)]
mod fixture;
mod own;
mod pressure;
mod reserve;
mod system;

pub use self::{cgroup::Cgroup, own::Process, system::System};

use crate::collectors::{Collector, Make};

pub(crate) const PROCESS: Make = Some(|| if_there_are_files(Process::new()));
pub(crate) const CGROUP: Make = Some(|| if_there_are_files(Cgroup::new()));
pub(crate) const SYSTEM: Make = Some(|| if_there_are_files(System::new()));

/// Other systems have no such files, and nothing to say.
fn if_there_are_files(collector: impl Collector) -> Option<Box<dyn Collector>> {
    cfg!(target_os = "linux").then(|| Box::new(collector) as Box<dyn Collector>)
}

/// How many ticks of its clock the kernel counts in a second.
fn ticks_per_second() -> u64 {
    #[cfg(target_os = "linux")]
    return rustix::param::clock_ticks_per_second();
    #[cfg(not(target_os = "linux"))]
    100
}

/// The bytes of a page of memory.
fn page_size() -> u64 {
    #[cfg(target_os = "linux")]
    return rustix::param::page_size() as u64;
    #[cfg(not(target_os = "linux"))]
    4096
}

/// How long ago the machine was booted, by the clock that the kernel tells the start of a process by.
fn seconds_since_boot() -> Option<f64> {
    #[cfg(target_os = "linux")]
    {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        Some(time.tv_sec as f64 + time.tv_nsec as f64 / 1e9)
    }
    #[cfg(not(target_os = "linux"))]
    None
}
