//! All outlets, those that a build leaves out as modules without anything in them.

use crate::{
    Error,
    config::{Environment, outlets::Outlets},
    error::Kind,
    push::Outlet,
};

mod http;

pub(super) mod log;

pub(super) mod otlp;

pub(super) mod pushgateway;

pub(super) mod redis;

pub(super) mod textfile;

/// The outlets that the environment and settings ask for.
///
/// # Errors
/// If a variable or a setting is malformed, or the build lacks the outlet.
pub(crate) fn asked_for(environment: &dyn Environment, settings: &Outlets) -> Result<Vec<Box<dyn Outlet>>, Error> {
    let Outlets { redis, pushgateway, textfile, log } = settings;
    let mut all = Vec::from_iter(otlp::of_environment(environment)?);
    if let Some(list) = redis {
        all.push(redis::of_settings(list).map_err(|error| of_setting("redis.url", &error))?);
    }
    if let Some(gateway) = pushgateway {
        all.push(pushgateway::of_settings(gateway).map_err(|error| of_setting("pushgateway.url", &error))?);
    }
    if let Some((path, interval)) = textfile {
        all.push(Box::new(textfile::Textfile::new(path).every(*interval)));
    }
    if let Some((families, interval)) = log {
        let log = families.iter().cloned().fold(log::Log::new(), log::Log::families);
        all.push(Box::new(log.interval(*interval)));
    }
    Ok(all)
}

/// Says which setting it was.
fn of_setting(key: &str, error: &Error) -> Error {
    let variable = key.to_uppercase().replace('.', "_");
    Error::new(Kind::Setting, format!("{key}, or METRICS_{variable}: {error}"))
}
