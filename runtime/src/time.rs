//! The clock of what runs beside the calls, and one that tests move, so that none has to wait.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// What time it is.
pub(crate) trait Clock: Send + Sync {
    /// Time since some moment, which never goes back.
    fn now(&self) -> Duration;

    /// Time since 1970.
    fn since_epoch(&self) -> Duration;
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
}

#[cfg(test)]
pub(crate) mod fake {
    use std::{
        sync::atomic::{AtomicU64, Ordering},
        time::Duration,
    };

    use crate::time::Clock;

    /// A clock that a test moves. Both of its times are the same.
    #[derive(Default)]
    pub(crate) struct Fake(AtomicU64);

    impl Fake {
        pub(crate) fn advance(&self, by: Duration) {
            self.0.fetch_add(nanos(by), Ordering::Relaxed);
        }

        /// Moves it to this time, unless it is later already.
        pub(crate) fn reach(&self, at: Duration) {
            self.0.fetch_max(nanos(at), Ordering::Relaxed);
        }
    }

    fn nanos(time: Duration) -> u64 {
        u64::try_from(time.as_nanos()).expect("it is short")
    }

    impl Clock for Fake {
        fn now(&self) -> Duration {
            Duration::from_nanos(self.0.load(Ordering::Relaxed))
        }

        fn since_epoch(&self) -> Duration {
            self.now()
        }
    }
}
