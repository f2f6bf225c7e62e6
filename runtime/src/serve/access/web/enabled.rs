//! The exporter-toolkit's `web.yml`, in force.

mod certificates;
mod clients;
mod demands;
mod document;
#[cfg(any(test, tachometer_fuzzing))]
mod fuzz;
mod section;
mod stream;
mod tls;
mod users;

use std::{path::Path, sync::Arc};

use hyper::header::HeaderMap;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

pub(crate) use self::stream::Stream;
use self::{
    demands::Demands,
    document::Document,
    users::{Users, Verdict},
};
use super::super::watched::Files;
use crate::error::{Error, Kind};

/// What the file says, and the files that it names.
pub(crate) struct Web {
    tls: Option<TlsAcceptor>,
    demands: Option<Demands>,
    headers: HeaderMap,
    users: Arc<Users>,
    is_empty: bool,
}

impl Web {
    /// Reads the file and those that it names. What is in force already bounds what it may change.
    pub(crate) fn read(files: &mut Files, path: &Path, old: Option<&Self>) -> Result<Self, Error> {
        let content = files.read("web configuration", path)?;
        let Document { tls, headers, wants_http2, users, is_empty, wants_no_users } = Document::parse(path, &content)?;
        let wrong = |what: &str| Error::new(Kind::Setting, format!("web configuration {}: {what}", path.display()));
        if let Some(old) = old {
            if is_empty && !old.is_empty {
                return Err(wrong("it is empty now, as if it were being written; write {} to let everybody in"));
            }
            if tls.is_some() != old.tls.is_some() {
                return Err(wrong("tls_server_config cannot come or go while the endpoint runs; start it again"));
            }
            if let (Some(old), Some(tls)) = (old.demands, &tls) {
                old.kept_by(tls).map_err(|what| wrong(&what))?;
            }
            if old.has_users() && users.is_empty() && !wants_no_users {
                return Err(wrong(
                    "basic_auth_users is gone, as if the file were being written; write `basic_auth_users: {}` to let \
                     everybody in",
                ));
            }
        } else if wants_http2 && tls.is_some() {
            tracing::info!("web configuration {}: HTTP/2 is not served; clients get HTTP/1.1", path.display());
        }
        let demands = tls.as_ref().map(Demands::of).transpose().map_err(|what| wrong(&what))?;
        let tls = tls.map(|tls| tls::acceptor(files, path, &tls)).transpose()?;
        let users = Users::new(users, old.map(|old| &*old.users)).map_err(|what| wrong(&what))?;
        Ok(Self { tls, demands, headers, users: Arc::new(users), is_empty })
    }

    pub(crate) fn is_encrypted(&self) -> bool {
        self.tls.is_some()
    }

    pub(crate) fn has_users(&self) -> bool {
        !self.users.is_empty()
    }

    /// Whether clients without a certificate are refused.
    pub(crate) fn wants_certificates(&self) -> bool {
        self.demands.is_some_and(Demands::wants_certificates)
    }

    /// What is on every answer.
    pub(crate) fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Whether these are a user and its password, as `Authorization: Basic` carries them; `None` while too many others are
    /// being checked.
    pub(crate) async fn admits(&self, credentials: &[u8]) -> Option<bool> {
        match self.users.admit(credentials).await {
            Verdict::Right => Some(true),
            Verdict::Wrong => Some(false),
            Verdict::Busy => None,
        }
    }

    /// Agrees with a client on TLS, if that is asked for.
    ///
    /// # Errors
    /// With the connection, if the client asks without TLS.
    pub(crate) async fn accept(self: Arc<Self>, stream: TcpStream) -> Result<Stream, Option<Stream>> {
        let Some(tls) = &self.tls else { return Ok(Stream::Plain(stream)) };
        if asks_in_the_open(&stream).await {
            return Err(Some(Stream::Plain(stream)));
        }
        tls.accept(stream).await.map(|stream| Stream::Encrypted(Box::new(stream))).map_err(|_| None)
    }
}

/// Whether what comes begins with a letter, as a method of HTTP does and no record of TLS. Nothing of it is taken away.
async fn asks_in_the_open(stream: &TcpStream) -> bool {
    let mut first = [0];
    matches!(stream.peek(&mut first).await, Ok(1)) && first[0].is_ascii_alphabetic()
}

#[cfg(test)]
mod tests;
