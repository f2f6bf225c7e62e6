//! Snapshots as documents of a list in Redis. What waits is bounded, and so is what is in the list.

use std::{fmt, path::PathBuf, time::Duration};

use self::{
    ring::Ring,
    server::{Fault, Link, Server},
};
use crate::{
    Error, Snapshot,
    config::outlets,
    error::Kind,
    push::{
        Outlet, Push, PushError,
        backoff::{Backoff, Dice},
    },
};

mod ring;
mod server;
#[cfg(test)]
mod tests;

/// How many documents travel together at most, when there are many.
const TOGETHER: usize = 64;

/// Puts a document of each snapshot at the head of a list in Redis.
///
/// Documents travel in transactions, `MULTI`, `LPUSH`, `LTRIM`, `PEXPIRE`, `EXEC`, so that the list is never longer than it
/// may be, and goes away when it is not renewed. The newest document is the list's first: a consumer that takes them in
/// order calls `BRPOP`. One may come twice, where Redis took it and its answer was lost.
///
/// Without a server the program runs all the same: the connection is made when there is something to send, and again with a
/// new look at the name after each failure, at growing intervals. Meanwhile documents wait, so many and so many bytes; then
/// the oldest are dropped and counted. See [`push`](crate::push) for what is counted.
///
/// | what Redis says | is |
/// |---|---|
/// | nothing, `LOADING`, `READONLY`, `MOVED`, `CLUSTERDOWN`, `MASTERDOWN`, `TRYAGAIN` | tried again after a pause that doubles |
/// | `OOM`, `NOAUTH`, `WRONGPASS`, `NOPERM`, `WRONGTYPE` | tried again after the longest pause |
///
/// With `rediss://`, rustls' own `ring` does the cryptography unless the program has chosen a `CryptoProvider` for all of the
/// process by the time of the first connection.
///
/// A key that holds something else than a list is left as it is. It is the outlet `redis`.
///
/// ```
/// use std::time::Duration;
/// use tachometer::outlets::Redis;
///
/// let redis = Redis::new("redis://127.0.0.1:6379/0")?
///     .key("SCORER_METRICS")
///     .interval(Duration::from_secs(30))
///     .document(|snapshot| snapshot.to_json().into_bytes());
/// let builder = tachometer::builder().push(redis);
/// # Ok::<(), tachometer::Error>(())
/// ```
#[must_use = "it has no effect until `Builder::push` gets it"]
pub struct Redis {
    link: Box<dyn Link>,
    /// What it is connected to, without the password.
    at: String,
    document: Box<Document>,
    interval: Duration,
    batch: usize,
    ring: Ring,
    /// How long Redis may take for one answer.
    patience: Duration,
    backoff: Backoff,
    list: List,
    dice: Dice,
    failures: u32,
    /// No attempt is sooner than this, by the clock of pushes.
    not_before: Duration,
}

/// Makes a document of a snapshot.
type Document = dyn Fn(&Snapshot) -> Vec<u8> + Send;

/// The list, and what may be in it.
#[derive(Debug, Clone)]
struct List {
    key: String,
    most: u64,
    expiry: Duration,
    /// The authorities that are believed; the system's without.
    authorities: Option<PathBuf>,
    /// What is shown: a certificate and its key.
    own: Option<(PathBuf, PathBuf)>,
}

/// The outlet that settings ask for.
///
/// # Errors
/// If its URL is malformed.
pub(in crate::outlets) fn of_settings(list: &outlets::List) -> Result<Box<dyn Outlet>, Error> {
    let outlets::List { url, key, interval, batch } = list;
    Ok(Box::new(Redis::new(url.reveal())?.key(key).interval(*interval).batch(*batch)))
}

impl Redis {
    /// Connects, once there is something to send, to the server of a URL: `redis://[user:password@]host[:port][/database]`,
    /// `rediss://..` with TLS, or `unix:///path`.
    ///
    /// # Errors
    /// [`Error::is_setting`] if the URL is none. The password is in no message.
    pub fn new(url: &str) -> Result<Self, Error> {
        let server = Server::open(url).map_err(|error| {
            let message = "the URL of Redis is malformed; write it as redis://host:6379/0, or rediss:// for TLS";
            Error::new(Kind::Setting, message).with_source(error)
        })?;
        let at = server.address();
        Ok(Self::over(Box::new(server), at))
    }

    fn over(link: Box<dyn Link>, at: String) -> Self {
        Self {
            link,
            at,
            document: Box::new(|snapshot| snapshot.to_json().into_bytes()),
            interval: Duration::from_mins(1),
            batch: 1,
            ring: Ring::new(1_024, 16 * 1024 * 1024),
            patience: Duration::from_secs(3),
            backoff: Backoff { first: Duration::from_secs(1), longest: Duration::from_secs(30) },
            list: List {
                key: "tachometer".to_owned(),
                most: 10_000,
                expiry: Duration::from_hours(24),
                authorities: None,
                own: None,
            },
            dice: Dice::new(),
            failures: 0,
            not_before: Duration::ZERO,
        }
    }

    /// The key of the list; `tachometer` without a word.
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.list.key = key.into();
        self
    }

    /// What becomes of a snapshot; without a word, [`Snapshot::to_json`].
    pub fn document(mut self, document: impl Fn(&Snapshot) -> Vec<u8> + Send + 'static) -> Self {
        self.document = Box::new(document);
        self
    }

    /// How often there is a document; one minute without a word.
    pub fn interval(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// How many documents wait for each other to travel in one transaction; 1 without a word. At the end none waits.
    pub fn batch(mut self, documents: usize) -> Self {
        self.batch = documents.max(1);
        self
    }

    /// How many documents, and bytes of them, may wait while they cannot be sent; 1,024 and 16 MiB without a word.
    pub fn buffer(mut self, documents: usize, bytes: usize) -> Self {
        self.ring = Ring::new(documents, bytes);
        self
    }

    /// How long the list may be; 10,000 documents without a word.
    pub fn longest_list(mut self, documents: u64) -> Self {
        self.list.most = documents.max(1);
        self
    }

    /// When the list goes away unless there is a new document; a day without a word.
    pub fn expire_after(mut self, time: Duration) -> Self {
        self.list.expiry = time.max(Duration::from_millis(1));
        self
    }

    /// Believes the authorities of this PEM file in the place of the system's, for `rediss://`.
    pub fn authorities(mut self, file: impl Into<PathBuf>) -> Self {
        self.list.authorities = Some(file.into());
        self
    }

    /// Shows this certificate, of PEM files. They are read again for each connection, as the authorities are.
    pub fn client_certificate(mut self, certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        self.list.own = Some((certificate.into(), key.into()));
        self
    }

    /// How long Redis may take to accept a connection, and to answer; 3 s without a word.
    pub fn timeout(mut self, time: Duration) -> Self {
        self.patience = time;
        self
    }

    /// The pauses after failures: the first one, which doubles up to the longest; 1 s and 30 s without a word. Each is up
    /// to a half shorter, at random.
    pub fn backoff(mut self, first: Duration, longest: Duration) -> Self {
        self.backoff = Backoff { first, longest: longest.max(first) };
        self
    }

    /// Sends what waits, the oldest first.
    fn send(&mut self, push: &mut Push<'_>) -> Result<(), PushError> {
        if !push.is_asked_for() {
            if self.ring.len() < self.batch {
                push.pushed(0);
                return Ok(());
            }
            if push.now() < self.not_before {
                return Err(PushError::not_yet(self.not_before - push.now()));
            }
        }
        while !self.ring.is_empty() {
            let documents = self.ring.first(self.batch.max(TOGETHER));
            let within = self.patience.min(push.time_left()).max(Duration::from_millis(1));
            if let Err(fault) = self.link.send(&self.list, &documents, within) {
                return Err(self.failed(&fault, push.now()));
            }
            let sent = documents.len();
            self.ring.forget(sent);
            self.failures = 0;
            push.pushed(sent as u64);
        }
        Ok(())
    }

    fn failed(&mut self, fault: &Fault, now: Duration) -> PushError {
        let pause = if fault.is_lasting { self.backoff.longest } else { self.backoff.pause(self.failures) };
        let pause = self.dice.share(pause, 0.5);
        self.failures = self.failures.saturating_add(1);
        self.not_before = now + pause;
        let Fault { message, remedy, .. } = fault;
        let message = format!("Redis at {}, list `{}`: {message}; {remedy}", self.at, self.list.key);
        PushError::retry(message).after(pause).kept()
    }
}

impl Outlet for Redis {
    fn name(&self) -> &str {
        "redis"
    }

    fn interval(&self) -> Option<Duration> {
        Some(self.interval)
    }

    /// Attempts go on until the next document is due.
    fn timeout(&self) -> Duration {
        self.interval
    }

    fn push(&mut self, push: &mut Push<'_>) -> Result<(), PushError> {
        if push.attempt() == 0 {
            let dropped = self.ring.push((self.document)(push.snapshot()));
            push.dropped(dropped);
        }
        let sent = self.send(push);
        push.buffered(self.ring.bytes());
        sent
    }
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redis")
            .field("at", &self.at)
            .field("list", &self.list)
            .field("interval", &self.interval)
            .finish_non_exhaustive()
    }
}
