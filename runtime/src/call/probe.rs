//! Questions about a type that a macro can name but not look into, answered in a constant.
//!
//! An associated constant of the type itself is found before one of a trait. The one here needs more of the type, so
//! that for all other types the trait's is what is left.

use std::marker::PhantomData;

use crate::call::{finite::Values, labels::FiniteLabel, verdict::Kinds};

/// A type that is asked. An expansion has [`Unknown`] in scope where it asks.
#[derive(Debug)]
pub struct Probe<T: ?Sized>(PhantomData<T>);

/// What is known of any type: nothing.
pub trait Unknown {
    /// The kinds of errors.
    const KINDS: &'static [&'static str] = &[];
    /// The values of a label.
    const VALUES: Values = None;
}

impl<T: ?Sized> Unknown for Probe<T> {}

impl<T: Kinds> Probe<T> {
    /// The kinds of errors.
    pub const KINDS: &'static [&'static str] = T::KINDS;
}

impl<T: FiniteLabel + ?Sized> Probe<T> {
    /// The values of a label.
    pub const VALUES: Values = Some(T::VALUES);
}
