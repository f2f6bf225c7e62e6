//! The machine that figures are from, and how busy it was with other things.

use std::{fs, thread};

use serde::Serialize;

/// What a reader of figures wants to know of the machine.
#[derive(Debug, Serialize)]
pub(crate) struct Machine {
    pub(crate) processor: String,
    pub(crate) cores: usize,
    pub(crate) system: String,
    pub(crate) date: String,
    /// Processes that wanted a core, in the mean of a minute, before the run and after it.
    pub(crate) load: Vec<f64>,
}

impl Machine {
    pub(crate) fn look() -> Self {
        let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let processor = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
        Self {
            processor: processor.map_or("unknown processor", |(_, name)| name.trim()).to_owned(),
            cores: thread::available_parallelism().map_or(1, usize::from),
            system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            date: time::OffsetDateTime::now_utc().date().to_string(),
            load: load().into_iter().collect(),
        }
    }

    /// Notes how busy it is at the end.
    pub(crate) fn look_again(&mut self) {
        self.load.extend(load());
    }
}

fn load() -> Option<f64> {
    fs::read_to_string("/proc/loadavg").ok()?.split(' ').next()?.parse().ok()
}
