//! What a handle is until its first use: a declaration; and from then on: something that is shared.

use std::sync::{Arc, OnceLock};

use crate::{
    gate,
    handle::{
        declared::Declared,
        metric::{Metric, Series},
    },
};

/// What can be made of a declaration alone.
pub(crate) trait Made {
    fn of(declared: &Declared) -> Self;
}

/// A declaration that becomes a `T` when one is needed.
#[derive(Debug)]
pub(crate) struct Lazy<T> {
    /// Without effect once the `T` is made.
    pub(crate) declared: Declared,
    made: OnceLock<Arc<T>>,
}

impl<T> Lazy<T> {
    pub(crate) const fn new(declared: Declared) -> Self {
        Self { declared, made: OnceLock::new() }
    }

    /// One that is made already.
    pub(crate) fn of(declared: Declared, made: Arc<T>) -> Self {
        Self { declared, made: OnceLock::from(made) }
    }
}

impl<T: Made> Lazy<T> {
    #[inline]
    pub(crate) fn get(&self) -> &T {
        match self.made.get() {
            Some(made) => made,
            None => self.make(),
        }
    }

    /// The same, to keep.
    pub(crate) fn share(&self) -> Arc<T> {
        self.get();
        // It has been made by now, once and for all.
        self.made.get().cloned().unwrap_or_else(|| Arc::new(T::of(&self.declared)))
    }

    /// Two threads may each make one, of which the first is kept.
    #[cold]
    fn make(&self) -> &T {
        let made = Arc::new(T::of(&self.declared));
        gate::within(|| self.made.get_or_init(|| made))
    }
}

impl<T> Clone for Lazy<T> {
    fn clone(&self) -> Self {
        Self { declared: self.declared, made: self.made.clone() }
    }
}

impl Made for Series {
    fn of(declared: &Declared) -> Self {
        let metric = Metric::new(declared, declared.name.to_string(), &[]);
        Self::new(Arc::new(metric), Vec::new())
    }
}
