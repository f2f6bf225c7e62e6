//! What a program says of its installation before it starts.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use crate::{
    Config, Error, Policy, Telemetry, TraceContext,
    collectors::{self, Collector},
    config::{Flags, Listen, Process, Sources},
    metric::{bounds::Buckets, matcher::Matcher},
    outlets,
    push::{self, Outlet},
    recorder::{
        fleet::{self, Role},
        installation::{self, Claim},
        prometheus::Wanted,
        telemetry::without_store,
    },
    serve,
    store::exemplars::set_source,
    traces,
};

/// An installation that has not started.
///
/// What is said here wins over the environment, that over the file, and the file over [`config`](Self::config).
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
    pub(super) flags: Flags,
    pub(super) collectors: collectors::wanted::Wanted,
    pub(super) outlets: push::Wanted,
    pub(super) build: BuildInfo,
    pub(super) exemplars: Option<fn() -> Option<TraceContext>>,
    /// Another crate's recorder, if that is wanted in the place of the store.
    pub(super) prometheus: Option<Wanted>,
    /// The fleet that this process is the parent of, if it is.
    pub(super) fleet: fleet::Wanted,
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
/// The same as `tachometer::builder().install()`. Where several ask for an installation in one process, as its tests do,
/// [`Builder::install_shared`] gives all of them one.
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
    #[doc(alias = "port")]
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
        self.flags.overrides = self.flags.overrides.label(name, value);
        self
    }

    /// Sets the buckets of these metrics, as [`Config::buckets`] does.
    pub fn buckets(mut self, metrics: Matcher, buckets: impl Into<Buckets>) -> Self {
        self.flags.overrides = self.flags.overrides.buckets(metrics, buckets);
        self
    }

    /// Whether OpenMetrics says of each counter, histogram and summary when it began, as a sample `.._created` of its own.
    pub fn created(mut self, created: bool) -> Self {
        self.flags.overrides = self.flags.overrides.created(created);
        self
    }

    /// Asks this function on each record in which trace the current thread is: of each counter, and of each bucket of a
    /// histogram, the latest value that was in one is shown with it, as an *exemplar* (in OpenMetrics and in the JSON).
    ///
    /// A call is recorded at its end, and where the attribute stands: below `#[tracing::instrument]` it is in the
    /// function's own span, above it in its caller's. The function must be quick; what it records itself has no exemplars.
    /// It is asked no more on a thread that is ending.
    ///
    /// With the feature `opentelemetry` the current span of OpenTelemetry is asked for unless this is called: that of the
    /// crate `opentelemetry` in version 0.33, and of `tracing-opentelemetry` 0.34. A program on another version of them has
    /// spans that the feature does not see, and no exemplars. It leaves the feature out and says itself what the current
    /// span is:
    ///
    /// ```
    /// # #[cfg(feature = "opentelemetry")] {
    /// use opentelemetry::{Context, trace::TraceContextExt};
    /// use tachometer::TraceContext;
    ///
    /// fn current() -> Option<TraceContext> {
    ///     Context::map_current(|context| {
    ///         let span = context.span().span_context().clone();
    ///         let (trace, id) = (span.trace_id().to_bytes(), span.span_id().to_bytes());
    ///         span.is_sampled().then(|| TraceContext::new(u128::from_be_bytes(trace), u64::from_be_bytes(id)))
    ///     })
    /// }
    ///
    /// let builder = tachometer::builder().exemplars(current);
    /// # }
    /// ```
    ///
    /// Or what else there is that knows of traces:
    ///
    /// ```
    /// use std::cell::Cell;
    /// use tachometer::TraceContext;
    ///
    /// thread_local! {
    ///     static CURRENT: Cell<Option<TraceContext>> = const { Cell::new(None) };
    /// }
    ///
    /// let builder = tachometer::builder().exemplars(|| CURRENT.get());
    /// # let telemetry = builder.no_listener().install()?;
    /// # Ok::<(), tachometer::Error>(())
    /// ```
    pub fn exemplars(mut self, source: fn() -> Option<TraceContext>) -> Self {
        self.exemplars = Some(source);
        self
    }

    /// Lets in only who has this token, which sees everything, as [`Config::token`] does.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.flags.overrides = self.flags.overrides.token(token);
        self
    }

    /// Lets in only who has the token that stands in this file, as [`Config::token_file`] does.
    pub fn token_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.flags.overrides = self.flags.overrides.token_file(path);
        self
    }

    /// Lets in who has a token of this file, as [`Config::tokens_file`] does.
    pub fn tokens_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.flags.overrides = self.flags.overrides.tokens_file(path);
        self
    }

    /// The label whose values are the tenants of the tokens file, as [`Config::tenant_label`] says.
    pub fn tenant_label(mut self, name: impl Into<String>) -> Self {
        self.flags.overrides = self.flags.overrides.tenant_label(name);
        self
    }

    /// TLS, client certificates, users and headers by a `web.yml`, as [`Config::web_config`] says.
    pub fn web_config(mut self, path: impl Into<PathBuf>) -> Self {
        self.flags.overrides = self.flags.overrides.web_config(path);
        self
    }

    /// Says which build of the program runs.
    pub fn build_info(mut self, build: BuildInfo) -> Self {
        self.build = build;
        self
    }

    /// How many values, series and bytes there may be. What the policy leaves open is as the environment, the file and
    /// [`config`](Self::config) say.
    pub fn guard(mut self, policy: Policy) -> Self {
        self.flags.overrides = self.flags.overrides.guard(policy);
        self
    }

    /// Runs a collector beside those that the features of this crate bring, or in the place of the one that has its name.
    pub fn collect(mut self, collector: impl Collector) -> Self {
        self.collectors.own.push(Box::new(collector));
        self
    }

    /// Pushes snapshots to an outlet, again and again and once more at the end: see [`push`](crate::push).
    ///
    /// ```
    /// use tachometer::outlets::Textfile;
    ///
    /// # let folder = std::env::temp_dir().join(format!("tachometer-push-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder)?;
    /// # let path = folder.join("job.prom");
    /// let telemetry = tachometer::builder().no_listener().push(Textfile::new(&path)).install()?;
    /// // ... the job's work ...
    /// telemetry.shutdown(std::time::Duration::from_secs(5))?;
    /// # assert!(std::fs::read_to_string(&path)?.contains("build_info"));
    /// # std::fs::remove_dir_all(folder)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn push(mut self, outlet: impl Outlet) -> Self {
        self.outlets.0.push(Box::new(outlet));
        self
    }

    /// How often collectors are run that have no interval of their own; 5 s if this is not said.
    pub fn collection_interval(mut self, interval: Duration) -> Self {
        self.flags.overrides = self.flags.overrides.collection_interval(interval);
        self
    }

    /// Runs of the collectors whose names this crate knows only these, as [`Config::collectors`] says.
    pub fn collectors(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.flags.overrides = self.flags.overrides.collectors(names);
        self
    }

    /// Runs no collectors but those that are given to [`collect`](Self::collect).
    pub fn no_default_collectors(mut self) -> Self {
        self.collectors.no_defaults = true;
        self
    }

    /// The program's own defaults, which the file and the environment override.
    pub fn config(mut self, config: Config) -> Self {
        self.flags.config = config;
        self
    }

    /// The program's last word, for example of its command line: it overrides the environment and the file.
    ///
    /// It goes with what [`label`](Self::label) and [`buckets`](Self::buckets) say, and what is said later counts. Host
    /// and port are those of [`listen`](Self::listen), if that is called.
    ///
    /// ```
    /// use tachometer::Config;
    ///
    /// let flags = Config::default().metrics_route("/numbers");
    /// let telemetry = tachometer::builder().no_listener().overrides(flags).install()?;
    /// assert!(telemetry.config().to_string().contains("routes.metrics = \"/numbers\"\n"));
    /// # Ok::<(), tachometer::Error>(())
    /// ```
    pub fn overrides(mut self, config: Config) -> Self {
        self.flags.overrides = self.flags.overrides.overridden_by(config);
        self
    }

    /// The configuration file, in TOML, instead of the one that `METRICS_CONFIG` names.
    ///
    /// It is watched, and what can change while the program runs does so when the file changes.
    pub fn config_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.flags.file = Some(path.into());
        self
    }

    /// Starts the installation.
    ///
    /// Either all of it is running afterwards, or nothing is, and it can be tried again.
    ///
    /// # Errors
    /// - [`Error::is_installed`]: a [`Telemetry`] of this process is still alive; see [`install_shared`](Self::install_shared).
    /// - [`Error::is_setting`]: a setting, or a file that one names, is missing or malformed.
    /// - [`Error::is_address`]: the address cannot be bound.
    /// - [`Error::is_conflict`]: two call sites of one package declare one metric differently, or a collector reports a
    ///   metric that somebody else records.
    /// - [`Error::is_recorder_taken`]: another crate has set the global recorder of the `metrics` facade, or an earlier
    ///   installation has set the one of the other mode, `with_prometheus` or not.
    pub fn install(mut self) -> Result<Telemetry, Error> {
        let claim = Claim::take()?;
        if !serve::AVAILABLE {
            // Only who asks for an endpoint by name is told that this build has none.
            self.flags.listen.get_or_insert(Listen::Nowhere);
        }
        let Some((sources, config)) = Sources::gather(&self.flags, &Process)? else {
            return Ok(Telemetry::switched_off(claim));
        };
        let Self { build, collectors, mut outlets, exemplars, prometheus, fleet, .. } = self;
        let role = Role::of(fleet, prometheus.is_none())?;
        let listen = if role.is_child() { None } else { sources.address(&config, &Process)? };
        outlets.add(outlets::brought::asked_for(&Process, &config.outlets())?);
        outlets.check()?;
        if prometheus.is_some() && exemplars.is_some() {
            return Err(without_store("exemplars are kept by"));
        }
        if let (Some(_), Some(name)) = (&prometheus, outlets.of_values()) {
            return Err(without_store(&format!("outlet `{name}` pushes the values of")));
        }
        let source = exemplars.or(traces::SOURCE.filter(|_| config.keeps_exemplars()));
        let wanted = (collectors, outlets, role);
        let running = installation::start(sources, config, listen, &build, wanted, prometheus)?;
        set_source(source);
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
