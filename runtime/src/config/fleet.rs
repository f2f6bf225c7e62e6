//! Settings of a parent process and its children: how often they tell, how long they are waited for, and how much they may
//! tell. It knows no process.

use std::{path::PathBuf, time::Duration};

use super::{
    Config,
    checks::{path, valid, within},
    setting::{Field, Setting},
    table::ROW,
};

/// What sources say of it; none is open once all of them have said it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Fleet {
    /// Children at a time.
    pub(crate) children: Option<usize>,
    /// Series of each.
    pub(crate) series_per_child: Option<usize>,
    /// Bytes of a frame.
    pub(crate) frame_bytes: Option<usize>,
    /// Between two frames.
    pub(crate) interval: Option<Duration>,
    /// How long a reader waits for children.
    pub(crate) pull_timeout: Option<Duration>,
    /// Where the totals are kept.
    pub(crate) state_file: Option<PathBuf>,
}

pub(super) const INTERVAL: Setting = Setting {
    key: "fleet.interval",
    default: "1",
    meaning: "how often child processes tell their parent, in seconds: the most that one which is killed may lose",
    allowed: "write a number of seconds from 0.02 to 3600",
    field: &Field {
        get: |config| &config.fleet.interval,
        get_mut: |config| &mut config.fleet.interval,
        check: |time| valid(within(time, 0.02)),
    },
    ..ROW
};

pub(super) const PULL_TIMEOUT: Setting = Setting {
    key: "fleet.pull_timeout",
    default: "0.25",
    meaning: "how long a scrape waits for child processes, in seconds; a later one shows its last values",
    allowed: "write a number of seconds from 0.001 to 3600",
    field: &Field {
        get: |config| &config.fleet.pull_timeout,
        get_mut: |config| &mut config.fleet.pull_timeout,
        check: |time| valid(within(time, 0.001)),
    },
    ..ROW
};

pub(super) const CHILDREN: Setting = Setting {
    key: "fleet.children",
    default: "2048",
    meaning: "child processes at a time",
    allowed: "write a number from 1 to 65536",
    field: &Field {
        get: |config| &config.fleet.children,
        get_mut: |config| &mut config.fleet.children,
        check: |count| valid((1..=65_536).contains(count)),
    },
    ..ROW
};

pub(super) const SERIES_PER_CHILD: Setting = Setting {
    key: "fleet.series_per_child",
    default: "20000",
    meaning: "series of each child process; those beyond are left out and counted",
    allowed: "write a number from 1 to 10000000",
    field: &Field {
        get: |config| &config.fleet.series_per_child,
        get_mut: |config| &mut config.fleet.series_per_child,
        check: |count| valid((1..=10_000_000).contains(count)),
    },
    ..ROW
};

pub(super) const FRAME_BYTES: Setting = Setting {
    key: "fleet.frame_bytes",
    default: "4194304",
    meaning: "bytes of a frame that a child process sends; one that sends a longer one is cut off",
    allowed: "write a number of bytes from 65536 to 67108864",
    field: &Field {
        get: |config| &config.fleet.frame_bytes,
        get_mut: |config| &mut config.fleet.frame_bytes,
        check: |bytes| valid((65_536..=67_108_864).contains(bytes)),
    },
    ..ROW
};

pub(super) const STATE_FILE: Setting = Setting {
    key: "fleet.state_file",
    meaning: "a file that the totals of child processes are kept in, so that they outlive the parent",
    allowed: "write the path of a file",
    field: &Field {
        get: |config| &config.fleet.state_file,
        get_mut: |config| &mut config.fleet.state_file,
        check: |file: &PathBuf| path(file),
    },
    ..ROW
};

impl Config {
    /// How often child processes tell their parent; see `tachometer::fleet`.
    pub fn fleet_interval(mut self, interval: Duration) -> Self {
        self.fleet.interval = Some(interval);
        self
    }

    /// How long a scrape waits for child processes.
    pub fn fleet_pull_timeout(mut self, timeout: Duration) -> Self {
        self.fleet.pull_timeout = Some(timeout);
        self
    }

    /// How many child processes there may be at a time.
    pub fn fleet_children(mut self, most: usize) -> Self {
        self.fleet.children = Some(most);
        self
    }

    /// How many series each child process may have.
    pub fn fleet_series_per_child(mut self, most: usize) -> Self {
        self.fleet.series_per_child = Some(most);
        self
    }

    /// How long a frame of a child process may be, in bytes.
    pub fn fleet_frame_bytes(mut self, most: usize) -> Self {
        self.fleet.frame_bytes = Some(most);
        self
    }

    /// A file that the totals of child processes are kept in.
    pub fn fleet_state_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.fleet.state_file = Some(path.into());
        self
    }
}
