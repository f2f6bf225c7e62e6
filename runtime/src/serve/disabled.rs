//! The endpoint of a build without the feature `server`: there is none, and whoever asks for one is told so.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use crate::{
    config::{Commit, Reload, Reloadable},
    credentials::{Credentials, Offer},
    error::{Error, Kind},
    exporters::shown::Shown,
};

/// Whether this build can listen at all.
pub(crate) const AVAILABLE: bool = false;

/// Decides who may see what; there is nothing to see.
#[derive(Debug)]
pub(crate) struct Gate(());

impl Gate {
    pub(crate) fn open(_credentials: &Credentials, _offer: Offer) -> Result<Self, Error> {
        Ok(Self(()))
    }

    pub(crate) fn count_by(
        &self,
        _reload_failed: impl Fn(&'static str) + Send + Sync + 'static,
        _handshake_failed: impl Fn() + Send + Sync + 'static,
    ) {
    }

    pub(crate) fn files(&self) -> impl Iterator<Item = &'static str> + use<> {
        None.into_iter()
    }

    pub(crate) fn look(&self, _kind: &'static str) {}

    pub(crate) fn reload(&self) -> Result<(), Error> {
        Ok(())
    }

    pub(crate) fn is_open(&self) -> bool {
        true
    }

    pub(crate) fn is_encrypted(&self) -> bool {
        false
    }

    pub(crate) fn tenants(&self) -> Vec<String> {
        Vec::new()
    }

    pub(crate) fn tell_tenants(&self, tell: impl Fn(&str, Vec<String>) + Send + Sync + 'static) {
        tell("", self.tenants());
    }
}

/// An address that is held; there can be none.
#[derive(Debug)]
pub(crate) enum Bound {}

/// A running endpoint; there can be none.
#[derive(Debug)]
pub(crate) enum Server {}

/// What all that answers shares; nothing does.
#[derive(Debug, Clone)]
pub(crate) struct Served {
    pub(crate) gate: Arc<Gate>,
}

impl Served {
    pub(crate) fn new(_settings: &Reloadable, gate: Arc<Gate>) -> Self {
        Self { gate }
    }

    pub(crate) fn reload(&self) -> Box<dyn Reload> {
        Box::new(self.clone())
    }
}

impl Reload for Served {
    fn prepare<'a>(&'a self, _settings: &'a Reloadable) -> Result<Commit<'a>, Error> {
        Ok(Box::new(|| ()))
    }
}

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
        _served: &Served,
        _shown: Shown,
        _answered: impl Fn(&'static str, u16) + Send + Sync + 'static,
    ) -> Result<Server, Error> {
        match self {}
    }
}
