//! `web.yml` in a build without the feature `tls`: whoever names one is told so, and connections are what they are.

use std::{path::Path, sync::Arc};

use hyper::header::HeaderMap;
use tokio::net::TcpStream;

use super::super::watched::Files;
use crate::error::{Error, Kind};

/// A connection as it was accepted.
pub(crate) type Stream = TcpStream;

/// What the file says; there can be none.
#[derive(Debug)]
pub(crate) enum Web {}

impl Web {
    pub(crate) fn read(_: &mut Files, path: &Path, _: Option<&Self>) -> Result<Self, Error> {
        let message = format!(
            "web configuration {} cannot be used, because `tachometer` was built without its feature `tls`; enable it, \
             or unset METRICS_WEB_CONFIG",
            path.display()
        );
        Err(Error::new(Kind::Setting, message))
    }

    pub(crate) fn is_encrypted(&self) -> bool {
        match *self {}
    }

    pub(crate) fn has_users(&self) -> bool {
        match *self {}
    }

    pub(crate) fn wants_certificates(&self) -> bool {
        match *self {}
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        match *self {}
    }

    pub(crate) async fn admits(&self, _: &[u8]) -> Option<bool> {
        match *self {}
    }

    pub(crate) async fn accept(self: Arc<Self>, _: TcpStream) -> Result<Stream, Option<Stream>> {
        match *self {}
    }
}
