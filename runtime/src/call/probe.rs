//! Questions about a type that a macro can name but not look into.
//!
//! In a constant: an associated constant of the type itself is found before one of a trait. The one here needs more of the
//! type, so that for all other types the trait's is what is left.
//!
//! In a function: a method is looked for first where the fewest references have to be taken off, so that of the traits
//! that are implemented for a probe, for a reference to one, and so on, the one with the most references that fits answers.
//! Either way the answer is that of the place where the question stands: what only a caller knows of a type is not known.

use std::{future::Future, marker::PhantomData};

use crate::call::{finite::Values, value::FiniteLabel, verdict::Kinds};

/// A type that is asked. An expansion has [`Unknown`] in scope where it asks.
#[derive(Debug)]
pub struct Probe<T: ?Sized>(PhantomData<fn() -> PhantomData<T>>);

/// What is known of any type: nothing.
pub trait Unknown {
    /// The kinds of errors.
    const KINDS: &'static [&'static str] = &[];
    /// The values of a label.
    const VALUES: Values = None;
}

impl<T: ?Sized> Unknown for Probe<T> {}

impl<T: ?Sized> Probe<T> {
    /// What a question is asked of that methods answer.
    pub const NEW: Self = Self(PhantomData);
}

/// The body of a function whose return type has no name, and what it returns.
#[doc(hidden)]
#[inline]
pub fn returned_by<R, F: FnOnce() -> R>(body: F) -> (F, Probe<R>) {
    (body, Probe::NEW)
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
