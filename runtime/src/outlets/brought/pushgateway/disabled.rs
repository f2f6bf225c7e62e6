//! A build without the feature `pushgateway`: a setting that asks for it is told so.

use crate::{Error, config::outlets::Gateway, error::Kind, push::Outlet};

/// The outlet that settings ask for; there is none.
pub(in crate::outlets) fn of_settings(_: &Gateway) -> Result<Box<dyn Outlet>, Error> {
    let message = "this outlet is not in this build of the program; enable the feature `pushgateway` of `tachometer`, or drop \
                   the setting";
    Err(Error::new(Kind::Setting, message))
}
