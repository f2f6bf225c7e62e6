//! What is dropped where there may be no store to count it in: it is counted here until there is one.

use std::sync::atomic::{AtomicU64, Ordering};

/// Why something was dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lost {
    /// A record that came from our own work.
    Nested,
    /// A label set that was shown before the installation, when there was no room for it any more.
    Shown,
}

static COUNTS: [AtomicU64; Lost::ALL.len()] = [const { AtomicU64::new(0) }; Lost::ALL.len()];

impl Lost {
    pub(crate) const ALL: [Self; 2] = [Self::Nested, Self::Shown];

    /// Counts one more.
    pub(crate) fn count(self) {
        COUNTS[self as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// How many there have been since this was asked for last.
    pub(crate) fn take(self) -> u64 {
        COUNTS[self as usize].swap(0, Ordering::Relaxed)
    }
}
