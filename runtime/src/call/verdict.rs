//! Who says how a call has ended, and of what kind its error was: the returned value, or a function the user names.
//!
//! Each of them is a type of its own that holds nothing of what is returned: a future that keeps its judge lives no
//! shorter because of that.

use std::fmt;

use crate::call::{
    kind::{ErrorKind, Kind},
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
#[derive(Debug, Clone, Copy, Default)]
pub struct ByOutcome;

/// The same for a value with an error that may call itself none.
#[derive(Debug, Clone, Copy)]
pub struct ByError;

/// The error says of what kind it is.
#[derive(Debug, Clone, Copy, Default)]
pub struct ByKind;

/// The value of the key `ok_if`.
#[derive(Debug, Clone, Copy)]
pub struct OkIf<F>(F);

/// The value of the key `error_if`.
#[derive(Debug, Clone, Copy)]
pub struct ErrorIf<F>(F);

/// The function that `error_kind` names.
#[derive(Debug, Clone, Copy)]
pub struct KindBy<F>(pub(super) F);

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

/// A function of the user's that tells the kind of an error, and how to ask it.
///
/// It is one whatever the function is: one that tells no kind is one error and not two.
pub struct Told<E, F> {
    function: F,
    ask: fn(&F, &E) -> Verdict,
    /// The kinds that it can tell, as far as they are known.
    pub kinds: &'static [&'static str],
}

/// The function that `error_kind` names.
#[doc(hidden)]
#[inline]
pub const fn told_by<E, K: Kind, F: Fn(&E) -> K>(function: F) -> Told<E, F> {
    Told { function, ask: |function, error| function(error).verdict(), kinds: K::KINDS }
}

impl<E, F> Told<E, F> {
    /// What the function says of an error.
    #[inline]
    pub fn of(&self, error: &E) -> Verdict {
        (self.ask)(&self.function, error)
    }
}

impl<E, F> fmt::Debug for Told<E, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Told").field("kinds", &self.kinds).finish_non_exhaustive()
    }
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

impl<R: Carries, F: Fn(&R::Error) -> Verdict> Judge<R> for KindBy<F> {
    #[inline]
    fn judge(&self, value: &R) -> Verdict {
        value.error().map_or(Verdict::Ok, &self.0)
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
    const KINDS: &'static [&'static str] = <R::Error as ErrorKind>::KINDS;

    #[inline]
    fn verdict(&self) -> Verdict {
        self.error().map_or(Verdict::Ok, Kind::verdict)
    }
}
