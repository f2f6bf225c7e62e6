//! What a handle is until its first use: a declaration; and from then on: something that is shared.

use std::sync::{Arc, OnceLock};

use crate::{
    gate,
    handle::{
        declared::Declared,
        metric::{Metric, Series},
    },
    lost::Lost,
    reentry,
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
    /// Nothing is ever made of it.
    nowhere: bool,
}

impl<T> Lazy<T> {
    pub(crate) const fn new(declared: Declared) -> Self {
        Self { declared, made: OnceLock::new(), nowhere: false }
    }

    /// One that records nothing, and counts that.
    pub(crate) const fn nowhere(declared: Declared) -> Self {
        Self { declared, made: OnceLock::new(), nowhere: true }
    }

    /// One that is made already.
    pub(crate) fn of(declared: Declared, made: Arc<T>) -> Self {
        Self { declared, made: OnceLock::from(made), nowhere: false }
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

    /// The same for a record; none, counted, where it has come from our own making of something.
    #[inline]
    pub(crate) fn recorded(&self) -> Option<&T> {
        match self.made.get() {
            Some(made) => Some(made),
            None => self.make_alone(),
        }
    }

    #[cold]
    fn make_alone(&self) -> Option<&T> {
        if self.nowhere {
            Lost::Nested.count();
            return None;
        }
        reentry::alone(|| self.make())
    }

    /// The same, to keep.
    pub(crate) fn share(&self) -> Option<Arc<T>> {
        self.recorded()?;
        self.made.get().cloned()
    }

    /// Two threads may each make one, of which the first is kept.
    #[cold]
    fn make(&self) -> &T {
        let _inside = reentry::enter();
        let made = Arc::new(T::of(&self.declared));
        gate::within(|| self.made.get_or_init(|| made))
    }
}

impl<T> Clone for Lazy<T> {
    fn clone(&self) -> Self {
        Self { declared: self.declared, made: self.made.clone(), nowhere: self.nowhere }
    }
}

impl Made for Series {
    fn of(declared: &Declared) -> Self {
        let metric = Metric::new(declared, declared.name.to_string(), &[]);
        Self::new(Arc::new(metric), Vec::new())
    }
}
