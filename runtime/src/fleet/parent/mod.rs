//! The parent's side: where it listens, who its children are, and how they find it.

pub(crate) mod builder;

mod connection;

pub(crate) mod process;

pub(crate) mod roster;

mod socket;

mod worker;

use std::time::Duration;

/// What children may.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Limits {
    /// Children at a time.
    pub(crate) children: usize,
    pub(crate) series_per_child: usize,
    pub(crate) frame_bytes: usize,
    /// Between two frames.
    pub(crate) interval: Duration,
    /// How long a reader waits for children.
    pub(crate) pull_timeout: Duration,
}

#[cfg(test)]
mod tests;
