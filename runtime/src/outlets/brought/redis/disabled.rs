//! A build without the feature `redis`: a setting that asks for it is told so.

use crate::{Error, config::outlets::List, error::Kind, push::Outlet};

/// The outlet that settings ask for; there is none.
pub(in crate::outlets) fn of_settings(_: &List) -> Result<Box<dyn Outlet>, Error> {
    let message = "this outlet is not in this build of the program; enable the feature `redis` of `tachometer`, or drop \
                   the setting";
    Err(Error::new(Kind::Setting, message))
}
