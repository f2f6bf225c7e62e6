//! How a call goes on: what is made of the value that its function returns.

use std::{fmt, future::Future};

use futures_core::Stream;

use super::{Followed, Rebox, Within, WrapFuture, WrapStream};
use crate::call::{
    extras::Extras,
    labels::{Labels, Scope},
    polls::{self, Polled},
    site::Site,
    stream::{self, WatchStream},
    verdict::Judge,
    watch::{self, State, Watch},
};

/// What a call begins with.
#[derive(Debug)]
pub struct Start<M, X = ()> {
    pub(super) site: &'static Site,
    pub(super) labels: M,
    pub(super) extras: X,
}

impl<M> Start<M> {
    #[doc(hidden)]
    #[inline]
    pub const fn new(site: &'static Site, labels: M) -> Self {
        Self { site, labels, extras: () }
    }

    /// With what is recorded beside the call.
    #[doc(hidden)]
    #[inline]
    pub fn with<X>(self, extras: X) -> Start<M, X> {
        Start { site: self.site, labels: self.labels, extras }
    }
}

/// The labels of a call that may be over at once or go on.
#[doc(hidden)]
pub trait Scoped {
    type Lent: Scope;
    type Taken: Scope + Send + Sync + 'static;

    /// For a call that is over before they are let go.
    fn lent(self) -> Self::Lent;

    /// For one that goes on.
    fn taken(self) -> Self::Taken;
}

impl Scoped for () {
    type Lent = ();
    type Taken = ();

    #[inline]
    fn lent(self) {}

    #[inline]
    fn taken(self) {}
}

impl<'a> Scoped for &'a mut Labels {
    type Lent = &'a Labels;
    type Taken = Labels;

    #[inline]
    fn lent(self) -> &'a Labels {
        self
    }

    #[inline]
    fn taken(self) -> Labels {
        self.take()
    }
}

/// A call that goes on.
pub struct Going<L: Scope, J, X> {
    pub(super) state: State<L>,
    pub(super) judge: J,
    pub(super) extras: X,
}

impl<L: Scope, J, X> fmt::Debug for Going<L, J, X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Going").finish_non_exhaustive()
    }
}

impl<L: Scope, J, X: Extras<L>> Going<L, J, X> {
    pub(super) fn is_unrecorded(&self) -> bool {
        matches!(self.state, State::Away)
    }

    pub(super) fn future<F: Future>(mut self, future: F) -> Watch<L, X::Polled<F>, J> {
        let future = self.extras.polled(future);
        watch::resumed(self.state, self.judge, future)
    }

    /// The same for a future whose polls are recorded.
    pub(super) fn polled<F: Future>(self, polls: (&'static Site, L), future: F) -> Watch<L, Polled<L, F>, J> {
        watch::resumed(self.state, self.judge, polls::polled(Some(polls), future))
    }

    /// The same for one whose polls are not.
    pub(super) fn unpolled<F: Future>(self, future: F) -> Watch<L, F, J> {
        watch::resumed(self.state, self.judge, future)
    }

    pub(super) fn stream<S: Stream>(self, stream: S) -> WatchStream<L, S, J, X> {
        stream::watch(self.state, self.judge, self.extras, stream)
    }
}

/// A value that holds one that goes on, or does not.
#[doc(hidden)]
pub trait Holds {
    type Inner;
    type With<U>;

    fn holds(&self) -> bool;

    fn with<U>(self, make: impl FnOnce(Self::Inner) -> U) -> Self::With<U>;
}

impl<T, E> Holds for Result<T, E> {
    type Inner = T;
    type With<U> = Result<U, E>;

    fn holds(&self) -> bool {
        self.is_ok()
    }

    fn with<U>(self, make: impl FnOnce(T) -> U) -> Result<U, E> {
        self.map(make)
    }
}

impl<T> Holds for Option<T> {
    type Inner = T;
    type With<U> = Option<U>;

    fn holds(&self) -> bool {
        self.is_some()
    }

    fn with<U>(self, make: impl FnOnce(T) -> U) -> Option<U> {
        self.map(make)
    }
}

/// Hands a call on to the value that its function has returned.
#[doc(hidden)]
pub trait Pass<R, L: Scope, N, J, X> {
    type Out;

    /// `now` judges a value that does not go on.
    fn pass(self, value: R, now: N, going: Going<L, J, X>) -> Self::Out;
}

impl<R, L, N, J, X> Pass<R, L, N, J, X> for Rebox
where
    R: Followed,
    L: Scope + Send + Sync + 'static,
    J: Judge<R::Value> + Send + Sync + 'static,
    X: Extras<L> + Send + Sync + 'static,
{
    type Out = R;

    #[inline]
    fn pass(self, value: R, _: N, going: Going<L, J, X>) -> R {
        value.follow(going)
    }
}

impl<R: Future, L: Scope, N, J, X: Extras<L>> Pass<R, L, N, J, X> for WrapFuture {
    type Out = Watch<L, X::Polled<R>, J>;

    #[inline]
    fn pass(self, value: R, _: N, going: Going<L, J, X>) -> Self::Out {
        going.future(value)
    }
}

impl<R: Stream, L: Scope, N, J, X: Extras<L>> Pass<R, L, N, J, X> for WrapStream {
    type Out = WatchStream<L, R, J, X>;

    #[inline]
    fn pass(self, value: R, _: N, going: Going<L, J, X>) -> Self::Out {
        going.stream(value)
    }
}

impl<R, K, L, N, J, X> Pass<R, L, N, J, X> for Within<K>
where
    R: Holds,
    K: Pass<R::Inner, L, (), J, X>,
    L: Scope,
    N: Judge<R>,
{
    type Out = R::With<K::Out>;

    fn pass(self, value: R, now: N, mut going: Going<L, J, X>) -> Self::Out {
        if !value.holds()
            && let Some(mut call) = going.state.take()
        {
            call.conclude(&now, &value);
        }
        value.with(|value| self.0.pass(value, (), going))
    }
}
