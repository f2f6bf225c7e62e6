//! The three collectors that read files of the kernel. What they have in common is how they read; they do not know each
//! other.

mod cgroup;
mod files;
#[cfg(test)]
mod fixture;
mod own;
mod pressure;
mod system;

pub use self::{cgroup::Cgroup, own::Process, system::System};

use crate::collectors::Collector;

/// All three, where there are such files.
pub(crate) fn defaults() -> Vec<Box<dyn Collector>> {
    if !cfg!(target_os = "linux") {
        return Vec::new();
    }
    vec![Box::new(Process::new()), Box::new(Cgroup::new()), Box::new(System::new())]
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
