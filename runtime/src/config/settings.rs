//! What an installation does, decided: typed settings, none of them open. It knows no source.

use std::{net::SocketAddr, time::Duration};

use super::{Config, Fleet, collectors, shown::Lists, sources::library, table::SETTINGS, value::Route};
use crate::{Policy, collectors::wanted::Plan, credentials::Credentials, metric::matcher::Ladders};

/// What an installation does.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Settings {
    /// Where the endpoint listens, if anywhere.
    pub(crate) listen: Option<SocketAddr>,
    /// Whether it is an error that it cannot be.
    pub(crate) listen_required: bool,
    /// The labels that stand on every series: names valid, not reserved and distinct.
    pub(crate) labels: Vec<(String, String)>,
    /// Which collectors run, and how often.
    pub(crate) collectors: Plan,
    /// What child processes may.
    pub(crate) fleet: Fleet,
    /// Who may read.
    pub(crate) credentials: Credentials,
    /// What can change while the program runs.
    pub(crate) reloadable: Reloadable,
    /// How often the file is looked at; zero is never.
    pub(crate) reload_interval: Duration,
}

/// The settings that can change while the program runs, and those of their neighbours that cannot.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reloadable {
    /// Bounds of histograms that declare none.
    pub(crate) buckets: Ladders,
    /// How many values and series there may be.
    pub(crate) policy: Policy,
    /// Whether OpenMetrics says when series began.
    pub(crate) created: bool,
    /// The formats that scrapers can have, by their names.
    pub(crate) formats: Vec<String>,
    /// Which metrics the endpoint shows.
    pub(crate) lists: Lists,
    /// How long an exemplar is shown; zero is without an end.
    pub(crate) exemplar_age: Duration,
    /// How the endpoint treats its clients.
    pub(crate) endpoint: Endpoint,
    /// Where its pages are.
    pub(crate) routes: Routes,
}

/// How the endpoint treats its clients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Endpoint {
    /// Connections that are served at a time. Does not change while the program runs.
    pub(crate) connections: usize,
    /// Bytes of texts that are held for their readers. Does not change while the program runs.
    pub(crate) document_bytes: usize,
    /// Bytes of a request's head.
    pub(crate) header_bytes: usize,
    /// Time for a request's head.
    pub(crate) header_timeout: Duration,
    /// Time between two requests of a connection.
    pub(crate) idle_timeout: Duration,
    /// Time to take an answer.
    pub(crate) write_timeout: Duration,
}

/// The paths of the endpoint's pages, all different; none for a page that is turned off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Routes {
    /// The metrics, which are never turned off.
    pub(crate) metrics: String,
    /// The metrics as JSON.
    pub(crate) snapshot: Option<String>,
    /// What the guard knows.
    pub(crate) cardinality: Option<String>,
    /// What the program measures.
    pub(crate) catalog: Option<String>,
    /// That the process is alive.
    pub(crate) health: Option<String>,
    /// Links to the others.
    pub(crate) landing: Option<String>,
}

impl Routes {
    /// All pages by their names in settings, with their paths.
    pub(super) fn pages(&self) -> [(&'static str, Option<&str>); 6] {
        [
            ("metrics", Some(self.metrics.as_str())),
            ("snapshot", self.snapshot.as_deref()),
            ("cardinality", self.cardinality.as_deref()),
            ("catalog", self.catalog.as_deref()),
            ("health", self.health.as_deref()),
            ("landing", self.landing.as_deref()),
        ]
    }
}

impl Settings {
    /// The settings of a config in which none is open.
    pub(crate) fn new(merged: &Config, listen: Option<SocketAddr>) -> Self {
        let labels = merged.labels.clone().unwrap_or_default().0;
        let reload_interval = merged.reload_interval.unwrap_or_default();
        let credentials = Credentials {
            token: merged.token.clone(),
            token_file: merged.token_file.clone(),
            tokens_file: merged.tokens_file.clone(),
            tenant_label: merged.tenant_label.clone(),
            web_config: merged.web_config.clone(),
        };
        let collectors = collectors::plan(
            merged.collectors.as_ref(),
            merged.collection_interval,
            merged.collector_intervals.as_ref(),
        );
        let listen_required = merged.listen_required.unwrap_or_default();
        let reloadable = Reloadable::new(merged);
        let fleet = merged.fleet.clone();
        Self { listen, listen_required, labels, collectors, fleet, credentials, reloadable, reload_interval }
    }
}

impl Reloadable {
    /// The settings of a config in which none is open.
    pub(crate) fn new(merged: &Config) -> Self {
        let path = |route: &Option<Route>| route.as_ref().and_then(|route| route.0.clone());
        Self {
            buckets: merged.buckets.clone().unwrap_or_default(),
            policy: merged.guard.clone(),
            created: merged.created.unwrap_or_default(),
            formats: merged.formats.clone().unwrap_or_default().0,
            lists: Lists {
                allow: merged.allow.clone().unwrap_or_default().0,
                deny: merged.deny.clone().unwrap_or_default().0,
            },
            exemplar_age: merged.exemplar_age.unwrap_or_default(),
            endpoint: Endpoint {
                connections: merged.connections.unwrap_or_default(),
                document_bytes: merged.document_bytes.unwrap_or_default(),
                header_bytes: merged.header_bytes.unwrap_or_default(),
                header_timeout: merged.header_timeout.unwrap_or_default(),
                idle_timeout: merged.idle_timeout.unwrap_or_default(),
                write_timeout: merged.write_timeout.unwrap_or_default(),
            },
            routes: Routes {
                metrics: path(&merged.metrics_route).unwrap_or_default(),
                snapshot: path(&merged.snapshot_route),
                cardinality: path(&merged.cardinality_route),
                catalog: path(&merged.catalog_route),
                health: path(&merged.health_route),
                landing: path(&merged.landing_route),
            },
        }
    }
}

impl Reloadable {
    /// What is said of the guard, as a file would say it: the first setting that is not the library's own.
    pub(crate) fn said_of_guard(&self) -> Option<String> {
        let own = library();
        let said = Config { guard: self.policy.clone(), ..Config::default() };
        let of_guard = SETTINGS.iter().filter(|setting| setting.key.starts_with("guard."));
        of_guard.filter(|setting| !setting.field.is_same(&said, &own)).find_map(|setting| {
            let value = setting.field.to_toml(&said)?;
            Some(format!("{} = {value}", setting.key))
        })
    }
}

/// The library's own.
impl Default for Reloadable {
    fn default() -> Self {
        Self::new(&library())
    }
}
