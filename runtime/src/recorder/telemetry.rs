//! A running installation, in the hands of the program that started it.

use std::{
    fmt,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{
    Config, Error, Policy, Report, Snapshot,
    catalog::{self, Catalog},
    collectors::schedule::Schedule,
    config::{Reloadable, Reloader, Watch},
    error::Kind,
    exporters::prometheus::negotiation::Format,
    families::Families,
    push::Outlets,
    recorder::{fleet::Child, guard::Guard, installation::Claim, listening::Listening, live::Live, prometheus::Upkeep},
    serve::Served,
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
    claim: Claim,
}

/// What an installation has started.
pub(crate) struct Running {
    pub(super) live: Live,
    /// What the listener and all routers share.
    pub(super) served: Served,
    pub(super) listening: Listening,
    pub(super) reloader: Arc<Reloader>,
    /// Looks at the configuration until it is dropped.
    pub(super) _watches: Vec<Watch>,
    /// None where the recorder has none.
    pub(super) guard: Option<Guard>,
    /// Keeps another crate's recorder up until it is dropped.
    pub(super) _upkeep: Option<Upkeep>,
    pub(super) schedule: Schedule,
    pub(super) outlets: Outlets,
    /// Tells the parent process, if there is one that exports this one.
    pub(super) child: Child,
    pub(super) process: u32,
}

impl Telemetry {
    pub(crate) fn new(claim: Claim, running: Running) -> Self {
        Self { running: Some(running), claim }
    }

    pub(crate) fn switched_off(claim: Claim) -> Self {
        Self { running: None, claim }
    }

    /// The number of its claim.
    pub(super) fn claim_number(&self) -> u64 {
        self.claim.number
    }

    /// The address that the endpoint listens on; `None` without one.
    #[must_use]
    pub fn local_addr(&self) -> Option<SocketAddr> {
        self.running.as_ref()?.listening.local_addr()
    }

    /// All values in Prometheus' text format 0.0.4; empty where metrics are switched off.
    #[must_use]
    pub fn render(&self) -> String {
        self.running.as_ref().map_or_else(String::new, |running| running.live.shown().render())
    }

    /// All values in the format of text that an `Accept` header asks for, and the `Content-Type` to send with them: for
    /// an HTTP server of your own.
    ///
    /// Several headers are joined by commas. The format is text 0.0.4 where the header asks for none that there is, and
    /// OpenMetrics 1.0.0 for `application/openmetrics-text`. Where metrics are switched off, there are no values in it, and
    /// where the recorder is that of `Builder::with_prometheus`, it is always text 0.0.4. Native histograms need a format
    /// that is no text: see [`encode_for`](Self::encode_for).
    ///
    /// ```
    /// let telemetry = tachometer::builder().no_listener().install()?;
    /// let (content_type, body) = telemetry.render_for("application/openmetrics-text, */*;q=0.5");
    /// assert!(content_type.starts_with("application/openmetrics-text; version=1.0.0;"));
    /// assert!(body.ends_with("# EOF\n"));
    /// # Ok::<(), tachometer::Error>(())
    /// ```
    #[must_use]
    pub fn render_for(&self, accept: &str) -> (&'static str, String) {
        let format = Format::negotiate_text(accept);
        self.written(format, |families, created| format.encode_to_string(families, created), |text| text)
    }

    /// The same with all formats: protobuf, which holds native histograms, is the one that is no text.
    ///
    /// ```
    /// let telemetry = tachometer::builder().no_listener().install()?;
    /// let accept = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";
    /// let (content_type, body) = telemetry.encode_for(accept);
    /// assert!(content_type.starts_with("application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily;"));
    /// assert!(!body.is_empty());
    /// # Ok::<(), tachometer::Error>(())
    /// ```
    #[must_use]
    pub fn encode_for(&self, accept: &str) -> (&'static str, Vec<u8>) {
        let format = Format::negotiate(std::iter::once(accept));
        self.written(format, |families, created| format.encode_to_vec(families, created), String::into_bytes)
    }

    /// All values in a format, or what a recorder says that has nothing but its text.
    fn written<T>(
        &self,
        format: Format,
        write: impl Fn(&dyn Families, bool) -> T,
        from_text: fn(String) -> T,
    ) -> (&'static str, T) {
        let Some(running) = &self.running else { return (format.content_type(), write(&Snapshot::empty(), false)) };
        let shown = running.live.shown();
        match shown.families() {
            Some(families) => {
                let created = Reloadable::new(&running.reloader.config()).created;
                (format.content_type(), write(families, created))
            }
            None => (Format::Text.content_type(), from_text(shown.render())),
        }
    }

    /// All values at this moment; none where metrics are switched off, and where the recorder is that of
    /// `Builder::with_prometheus`, which tells nothing but its text.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let Some(running) = &self.running else { return Snapshot::empty() };
        running.live.shown().families().map_or_else(Snapshot::empty, |families| Snapshot::of(families))
    }

    /// The settings in effect, which print themselves as TOML. None is left open but those that say nothing.
    pub fn config(&self) -> Config {
        self.running.as_ref().map_or_else(|| Config::default().enabled(false), |running| running.reloader.config())
    }

    /// Reads the configuration file again at once, rather than when its change is noticed; the files of tokens, of `web.yml`
    /// and of its certificates as well.
    ///
    /// What can change while the program runs is changed, see [`Config`]; of the rest the program's log says that it
    /// takes effect at the next start. Where metrics are switched off, nothing happens.
    ///
    /// # Errors
    /// [`Error::is_setting`] if a file cannot be read or is malformed, or if this is a forked child, which has no settings
    /// of its own. What was read of that file before stays in force then, which `tachometer_config_reload_errors_total` or
    /// `tachometer_access_reload_errors_total` counts.
    pub fn reload(&self) -> Result<(), Error> {
        let Some(running) = &self.running else { return Ok(()) };
        if running.process != std::process::id() {
            let message = "settings cannot be reloaded in a forked child; install tachometer in it";
            return Err(Error::new(Kind::Setting, message));
        }
        let settings = running.reloader.reload();
        let access = running.served.gate.reload();
        settings.and(access)
    }

    /// What the guard knows: how many values and series there are, and what was turned away. Nothing where the recorder is
    /// that of `Builder::with_prometheus`, which has no guard.
    #[must_use]
    pub fn cardinality(&self) -> Report {
        let guard = self.running.as_ref().and_then(|running| running.guard.as_ref());
        guard.map_or_else(Report::empty, Guard::report)
    }

    /// What the program measures: annotated functions, what is recorded by hand, collectors, and this crate's own metrics.
    ///
    /// Where metrics are switched off, it is [`catalog::current`](crate::catalog::current).
    #[must_use]
    pub fn catalog(&self) -> Catalog {
        self.running.as_ref().map_or_else(catalog::current, |running| running.live.catalog(&running.schedule.fences()))
    }

    /// Holds all metrics to another policy from now on; what it leaves open is the library's. So it stays until the
    /// guard's settings in the configuration file change.
    ///
    /// Series that are there stay, even where there are more of them than may be. Room that a higher limit makes is there
    /// for the next record; what was folded before stays in `other`. Handles of the facade that were folded stay so until
    /// they are obtained again.
    ///
    /// # Errors
    /// [`Error::is_setting`] if the policy contradicts itself, and the old one stays; or if the recorder is that of
    /// `Builder::with_prometheus`, which has no guard.
    pub fn set_policy(&self, policy: Policy) -> Result<(), Error> {
        policy.check()?;
        let Some(running) = &self.running else { return Ok(()) };
        let Some(guard) = &running.guard else { return Err(without_store("a policy is for the guard of")) };
        running.reloader.set_policy(policy, |policy| guard.follow(policy));
        Ok(())
    }

    /// The tenants that the tokens file names by now, each once, in alphabetical order; none without such a file.
    ///
    /// A program that wants each tenant's series to be there from the start makes them for these.
    #[must_use]
    pub fn tenants(&self) -> Vec<String> {
        self.running.as_ref().map_or_else(Vec::new, |running| running.served.gate.tenants())
    }

    /// Pushes to all outlets now, side by side, and waits for them.
    ///
    /// # Errors
    /// [`Error::is_timed_out`] if an outlet is not done within `limit`; another error if one could not push, of which the
    /// program's log says why.
    pub fn flush(&self, limit: Duration) -> Result<(), Error> {
        match &self.running {
            Some(running) if running.process == std::process::id() => {
                let (begin, told) = (Instant::now(), running.child.flush(limit));
                told.and(running.outlets.flush(limit.saturating_sub(begin.elapsed())))
            }
            _ => Ok(()),
        }
    }

    /// Ends the installation: all outlets push once more, side by side; answers that are under way are finished, then the
    /// port is closed.
    ///
    /// A program that serves requests ends its server first, so that the last push has the last requests in it.
    ///
    /// # Errors
    /// [`Error::is_timed_out`] if that takes longer than `limit`. The rest then ends in the background. A last push that
    /// fails is no error here, but in the program's log: [`flush`](Self::flush) before tells of one.
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
    fn stop(self, limit: Duration) -> Result<(), Error> {
        if self.process != std::process::id() {
            // A forked child has inherited the handles of threads that do not exist here; nothing can be joined.
            Box::leak(Box::new(self));
            return Ok(());
        }
        let begin = Instant::now();
        // Before the collectors end, whose values the last push has as well.
        self.outlets.stop(limit);
        let stopped = match self.listening.end() {
            Some(server) => {
                let stopped = server.stop(limit);
                fork::forget_listener();
                stopped
            }
            None => Ok(()),
        };
        let told = self.child.stop(limit.saturating_sub(begin.elapsed()));
        let pushed = self.outlets.wait(limit.saturating_sub(begin.elapsed()));
        let ended = self.schedule.stop(limit.saturating_sub(begin.elapsed()));
        stopped.and(told).and(pushed).and(ended)
    }
}

/// Somebody wants what there is in the store only.
#[cold]
pub(crate) fn without_store(what: &str) -> Error {
    let message =
        format!("{what} tachometer's own store, and `with_prometheus` records into another one; drop one of them");
    Error::new(Kind::Setting, message)
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
