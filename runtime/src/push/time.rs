//! The clock of pushes, which waits as well, so that no test has to.

use std::time::Duration;

use super::signal::{Asked, Signal};
use crate::time::{self, Machine};

/// What time it is, and how to wait for another one.
pub(crate) trait Clock: time::Clock {
    /// Returns at this time, or when the outlet is asked for something else than this.
    fn wait(&self, until: Duration, signal: &Signal, seen: Asked);
}

impl Clock for Machine {
    fn wait(&self, until: Duration, signal: &Signal, seen: Asked) {
        signal.wait(until.saturating_sub(time::Clock::now(self)), seen);
    }
}

/// It is moved by what waits for it.
#[cfg(test)]
impl Clock for time::fake::Fake {
    fn wait(&self, until: Duration, signal: &Signal, seen: Asked) {
        if signal.asked() == seen {
            self.reach(until);
        }
    }
}
