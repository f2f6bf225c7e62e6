//! What a program says of its installation before it starts.

use std::{net::SocketAddr, time::Duration};

use crate::{
    Config, Error, Telemetry,
    collectors::{Collector, wanted::Wanted},
    config::{Flags, Listen, Process, Settings},
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
#[derive(Debug, Default)]
#[must_use = "nothing starts before `install`"]
pub struct Builder {
    flags: Flags,
    collectors: Wanted,
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

    /// Says which build of the program runs.
    pub fn build_info(mut self, build: BuildInfo) -> Self {
        self.build = build;
        self
    }

    /// Runs a collector beside those that the features of this crate bring, or in the place of the one that has its name.
    pub fn collect(mut self, collector: impl Collector) -> Self {
        self.collectors.own.push(Box::new(collector));
        self
    }

    /// How often collectors are run that have no interval of their own; 5 s if this is not said.
    pub fn collection_interval(mut self, interval: Duration) -> Self {
        self.collectors.interval = Some(interval);
        self
    }

    /// Runs no collectors but those that are given to [`collect`](Self::collect).
    pub fn no_default_collectors(mut self) -> Self {
        self.collectors.no_defaults = true;
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
    /// - [`Error::is_setting`]: a setting is malformed.
    /// - [`Error::is_address`]: the address cannot be bound.
    /// - [`Error::is_conflict`]: two call sites of one package declare one metric differently, or a collector reports a
    ///   metric that somebody else records.
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
        let running = installation::start(&settings, &self.build, self.collectors)?;
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
