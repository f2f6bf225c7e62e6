//! One call from its beginning to its end, whatever way it ends.

use std::{fmt, mem::ManuallyDrop};

use metrics::Gauge;

use crate::call::{
    backend, facade,
    labels::Scope,
    outcome::{End, Ending, Outcome, ending_of},
    site::Site,
    target::Target,
    verdict::{Judge, Kinds, Verdict},
};

/// A call that has begun; it ends when this is dropped.
#[must_use = "the call ends when this is dropped"]
pub struct Call<L: Scope = ()> {
    site: &'static Site,
    labels: L,
    start: u64,
    /// Under the facade: what counts the call as in flight.
    /// Taken at the end; without glue of its own a dropped call stays small enough to be inlined.
    gauge: ManuallyDrop<Option<Box<Gauge>>>,
    target: Target,
    ending: Ending,
    /// Whether the thread was unwinding already when the call went on. A call inside a destructor that ends well has
    /// not panicked.
    unwinding: bool,
    /// The process in which the call counts as in flight.
    process: u8,
}

/// Begins a call.
#[doc(hidden)]
#[inline(always)]
pub fn enter<L: Scope>(site: &'static Site, labels: L) -> Call<L> {
    let target = labels.target();
    let unwinding = std::thread::panicking();
    let (start, process, gauge) = match target {
        Target::Nobody => (0, 0, None),
        Target::Ours if site.is_only_counted() => (0, 0, None),
        _ => begin(site, &labels, target),
    };
    Call { site, labels, start, gauge: ManuallyDrop::new(gauge), target, ending: Ending::Ok, unwinding, process }
}

#[inline(never)]
fn begin<L: Scope>(site: &'static Site, labels: &L, target: Target) -> (u64, u8, Option<Box<Gauge>>) {
    match target {
        Target::Nobody => (0, 0, None),
        Target::Ours => {
            let (start, process) = backend::enter(site, labels.group());
            (start, process, None)
        }
        Target::Adopted | Target::Unknown => {
            let (start, gauge) = facade::enter(site, labels.labels(), target == Target::Adopted);
            (start, 0, gauge)
        }
    }
}

/// Runs a call whose return value tells whether it has failed.
///
/// # Panics
/// Where `body` does; the call has `panicked` then.
#[doc(hidden)]
#[inline]
pub fn call_result<L: Scope, R: Outcome>(site: &'static Site, labels: L, body: impl FnOnce() -> R) -> R {
    let mut call = enter(site, labels).at_work();
    let value = body();
    call.ending = ending_of(&value);
    value
}

/// Runs a call whose return value tells what kind of an error it is.
///
/// # Panics
/// Where `body` does; the call has `panicked` then.
#[doc(hidden)]
#[inline]
pub fn call_kinds<L: Scope, R: Kinds>(site: &'static Site, labels: L, body: impl FnOnce() -> R) -> R {
    let judge: fn(&R) -> Verdict = R::verdict;
    call_judged(site, labels, &judge, body)
}

/// Runs a call whose end somebody else judges.
///
/// # Panics
/// Where `body` or the judge do; the call has `panicked` then.
#[doc(hidden)]
#[inline]
pub fn call_judged<L: Scope, R>(site: &'static Site, labels: L, judge: &impl Judge<R>, body: impl FnOnce() -> R) -> R {
    let call = enter(site, labels).at_work();
    let value = body();
    call.conclude(judge.judge(&value));
    value
}

impl<L: Scope> Call<L> {
    /// The call is being worked on; who drops it now drops it because of a panic, whether or not the thread was
    /// unwinding before.
    pub(super) fn at_work(mut self) -> Self {
        self.ending = Ending::Panicked;
        self
    }

    /// Ends the call in a way that only its caller knows.
    pub(super) fn end(mut self, ending: Ending) {
        self.ending = ending;
        // Whoever says how the call has ended knows better than a panic that is under way.
        self.unwinding = true;
    }

    /// Ends the call as it has been judged.
    #[inline]
    pub(super) fn conclude(self, verdict: Verdict) {
        match verdict {
            Verdict::Ok => self.end(Ending::Ok),
            Verdict::Error => self.end(Ending::Error),
            Verdict::Kind(kind) => self.fail(kind),
        }
    }

    #[cold]
    fn fail(mut self, kind: &'static str) {
        match self.target {
            Target::Nobody => {}
            Target::Ours => backend::fail(self.site, self.labels.group(), kind, self.start, self.process),
            Target::Adopted | Target::Unknown => self.finish_elsewhere(End::error(kind)),
        }
        // All is recorded.
        self.target = Target::Nobody;
    }

    fn finish_elsewhere(&mut self, end: End) {
        let (labels, adopted) = (self.labels.labels(), self.target == Target::Adopted);
        facade::finish(self.site, labels, adopted, end, self.start, self.gauge.take());
    }

    #[inline(never)]
    fn finish(&mut self, ending: Ending) {
        match self.target {
            Target::Nobody => {}
            Target::Ours => backend::finish(self.site, self.labels.group(), ending, self.start, self.process),
            Target::Adopted | Target::Unknown => self.finish_elsewhere(ending.into()),
        }
    }
}

impl<L: Scope> Drop for Call<L> {
    #[inline(always)]
    fn drop(&mut self) {
        let panicked = !self.unwinding && std::thread::panicking();
        let ending = if panicked { Ending::Panicked } else { self.ending };
        let is_done = match self.target {
            Target::Nobody => true,
            Target::Ours => self.labels.group().is_none() && backend::count(self.site, ending),
            Target::Adopted | Target::Unknown => false,
        };
        if !is_done {
            self.finish(ending);
        }
    }
}

impl<L: Scope> fmt::Debug for Call<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("site", self.site).finish_non_exhaustive()
    }
}
