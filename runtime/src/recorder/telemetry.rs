//! A running installation, in the hands of the program that started it.

use std::{
    fmt,
    net::SocketAddr,
    time::{Duration, Instant},
};

use crate::{
    Error, Snapshot,
    collectors::schedule::Schedule,
    exporters::prometheus::text::Text,
    recorder::{installation::Claim, live::Live},
    serve::Server,
    store::fork,
};

/// How long a dropped installation may take to stop.
const GRACE: Duration = Duration::from_secs(2);

/// A running installation. It ends when this is dropped, or by [`shutdown`](Self::shutdown).
///
/// Values outlive it: the recorder stays in place, calls go on being counted, and a later installation shows them.
#[must_use = "the endpoint closes when this is dropped; keep it until the program ends"]
pub struct Telemetry {
    /// None where metrics are switched off.
    running: Option<Running>,
    /// Ends last, so that the next installation finds the port free.
    _claim: Claim,
}

/// What an installation has started.
pub(crate) struct Running {
    live: Live,
    server: Option<Server>,
    schedule: Schedule,
    process: u32,
}

impl Telemetry {
    pub(crate) fn new(claim: Claim, running: Running) -> Self {
        Self { running: Some(running), _claim: claim }
    }

    pub(crate) fn switched_off(claim: Claim) -> Self {
        Self { running: None, _claim: claim }
    }

    /// The address that the endpoint listens on; `None` without one.
    #[must_use]
    pub fn local_addr(&self) -> Option<SocketAddr> {
        Some(self.running.as_ref()?.server.as_ref()?.local_addr())
    }

    /// All values in Prometheus' text format 0.0.4; empty where metrics are switched off.
    #[must_use]
    pub fn render(&self) -> String {
        self.running.as_ref().map_or_else(String::new, |running| Text::encode_to_string(&*running.live.view()))
    }

    /// All values at this moment; none where metrics are switched off.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.running.as_ref().map_or_else(Snapshot::empty, |running| Snapshot::of(&*running.live.view()))
    }

    /// Ends the installation: answers that are under way are finished, then the port is closed.
    ///
    /// # Errors
    /// [`Error::is_timed_out`] if that takes longer than `limit`. The rest then ends in the background.
    pub fn shutdown(mut self, limit: Duration) -> Result<(), Error> {
        self.stop(limit)
    }

    fn stop(&mut self, limit: Duration) -> Result<(), Error> {
        match self.running.take() {
            Some(running) => running.stop(limit),
            None => Ok(()),
        }
    }
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        if let Err(error) = self.stop(GRACE) {
            tracing::warn!("{error}");
        }
    }
}

impl Running {
    pub(crate) fn new(live: Live, server: Option<Server>, schedule: Schedule) -> Self {
        Self { live, server, schedule, process: std::process::id() }
    }

    fn stop(self, limit: Duration) -> Result<(), Error> {
        if self.process != std::process::id() {
            // A forked child has inherited the handles of threads that do not exist here; nothing can be joined.
            Box::leak(Box::new(self));
            return Ok(());
        }
        let begin = Instant::now();
        let stopped = match self.server {
            Some(server) => {
                let stopped = server.stop(limit);
                fork::forget_listener();
                stopped
            }
            None => Ok(()),
        };
        let ended = self.schedule.stop(limit.saturating_sub(begin.elapsed()));
        stopped.and(ended)
    }
}

impl fmt::Debug for Telemetry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Telemetry").field("local_addr", &self.local_addr()).finish_non_exhaustive()
    }
}

/// A program may hand its telemetry to whatever thread it likes.
const _: fn() = || {
    fn is_shared<T: Send + Sync>() {}
    is_shared::<Telemetry>();
};
