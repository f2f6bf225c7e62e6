//! The clock of pushes, which waits as well, so that no test has to.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::signal::{Asked, Signal};

/// What time it is.
pub(crate) trait Clock: Send + Sync {
    /// Time since some moment, which never goes back.
    fn now(&self) -> Duration;

    /// Time since 1970.
    fn since_epoch(&self) -> Duration;

    /// Returns at this time, or when the outlet is asked for something else than this.
    fn wait(&self, until: Duration, signal: &Signal, seen: Asked);
}

/// The machine's own clocks.
pub(crate) struct Machine {
    begin: Instant,
}

impl Machine {
    pub(crate) fn new() -> Self {
        Self { begin: Instant::now() }
    }
}

impl Clock for Machine {
    fn now(&self) -> Duration {
        self.begin.elapsed()
    }

    fn since_epoch(&self) -> Duration {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
    }

    fn wait(&self, until: Duration, signal: &Signal, seen: Asked) {
        signal.wait(until.saturating_sub(self.now()), seen);
    }
}

#[cfg(test)]
pub(crate) mod fake {
    use std::{sync::Mutex, time::Duration};

    use super::{Asked, Signal};

    /// A clock that who waits for it moves. Both of its times are the same.
    #[derive(Default)]
    pub(crate) struct Fake(Mutex<Duration>);

    impl Fake {
        pub(crate) fn advance(&self, by: Duration) {
            *self.0.lock().expect("nothing panics") += by;
        }
    }

    impl super::Clock for Fake {
        fn now(&self) -> Duration {
            *self.0.lock().expect("nothing panics")
        }

        fn since_epoch(&self) -> Duration {
            self.now()
        }

        fn wait(&self, until: Duration, signal: &Signal, seen: Asked) {
            if signal.asked() != seen {
                return;
            }
            let mut now = self.0.lock().expect("nothing panics");
            *now = until.max(*now);
        }
    }
}
