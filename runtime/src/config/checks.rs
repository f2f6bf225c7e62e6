//! What the table of settings demands of values beyond their form.

use std::{path::Path, time::Duration};

use super::value::Mistake;
use crate::{cardinality::policy::Cap, credentials::Secret};

pub(super) fn token(token: &Secret) -> Result<(), Mistake> {
    let because = |mistake| Mistake::Because(format!("the token {mistake}; make one of letters and digits"));
    token.token_mistake().map_or(Ok(()), |mistake| Err(because(mistake)))
}

pub(super) fn path(path: &Path) -> Result<(), Mistake> {
    valid(!path.as_os_str().is_empty())
}

pub(super) fn valid(is_valid: bool) -> Result<(), Mistake> {
    if is_valid { Ok(()) } else { Err(Mistake::Malformed) }
}

pub(super) fn is_positive(most: &Cap) -> Result<(), Mistake> {
    valid(most.0 > 0)
}

/// Whether a time is at least so many seconds, and at most an hour.
pub(super) fn within(time: &Duration, least: f64) -> bool {
    (least..=3600.0).contains(&time.as_secs_f64())
}
