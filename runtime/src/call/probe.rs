//! Questions about a type that a macro can name but not look into.
//!
//! In a constant: an associated constant of the type itself is found before one of a trait. The one here needs more of the
//! type, so that for all other types the trait's is what is left.
//!
//! In a function: a method is looked for first where the fewest references have to be taken off, so that of the traits
//! that are implemented for a probe, for a reference to one, and so on, the one with the most references that fits answers.
//! Either way the answer is that of the place where the question stands: what only a caller knows of a type is not known.

use std::{future::Future, marker::PhantomData};

use futures_core::Stream;

use crate::call::{
    finite::Values,
    returned::{Borrowed, Followed, Holds},
    value::FiniteLabel,
    verdict::Kinds,
};

/// A type that is asked. An expansion has [`Unknown`] in scope where it asks.
#[derive(Debug)]
pub struct Probe<T: ?Sized>(PhantomData<fn() -> PhantomData<T>>);

/// What is known of any type: nothing.
pub trait Unknown {
    /// The kinds of errors.
    const KINDS: &'static [&'static str] = &[];
    /// The values of a label.
    const VALUES: Values = None;
    /// Whether it is a future.
    const IS_FUTURE: bool = false;
    /// Whether it is a stream.
    const IS_STREAM: bool = false;
    /// Whether it is a future or a stream that is followed into a box of its type.
    const IS_FOLLOWED: bool = false;
    /// Whether it is a borrow of what is not the call's.
    const IS_BORROWED: bool = false;
    /// The same for what a `Result` or an `Option` holds.
    const HOLDS_FUTURE: bool = false;
    /// The same.
    const HOLDS_STREAM: bool = false;
    /// The same.
    const HOLDS_FOLLOWED: bool = false;
}

impl<T: ?Sized> Unknown for Probe<T> {}

impl<T: ?Sized> Clone for Probe<T> {
    #[inline]
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: ?Sized> Copy for Probe<T> {}

impl<T: ?Sized> Probe<T> {
    /// What a question is asked of that methods answer.
    pub const NEW: Self = Self(PhantomData);
}

/// What a question is asked of, by a function: of one the compiler asks less than of a constant of a type's.
#[doc(hidden)]
#[inline]
#[must_use]
pub const fn probe<T: ?Sized>() -> Probe<T> {
    Probe::NEW
}

/// The body of a function whose return type has no name, and what it returns.
#[doc(hidden)]
#[inline]
pub fn returned_by<R, F: FnOnce() -> R>(body: F) -> (F, Probe<R>) {
    (body, Probe::NEW)
}

/// What the body makes: a future of which no more is said than what it ends with.
#[doc(hidden)]
#[inline]
pub fn future_by<O, R: Future<Output = O>, F: FnOnce() -> R>(body: F) -> R {
    body()
}

/// The future, of which no more is said than what it ends with.
#[doc(hidden)]
#[inline]
pub fn ending_with<O, F: Future<Output = O>>(future: F) -> F {
    future
}

/// What a body has made, and its type.
#[doc(hidden)]
#[inline]
pub fn made<R>(value: R) -> (R, Probe<R>) {
    (value, Probe::NEW)
}

/// A future whose output has no name, and what it ends with.
#[doc(hidden)]
#[inline]
pub fn output_of<F: Future>(future: F) -> (F, Probe<F::Output>) {
    (future, Probe::NEW)
}

impl<T: Kinds> Probe<T> {
    /// The kinds of errors.
    pub const KINDS: &'static [&'static str] = T::KINDS;
}

impl<T: FiniteLabel + ?Sized> Probe<T> {
    /// The values of a label.
    pub const VALUES: Values = Some(T::VALUES);
}

impl<T: Future> Probe<T> {
    /// Whether it is a future.
    pub const IS_FUTURE: bool = true;
}

impl<T: Stream> Probe<T> {
    /// Whether it is a stream.
    pub const IS_STREAM: bool = true;
}

impl<T: Followed> Probe<T> {
    /// Whether it is a future or a stream that is followed into a box of its type.
    pub const IS_FOLLOWED: bool = true;
}

impl<T: Borrowed> Probe<T> {
    /// Whether it is a borrow of what is not the call's.
    pub const IS_BORROWED: bool = true;
}

impl<T: Holds<Inner: Future>> Probe<T> {
    /// Whether it holds a future.
    pub const HOLDS_FUTURE: bool = true;
}

impl<T: Holds<Inner: Stream>> Probe<T> {
    /// Whether it holds a stream.
    pub const HOLDS_STREAM: bool = true;
}

impl<T: Holds<Inner: Followed>> Probe<T> {
    /// Whether it holds what is followed.
    pub const HOLDS_FOLLOWED: bool = true;
}
