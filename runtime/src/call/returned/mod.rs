//! When a call is over, by the type of what its function returns: at once, or with a future or stream that is returned.
//!
//! A macro asks a [`Probe`], as `probe` tells, and is given a [`Last`], which knows how to go on. It keeps nothing of the
//! types in question in what it makes, so that this lives no shorter because of them.

mod awaited;
mod boxed;
mod first;
mod further;
mod last;
mod onward;

use std::{convert::Infallible, future::Future, marker::PhantomData, pin::Pin};

use futures_core::Stream;

pub(crate) use self::{boxed::Followed, onward::Holds};
pub use self::{first::Asked, onward::Start};
use crate::call::{
    outcome::{Carries, CarriesNone, Outcome},
    probe::Probe,
    site::Site,
    target::Target,
    verdict::AsOk,
};

/// How a call goes on that returns this.
#[derive(Debug)]
pub struct Last<R, K>(K, Probe<R>);

impl<R, K: Copy> Clone for Last<R, K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R, K: Copy> Copy for Last<R, K> {}

/// It is over.
#[derive(Debug, Clone, Copy)]
pub struct AtOnce;

/// It goes on in a box that takes the place of the returned one.
#[derive(Debug, Clone, Copy)]
pub struct Rebox;

/// It goes on in a future around the returned one.
#[derive(Debug, Clone, Copy)]
pub struct WrapFuture;

/// It goes on in a stream around the returned one.
#[derive(Debug, Clone, Copy)]
pub struct WrapStream;

/// It goes on in what a `Result` or an `Option` holds, if it holds anything.
#[derive(Debug, Clone, Copy)]
pub struct Within<K>(K);

/// It goes on where nobody can follow it.
#[derive(Debug, Clone, Copy)]
pub struct Refused;

/// The same, and it is not measured.
#[derive(Debug, Clone, Copy)]
pub struct Left;

/// What a call ends with: the returned value, the output of a future, or each item of a stream.
pub trait Ends<R> {
    /// Whether it is not measured.
    const IS_LEFT: bool = false;

    /// What is asked for a judge.
    type End;

    /// What is judged.
    type Value;
}

impl<R> Ends<R> for AtOnce {
    type End = R;
    type Value = R;
}

impl<R> Ends<R> for Left {
    const IS_LEFT: bool = true;

    type End = R;
    type Value = R;
}

impl<R: Followed> Ends<R> for Rebox {
    type End = R::End;
    type Value = R::Value;
}

impl<R: Future> Ends<R> for WrapFuture {
    type End = R::Output;
    type Value = R::Output;
}

impl<R: Stream> Ends<R> for WrapStream {
    type End = Item<R::Item>;
    type Value = R::Item;
}

impl<R: Holds, K: Ends<R::Inner>> Ends<R> for Within<K> {
    type End = Held<K::End>;
    type Value = K::Value;
}

/// An item of a stream, for those who ask how it is judged. A stream whose items tell of no error is no mistake: it may be
/// cancelled.
#[derive(Debug)]
pub struct Item<I>(Infallible, PhantomData<I>);

/// The same for what a `Result` or an `Option` holds, which may fail itself.
#[derive(Debug)]
pub struct Held<E>(Infallible, PhantomData<E>);

macro_rules! asked_kindly {
    ($($asked:ident),*) => {
        $(impl<I: Carries> Carries for $asked<I> {
            type Error = I::Error;

            fn error(&self) -> Option<&I::Error> {
                match self.0 {}
            }
        }

        impl<I: Outcome> Outcome for $asked<I> {
            fn is_error(&self) -> bool {
                match self.0 {}
            }
        }

        impl<I> CarriesNone for $asked<I> {})*
    };
}

asked_kindly!(Item, Held);

/// There is nothing to be judged, and so nothing to be asked.
#[derive(Debug)]
pub struct Nothing;

impl Nothing {
    #[doc(hidden)]
    #[must_use]
    pub const fn __tachometer_judge(&self) -> AsOk {
        AsOk
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn __tachometer_kind(&self) -> AsOk {
        AsOk
    }
}

impl<R> Last<R, AtOnce> {
    /// What is judged when the function returns a value that does not go on.
    #[must_use]
    pub const fn now(&self) -> Nothing {
        Nothing
    }

    /// The same for a call that is over in any case: how it was made is what the user measures.
    #[must_use]
    pub const fn made() -> Self {
        Self(AtOnce, Probe::NEW)
    }
}

impl<R, K: Ends<R>> Last<R, K> {
    /// What the call ends with, to be asked for a judge.
    #[must_use]
    pub const fn end(&self) -> Probe<K::End> {
        Probe::NEW
    }

    /// What the call ends with.
    #[must_use]
    pub const fn value(&self) -> Probe<K::Value> {
        Probe::NEW
    }

    /// The same, where the user wants to know of polls.
    #[must_use]
    pub const fn pollable(self) -> Self
    where
        K: Pollable<R> + Copy,
    {
        self
    }

    /// The same, where the user wants to know of items.
    #[must_use]
    pub const fn itemized(self) -> Self
    where
        K: Ends<R, End: Itemized> + Copy,
    {
        self
    }

    /// Where a call is recorded that begins now, if it is.
    #[inline]
    #[must_use]
    pub fn live(&self, site: &Site) -> Option<Target> {
        if K::IS_LEFT { None } else { site.live() }
    }
}

impl<R, K> Last<R, Within<K>> {
    /// What is judged when the function returns a value that does not go on.
    #[must_use]
    pub const fn now(&self) -> Probe<R> {
        Probe::NEW
    }
}

/// A type whose calls end where they are seen to end. No type is one: what asks for it is refused.
#[diagnostic::on_unimplemented(
    message = "`{Self}` goes on after it was returned, and cannot be followed to its end",
    label = "the call would be over when this is made",
    note = "a future is followed as `impl Future`, `Pin<Box<dyn Future>>` or `Box<dyn Future + Unpin>`, a stream as `impl Stream` or `Pin<Box<dyn Stream>>`, by whatever alias, also within `Result` and `Option`",
    note = "write `making` to measure how it is made"
)]
#[doc(hidden)]
pub trait Followable {}

/// How a call goes on whose polls can be recorded.
#[diagnostic::on_unimplemented(
    message = "`{R}` is never polled",
    label = "`poll` needs a function that returns a future",
    note = "drop `poll`"
)]
#[doc(hidden)]
pub trait Pollable<R> {}

impl<R: Future> Pollable<R> for Rebox {}

impl<R: Future> Pollable<R> for WrapFuture {}

impl<R: Holds, K: Pollable<R::Inner>> Pollable<R> for Within<K> {}

/// What a call ends with whose items can be counted.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no items",
    label = "`items` and `first_item` need a function that returns a stream",
    note = "drop the key"
)]
#[doc(hidden)]
pub trait Itemized {}

impl<I> Itemized for Item<I> {}

impl<E: Itemized> Itemized for Held<E> {}

macro_rules! judged_at_the_end {
    ($($kind:ty),*) => {
        $(impl<R> Last<R, $kind> {
            /// What is judged when the function returns a value that does not go on.
            #[must_use]
            pub const fn now(&self) -> Nothing {
                Nothing
            }
        })*
    };
}

judged_at_the_end!(Rebox, WrapFuture, WrapStream, Left);

macro_rules! followed {
    ($([$($parameter:ident)?] $kind:ty),*) => {
        $(impl<R, $($parameter)?> Last<R, $kind> {
            /// The same, where a call that cannot be followed is an error.
            #[must_use]
            pub const fn followed(self) -> Self {
                self
            }

            /// The same, where a call that cannot be followed is not measured.
            #[must_use]
            pub const fn or_left(self) -> Self {
                self
            }
        })*
    };
}

followed!([] AtOnce, [] Rebox, [] WrapFuture, [] WrapStream);

impl<R, K: Copy> Last<R, Within<K>> {
    /// The same, where a call that cannot be followed is an error.
    #[must_use]
    pub const fn followed(self) -> Self {
        self
    }

    /// The same, where a call that cannot be followed is not measured.
    #[must_use]
    pub const fn or_left(self) -> Self {
        self
    }
}

impl<R> Last<R, Refused> {
    /// An error: the function itself is to be measured.
    #[must_use]
    pub const fn followed(self) -> Last<R, AtOnce>
    where
        R: Followable,
    {
        Last(AtOnce, Probe::NEW)
    }

    /// The function is one of many, and is left alone.
    #[must_use]
    pub const fn or_left(self) -> Last<R, Left> {
        Last(Left, Probe::NEW)
    }
}

/// A type that is borrowed: whatever becomes of it, it is not this call's.
#[doc(hidden)]
pub trait Borrowed {}

impl<T: ?Sized> Borrowed for &T {}

impl<T: ?Sized> Borrowed for &mut T {}

impl<T: Borrowed> Borrowed for Pin<T> {}

impl<T: Borrowed> Borrowed for Option<T> {}

impl<T: Borrowed, E> Borrowed for Result<T, E> {}

/// When a call is over, as far as the type is known where this is asked. The trait for the most references that fits
/// answers.
#[doc(hidden)]
pub trait Lasts {
    type Last;

    fn __tachometer_last(&self) -> Self::Last;
}

/// The same for a function whose signature leaves the type open, so that another one can take its place.
#[doc(hidden)]
pub trait LastsOpen {
    type Last;

    fn __tachometer_open(&self) -> Self::Last;
}

macro_rules! answers {
    ($trait:ident $method:ident: $([$($bound:tt)*] $references:ty => $kind:ty = $value:expr;)*) => {
        $(impl<R: $($bound)*> $trait for $references {
            type Last = Last<R, $kind>;

            #[inline]
            fn $method(&self) -> Last<R, $kind> {
                Last($value, Probe::NEW)
            }
        })*
    };
}

answers! {
    Lasts __tachometer_last:
    [Borrowed] &&&&&&&Probe<R> => AtOnce = AtOnce;
    [Followed] &&&&&&Probe<R> => Rebox = Rebox;
    [Holds<Inner: Followed>] &&&&&Probe<R> => Within<Rebox> = Within(Rebox);
    [Future] &&&&Probe<R> => Refused = Refused;
    [Stream] &&&Probe<R> => Refused = Refused;
    [Holds<Inner: Future>] &&Probe<R> => Refused = Refused;
    [Holds<Inner: Stream>] &Probe<R> => Refused = Refused;
    [Sized] Probe<R> => AtOnce = AtOnce;
}

answers! {
    LastsOpen __tachometer_open:
    [Followed] &&&&&&Probe<R> => Rebox = Rebox;
    [Holds<Inner: Followed>] &&&&&Probe<R> => Within<Rebox> = Within(Rebox);
    [Future] &&&&Probe<R> => WrapFuture = WrapFuture;
    [Stream] &&&Probe<R> => WrapStream = WrapStream;
    [Holds<Inner: Future>] &&Probe<R> => Within<WrapFuture> = Within(WrapFuture);
    [Holds<Inner: Stream>] &Probe<R> => Within<WrapStream> = Within(WrapStream);
    [Sized] Probe<R> => AtOnce = AtOnce;
}
