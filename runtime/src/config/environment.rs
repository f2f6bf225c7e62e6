//! The variables that are read. It does not know which source wins.

use std::{
    env,
    ffi::{OsStr, OsString},
    io,
    net::{IpAddr, ToSocketAddrs},
    path::PathBuf,
};

use super::{Config, setting::Setting, table::SETTINGS, value::Mistake};
use crate::error::{Error, Kind};

/// What is asked of the outside, so that tests need not touch the process's own environment.
pub(crate) trait Environment {
    /// The value of a variable, if it is set.
    fn variable(&self, name: &str) -> Option<OsString>;

    /// The addresses of a host.
    fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>>;
}

/// The environment of this process, and the system's resolver.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Process;

impl Environment for Process {
    fn variable(&self, name: &str) -> Option<OsString> {
        env::var_os(name)
    }

    fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        Ok((host, 0).to_socket_addrs()?.map(|address| address.ip()).collect())
    }
}

/// The schemes that Kubernetes writes into `<SERVICE>_PORT`.
const KUBERNETES: [&str; 3] = ["tcp://", "udp://", "sctp://"];

/// The variable that names the file.
pub(super) const FILE: &str = "METRICS_CONFIG";

/// Returns the file that the environment names.
///
/// # Errors
/// If the variable is empty: the file that it was to name may be all that keeps the endpoint closed.
pub(super) fn file(environment: &dyn Environment) -> Result<Option<PathBuf>, Error> {
    match environment.variable(FILE) {
        Some(path) if path.to_str().is_some_and(|path| path.trim().is_empty()) => Err(empty(FILE)),
        path => Ok(path.map(PathBuf::from)),
    }
}

/// Reads the variables of those settings that `wanted` names.
pub(super) fn read(environment: &dyn Environment, wanted: impl Fn(&Setting) -> bool) -> Result<Config, Error> {
    let mut config = Config::default();
    for setting in SETTINGS.iter().filter(|setting| wanted(setting)) {
        if let Some((name, value)) = find(environment, setting)? {
            setting.field.read_text(&mut config, &value).map_err(|mistake| refused(setting, &name, &value, mistake))?;
        }
    }
    Ok(config)
}

/// The strongest variable that says something of a setting, and its text.
pub(super) fn find(environment: &dyn Environment, setting: &Setting) -> Result<Option<(String, String)>, Error> {
    for name in setting.variables() {
        let Some(value) = text(environment, &name, setting)? else { continue };
        if !is_injected(environment, &name, &value) {
            return Ok(Some((name, value)));
        }
        tracing::warn!(
            "environment variable {name} is `{value}`, which Kubernetes sets beside a Service called `metrics`; it is \
             ignored"
        );
    }
    Ok(None)
}

/// Whether Kubernetes put this value beside a Service that happens to be called `metrics`.
fn is_injected(environment: &dyn Environment, name: &str, value: &str) -> bool {
    name == "METRICS_PORT"
        && KUBERNETES.iter().any(|scheme| value.starts_with(scheme))
        && environment.variable("METRICS_SERVICE_HOST").is_some_and(|host| !host.is_empty())
}

/// The text of a variable that is set and not empty.
fn text(environment: &dyn Environment, name: &str, setting: &Setting) -> Result<Option<String>, Error> {
    let Some(value) = environment.variable(name) else { return Ok(None) };
    match value.to_str().map(str::trim) {
        Some("") if setting.is_access => Err(empty(name)),
        Some("") => Ok(None),
        Some(text) => Ok(Some(text.to_owned())),
        None => Err(not_text(name, &value, setting)),
    }
}

fn empty(name: &str) -> Error {
    Error::new(Kind::Setting, format!("environment variable {name} is empty; set it, or unset it altogether"))
}

fn refused(setting: &Setting, name: &str, value: &str, mistake: Mistake) -> Error {
    let message = match mistake {
        Mistake::Malformed => {
            format!("environment variable {name} is `{}`; {}", setting.field.shown(value), setting.allowed)
        }
        Mistake::Because(reason) => format!("environment variable {name}: {reason}"),
    };
    Error::new(Kind::Setting, message)
}

fn not_text(name: &str, value: &OsStr, setting: &Setting) -> Error {
    let value = value.to_string_lossy();
    let (value, allowed) = (setting.field.shown(&value), setting.allowed);
    Error::new(Kind::Setting, format!("environment variable {name} is `{value}`, which is not Unicode; {allowed}"))
}
