//! The settings that one source has a say in. It knows no other source.

use std::{fmt, path::PathBuf, time::Duration};

use super::{
    collectors::{Intervals, Names},
    fleet::Fleet,
    lists::Labels,
    outlets::Said,
    shown::{Filter, Formats, Matchers},
    table::SETTINGS,
    value::Route,
};
use crate::{
    Policy,
    credentials::Secret,
    metric::{
        bounds::Buckets,
        matcher::{Ladders, Matcher},
    },
};

/// Settings, each of which may be left open.
///
/// As a program's own defaults they are handed to [`Builder::config`](crate::Builder::config); as its last word, for
/// example that of its command line, to [`Builder::overrides`](crate::Builder::overrides).
///
/// ```
/// let config = tachometer::Config::default().host("0.0.0.0").port(9000).label("service", "scorer");
/// # let config = config.host("127.0.0.1").port(0);
/// let telemetry = tachometer::builder().config(config).install()?;
/// # Ok::<(), tachometer::Error>(())
/// ```
///
/// # Sources
///
/// Each setting is decided by the strongest source that has it:
///
/// 1. the builder: [`listen`](crate::Builder::listen), [`no_listener`](crate::Builder::no_listener),
///    [`label`](crate::Builder::label), [`buckets`](crate::Builder::buckets) and
///    [`overrides`](crate::Builder::overrides);
/// 2. the environment;
/// 3. the file that [`config_file`](crate::Builder::config_file), or else `METRICS_CONFIG`, names;
/// 4. the program's own defaults, by [`config`](crate::Builder::config);
/// 5. the library's.
///
/// Labels, buckets, intervals of collectors and overrides of the guard of all sources count together, and of those for one
/// name the strongest source's. In variables, labels are written `zone=eu,rack=7`, buckets
/// `http_*=0.1,1,10;*_bytes=native,schema=4`, and overrides
/// as the file would have them on one line: `[{ match = "http_*", label = "route", values = 50 }]`.
///
/// A variable that is empty counts as unset, unless it says who may read: that is an error, because it would let
/// everybody in. One that nobody reads is never a mistake. A malformed one is an error
/// only where it would have been used: with `METRICS_ENABLED=false` nothing else is looked at, and `METRICS_PORT` is not
/// read after [`Builder::listen`](crate::Builder::listen). `METRICS_PORT` is ignored, with a warning, where Kubernetes
/// has set it for a Service called `metrics`.
///
/// # The file
///
/// It is TOML in UTF-8, at most 1 MiB. All of it must be right: an unknown key, a value that is not allowed, or a file
/// that is not there is an error, which names the file, line and column.
///
/// ```
/// let file = r#"
/// port = 9000
/// labels = { service = "scorer" }
///
/// [routes]
/// metrics = "/numbers"
/// snapshot = false
///
/// [[buckets]]
/// match = "*_seconds"          # or the beginning of a name, "http_*", or all of it
/// bounds = [0.001, 0.01, 0.1, 0.25, 1]
///
/// [[buckets]]                  # bounds = [..] beside native = true are both kinds
/// match = "*_bytes"
/// bounds = "native"            # with schema = 3 and max_buckets = 160, unless they stand here
/// override = true              # also where the program declares others
///
/// [guard]
/// values = 500
///
/// [[guard.override]]           # see `Policy` for what each of them means
/// match = "http_*"
/// label = "route"              # which values, allow and allow_only are about
/// values = 50
/// allow = ["/", "/login"]
/// drop_label = "session"
/// series = 2000
///
/// [[guard.override]]
/// match = "jobs_*"
/// label = "client"
/// values = 50
/// within = "organisation"      # so many for each organisation
/// "#;
/// # let directory = std::env::temp_dir().join(format!("tachometer-{}", std::process::id()));
/// # std::fs::create_dir_all(&directory).expect("there is room");
/// # let path = directory.join("tachometer.toml");
/// # std::fs::write(&path, file).expect("there is room");
/// let telemetry = tachometer::builder().config_file(&path).no_listener().install()?;
/// println!("{}", telemetry.config());
/// # std::fs::remove_dir_all(directory).expect("it is ours");
/// # Ok::<(), tachometer::Error>(())
/// ```
///
/// It is looked at every five seconds, or as `reload_interval` says. Once it has changed and is the same for two looks,
/// it is read again; [`Telemetry::reload`](crate::Telemetry::reload) does so at once. Settings that the table marks
/// change while the program runs; of others the log says that they wait for the next start. A file with a mistake
/// changes nothing. `tachometer_config_last_reload_successful` is then 0 and `tachometer_config_reload_errors_total` one
/// more; `tachometer_config_last_reload_success_timestamp_seconds` says when it last went well.
///
/// # Settings
///
/// New buckets are those of histograms that come to be later; new times and sizes those of connections that do. A change
/// of the guard's settings takes the place of what [`Telemetry::set_policy`](crate::Telemetry::set_policy) has said.
///
#[doc = include_str!("settings.md")]
#[derive(Debug, Clone, Default, PartialEq)]
#[must_use = "it has no effect until a `Builder` gets it"]
pub struct Config {
    pub(super) enabled: Option<bool>,
    pub(super) host: Option<String>,
    pub(super) port: Option<u16>,
    pub(super) labels: Option<Labels>,
    pub(super) buckets: Option<Ladders>,
    pub(super) listen_required: Option<bool>,
    pub(super) created: Option<bool>,
    pub(super) formats: Option<Formats>,
    pub(super) allow: Option<Matchers>,
    pub(super) deny: Option<Matchers>,
    pub(super) exemplar_age: Option<Duration>,
    pub(super) exemplar_filter: Option<Filter>,
    pub(super) collectors: Option<Names>,
    pub(super) collection_interval: Option<Duration>,
    pub(super) collector_intervals: Option<Intervals>,
    pub(super) token: Option<Secret>,
    pub(super) token_file: Option<PathBuf>,
    pub(super) tokens_file: Option<PathBuf>,
    pub(super) tenant_label: Option<String>,
    pub(super) web_config: Option<PathBuf>,
    pub(super) reload_interval: Option<Duration>,
    pub(super) connections: Option<usize>,
    pub(super) document_bytes: Option<usize>,
    pub(super) header_bytes: Option<usize>,
    pub(super) header_timeout: Option<Duration>,
    pub(super) idle_timeout: Option<Duration>,
    pub(super) write_timeout: Option<Duration>,
    pub(super) metrics_route: Option<Route>,
    pub(super) snapshot_route: Option<Route>,
    pub(super) cardinality_route: Option<Route>,
    pub(super) catalog_route: Option<Route>,
    pub(super) health_route: Option<Route>,
    pub(super) landing_route: Option<Route>,
    pub(super) guard: Policy,
    pub(super) outlets: Said,
    pub(super) fleet: Fleet,
}

impl Config {
    /// Whether anything is recorded at all. If not, `install` succeeds, every handle does nothing, and no port is
    /// opened. A recorder that an earlier installation of this process has set goes on recording.
    pub fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = Some(enabled);
        self
    }

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

    /// Adds a label that stands on every series. A series' own label of the same name wins.
    pub fn label(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.labels.get_or_insert_default().set(name.into(), value.into());
        self
    }

    /// Sets the buckets of these metrics, as far as they are histograms that declare none: upper bounds, or
    /// [`Native`](crate::metric::bounds::Native) ones.
    ///
    /// Bounds are finite and each above the one before, at most 256; `+Inf` is added. What is said of one name counts
    /// more than what is said of a beginning, and that more than what is said of an end; of two of a kind the longer.
    ///
    /// ```
    /// use tachometer::{
    ///     Config,
    ///     metric::{bounds::Native, matcher::Matcher},
    /// };
    ///
    /// let seconds = Matcher::Suffix("_seconds".to_owned());
    /// let config = Config::default().buckets(seconds, [0.001, 0.01, 0.1, 1.0]);
    /// assert_eq!(config.to_string(), "buckets = [{ match = \"*_seconds\", bounds = [0.001, 0.01, 0.1, 1] }]\n");
    ///
    /// let sizes = Matcher::Suffix("_bytes".to_owned());
    /// let config = Config::default().buckets(sizes, Native::new().schema(2));
    /// let written = "bounds = \"native\", schema = 2, max_buckets = 160";
    /// assert_eq!(config.to_string(), format!("buckets = [{{ match = \"*_bytes\", {written} }}]\n"));
    /// ```
    pub fn buckets(mut self, metrics: Matcher, buckets: impl Into<Buckets>) -> Self {
        self.buckets.get_or_insert_default().insert(metrics, buckets);
        self
    }

    /// Whether the program may start only if its address can be listened on. If not, an address that is taken is a warning,
    /// `tachometer_endpoint_listening` is 0, and it is tried again until it is free.
    pub fn listen_required(mut self, required: bool) -> Self {
        self.listen_required = Some(required);
        self
    }

    /// Whether OpenMetrics says of each counter, histogram and summary when it began, as a sample `.._created` of its own.
    pub fn created(mut self, created: bool) -> Self {
        self.created = Some(created);
        self
    }

    /// How long an exemplar is shown, so that one of a rare bucket does not lead to a trace that is long gone; zero is until
    /// a newer one comes.
    pub fn exemplar_age(mut self, age: Duration) -> Self {
        self.exemplar_age = Some(age);
        self
    }

    /// Which of the collectors that this crate brings run: `process`, `cgroup`, `system`, `gpu`, `tokio`, as far as its
    /// features bring them, or `all`. One that the program has set up by [`Builder::collect`](crate::Builder::collect)
    /// goes by its name as well; collectors of other names run in any case.
    ///
    /// ```
    /// use tachometer::Config;
    ///
    /// assert_eq!(Config::default().collectors(["process", "gpu"]).to_string(), "collectors = [\"process\", \"gpu\"]\n");
    /// assert_eq!(Config::default().collectors([""; 0]).to_string(), "collectors = []\n");
    /// ```
    pub fn collectors(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.collectors = Some(Names(names.into_iter().map(Into::into).collect()));
        self
    }

    /// How often collectors run that have no interval of their own.
    pub fn collection_interval(mut self, interval: Duration) -> Self {
        self.collection_interval = Some(interval);
        self
    }

    /// How often the collector of this name runs, one of those that [`collectors`](Self::collectors) knows. It counts more
    /// than [`Collector::interval`](crate::collectors::Collector::interval), which is what the collector itself says.
    pub fn collector_interval(mut self, name: impl Into<String>, interval: Duration) -> Self {
        self.collector_intervals.get_or_insert_default().set(name.into(), interval);
        self
    }

    /// How often the configuration file is looked at; zero is never. A change takes effect when it is seen twice, so
    /// that a file is never read while it is being written.
    pub fn reload_interval(mut self, interval: Duration) -> Self {
        self.reload_interval = Some(interval);
        self
    }

    /// How many connections are served at a time. Those beyond them are answered 503.
    pub fn connections(mut self, connections: usize) -> Self {
        self.connections = Some(connections);
        self
    }

    /// How many bytes of texts are held for those who read them. Beyond that, scrapes get what was written in the last ten
    /// seconds, or else those who read most slowly are cut off.
    pub fn document_bytes(mut self, bytes: usize) -> Self {
        self.document_bytes = Some(bytes);
        self
    }

    /// How large the head of a request may be, in bytes. A larger one is answered 431.
    pub fn header_bytes(mut self, bytes: usize) -> Self {
        self.header_bytes = Some(bytes);
        self
    }

    /// How long the head of a request may take. A slower one is answered 408.
    pub fn header_timeout(mut self, time: Duration) -> Self {
        self.header_timeout = Some(time);
        self
    }

    /// How long a connection may be idle between two requests; then it is closed.
    pub fn idle_timeout(mut self, time: Duration) -> Self {
        self.idle_timeout = Some(time);
        self
    }

    /// How long a client may take to read an answer; then it is cut off.
    pub fn write_timeout(mut self, time: Duration) -> Self {
        self.write_timeout = Some(time);
        self
    }

    /// The path of the metrics, for example `/metrics`.
    pub fn metrics_route(mut self, path: impl Into<String>) -> Self {
        self.metrics_route = Some(Route(Some(path.into())));
        self
    }

    /// The path of the metrics as JSON; `None` turns it off.
    pub fn snapshot_route(mut self, path: Option<&str>) -> Self {
        self.snapshot_route = Some(Route(path.map(str::to_owned)));
        self
    }

    /// The path of what the guard knows, as JSON; `None` turns it off.
    pub fn cardinality_route(mut self, path: Option<&str>) -> Self {
        self.cardinality_route = Some(Route(path.map(str::to_owned)));
        self
    }

    /// The path of what the program measures, as JSON; `None` turns it off.
    pub fn catalog_route(mut self, path: Option<&str>) -> Self {
        self.catalog_route = Some(Route(path.map(str::to_owned)));
        self
    }

    /// The path of the answer that the process is alive; `None` turns it off.
    pub fn health_route(mut self, path: Option<&str>) -> Self {
        self.health_route = Some(Route(path.map(str::to_owned)));
        self
    }

    /// The path of a page that links the others; `None` turns it off.
    pub fn landing_route(mut self, path: Option<&str>) -> Self {
        self.landing_route = Some(Route(path.map(str::to_owned)));
        self
    }

    /// How many values and series there may be, and what becomes of those beyond. What the policy leaves open stays as
    /// it is.
    ///
    /// ```
    /// use tachometer::{Config, Policy};
    ///
    /// let config = Config::default().guard(Policy::default().values(500)).guard(Policy::default().series(50_000));
    /// assert_eq!(config.to_string(), "guard.values = 500\nguard.series = 50000\n");
    /// ```
    pub fn guard(self, policy: Policy) -> Self {
        self.overridden_by(Self { guard: policy, ..Self::default() })
    }

    /// The settings of two sources together.
    pub(crate) fn overridden_by(mut self, mut stronger: Self) -> Self {
        SETTINGS.iter().for_each(|setting| setting.field.take(&mut self, &mut stronger));
        self
    }
}

/// As TOML, one line for each setting that is not left open: a file that would say the same. With `{:#}`, what each of
/// them means stands above it.
impl fmt::Display for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for setting in &SETTINGS {
            if let Some(value) = setting.field.to_toml(self) {
                if f.alternate() {
                    writeln!(f, "# {}", setting.meaning)?;
                }
                writeln!(f, "{} = {value}", setting.key)?;
            }
        }
        Ok(())
    }
}
