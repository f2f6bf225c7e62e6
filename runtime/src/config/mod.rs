//! What a program, its environment and this crate have to say about an installation, made into typed settings.
//!
//! Nothing here opens anything; the environment is handed in.

mod environment;
mod labels;
mod settings;

pub(crate) use self::{
    environment::Process,
    settings::{Flags, Listen, Settings},
};

/// A program's own defaults, which its environment overrides.
///
/// They are handed to [`Builder::config`](crate::Builder::config). What is not set here has the library's default.
///
/// | setting | environment | the library's default |
/// |---|---|---|
/// | [`host`](Self::host) | `METRICS_HOST`, else `OTEL_EXPORTER_PROMETHEUS_HOST` | `127.0.0.1` |
/// | [`port`](Self::port) | `METRICS_PORT`, else `OTEL_EXPORTER_PROMETHEUS_PORT` | `9464` |
/// | [`enabled`](Self::enabled) | `METRICS_ENABLED` | `true` |
/// | [`label`](Self::label) | `METRICS_LABELS` | none |
///
/// Who may read is no default of a program: it is said by [`Builder::token`](crate::Builder::token),
/// [`tokens_file`](crate::Builder::tokens_file), [`tenant_label`](crate::Builder::tenant_label) and
/// [`web_config`](crate::Builder::web_config), or by `METRICS_TOKEN`, `METRICS_TOKENS_FILE`, `METRICS_TENANT_LABEL` and
/// `METRICS_WEB_CONFIG`. An empty token or path is an error, because it would let everybody in.
///
/// What the builder is told by its other methods wins over all of these. A variable that is empty counts as unset. A
/// malformed value is an error only where it would have been used: with `METRICS_ENABLED=false` nothing else is looked
/// at, and `METRICS_PORT` is not read after [`Builder::listen`](crate::Builder::listen).
///
/// ```
/// let config = tachometer::Config::default().host("0.0.0.0").port(9000).label("service", "scorer");
/// # let config = config.host("127.0.0.1").port(0);
/// let telemetry = tachometer::builder().config(config).install()?;
/// # Ok::<(), tachometer::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use = "it has no effect until `Builder::config` gets it"]
pub struct Config {
    host: Option<String>,
    port: Option<u16>,
    enabled: Option<bool>,
    labels: Vec<(String, String)>,
}

impl Config {
    /// The address that the endpoint listens on: an IP address, or a name that resolves to one.
    ///
    /// Of a name's addresses the first IPv4 one is taken, else the first. `0.0.0.0` and `::` are all addresses of the
    /// machine.
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.host = Some(host.into());
        self
    }

    /// The port that the endpoint listens on; 0 is any that is free.
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// Whether anything is recorded at all. If not, `install` succeeds, every handle does nothing, and no port is
    /// opened. A recorder that an earlier installation of this process has set goes on recording.
    pub fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = Some(enabled);
        self
    }

    /// Adds a label that stands on every series. A series' own label of the same name wins.
    pub fn label(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.labels.push((name.into(), value.into()));
        self
    }
}
