//! Who says how a call has ended, and of what kind its error was: the returned value, or a function the user names.
//!
//! Each of them is a type of its own that holds nothing of what is returned: a future that keeps its judge lives no
//! shorter because of that.

use crate::call::{
    kind::ErrorKind,
    outcome::{Carries, Outcome},
    probe::Probe,
};

/// What is said of a call that has returned.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Ok,
    Error,
    /// An error of this kind.
    Kind(&'static str),
}

impl Verdict {
    #[inline]
    const fn of(is_error: bool) -> Self {
        if is_error { Self::Error } else { Self::Ok }
    }
}

/// Says how a call has ended by the value it has returned.
#[doc(hidden)]
pub trait Judge<R> {
    fn judge(&self, value: &R) -> Verdict;
}

/// Whatever was returned, the call was a success.
#[derive(Debug, Clone, Copy)]
pub struct AsOk;

/// The value says whether it is an error.
#[derive(Debug, Clone, Copy)]
pub struct ByOutcome;

/// The same for a value with an error that may call itself none.
#[derive(Debug, Clone, Copy)]
pub struct ByError;

/// The error says of what kind it is.
#[derive(Debug, Clone, Copy)]
pub struct ByKind;

/// The value of the key `ok_if`.
#[derive(Debug, Clone, Copy)]
pub struct OkIf<F>(F);

/// The value of the key `error_if`.
#[derive(Debug, Clone, Copy)]
pub struct ErrorIf<F>(F);

/// The judge that `ok_if` names.
#[doc(hidden)]
#[inline]
pub const fn ok_if<F>(is_ok: F) -> OkIf<F> {
    OkIf(is_ok)
}

/// The judge that `error_if` names.
#[doc(hidden)]
#[inline]
pub const fn error_if<F>(is_error: F) -> ErrorIf<F> {
    ErrorIf(is_error)
}

/// A closure of the user's that judges values of this type, and learns here what it is given.
#[doc(hidden)]
#[inline]
pub const fn judging<R, F: Fn(&R) -> bool>(_: Probe<R>, function: F) -> F {
    function
}

/// What a function of the user's says of a value.
///
/// It is asked in a closure of ours, which is a judge whatever the function is: one that cannot judge is one error and not
/// two.
#[doc(hidden)]
#[inline]
pub fn asked<R, F: Fn(&R) -> bool>(function: F, value: &R) -> bool {
    function(value)
}

impl<R> Judge<R> for AsOk {
    #[inline]
    fn judge(&self, _: &R) -> Verdict {
        Verdict::Ok
    }
}

impl<R: Outcome> Judge<R> for ByOutcome {
    #[inline]
    fn judge(&self, value: &R) -> Verdict {
        Verdict::of(value.is_error())
    }
}

impl<R: Carries<Error: ErrorKind>> Judge<R> for ByError {
    #[inline]
    fn judge(&self, value: &R) -> Verdict {
        Verdict::of(value.error().is_some_and(|error| !error.is_ok()))
    }
}

impl<R: Kinds> Judge<R> for ByKind {
    #[inline]
    fn judge(&self, value: &R) -> Verdict {
        value.verdict()
    }
}

impl<R, F: Fn(&R) -> bool> Judge<R> for OkIf<F> {
    #[inline]
    fn judge(&self, value: &R) -> Verdict {
        Verdict::of(!(self.0)(value))
    }
}

impl<R, F: Fn(&R) -> bool> Judge<R> for ErrorIf<F> {
    #[inline]
    fn judge(&self, value: &R) -> Verdict {
        Verdict::of((self.0)(value))
    }
}

/// A returned value whose errors have kinds.
#[doc(hidden)]
pub trait Kinds {
    const KINDS: &'static [&'static str];

    fn verdict(&self) -> Verdict;
}

impl<R: Carries<Error: ErrorKind>> Kinds for R {
    const KINDS: &'static [&'static str] = R::Error::KINDS;

    #[inline]
    fn verdict(&self) -> Verdict {
        match self.error() {
            Some(error) if !error.is_ok() => Verdict::Kind(error.kind()),
            Some(_) | None => Verdict::Ok,
        }
    }
}
