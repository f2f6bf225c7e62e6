//! All outlets, those that a build leaves out as modules without anything in them.

use crate::{Error, config::Environment, push::Outlet};

mod http;

pub(super) mod log;

pub(super) mod otlp;

pub(super) mod pushgateway;

pub(super) mod redis;

pub(super) mod textfile;

/// The outlets that the environment asks for.
///
/// # Errors
/// If a variable is malformed.
pub(crate) fn of_environment(environment: &dyn Environment) -> Result<Option<Box<dyn Outlet>>, Error> {
    otlp::of_environment(environment)
}
