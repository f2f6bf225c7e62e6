//! How a call ends.

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
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not tell whether the call has failed",
    label = "`result` needs a type that implements `tachometer::Outcome`",
    note = "`Result` and `Option` implement it; implement it for your own type, or leave `result` out"
)]
pub trait Outcome {
    /// Whether the call has failed.
    fn is_error(&self) -> bool;
}

impl<T, E> Outcome for Result<T, E> {
    fn is_error(&self) -> bool {
        self.is_err()
    }
}

/// `None` is an error.
impl<T> Outcome for Option<T> {
    fn is_error(&self) -> bool {
        self.is_none()
    }
}

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

#[inline]
pub(crate) fn ending_of<T: Outcome>(value: &T) -> Ending {
    if value.is_error() { Ending::Error } else { Ending::Ok }
}
