//! The one error type of the crate: opaque, with predicates, a message that names the thing and its remedy, and a
//! source.

use std::{error::Error as StdError, fmt};

/// Why something could not be started, stopped or registered.
///
/// The message names what failed, its value and what to do about it. What kind of failure it is, is told by the
/// predicates, such as [`is_installed`](Self::is_installed).
pub struct Error {
    inner: Box<Inner>,
}

struct Inner {
    kind: Kind,
    message: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    RecorderTaken,
    NoRecorder,
    Installed,
    Address,
    Setting,
    Conflict,
    Name,
    TimedOut,
    Environment,
    Other,
}

impl Error {
    /// An error of the program's own, for what it hands to this crate: a
    /// [`Collector`](crate::collectors::Collector) that finds nothing, for example.
    ///
    /// ```
    /// let error = tachometer::Error::other("the printer is on fire");
    /// assert_eq!(error.to_string(), "the printer is on fire");
    /// ```
    #[cold]
    #[must_use]
    pub fn other(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        let error = error.into();
        Self::new(Kind::Other, error.to_string()).with_source(error)
    }

    #[cold]
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { inner: Box::new(Inner { kind, message: message.into(), source: None }) }
    }

    #[cold]
    pub(crate) fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.inner.source = Some(source.into());
        self
    }

    /// Another crate's recorder is the program's global recorder already.
    #[must_use]
    pub fn is_recorder_taken(&self) -> bool {
        self.inner.kind == Kind::RecorderTaken
    }

    /// There is no global recorder to adopt.
    #[must_use]
    pub fn is_no_recorder(&self) -> bool {
        self.inner.kind == Kind::NoRecorder
    }

    /// A `Telemetry` of this process is still alive. Those that want one, whether or not it is there already, call
    /// `Builder::install_shared`.
    #[must_use]
    pub fn is_installed(&self) -> bool {
        self.inner.kind == Kind::Installed
    }

    /// The endpoint's address could not be bound, for example because another program listens there.
    #[must_use]
    pub fn is_address(&self) -> bool {
        self.inner.kind == Kind::Address
    }

    /// A setting of the environment or the builder is malformed.
    #[must_use]
    pub fn is_setting(&self) -> bool {
        self.inner.kind == Kind::Setting
    }

    /// Two declarations of one metric contradict each other.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        self.inner.kind == Kind::Conflict
    }

    /// A name that came in at run time breaks the naming rules.
    #[must_use]
    pub fn is_name(&self) -> bool {
        self.inner.kind == Kind::Name
    }

    /// Something did not end within the time that it was given.
    #[must_use]
    pub fn is_timed_out(&self) -> bool {
        self.inner.kind == Kind::TimedOut
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.inner.message)
    }
}

/// Shows the message and its sources, because that is what `main` prints of an error that it returns.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.inner.message)?;
        let mut source = self.source();
        while let Some(error) = source {
            write!(f, ": {error}")?;
            source = error.source();
        }
        Ok(())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        let source = self.inner.source.as_deref().map(|source| source as &(dyn StdError + 'static))?;
        // The message of another error is its own, so that what comes next are its causes.
        if self.inner.kind == Kind::Other { source.source() } else { Some(source) }
    }
}

/// As [`Error::other`], so that a collector can use `?` on what it reads.
impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self::other(error)
    }
}
