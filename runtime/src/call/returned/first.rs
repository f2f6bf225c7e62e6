//! The question that most functions are asked, in one: whether a call is over with its function, and whether the value may
//! be an error.
//!
//! Of most types the answer is that they are values, so that this is found out first and in few steps; each step is one
//! more question for the compiler, in each function. Who wants to know more of a call asks as [`Lasts`](super::Lasts) does.

use std::future::Future;

use futures_core::Stream;

use super::{
    Holds,
    further::{Further, MOST},
};
use crate::call::{
    guard::{self, Call},
    kind::ErrorKind,
    labels::{Labels, Scope},
    outcome::{Carries, Outcome},
    probe::Probe,
    site::Site,
    verdict::{AsOk, ByError, ByOutcome, Judge},
    watch::{self, Watch},
};

/// The call is over with its function, and this judges it.
#[derive(Debug)]
pub struct Over<R, J>(pub(super) J, pub(super) Probe<R>);

/// A call that is over with its function.
#[derive(Debug)]
pub struct Judged<J, L: Scope = ()> {
    call: Call<L>,
    judge: J,
}

/// What is returned, or what it holds, is a future.
#[derive(Debug)]
pub struct Futures;

/// The same for a stream.
#[derive(Debug)]
pub struct Streams;

/// A type that is `What`, or holds one.
pub trait Goes<What, Held> {}

impl<R: Future> Goes<Futures, ()> for R {}

impl<R: Stream> Goes<Streams, ()> for R {}

impl<R: Holds<Inner: Goes<What, ()>>, What> Goes<What, What> for R {}

/// What a function's return type is asked first, as far as it is known where this is asked. The trait for the most
/// references that fits answers.
#[doc(hidden)]
pub trait Asked<Held> {
    type Answer;

    fn __tachometer_asked(&self) -> Self::Answer;
}

impl<R: Goes<Futures, Held>, Held> Asked<Held> for &&&&Probe<R> {
    type Answer = Further<R, MOST>;

    fn __tachometer_asked(&self) -> Further<R, MOST> {
        Further(Probe::NEW)
    }
}

impl<R: Goes<Streams, Held>, Held> Asked<Held> for &&&Probe<R> {
    type Answer = Further<R, MOST>;

    fn __tachometer_asked(&self) -> Further<R, MOST> {
        Further(Probe::NEW)
    }
}

macro_rules! over {
    ($([$($bound:tt)*] $references:ty => $judge:ident;)*) => {
        $(impl<R: $($bound)*> Asked<()> for $references {
            type Answer = Over<R, $judge>;

            #[inline]
            fn __tachometer_asked(&self) -> Over<R, $judge> {
                Over($judge, Probe::NEW)
            }
        })*
    };
}

over! {
    [Carries<Error: ErrorKind>] &&Probe<R> => ByError;
    [Outcome] &Probe<R> => ByOutcome;
    [Sized] Probe<R> => AsOk;
}

impl<R, J> Over<R, J> {
    /// Begins a call; what cannot be followed is an error.
    #[doc(hidden)]
    #[inline]
    pub fn begin(self, site: &'static Site) -> Judged<J> {
        Judged { call: guard::begin(site, ()), judge: self.0 }
    }

    /// The same for a call with labels.
    #[doc(hidden)]
    #[inline]
    pub fn begin_with<'a>(self, site: &'static Site, labels: &'a mut Labels) -> Judged<J, &'a Labels> {
        Judged { call: guard::begin(site, labels), judge: self.0 }
    }

    /// Begins a call; what cannot be followed is not measured.
    #[doc(hidden)]
    #[inline]
    pub fn begin_or_leave(self, site: &'static Site) -> Judged<J> {
        self.begin(site)
    }

    /// Watches a future with this output.
    #[doc(hidden)]
    #[inline]
    pub fn watch<L: Scope, F: Future<Output = R>>(self, site: &'static Site, labels: L, future: F) -> Watch<L, F, J>
    where
        J: Judge<R>,
    {
        watch::watch(site, labels, self.0, future)
    }

    /// The same, where what cannot be followed is not measured.
    #[doc(hidden)]
    #[inline]
    pub fn watch_or_leave<L, F>(self, site: &'static Site, labels: L, future: F) -> Watch<L, F, J>
    where
        J: Judge<R>,
        L: Scope,
        F: Future<Output = R>,
    {
        watch::watch(site, labels, self.0, future)
    }
}

impl<J, L: Scope> Judged<J, L> {
    /// Ends the call.
    #[doc(hidden)]
    #[inline]
    pub fn end<R>(&mut self, value: &mut R)
    where
        J: Judge<R>,
    {
        self.call.conclude(&self.judge, value);
    }
}
