//! What a program says of its installation before it starts.

use std::{net::SocketAddr, path::PathBuf};

use crate::{
    Config, Error, Telemetry,
    config::{Flags, Listen, Process, Settings},
    credentials::Secret,
    recorder::installation::{self, Claim},
    serve,
};

/// An installation that has not started.
///
/// What is said here wins over the environment, and the environment over [`config`](Self::config).
///
/// ```
/// let telemetry = tachometer::builder()
///     .listen(([127, 0, 0, 1], 0).into())
///     .label("service", "scorer")
///     .build_info(tachometer::BuildInfo::default().version(env!("CARGO_PKG_VERSION")))
///     .install()?;
/// println!("http://{}/metrics", telemetry.local_addr().expect("it listens"));
/// # Ok::<(), tachometer::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
#[must_use = "nothing starts before `install`"]
pub struct Builder {
    flags: Flags,
    build: BuildInfo,
}

/// Which build of a program runs: the labels of the gauge `build_info`, whose value is 1.
///
/// What is not set is the empty text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use = "it has no effect until `Builder::build_info` gets it"]
pub struct BuildInfo {
    pub(crate) version: String,
    pub(crate) commit: String,
    pub(crate) branch: String,
}

/// Starts with the settings of the environment: the endpoint is up and calls are recorded from here on.
///
/// The same as `tachometer::builder().install()`.
///
/// ```
/// # let config = tachometer::Config::default().port(0);
/// # tachometer::builder().config(config).install()?.shutdown(std::time::Duration::from_secs(1))?;
/// let telemetry = tachometer::install()?;
/// // ... the program's work ...
/// telemetry.shutdown(std::time::Duration::from_secs(5))?;
/// # Ok::<(), tachometer::Error>(())
/// ```
///
/// # Errors
/// As [`Builder::install`].
pub fn install() -> Result<Telemetry, Error> {
    builder().install()
}

/// An installation whose settings the program has a say in.
pub fn builder() -> Builder {
    Builder::default()
}

impl Builder {
    /// Listens at this address; port 0 is any that is free, and [`Telemetry::local_addr`] tells which.
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.flags.listen = Some(Listen::Address(address));
        self
    }

    /// Opens no port. Values can be read by [`Telemetry::render`] and [`Telemetry::snapshot`].
    pub fn no_listener(mut self) -> Self {
        self.flags.listen = Some(Listen::Nowhere);
        self
    }

    /// Puts a label on every series. A series' own label of the same name wins.
    pub fn label(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.flags.labels.push((name.into(), value.into()));
        self
    }

    /// Lets in only who has this token, which sees everything; wins over `METRICS_TOKEN`.
    ///
    /// A client sends it as `Authorization: Bearer <token>`; others get 401. `/healthz` stays open to all.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.flags.credentials.token = Some(Secret::new(token));
        self
    }

    /// Lets in who has a token of this file, which is TOML; wins over `METRICS_TOKENS_FILE`.
    ///
    /// Each line is a token and the tenant whose series it shows, or `true` for all series:
    ///
    /// ```toml
    /// "a3f9.72" = "acme"
    /// "77b0-1c" = "umbrella"
    /// "c0ffee"  = true
    /// ```
    ///
    /// The file is read again when it changes. If it cannot be used then, what was read before stays in force, and
    /// `tachometer_access_reload_errors_total` counts that.
    pub fn tokens_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.flags.credentials.tokens_file = Some(path.into());
        self
    }

    /// The label whose values are the tenants of the tokens file; wins over `METRICS_TENANT_LABEL`.
    ///
    /// A tenant sees the series that have this label with exactly its name as the value, and nothing of the others, not
    /// even the names of their metrics.
    pub fn tenant_label(mut self, name: impl Into<String>) -> Self {
        self.flags.credentials.tenant_label = Some(name.into());
        self
    }

    /// TLS, client certificates, users and headers by a `web.yml` of the Prometheus exporter-toolkit's form; wins over
    /// `METRICS_WEB_CONFIG`. Needs the feature `tls`.
    ///
    /// The file, certificates and keys are read again when they change, as the tokens file is.
    pub fn web_config(mut self, path: impl Into<PathBuf>) -> Self {
        self.flags.credentials.web_config = Some(path.into());
        self
    }

    /// Says which build of the program runs.
    pub fn build_info(mut self, build: BuildInfo) -> Self {
        self.build = build;
        self
    }

    /// The program's own defaults, which the environment overrides.
    pub fn config(mut self, config: Config) -> Self {
        self.flags.config = Some(config);
        self
    }

    /// Starts the installation.
    ///
    /// Either all of it is running afterwards, or nothing is, and it can be tried again.
    ///
    /// # Errors
    /// - [`Error::is_installed`]: a [`Telemetry`] of this process is still alive.
    /// - [`Error::is_setting`]: a setting, or a file that it names, is missing or malformed.
    /// - [`Error::is_address`]: the address cannot be bound.
    /// - [`Error::is_conflict`]: two call sites of one package declare one metric differently.
    /// - [`Error::is_recorder_taken`]: another crate has set the global recorder of the `metrics` facade.
    pub fn install(mut self) -> Result<Telemetry, Error> {
        let claim = Claim::take()?;
        if !serve::AVAILABLE {
            // Only who asks for an endpoint by name is told that this build has none.
            self.flags.listen.get_or_insert(Listen::Nowhere);
        }
        let settings = Settings::resolve(&self.flags, &Process)?;
        if !settings.enabled {
            return Ok(Telemetry::switched_off(claim));
        }
        let running = installation::start(&settings, &self.build)?;
        Ok(Telemetry::new(claim, running))
    }
}

impl BuildInfo {
    /// The program's version, for example `env!("CARGO_PKG_VERSION")`.
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.version = version.into();
        self
    }

    /// The commit that was built.
    pub fn commit(mut self, commit: impl Into<String>) -> Self {
        self.commit = commit.into();
        self
    }

    /// The branch that was built.
    pub fn branch(mut self, branch: impl Into<String>) -> Self {
        self.branch = branch.into();
        self
    }
}
