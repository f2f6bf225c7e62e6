//! The endpoint of a build without the feature `server`: there is none, and whoever asks for one is told so.

use std::{net::SocketAddr, time::Duration};

use crate::{
    config::{Reload, Reloadable},
    error::{Error, Kind},
    exporters::shown::Shown,
};

/// Whether this build can listen at all.
pub(crate) const AVAILABLE: bool = false;

/// An address that is held; there can be none.
#[derive(Debug)]
pub(crate) enum Bound {}

/// A running endpoint; there can be none.
#[derive(Debug)]
pub(crate) enum Server {}

impl Server {
    /// Tells what is missing.
    pub(crate) fn bind(address: SocketAddr) -> Result<Bound, Error> {
        let message = format!(
            "cannot listen on {address}, because `tachometer` was built without its feature `server`; enable it, or \
             call `no_listener()`"
        );
        Err(Error::new(Kind::Address, message))
    }

    pub(crate) fn local_addr(&self) -> SocketAddr {
        match *self {}
    }

    pub(crate) fn reload(&self) -> Box<dyn Reload> {
        match *self {}
    }

    pub(crate) fn stop(self, _within: Duration) -> Result<(), Error> {
        match self {}
    }
}

impl Bound {
    pub(crate) fn descriptor(&self) -> Option<i32> {
        match *self {}
    }

    pub(crate) fn start(
        self,
        _settings: &Reloadable,
        _shown: Shown,
        _answered: impl Fn(&'static str, u16) + Send + Sync + 'static,
    ) -> Result<Server, Error> {
        match self {}
    }
}
