//! How much of everything the endpoint gives to its clients.

use std::time::Duration;

use crate::config::settings::Endpoint;

/// The bounds of what clients can make the endpoint do.
#[derive(Debug, Clone)]
pub(super) struct Limits {
    /// Connections that are served at a time.
    pub(super) connections: usize,
    /// Connections beyond them that are being told so at a time. Those beyond these wait to be accepted.
    pub(super) refusals: usize,
    /// Bytes of a request's head.
    pub(super) head_bytes: usize,
    /// Time for a request's head, and from the connection to its first byte.
    pub(super) head: Duration,
    /// Time between two requests. Prometheus' default interval is a minute, and it keeps its connection.
    pub(super) idle: Duration,
    /// Time in which a client may take none of its answer, and that a document may take to be written for a router.
    pub(super) answer: Duration,
    /// Time for the head of a request that will be refused.
    pub(super) refusal: Duration,
    /// Time that a client gets to read the answer to something that was not read to its end.
    pub(super) linger: Duration,
    /// Bytes of documents that are held for their readers.
    pub(super) document_bytes: u64,
}

impl Limits {
    /// Those that settings choose, and beside them the library's own.
    pub(super) fn new(settings: &Endpoint) -> Self {
        Self {
            connections: settings.connections,
            refusals: 128,
            head_bytes: settings.header_bytes,
            head: settings.header_timeout,
            idle: settings.idle_timeout,
            answer: settings.write_timeout,
            refusal: Duration::from_secs(1),
            linger: Duration::from_secs(1),
            document_bytes: settings.document_bytes as u64,
        }
    }
}

#[cfg(test)]
impl Default for Limits {
    fn default() -> Self {
        Self::new(&crate::config::Reloadable::default().endpoint)
    }
}
