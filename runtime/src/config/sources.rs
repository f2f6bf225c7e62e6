//! Which source wins: builder, then environment, then file, then the program's own defaults, then the library's.

use std::{
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
};

use super::{
    Config,
    environment::{self, Environment},
    file,
    setting::Setting,
    settings::{Reloadable, Routes},
    table::{HOST, SETTINGS},
    value::Mistake,
};
use crate::error::{Error, Kind};

/// What the builder was told by its methods.
#[derive(Debug, Clone, Default)]
pub(crate) struct Flags {
    /// Where to listen, if that was said.
    pub(crate) listen: Option<Listen>,
    /// What wins over everything else.
    pub(crate) overrides: Config,
    /// The configuration file, if that was said.
    pub(crate) file: Option<PathBuf>,
    /// The program's own defaults.
    pub(crate) config: Config,
}

impl Flags {
    /// What others say otherwise, by the keys of settings and the names of the builder's methods.
    pub(crate) fn differences(&self, other: &Self) -> Vec<&'static str> {
        let is_same = |setting: &&Setting| {
            setting.field.is_same(&self.overrides, &other.overrides)
                && setting.field.is_same(&self.config, &other.config)
        };
        let methods = [("listen", self.listen == other.listen), ("config_file", self.file == other.file)];
        let methods = methods.into_iter().filter(|(_, is_same)| !is_same).map(|(name, _)| name);
        methods.chain(SETTINGS.iter().filter(|setting| !is_same(setting)).map(|setting| setting.key)).collect()
    }
}

/// Where the builder was told to listen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Listen {
    /// At this address; port 0 is any.
    Address(SocketAddr),
    /// At none.
    Nowhere,
}

/// Everything that has a say, and a file that may say something else later.
#[derive(Debug)]
pub(crate) struct Sources {
    flags: Flags,
    environment: Config,
    file: Option<PathBuf>,
    /// What the file said at first.
    written: Config,
    library: Config,
}

impl Sources {
    /// Gathers them; none where one of them switches everything off.
    ///
    /// Of the environment only what would be used is looked at, so that a broken variable cannot stop a program that
    /// overrides it, nor one that is switched off.
    ///
    /// # Errors
    /// If a variable or the file is malformed.
    pub(crate) fn gather(flags: &Flags, environment: &dyn Environment) -> Result<Option<(Self, Config)>, Error> {
        let is_free = |setting: &Setting| setting.field.joins() || !setting.field.is_set(&flags.overrides);
        let switch = environment::read(environment, |setting| setting.key == "enabled" && is_free(setting))?;
        if flags.overrides.enabled.or(switch.enabled) == Some(false) {
            return Ok(None);
        }
        let file = match &flags.file {
            Some(file) => Some(file.clone()),
            None => environment::file(environment)?,
        };
        let written = file.as_deref().map_or_else(|| Ok(Config::default()), file::read)?;
        let mut sources = Self { flags: flags.clone(), environment: switch, file, written, library: library() };
        if sources.merge(&sources.written).enabled == Some(false) {
            return Ok(None);
        }
        let is_wanted = |setting: &Setting| is_free(setting) && !(setting.is_address && flags.listen.is_some());
        sources.environment = environment::read(environment, is_wanted)?;
        sources.check(&sources.written)?;
        let merged = sources.merge(&sources.written);
        Ok(Some((sources, merged)))
    }

    /// The file that has a say, if there is one.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// What all of them say together, with the file as it is now.
    ///
    /// # Errors
    /// If the file is malformed.
    pub(crate) fn read_again(&self) -> Result<Config, Error> {
        let written = self.file().map_or_else(|| Ok(Config::default()), file::read)?;
        self.check(&written)?;
        Ok(self.merge(&written))
    }

    /// Where to listen, if anywhere.
    ///
    /// # Errors
    /// If the host is none.
    pub(crate) fn address(&self, merged: &Config, environment: &dyn Environment) -> Result<Option<SocketAddr>, Error> {
        match self.flags.listen {
            Some(Listen::Address(address)) => Ok(Some(address)),
            Some(Listen::Nowhere) => Ok(None),
            None => {
                let (host, port) = (merged.host.as_deref().unwrap_or_default(), merged.port.unwrap_or_default());
                Ok(Some(SocketAddr::new(self.ip(host, environment)?, port)))
            }
        }
    }

    /// The strongest word on each setting.
    fn merge(&self, file: &Config) -> Config {
        let sources = [&self.library, &self.flags.config, file, &self.environment, &self.flags.overrides];
        let merged = sources.into_iter().cloned().fold(Config::default(), Config::overridden_by);
        match self.flags.listen {
            Some(Listen::Address(address)) => merged.host(address.ip().to_string()).port(address.port()),
            Some(Listen::Nowhere) => Config { host: None, port: None, ..merged },
            None => merged,
        }
    }

    /// Whether what the program itself says is allowed, where nobody overrides it, and goes together with the rest.
    fn check(&self, file: &Config) -> Result<(), Error> {
        let counts = |setting: &&Setting| !(setting.is_address && self.flags.listen.is_some());
        for setting in SETTINGS.iter().filter(counts) {
            let is_overridden = |by: &Config| setting.field.is_set(by) && !setting.field.joins();
            let own =
                !is_overridden(file) && !is_overridden(&self.environment) && !is_overridden(&self.flags.overrides);
            for (source, config, has_a_say) in
                [("config", &self.flags.config, own), ("builder", &self.flags.overrides, true)]
            {
                if has_a_say && let Err(mistake) = setting.field.check(config) {
                    return Err(refused(setting, source, config, mistake));
                }
            }
        }
        let merged = self.merge(file);
        check_tenants(&merged)?;
        let merged = Reloadable::new(&merged);
        merged.policy.check()?;
        check_routes(&merged.routes)
    }

    /// The address of a host: of several the first IPv4 one, because a scraper that resolves the same name tries that.
    fn ip(&self, host: &str, environment: &dyn Environment) -> Result<IpAddr, Error> {
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        if let Ok(ip) = bare.parse() {
            return Ok(ip);
        }
        let malformed = || {
            let source = self.source_of_host(environment);
            Error::new(Kind::Setting, format!("{source} is `{host}`; {HOST}"))
        };
        let addresses = environment.resolve(host).map_err(|error| malformed().with_source(error))?;
        addresses.iter().find(|ip| ip.is_ipv4()).or(addresses.first()).copied().ok_or_else(malformed)
    }

    fn source_of_host(&self, environment: &dyn Environment) -> String {
        let setting = SETTINGS.iter().find(|setting| setting.key == "host");
        let variable = setting.and_then(|setting| environment::find(environment, setting).ok().flatten());
        match (variable, self.file()) {
            _ if self.flags.overrides.host.is_some() => "builder: host".to_owned(),
            (Some((variable, _)), _) => format!("environment variable {variable}"),
            (None, Some(path)) if self.written.host.is_some() => format!("config file {}: host", path.display()),
            _ => "config: host".to_owned(),
        }
    }
}

/// The library's own defaults.
pub(super) fn library() -> Config {
    let mut config = Config::default();
    for setting in SETTINGS.iter().filter(|setting| !setting.default.is_empty()) {
        let read = setting.field.read_text(&mut config, setting.default);
        debug_assert_eq!(read, Ok(()), "the default of {}", setting.key);
    }
    config
}

/// Whether a series can be told to be a tenant's. A tenant's label on all series would show one tenant the program's own.
fn check_tenants(merged: &Config) -> Result<(), Error> {
    let (Some(tenants), Some(common)) = (&merged.tenant_label, &merged.labels) else { return Ok(()) };
    let Some((_, value)) = common.0.iter().find(|(name, _)| name == tenants) else { return Ok(()) };
    let message = format!(
        "the label `{tenants}` stands on every series as `{value}` (METRICS_LABELS, or labels) and tells tenants apart \
         (METRICS_TENANT_LABEL, or tenant_label), so that the tenant `{value}` would see the metrics of all; drop one of \
         the two, or call one otherwise"
    );
    Err(Error::new(Kind::Setting, message))
}

/// Whether no two pages are at one path.
fn check_routes(routes: &Routes) -> Result<(), Error> {
    let mut paths: Vec<_> = routes.pages().into_iter().filter_map(|(page, path)| Some((path?, page))).collect();
    paths.sort_unstable();
    let Some([(path, one), (_, other)]) = paths.array_windows().find(|[one, other]| one.0 == other.0) else {
        return Ok(());
    };
    let message = format!("routes.{one} and routes.{other} are both `{path}`; give each a path of its own");
    Err(Error::new(Kind::Setting, message))
}

fn refused(setting: &Setting, source: &str, config: &Config, mistake: Mistake) -> Error {
    let message = match mistake {
        Mistake::Malformed => {
            let value = setting.field.to_toml(config).unwrap_or_default();
            let value = setting.field.shown(value.trim_matches('"'));
            format!("{source}: {} is `{value}`; {}", setting.key, setting.allowed)
        }
        Mistake::Because(reason) => format!("{source}: {reason}"),
    };
    Error::new(Kind::Setting, message)
}
