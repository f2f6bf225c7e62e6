//! What an expansion does with a call: begins it before the body, and ends it with what the body returns, or hands it on.

#![expect(clippy::needless_pass_by_value, reason = "an expansion calls all of them alike")]

use std::future::Future;

use super::{
    AtOnce, Followable, Holds, Last, Left, Rebox, Refused, Within, WrapFuture, WrapStream,
    awaited::WatchOn,
    onward::{Going, Pass, Scoped, Start},
};
use crate::call::{
    extras::Extras,
    guard::{self, Call},
    labels::Scope,
    probe::Probe,
    verdict::Judge,
    watch::{self, State, Watch},
};

impl<R> Last<R, AtOnce> {
    /// Begins a call.
    #[doc(hidden)]
    #[inline]
    pub fn begin<M: Scoped, X>(self, start: Start<M, X>) -> Call<M::Lent> {
        guard::begin(start.site, start.labels.lent())
    }

    /// Ends it.
    #[doc(hidden)]
    #[inline]
    pub fn finish<L: Scope, N, J: Judge<V>, V>(self, mut call: Call<L>, _: N, end: J, value: V) -> V {
        call.conclude(&end, &value);
        value
    }

    /// Watches a future with this output.
    #[doc(hidden)]
    #[inline]
    pub fn watch<L, X, N, J, F>(self, start: Start<L, X>, _: N, end: J, future: F) -> Watch<L, X::Polled<F>, J>
    where
        L: Scope,
        X: Extras<L>,
        F: Future<Output = R>,
    {
        let Start { site, labels, mut extras } = start;
        watch::resumed(State::Fresh(site, labels), end, extras.polled(future))
    }
}

impl<R> Last<R, AtOnce> {
    /// What a function returns that says to return a future or a stream is one.
    #[doc(hidden)]
    #[inline]
    pub fn onto<M, X, N, J>(self, _: Start<M, X>, _: N, _: J, value: R) -> R
    where
        R: Future,
    {
        value
    }

    /// The future itself, in a box that is no future.
    #[doc(hidden)]
    #[inline]
    pub fn boxed<M, X, N, J, F>(self, _: Start<M, X>, _: N, _: J, future: F) -> F {
        future
    }
}

impl<R: Future> Last<R, Rebox> {
    /// Watches the future that the function puts into its box.
    #[doc(hidden)]
    #[inline]
    pub fn boxed<M: Scoped, X, N, J, F>(
        self,
        start: Start<M, X>,
        _: N,
        end: J,
        future: F,
    ) -> Watch<M::Taken, X::Polled<F>, J>
    where
        X: Extras<M::Taken>,
        F: Future<Output = R::Output>,
    {
        let Start { site, labels, mut extras } = start;
        site.lasts();
        watch::resumed(State::Fresh(site, labels.taken()), end, extras.polled(future))
    }
}

impl<R> Last<R, Left> {
    /// The future itself.
    #[doc(hidden)]
    #[inline]
    pub fn boxed<M, X, N, J, F>(self, start: Start<M, X>, _: N, _: J, future: F) -> F {
        start.site.leave();
        future
    }

    /// There is no call.
    #[doc(hidden)]
    #[inline]
    pub fn begin<M, X>(self, start: Start<M, X>) {
        start.site.leave();
    }

    /// There was none.
    #[doc(hidden)]
    #[inline]
    pub fn finish<N, J, V>(self, (): (), _: N, _: J, value: V) -> V {
        value
    }

    /// The future itself.
    #[doc(hidden)]
    #[inline]
    pub fn watch<L, X, N, J, F>(self, start: Start<L, X>, _: N, _: J, future: F) -> F {
        start.site.leave();
        future
    }
}

macro_rules! from_the_first_poll {
    ($($kind:ty),*) => {
        $(impl<R> Last<R, $kind> {
            /// The call begins when what is returned is polled.
            #[doc(hidden)]
            #[inline]
            pub fn begin<M, X>(self, start: Start<M, X>) -> Start<M, X> {
                start.site.lasts();
                start
            }

            /// Hands the call on to what is returned.
            #[doc(hidden)]
            #[inline]
            pub fn finish<M, X, N, J, V>(
                self,
                start: Start<M, X>,
                now: N,
                end: J,
                value: V,
            ) -> <$kind as Pass<V, M::Taken, N, J, X>>::Out
            where
                M: Scoped,
                $kind: Pass<V, M::Taken, N, J, X>,
            {
                let Start { site, labels, extras } = start;
                let state = State::Fresh(site, labels.taken());
                self.0.pass(value, now, Going { state, judge: end, extras })
            }

            /// Both, for what has been made already.
            #[doc(hidden)]
            #[inline]
            pub fn onto<M, X, N, J, V>(
                self,
                start: Start<M, X>,
                now: N,
                end: J,
                value: V,
            ) -> <$kind as Pass<V, M::Taken, N, J, X>>::Out
            where
                M: Scoped,
                $kind: Pass<V, M::Taken, N, J, X>,
            {
                self.finish(self.begin(start), now, end, value)
            }

            /// Watches a future whose output the call goes on in.
            #[doc(hidden)]
            #[inline]
            pub fn watch<L, X, N, J, F>(
                self,
                start: Start<L, X>,
                now: N,
                end: J,
                future: F,
            ) -> WatchOn<L, X::Polled<F>, $kind, N, J, X>
            where
                L: Scope,
                X: Extras<L>,
                F: Future<Output = R>,
            {
                WatchOn::new(self.0, start, now, end, future)
            }
        })*
    };
}

from_the_first_poll!(Rebox, WrapFuture, WrapStream);

/// A call that has begun and may go on in what it returns.
#[derive(Debug)]
pub struct Begun<L: Scope, X> {
    call: Option<Call<L>>,
    extras: X,
}

impl<R: Holds, K> Last<R, Within<K>> {
    /// Begins a call.
    #[doc(hidden)]
    #[inline]
    pub fn begin<M: Scoped, X>(self, start: Start<M, X>) -> Begun<M::Taken, X> {
        let Start { site, labels, extras } = start;
        site.lasts();
        let mut call = guard::enter_recorded(site, labels.taken());
        if let Some(call) = &mut call {
            call.at_work();
        }
        Begun { call, extras }
    }

    /// Ends it, or hands it on to what is returned.
    #[doc(hidden)]
    #[inline]
    pub fn finish<L, X, N, J, V>(
        self,
        begun: Begun<L, X>,
        now: N,
        end: J,
        value: V,
    ) -> <Within<K> as Pass<V, L, N, J, X>>::Out
    where
        L: Scope,
        Within<K>: Pass<V, L, N, J, X>,
    {
        let Begun { call, extras } = begun;
        self.0.pass(value, now, Going { state: State::of(call), judge: end, extras })
    }

    /// Watches a future whose output the call goes on in.
    #[doc(hidden)]
    #[inline]
    pub fn watch<L, X, N, J, F>(
        self,
        start: Start<L, X>,
        now: N,
        end: J,
        future: F,
    ) -> WatchOn<L, X::Polled<F>, Within<K>, N, J, X>
    where
        L: Scope,
        X: Extras<L>,
        F: Future<Output = R>,
    {
        WatchOn::new(self.0, start, now, end, future)
    }
}

impl<R> Last<R, AtOnce> {
    /// The same, where a call is over or an error.
    #[doc(hidden)]
    #[inline]
    #[must_use]
    pub const fn over(self) -> Self {
        self
    }

    /// The same, where a call is over or not measured.
    #[doc(hidden)]
    #[inline]
    #[must_use]
    pub const fn or_unseen(self) -> Self {
        self
    }

    /// Begins a call that ends when it is dropped.
    #[doc(hidden)]
    #[inline]
    pub fn enter<M: Scoped, X>(self, start: Start<M, X>) -> Call<M::Lent> {
        guard::enter(start.site, start.labels.lent())
    }
}

impl<R> Last<R, Left> {
    /// There is no call.
    #[doc(hidden)]
    #[inline]
    pub fn enter<M, X>(self, start: Start<M, X>) {
        start.site.leave();
    }
}

macro_rules! unseen {
    ($([$($parameter:ident)?] $kind:ty),*) => {
        $(impl<R, $($parameter)?> Last<R, $kind> {
            /// An error: the function sees its caller, and so has no closure by which it could be followed.
            #[must_use]
            pub const fn over(self) -> Last<R, AtOnce>
            where
                R: Followable,
                Self: Copy,
            {
                Last(AtOnce, Probe::NEW)
            }

            /// The function is one of many, and is left alone.
            #[must_use]
            pub const fn or_unseen(self) -> Last<R, Left>
            where
                Self: Copy,
            {
                Last(Left, Probe::NEW)
            }
        })*
    };
}

unseen!([] Rebox, [] Refused, [K] Within<K>);
