//! A running installation, in the hands of the program that started it.

use std::{fmt, net::SocketAddr, sync::Arc, time::Duration};

use crate::{
    Error, Snapshot,
    exporters::prometheus::text::Text,
    recorder::{installation::Claim, live::Live},
    serve::{Gate, Server},
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
    pub(super) running: Option<Running>,
    /// Ends last, so that the next installation finds the port free.
    _claim: Claim,
}

/// What an installation has started.
pub(crate) struct Running {
    pub(super) live: Live,
    pub(super) gate: Arc<Gate>,
    server: Option<Server>,
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

    /// The tenants that the tokens file names by now, each once, in alphabetical order; none without such a file.
    ///
    /// A program that wants each tenant's series to be there from the start makes them for these.
    #[must_use]
    pub fn tenants(&self) -> Vec<String> {
        self.running.as_ref().map_or_else(Vec::new, |running| running.gate.tenants())
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
    pub(crate) fn new(live: Live, gate: Arc<Gate>, server: Option<Server>) -> Self {
        Self { live, gate, server, process: std::process::id() }
    }

    fn stop(self, limit: Duration) -> Result<(), Error> {
        let Some(server) = self.server else { return Ok(()) };
        if self.process != std::process::id() {
            // A forked child has inherited the handle of a thread that does not exist here; nothing can be joined.
            Box::leak(Box::new(server));
            return Ok(());
        }
        let stopped = server.stop(limit);
        fork::forget_listener();
        stopped
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
