//! Who says how a call has ended, and of what kind its error was: the returned value, or a function the user names.

use std::fmt;

use crate::call::kind::ErrorKind;

/// What is said of a call that has returned.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Ok,
    Error,
    /// An error of this kind.
    Kind(&'static str),
}

/// Says how a call has ended by the value it has returned.
#[doc(hidden)]
pub trait Judge<R> {
    fn judge(&self, value: &R) -> Verdict;
}

impl<R> Judge<R> for fn(&R) -> Verdict {
    #[inline]
    fn judge(&self, value: &R) -> Verdict {
        self(value)
    }
}

/// A judge that the user has named, and how to ask it.
///
/// It is one whatever its type is, so that a function which cannot judge is one error and not two.
pub struct Asked<R, F> {
    function: F,
    ask: fn(&F, &R) -> Verdict,
}

impl<R, F> fmt::Debug for Asked<R, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Asked").finish_non_exhaustive()
    }
}

/// The value of the key `ok_if`.
#[doc(hidden)]
#[inline]
pub fn ok_if<R, F: Fn(&R) -> bool>(is_ok: F) -> Asked<R, F> {
    let ask = |is_ok: &F, value: &R| if is_ok(value) { Verdict::Ok } else { Verdict::Error };
    Asked { function: is_ok, ask }
}

/// The value of the key `error_if`.
#[doc(hidden)]
#[inline]
pub fn error_if<R, F: Fn(&R) -> bool>(is_error: F) -> Asked<R, F> {
    let ask = |is_error: &F, value: &R| if is_error(value) { Verdict::Error } else { Verdict::Ok };
    Asked { function: is_error, ask }
}

impl<R, F> Judge<R> for Asked<R, F> {
    #[inline]
    fn judge(&self, value: &R) -> Verdict {
        (self.ask)(&self.function, value)
    }
}

/// A returned value whose errors have kinds.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` holds no error that could have a kind",
    label = "`error_kind` needs a `Result`",
    note = "return a `Result` whose error implements `tachometer::ErrorKind`, or use `result` instead of `error_kind`"
)]
pub trait Kinds {
    const KINDS: &'static [&'static str];

    fn verdict(&self) -> Verdict;
}

impl<T, E: ErrorKind> Kinds for Result<T, E> {
    const KINDS: &'static [&'static str] = E::KINDS;

    fn verdict(&self) -> Verdict {
        match self {
            Err(error) if !error.is_ok() => Verdict::Kind(error.kind()),
            Ok(_) | Err(_) => Verdict::Ok,
        }
    }
}
