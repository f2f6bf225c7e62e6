//! How a call goes on that does not end with its function, for those who want to know no more of it than how it has ended.

use std::{future::Future, mem, ops::Deref, ptr};

use super::{
    Borrowed, Followable, Followed, Holds, Rebox, Within,
    awaited::WatchOn,
    first::{Judged, Over},
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

/// The call goes on, which is asked further: the answer is that of the highest level that fits.
#[derive(Debug)]
pub struct Further<R, const LEVEL: usize>(pub(super) Probe<R>);

/// The call goes on in what the function returns.
#[derive(Debug)]
pub struct Onward<K, N, J> {
    kind: K,
    now: N,
    end: J,
}

/// A call that is handed on: what begins it, or has begun.
#[derive(Debug)]
pub struct Passed<K, N, J, S> {
    onward: Onward<K, N, J>,
    begun: Option<S>,
}

/// No call: the function is left alone.
#[derive(Debug)]
pub struct Unmeasured;

/// What begins a call, or has it begin later.
pub trait Answer {
    type Begun;
    type BegunWith<'a>;
    type Watched<L: Scope, F: Future>;

    fn begin(self, site: &'static Site) -> Self::Begun;

    fn begin_with<'a>(self, site: &'static Site, labels: &'a mut Labels) -> Self::BegunWith<'a>;

    fn watch<L: Scope, F: Future>(self, site: &'static Site, labels: L, future: F) -> Self::Watched<L, F>;
}

impl<R, J> Answer for Over<R, J> {
    type Begun = Judged<J>;
    type BegunWith<'a> = Judged<J, &'a Labels>;
    type Watched<L: Scope, F: Future> = Watch<L, F, J>;

    fn begin(self, site: &'static Site) -> Self::Begun {
        Self::begin(self, site)
    }

    fn begin_with<'a>(self, site: &'static Site, labels: &'a mut Labels) -> Self::BegunWith<'a> {
        Self::begin_with(self, site, labels)
    }

    fn watch<L: Scope, F: Future>(self, site: &'static Site, labels: L, future: F) -> Self::Watched<L, F> {
        watch::resumed(State::Fresh(site, labels), self.0, future)
    }
}

impl<N, J> Answer for Onward<Rebox, N, J> {
    type Begun = Passed<Rebox, N, J, Start<()>>;
    type BegunWith<'a> = Passed<Rebox, N, J, Start<Labels>>;
    type Watched<L: Scope, F: Future> = WatchOn<L, F, Rebox, N, J, ()>;

    /// The call begins when what is returned is polled.
    fn begin(self, site: &'static Site) -> Self::Begun {
        site.lasts();
        Passed { onward: self, begun: Some(Start::new(site, ())) }
    }

    fn begin_with<'a>(self, site: &'static Site, labels: &'a mut Labels) -> Self::BegunWith<'a> {
        site.lasts();
        Passed { onward: self, begun: Some(Start::new(site, labels.take())) }
    }

    fn watch<L: Scope, F: Future>(self, site: &'static Site, labels: L, future: F) -> Self::Watched<L, F> {
        WatchOn::new(self.kind, Start::new(site, labels), self.now, self.end, future)
    }
}

impl<N, J> Answer for Onward<Within<Rebox>, N, J> {
    type Begun = Passed<Within<Rebox>, N, J, Call>;
    type BegunWith<'a> = Passed<Within<Rebox>, N, J, Call<Labels>>;
    type Watched<L: Scope, F: Future> = WatchOn<L, F, Within<Rebox>, N, J, ()>;

    fn begin(self, site: &'static Site) -> Self::Begun {
        Passed { onward: self, begun: begun(site, ()) }
    }

    fn begin_with<'a>(self, site: &'static Site, labels: &'a mut Labels) -> Self::BegunWith<'a> {
        Passed { onward: self, begun: begun(site, labels.take()) }
    }

    fn watch<L: Scope, F: Future>(self, site: &'static Site, labels: L, future: F) -> Self::Watched<L, F> {
        WatchOn::new(self.kind, Start::new(site, labels), self.now, self.end, future)
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

impl<N: Copy, J: Copy, L: Scope> Passed<Rebox, N, J, Start<L>> {
    /// Hands the call on to what is returned.
    #[doc(hidden)]
    pub fn end<R>(&mut self, value: &mut R)
    where
        Rebox: Pass<R, L, N, J, (), Out = R>,
    {
        let Some(Start { site, labels, extras }) = self.begun.take() else { return };
        let Onward { kind, now, end } = self.onward;
        replace(value, |value| kind.pass(value, now, Going { state: State::Fresh(site, labels), judge: end, extras }));
    }
}

impl<N: Copy, J: Copy, L: Scope> Passed<Within<Rebox>, N, J, Call<L>> {
    /// Ends the call, or hands it on to what is returned.
    #[doc(hidden)]
    pub fn end<R>(&mut self, value: &mut R)
    where
        R: Holds,
        N: Judge<R>,
        Within<Rebox>: Pass<R, L, N, J, (), Out = R>,
    {
        let Onward { kind, now, end } = self.onward;
        if !value.holds() {
            // Judged where it is: a judge of the user's may panic, and must not while the value's place is empty.
            if let Some(mut call) = self.begun.take() {
                call.conclude(&now, value);
            }
            return;
        }
        let going = Going { state: State::of(self.begun.take()), judge: end, extras: () };
        replace(value, |value| kind.pass(value, now, going));
    }
}

impl Unmeasured {
    /// There was no call.
    #[doc(hidden)]
    pub fn end<R>(&mut self, _: &mut R) {}
}

impl<K: Copy, N: Copy, J: Copy> Clone for Onward<K, N, J> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K: Copy, N: Copy, J: Copy> Copy for Onward<K, N, J> {}

/// The highest level.
pub(super) const MOST: usize = 15;

macro_rules! levels {
    ($($level:literal [$($bound:tt)*] $make:expr => $answer:ty;)*) => {
        $(impl<R: $($bound)*> Further<R, $level> {
            #[doc(hidden)]
            pub fn begin(&self, site: &'static Site) -> <$answer as Answer>::Begun {
                <$answer as Answer>::begin($make, site)
            }

            #[doc(hidden)]
            pub fn begin_with<'a>(
                &self,
                site: &'static Site,
                labels: &'a mut Labels,
            ) -> <$answer as Answer>::BegunWith<'a> {
                <$answer as Answer>::begin_with($make, site, labels)
            }

            #[doc(hidden)]
            pub fn begin_or_leave(&self, site: &'static Site) -> <$answer as Answer>::Begun {
                <$answer as Answer>::begin($make, site)
            }

            #[doc(hidden)]
            pub fn watch<L: Scope, F: Future<Output = R>>(
                &self,
                site: &'static Site,
                labels: L,
                future: F,
            ) -> <$answer as Answer>::Watched<L, F> {
                <$answer as Answer>::watch($make, site, labels, future)
            }

            #[doc(hidden)]
            pub fn watch_or_leave<L: Scope, F: Future<Output = R>>(
                &self,
                site: &'static Site,
                labels: L,
                future: F,
            ) -> <$answer as Answer>::Watched<L, F> {
                <$answer as Answer>::watch($make, site, labels, future)
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

const fn onward<K, N, J>(kind: K, now: N, end: J) -> Onward<K, N, J> {
    Onward { kind, now, end }
}

levels! {
    15 [Borrowed + Carries<Error: ErrorKind>] Over(ByError, Probe::NEW) => Over<R, ByError>;
    14 [Borrowed + Outcome] Over(ByOutcome, Probe::NEW) => Over<R, ByOutcome>;
    13 [Borrowed] Over(AsOk, Probe::NEW) => Over<R, AsOk>;
    12 [Followed<End: Carries<Error: ErrorKind>>] onward(Rebox, (), ByError) => Onward<Rebox, (), ByError>;
    11 [Followed<End: Outcome>] onward(Rebox, (), ByOutcome) => Onward<Rebox, (), ByOutcome>;
    10 [Followed] onward(Rebox, (), AsOk) => Onward<Rebox, (), AsOk>;
    9 [Holds<Inner: Followed<End: Carries<Error: ErrorKind>>> + Carries<Error: ErrorKind>]
        onward(Within(Rebox), ByError, ByError) => Onward<Within<Rebox>, ByError, ByError>;
    8 [Holds<Inner: Followed<End: Outcome>> + Carries<Error: ErrorKind>]
        onward(Within(Rebox), ByError, ByOutcome) => Onward<Within<Rebox>, ByError, ByOutcome>;
    7 [Holds<Inner: Followed> + Carries<Error: ErrorKind>]
        onward(Within(Rebox), ByError, AsOk) => Onward<Within<Rebox>, ByError, AsOk>;
    6 [Holds<Inner: Followed<End: Carries<Error: ErrorKind>>> + Outcome]
        onward(Within(Rebox), ByOutcome, ByError) => Onward<Within<Rebox>, ByOutcome, ByError>;
    5 [Holds<Inner: Followed<End: Outcome>> + Outcome]
        onward(Within(Rebox), ByOutcome, ByOutcome) => Onward<Within<Rebox>, ByOutcome, ByOutcome>;
    4 [Holds<Inner: Followed> + Outcome]
        onward(Within(Rebox), ByOutcome, AsOk) => Onward<Within<Rebox>, ByOutcome, AsOk>;
    3 [Holds<Inner: Followed<End: Carries<Error: ErrorKind>>>]
        onward(Within(Rebox), AsOk, ByError) => Onward<Within<Rebox>, AsOk, ByError>;
    2 [Holds<Inner: Followed<End: Outcome>>]
        onward(Within(Rebox), AsOk, ByOutcome) => Onward<Within<Rebox>, AsOk, ByOutcome>;
    1 [Holds<Inner: Followed>] onward(Within(Rebox), AsOk, AsOk) => Onward<Within<Rebox>, AsOk, AsOk>;
}

/// Where it goes on, it cannot be followed: an error, as the function itself is to be measured, or left alone as one of
/// many.
impl<R> Further<R, 0> {
    #[doc(hidden)]
    pub fn begin(&self, site: &'static Site) -> Judged<AsOk>
    where
        R: Followable,
    {
        Over::<R, AsOk>(AsOk, Probe::NEW).begin(site)
    }

    #[doc(hidden)]
    pub fn begin_with<'a>(&self, site: &'static Site, labels: &'a mut Labels) -> Judged<AsOk, &'a Labels>
    where
        R: Followable,
    {
        Over::<R, AsOk>(AsOk, Probe::NEW).begin_with(site, labels)
    }

    #[doc(hidden)]
    pub fn begin_or_leave(&self, site: &'static Site) -> Unmeasured {
        site.leave();
        Unmeasured
    }

    #[doc(hidden)]
    pub fn watch<L: Scope, F: Future<Output = R>>(&self, site: &'static Site, labels: L, future: F) -> Watch<L, F, AsOk>
    where
        R: Followable,
    {
        watch::watch(site, labels, AsOk, future)
    }

    #[doc(hidden)]
    pub fn watch_or_leave<L, F>(&self, site: &'static Site, _: L, future: F) -> F {
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
    #[expect(clippy::mem_forget, reason = "there is no gap any more")]
    mem::forget(gap);
}
