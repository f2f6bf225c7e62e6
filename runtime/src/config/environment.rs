//! The variables that are read, and what each may hold. It does not know which source wins.

use std::{
    env,
    ffi::{OsStr, OsString},
    io,
    net::{IpAddr, ToSocketAddrs},
    path::PathBuf,
};

use crate::{
    credentials::Secret,
    error::{Error, Kind},
};

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

/// Whether anything shall be recorded.
pub(super) fn enabled(environment: &dyn Environment) -> Result<Option<bool>, Error> {
    let name = "METRICS_ENABLED";
    let allowed = "write true or false";
    let Some(value) = text(environment, name, allowed)? else { return Ok(None) };
    match value.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(Some(true)),
        "false" | "0" | "no" | "off" => Ok(Some(false)),
        _ => Err(malformed(name, &value, allowed)),
    }
}

/// The host to listen on, with the variable that names it.
pub(super) fn host(environment: &dyn Environment) -> Result<Option<(&'static str, String)>, Error> {
    for name in ["METRICS_HOST", "OTEL_EXPORTER_PROMETHEUS_HOST"] {
        if let Some(value) = text(environment, name, super::settings::HOST)? {
            return Ok(Some((name, value)));
        }
    }
    Ok(None)
}

/// The port to listen on.
pub(super) fn port(environment: &dyn Environment) -> Result<Option<u16>, Error> {
    let allowed = "a port is a number from 0 to 65535";
    for name in ["METRICS_PORT", "OTEL_EXPORTER_PROMETHEUS_PORT"] {
        let Some(value) = text(environment, name, allowed)? else { continue };
        if name == "METRICS_PORT" && is_injected(environment, &value) {
            tracing::warn!(
                "environment variable METRICS_PORT is `{value}`, which Kubernetes sets beside a Service called \
                 `metrics`; it is ignored"
            );
            continue;
        }
        // A sign is no part of a port, though it may be of a number.
        let is_number = value.bytes().all(|byte| byte.is_ascii_digit());
        let port = value.parse().ok().filter(|_| is_number);
        return port.map(Some).ok_or_else(|| malformed(name, &value, allowed));
    }
    Ok(None)
}

/// The labels to put on every series, in the order of the variable.
pub(super) fn labels(environment: &dyn Environment) -> Result<Vec<(String, String)>, Error> {
    let name = "METRICS_LABELS";
    let allowed = "write labels as name=value,name2=value2";
    let Some(value) = text(environment, name, allowed)? else { return Ok(Vec::new()) };
    let pair = |item: &str| item.split_once('=').map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()));
    value.split(',').map(pair).collect::<Option<_>>().ok_or_else(|| malformed(name, &value, allowed))
}

/// The operator's own token. Its value is in no message.
pub(super) fn token(environment: &dyn Environment) -> Result<Option<Secret>, Error> {
    let name = "METRICS_TOKEN";
    let Some(value) = not_empty(environment, name)? else { return Ok(None) };
    let not_text =
        |_| Error::new(Kind::Setting, format!("environment variable {name} is not Unicode; write another token"));
    // What a secret's file ends with is no part of it.
    value.into_string().map(|token| Some(Secret::new(token.trim()))).map_err(not_text)
}

/// The path of a file.
pub(super) fn path(environment: &dyn Environment, name: &str) -> Result<Option<PathBuf>, Error> {
    Ok(not_empty(environment, name)?.map(PathBuf::from))
}

/// The label that tells tenants apart.
pub(super) fn tenant_label(environment: &dyn Environment) -> Result<Option<String>, Error> {
    text(environment, "METRICS_TENANT_LABEL", "write the name of a label")
}

/// A variable on which depends who may read: empty, it would let everybody in where somebody was meant to be kept out.
fn not_empty(environment: &dyn Environment, name: &str) -> Result<Option<OsString>, Error> {
    match environment.variable(name) {
        Some(value) if value.is_empty() => Err(Error::new(
            Kind::Setting,
            format!("environment variable {name} is empty; set it, or unset it altogether"),
        )),
        value => Ok(value),
    }
}

/// Whether Kubernetes put this value beside a Service that happens to be called `metrics`.
fn is_injected(environment: &dyn Environment, port: &str) -> bool {
    KUBERNETES.iter().any(|scheme| port.starts_with(scheme))
        && environment.variable("METRICS_SERVICE_HOST").is_some_and(|host| !host.is_empty())
}

/// The text of a variable that is set and not empty.
fn text(environment: &dyn Environment, name: &str, allowed: &str) -> Result<Option<String>, Error> {
    let Some(value) = environment.variable(name) else { return Ok(None) };
    match value.to_str().map(str::trim) {
        Some("") => Ok(None),
        Some(text) => Ok(Some(text.to_owned())),
        None => Err(not_text(name, &value, allowed)),
    }
}

fn not_text(name: &str, value: &OsStr, allowed: &str) -> Error {
    let value = value.to_string_lossy();
    Error::new(Kind::Setting, format!("environment variable {name} is `{value}`, which is not Unicode; {allowed}"))
}

fn malformed(name: &str, value: &str, allowed: &str) -> Error {
    Error::new(Kind::Setting, format!("environment variable {name} is `{value}`; {allowed}"))
}
