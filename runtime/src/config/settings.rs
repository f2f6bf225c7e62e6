//! Which source wins: builder, then environment, then the program's own defaults, then the library's.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
};

use super::{
    Config,
    environment::{self, Environment},
    labels::Labels,
};
use crate::{
    credentials::{Credentials, Secret},
    error::{Error, Kind},
    metric::label,
};

/// The library's own defaults: reachable from this machine only, at the port that OpenTelemetry gives to Prometheus.
const DEFAULT_HOST: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const DEFAULT_PORT: u16 = 9464;

/// What a host may be, for messages.
pub(super) const HOST: &str = "a host is an IP address, or a name that resolves to one";

/// What the builder was told by its methods.
#[derive(Debug, Clone, Default)]
pub(crate) struct Flags {
    /// Where to listen, if that was said.
    pub(crate) listen: Option<Listen>,
    /// Labels for every series, the last of a name being the one that counts.
    pub(crate) labels: Vec<(String, String)>,
    /// Who may read.
    pub(crate) credentials: Credentials,
    /// The program's own defaults.
    pub(crate) config: Option<Config>,
}

/// Where the builder was told to listen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Listen {
    /// At this address; port 0 is any.
    Address(SocketAddr),
    /// At none.
    Nowhere,
}

/// What an installation does, decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settings {
    /// Whether anything is recorded. If not, the rest is empty.
    pub(crate) enabled: bool,
    /// Where the endpoint listens, if anywhere.
    pub(crate) listen: Option<SocketAddr>,
    /// The labels that stand on every series: names valid, not reserved and distinct.
    pub(crate) labels: Vec<(String, String)>,
    /// Who may read.
    pub(crate) credentials: Credentials,
}

impl Settings {
    /// Decides each setting by its strongest source.
    ///
    /// Only a value that would be used is looked at, so that a broken variable cannot stop a program that overrides
    /// it, nor one that is switched off.
    pub(crate) fn resolve(flags: &Flags, environment: &dyn Environment) -> Result<Self, Error> {
        let defaults = Config::default();
        let config = flags.config.as_ref().unwrap_or(&defaults);
        if !environment::enabled(environment)?.or(config.enabled).unwrap_or(true) {
            return Ok(Self { enabled: false, listen: None, labels: Vec::new(), credentials: Credentials::default() });
        }
        let listen = match flags.listen {
            Some(Listen::Address(address)) => Some(address),
            Some(Listen::Nowhere) => None,
            None => Some(address(config, environment)?),
        };
        let mut labels = Labels::default();
        labels.add("config", &config.labels)?;
        labels.add("environment variable METRICS_LABELS", &environment::labels(environment)?)?;
        labels.add("builder", &flags.labels)?;
        let credentials = credentials(&flags.credentials, environment)?;
        Ok(Self { enabled: true, listen, labels: labels.into_inner(), credentials })
    }
}

/// Who may read, decided by setting. An empty one is an error, because without it everybody could.
fn credentials(flags: &Credentials, environment: &dyn Environment) -> Result<Credentials, Error> {
    let Credentials { token, tokens_file, tenant_label, web_config } = flags.clone();
    let token = token.map_or_else(|| environment::token(environment), |token| Ok(Some(token)))?;
    if let Some(mistake) = token.as_ref().and_then(Secret::token_mistake) {
        let message = format!("the token of the builder or METRICS_TOKEN {mistake}; make one of letters and digits");
        return Err(Error::new(Kind::Setting, message));
    }
    let file =
        |told: Option<PathBuf>, name| told.map_or_else(|| environment::path(environment, name), |path| Ok(Some(path)));
    let tenant_label = tenant_label.map_or_else(|| environment::tenant_label(environment), |label| Ok(Some(label)))?;
    if let Some(mistake) = tenant_label.as_deref().and_then(label::mistake) {
        return Err(Error::new(Kind::Setting, format!("the label of tenants: {}", mistake.as_str())));
    }
    let tokens_file = file(tokens_file, "METRICS_TOKENS_FILE")?;
    Ok(Credentials { token, tokens_file, tenant_label, web_config: file(web_config, "METRICS_WEB_CONFIG")? })
}

fn address(config: &Config, environment: &dyn Environment) -> Result<SocketAddr, Error> {
    let port = environment::port(environment)?.or(config.port).unwrap_or(DEFAULT_PORT);
    let host = match (environment::host(environment)?, &config.host) {
        (Some((variable, host)), _) => ip(&host, &format!("environment variable {variable}"), environment)?,
        (None, Some(host)) => ip(host, "config: host", environment)?,
        (None, None) => DEFAULT_HOST,
    };
    Ok(SocketAddr::new(host, port))
}

/// The address of a host: of several the first IPv4 one, because a scraper that resolves the same name tries that.
fn ip(host: &str, source: &str, environment: &dyn Environment) -> Result<IpAddr, Error> {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    if let Ok(ip) = bare.parse() {
        return Ok(ip);
    }
    let malformed = || Error::new(Kind::Setting, format!("{source} is `{host}`; {HOST}"));
    let addresses = environment.resolve(host).map_err(|error| malformed().with_source(error))?;
    addresses.iter().find(|ip| ip.is_ipv4()).or(addresses.first()).copied().ok_or_else(malformed)
}

#[cfg(test)]
mod tests;
