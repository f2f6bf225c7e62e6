//! The question that most functions are asked, in one: whether a call is over with its function, and whether the value may
//! be an error.
//!
//! Of most types the answer is that they are values, so that this is found out first and in few steps; each step is one
//! more question for the compiler, in each function. Who wants to know more of a call asks as [`Lasts`](super::Lasts) does.

use std::{future::Future, marker::PhantomData, mem, ops::Deref, ptr};

use futures_core::Stream;

use super::{
    Borrowed, Followable, Followed, Holds, Left, Rebox, Within,
    awaited::WatchOn,
    onward::{Going, Pass, Start},
};
use crate::call::{
    guard::{self, Call},
    kind::ErrorKind,
    labels::{Labels, Scope},
    outcome::{Carries, Outcome},
    probe::Probe,
    site::Site,
    verdict::{AsOk, ByError, ByOutcome, Judge},
    watch::{self, State, Watch},
};

/// The call is over with its function, and this judges it.
#[derive(Debug)]
pub struct Over<R, J>(J, Probe<R>);

/// The call goes on, which is asked further: the answer is that of the highest level that fits.
#[derive(Debug)]
pub struct Further<R, const LEVEL: usize>(Probe<R>);

/// The call goes on in what the function returns.
#[derive(Debug)]
pub struct Onward<R, K, N, J> {
    kind: K,
    now: N,
    end: J,
    returned: PhantomData<Probe<R>>,
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
    /// The same, where a call that cannot be followed is an error.
    #[inline]
    #[must_use]
    pub fn followed(self) -> Self {
        self
    }

    /// The same, where a call that cannot be followed is not measured.
    #[inline]
    #[must_use]
    pub fn or_left(self) -> Self {
        self
    }

    /// Begins a call.
    #[doc(hidden)]
    #[inline]
    pub fn start(&self, site: &'static Site) -> Call {
        guard::begin(site, ())
    }

    /// Begins a call with labels.
    #[doc(hidden)]
    #[inline]
    pub fn start_with<'a>(&self, site: &'static Site, labels: &'a mut Labels) -> Call<&'a Labels> {
        guard::begin(site, labels)
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
}

impl<R, J: Judge<R>> Over<R, J> {
    /// Ends a call.
    #[doc(hidden)]
    #[inline]
    pub fn end<L: Scope>(self, call: &mut Call<L>, value: &mut R) {
        call.conclude(&self.0, value);
    }
}

impl<R, J: Copy> Clone for Over<R, J> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R, J: Copy> Copy for Over<R, J> {}

impl<R, K: Copy, N: Copy, J: Copy> Clone for Onward<R, K, N, J> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R, K: Copy, N: Copy, J: Copy> Copy for Onward<R, K, N, J> {}

/// The highest level.
const MOST: usize = 15;

macro_rules! levels {
    ($($level:literal [$($bound:tt)*] $make:expr => $answer:ty;)*) => {
        $(impl<R: $($bound)*> Further<R, $level> {
            /// The answer, where a call that cannot be followed is an error.
            #[must_use]
            pub fn followed(&self) -> $answer {
                $make
            }

            /// The answer, where a call that cannot be followed is not measured.
            #[must_use]
            pub fn or_left(&self) -> $answer {
                $make
            }
        }

        impl<R> Deref for Further<R, $level> {
            type Target = Further<R, { $level - 1 }>;

            fn deref(&self) -> &Self::Target {
                &Further(Probe::NEW)
            }
        })*
    };
}

/// Goes on in what takes the place of the returned value.
const fn onward<R, K, N, J>(kind: K, now: N, end: J) -> Onward<R, K, N, J> {
    Onward { kind, now, end, returned: PhantomData }
}

levels! {
    15 [Borrowed + Carries<Error: ErrorKind>] Over(ByError, Probe::NEW) => Over<R, ByError>;
    14 [Borrowed + Outcome] Over(ByOutcome, Probe::NEW) => Over<R, ByOutcome>;
    13 [Borrowed] Over(AsOk, Probe::NEW) => Over<R, AsOk>;
    12 [Followed<End: Carries<Error: ErrorKind>>] onward(Rebox, AsOk, ByError) => Onward<R, Rebox, AsOk, ByError>;
    11 [Followed<End: Outcome>] onward(Rebox, AsOk, ByOutcome) => Onward<R, Rebox, AsOk, ByOutcome>;
    10 [Followed] onward(Rebox, AsOk, AsOk) => Onward<R, Rebox, AsOk, AsOk>;
    9 [Holds<Inner: Followed<End: Carries<Error: ErrorKind>>> + Carries<Error: ErrorKind>]
        onward(Within(Rebox), ByError, ByError) => Onward<R, Within<Rebox>, ByError, ByError>;
    8 [Holds<Inner: Followed<End: Outcome>> + Carries<Error: ErrorKind>]
        onward(Within(Rebox), ByError, ByOutcome) => Onward<R, Within<Rebox>, ByError, ByOutcome>;
    7 [Holds<Inner: Followed> + Carries<Error: ErrorKind>]
        onward(Within(Rebox), ByError, AsOk) => Onward<R, Within<Rebox>, ByError, AsOk>;
    6 [Holds<Inner: Followed<End: Carries<Error: ErrorKind>>> + Outcome]
        onward(Within(Rebox), ByOutcome, ByError) => Onward<R, Within<Rebox>, ByOutcome, ByError>;
    5 [Holds<Inner: Followed<End: Outcome>> + Outcome]
        onward(Within(Rebox), ByOutcome, ByOutcome) => Onward<R, Within<Rebox>, ByOutcome, ByOutcome>;
    4 [Holds<Inner: Followed> + Outcome]
        onward(Within(Rebox), ByOutcome, AsOk) => Onward<R, Within<Rebox>, ByOutcome, AsOk>;
    3 [Holds<Inner: Followed<End: Carries<Error: ErrorKind>>>]
        onward(Within(Rebox), AsOk, ByError) => Onward<R, Within<Rebox>, AsOk, ByError>;
    2 [Holds<Inner: Followed<End: Outcome>>]
        onward(Within(Rebox), AsOk, ByOutcome) => Onward<R, Within<Rebox>, AsOk, ByOutcome>;
    1 [Holds<Inner: Followed>] onward(Within(Rebox), AsOk, AsOk) => Onward<R, Within<Rebox>, AsOk, AsOk>;
}

impl<R> Further<R, 0> {
    /// An error: the function itself is to be measured.
    #[must_use]
    pub fn followed(&self) -> Over<R, AsOk>
    where
        R: Followable,
    {
        Over(AsOk, Probe::NEW)
    }

    /// The function is one of many, and is left alone.
    #[must_use]
    pub fn or_left(&self) -> Onward<R, Left, (), ()> {
        onward(Left, (), ())
    }
}

impl<R, N, J> Onward<R, Rebox, N, J> {
    /// The call begins when what is returned is polled.
    #[doc(hidden)]
    pub fn start(&self, site: &'static Site) -> Option<Start<()>> {
        site.lasts();
        Some(Start::new(site, ()))
    }

    /// The same for a call with labels.
    #[doc(hidden)]
    pub fn start_with(&self, site: &'static Site, labels: &mut Labels) -> Option<Start<Labels>> {
        site.lasts();
        Some(Start::new(site, labels.take()))
    }

    /// Hands the call on to what is returned.
    #[doc(hidden)]
    pub fn end<L: Scope>(self, start: &mut Option<Start<L>>, value: &mut R)
    where
        Rebox: Pass<R, L, N, J, (), Out = R>,
    {
        let Some(Start { site, labels, extras }) = start.take() else { return };
        let going = Going { state: State::Fresh(site, labels), judge: self.end, extras };
        replace(value, |value| self.kind.pass(value, self.now, going));
    }
}

impl<R, N, J> Onward<R, Within<Rebox>, N, J> {
    /// Begins a call.
    #[doc(hidden)]
    pub fn start(&self, site: &'static Site) -> Option<Call> {
        begun(site, ())
    }

    /// The same for a call with labels.
    #[doc(hidden)]
    pub fn start_with(&self, site: &'static Site, labels: &mut Labels) -> Option<Call<Labels>> {
        begun(site, labels.take())
    }

    /// Ends the call, or hands it on to what is returned.
    #[doc(hidden)]
    pub fn end<L: Scope>(self, call: &mut Option<Call<L>>, value: &mut R)
    where
        Within<Rebox>: Pass<R, L, N, J, (), Out = R>,
    {
        let going = Going { state: State::of(call.take()), judge: self.end, extras: () };
        replace(value, |value| self.kind.pass(value, self.now, going));
    }
}

fn begun<L: Scope>(site: &'static Site, labels: L) -> Option<Call<L>> {
    site.lasts();
    let mut call = guard::enter_recorded(site, labels);
    if let Some(call) = &mut call {
        call.at_work();
    }
    call
}

macro_rules! watched {
    ($($kind:ty),*) => {
        $(impl<R, N, J> Onward<R, $kind, N, J> {
            /// Watches a future whose output the call goes on in.
            #[doc(hidden)]
            pub fn watch<L, F>(self, site: &'static Site, labels: L, future: F) -> WatchOn<L, F, $kind, N, J, ()>
            where
                L: Scope,
                F: Future<Output = R>,
            {
                WatchOn::new(self.kind, Start::new(site, labels), self.now, self.end, future)
            }
        })*
    };
}

watched!(Rebox, Within<Rebox>);

impl<R> Onward<R, Left, (), ()> {
    /// There is no call.
    #[doc(hidden)]
    pub fn start(&self, site: &'static Site) {
        site.leave();
    }

    /// The same.
    #[doc(hidden)]
    pub fn start_with(&self, site: &'static Site, _: &mut Labels) {
        site.leave();
    }

    /// There was none.
    #[doc(hidden)]
    pub fn end(self, (): &mut (), _: &mut R) {}

    /// The future itself.
    #[doc(hidden)]
    pub fn watch<L, F>(self, site: &'static Site, _: L, future: F) -> F {
        site.leave();
        future
    }
}

/// Ends the process if a value is taken from its place and none is put back.
struct Gap;

impl Drop for Gap {
    fn drop(&mut self) {
        std::process::abort();
    }
}

/// Makes another value of the one in this place, which no value is moved from and to for that.
fn replace<R>(place: &mut R, make: impl FnOnce(R) -> R) {
    let gap = Gap;
    // SAFETY: what is read is not read again: it is overwritten, or the process ends.
    unsafe { ptr::write(place, make(ptr::read(place))) };
    mem::forget(gap);
}
