//! How a call ends.

use std::{ops::ControlFlow, task::Poll};

/// The way a call ended. The values are indices into a site's series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    Ok = 0,
    Error = 1,
    Panicked = 2,
    Cancelled = 3,
}

impl Ending {
    pub(crate) const ALL: [Self; 4] = [Self::Ok, Self::Error, Self::Panicked, Self::Cancelled];

    /// The ending as the value of the label `result`.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Error => "error",
            Self::Panicked => "panicked",
            Self::Cancelled => "cancelled",
        }
    }
}

/// A value that tells whether the call which returned it has failed.
///
/// It is what `result` needs of a function's return type.
///
/// ```
/// use tachometer::Outcome;
///
/// struct Response {
///     status: u16,
/// }
///
/// impl Outcome for Response {
///     fn is_error(&self) -> bool {
///         self.status >= 500
///     }
/// }
/// # assert!(Response { status: 503 }.is_error());
/// ```
///
/// `Err` is an error, also within `Some`, `Poll::Ready` and `Poll::Ready(Some(..))`. `None`, `Poll::Pending` and
/// `ControlFlow::Break` are none, and what lies deeper is a value; `error_if` judges otherwise.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not tell whether the call has failed",
    label = "`result` needs a type that tells it by itself",
    note = "`Result` does, and your own type if it implements `tachometer::Outcome`; what only a caller makes a `Result` \
            does not",
    note = "write `error_if = |returned| ..` in the place of `result`, or leave it out"
)]
pub trait Outcome {
    /// Whether the call has failed.
    fn is_error(&self) -> bool;
}

impl<T, E> Outcome for Result<T, E> {
    #[inline]
    fn is_error(&self) -> bool {
        self.is_err()
    }
}

impl<T, E> Outcome for Option<Result<T, E>> {
    #[inline]
    fn is_error(&self) -> bool {
        self.error().is_some()
    }
}

impl<T, E> Outcome for Poll<Result<T, E>> {
    #[inline]
    fn is_error(&self) -> bool {
        self.error().is_some()
    }
}

impl<T, E> Outcome for Poll<Option<Result<T, E>>> {
    #[inline]
    fn is_error(&self) -> bool {
        self.error().is_some()
    }
}

/// A type that is a [`Result`], or holds one and nothing else.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` holds no error that could have a kind",
    label = "`error_kind` needs a `Result`",
    note = "return a `Result` whose error implements `tachometer::ErrorKind`, or use `result` instead of `error_kind`"
)]
pub trait Carries {
    type Error;

    /// The error, if there is one.
    fn error(&self) -> Option<&Self::Error>;
}

impl<T, E> Carries for Result<T, E> {
    type Error = E;

    #[inline]
    fn error(&self) -> Option<&E> {
        self.as_ref().err()
    }
}

impl<T, E> Carries for Option<Result<T, E>> {
    type Error = E;

    #[inline]
    fn error(&self) -> Option<&E> {
        self.as_ref().and_then(Carries::error)
    }
}

impl<T, E> Carries for Poll<Result<T, E>> {
    type Error = E;

    #[inline]
    fn error(&self) -> Option<&E> {
        match self {
            Poll::Ready(result) => result.error(),
            Poll::Pending => None,
        }
    }
}

impl<T, E> Carries for Poll<Option<Result<T, E>>> {
    type Error = E;

    #[inline]
    fn error(&self) -> Option<&E> {
        match self {
            Poll::Ready(result) => result.error(),
            Poll::Pending => None,
        }
    }
}

/// A type that has no error, though it has the form of those that may carry one.
#[doc(hidden)]
pub trait CarriesNone {}

impl<T> CarriesNone for Option<T> {}

impl<T> CarriesNone for Poll<T> {}

impl<B, C> CarriesNone for ControlFlow<B, C> {}

/// How a call ended, for the labels of its series.
#[derive(Debug, Clone, Copy)]
pub(crate) struct End {
    pub(crate) ending: Ending,
    /// The kind of an error; empty for any other ending, and where no kinds are asked for.
    pub(crate) kind: &'static str,
}

impl End {
    pub(crate) const fn error(kind: &'static str) -> Self {
        Self { ending: Ending::Error, kind }
    }
}

impl From<Ending> for End {
    fn from(ending: Ending) -> Self {
        Self { ending, kind: "" }
    }
}
