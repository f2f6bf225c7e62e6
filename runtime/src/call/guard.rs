//! One call from its beginning to its end, whatever way it ends.

use std::{
    fmt,
    mem::{self, ManuallyDrop},
};

use metrics::Gauge;

use crate::call::{
    backend::{self, Group},
    facade,
    labels::Scope,
    outcome::{End, Ending},
    site::Site,
    target::Target,
    verdict::{Judge, Verdict},
};

/// A call that has begun; it ends when this is dropped.
#[must_use = "the call ends when this is dropped"]
pub struct Call<L: Scope = ()> {
    site: &'static Site,
    labels: L,
    start: u64,
    /// Under the facade: what counts the call as in flight. Taken at the end: without glue of its own a dropped call stays
    /// small enough to be inlined.
    gauge: ManuallyDrop<Option<Box<Gauge>>>,
    target: Target,
    ending: Ending,
    /// Whether counting it may be all that there is to do. Found out at its beginning, so that its end stays small.
    quick: bool,
    /// Whether the thread was unwinding already when the call went on. A call inside a destructor that ends well has
    /// not panicked.
    unwinding: bool,
    /// The process in which the call counts as in flight.
    process: u8,
}

/// What the beginning of a call leaves to its end.
struct Begun {
    start: u64,
    gauge: Option<Box<Gauge>>,
    quick: bool,
    process: u8,
}

/// Begins a call.
#[doc(hidden)]
#[inline]
pub fn enter<L: Scope>(site: &'static Site, labels: L) -> Call<L> {
    let target = labels.target();
    enter_for(target, site, labels)
}

/// Begins a call if somebody records it.
#[inline]
pub(super) fn enter_recorded<L: Scope>(site: &'static Site, labels: L) -> Option<Call<L>> {
    match labels.target() {
        Target::Nobody => None,
        target => Some(enter_for(target, site, labels)),
    }
}

#[inline]
fn enter_for<L: Scope>(target: Target, site: &'static Site, labels: L) -> Call<L> {
    // Whatever is read for others would be a cost to those who record nothing.
    let unwinding = target != Target::Nobody && std::thread::panicking();
    let begun = Begun { start: 0, gauge: None, quick: false, process: 0 };
    let Begun { start, gauge, quick, process } = match target {
        Target::Nobody => begun,
        Target::Ours if backend::is_quick(site) => Begun { quick: true, ..begun },
        Target::Ours => {
            let (start, process) = backend::enter(site, labels.group().map(Group::in_flight));
            Begun { start, process, ..begun }
        }
        Target::Adopted | Target::Unknown => {
            let (start, gauge) = facade::enter(site, labels.labels(), target == Target::Adopted);
            Begun { start, gauge, ..begun }
        }
    };
    let gauge = ManuallyDrop::new(gauge);
    // Put together here and nowhere moved: what is moved goes through memory.
    Call { site, labels, start, gauge, target, ending: Ending::Ok, quick, unwinding, process }
}

/// Begins a call that is told what its body has returned; if it never is, the body has panicked.
#[doc(hidden)]
#[inline]
pub fn begin<L: Scope>(site: &'static Site, labels: L) -> Call<L> {
    let mut call = enter(site, labels);
    call.at_work();
    call
}

/// A body that is run once, and may give away what it owns.
#[doc(hidden)]
#[inline]
pub fn body<R, F: FnOnce() -> R>(body: F) -> F {
    body
}

impl<L: Scope> Call<L> {
    /// The call is being worked on; who drops it now drops it because of a panic, whether or not the thread was
    /// unwinding before.
    #[inline]
    pub(super) fn at_work(&mut self) {
        self.ending = Ending::Panicked;
    }

    /// The call, which is dropped next, has ended in a way that only its caller knows.
    #[inline]
    pub(super) fn ended(&mut self, ending: Ending) {
        self.ending = ending;
        // Whoever says how the call has ended knows better than a panic that is under way.
        self.unwinding = true;
    }

    /// The call, which is dropped next, has ended with this value as `judge` says, who is not asked where nobody wants to
    /// know.
    #[doc(hidden)]
    #[inline]
    pub fn conclude<R>(&mut self, judge: &impl Judge<R>, value: &R) {
        if self.target != Target::Nobody {
            self.conclude_as(judge.judge(value));
        }
    }

    /// The same for what a judge has said.
    #[inline]
    pub(super) fn conclude_as(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Ok => self.ended(Ending::Ok),
            Verdict::Error => self.ended(Ending::Error),
            Verdict::Kind(kind) => {
                // All is recorded here.
                let target = mem::replace(&mut self.target, Target::Nobody);
                let (start, gauge) = ((self.start, self.process), self.gauge.take());
                fail(self.site, self.labels.borrowed(), target, kind, start, gauge);
            }
        }
    }

    pub(super) fn target(&self) -> Target {
        self.target
    }

    /// For how many nanoseconds the call has gone on; 0 where it is not timed.
    pub(super) fn elapsed(&self) -> u64 {
        match self.target {
            Target::Nobody => 0,
            Target::Ours => backend::elapsed(self.start, backend::reading()),
            Target::Adopted | Target::Unknown => facade::now().saturating_sub(self.start),
        }
    }
}

impl<L: Scope> Call<L> {
    #[inline]
    fn end(&mut self) {
        let panicked = !self.unwinding && std::thread::panicking();
        let ending = if panicked { Ending::Panicked } else { self.ending };
        if !(self.quick && self.labels.count(self.site, ending)) {
            // By value, so that a call without labels never has to stand in memory.
            let (start, gauge) = ((self.start, self.process), self.gauge.take());
            finish(self.site, self.labels.borrowed(), self.target, ending, start, gauge);
        }
    }

    /// The same for a call that stands in memory in any case.
    #[inline(never)]
    fn end_there(&mut self) {
        self.end();
    }
}

impl<L: Scope> Drop for Call<L> {
    /// Small enough to be inlined wherever a call ends.
    #[inline]
    fn drop(&mut self) {
        match self.target {
            Target::Nobody => {}
            _ if size_of::<L>() == 0 => self.end(),
            _ => self.end_there(),
        }
    }
}

#[inline(never)]
fn finish<L: Scope + Copy>(
    site: &'static Site,
    labels: L,
    target: Target,
    ending: Ending,
    (start, process): (u64, u8),
    gauge: Option<Box<Gauge>>,
) {
    match target {
        Target::Nobody => {}
        Target::Ours => backend::finish(site, labels.group(), ending, start, process),
        Target::Adopted | Target::Unknown => {
            facade::finish(site, labels.labels(), target == Target::Adopted, ending.into(), start, gauge);
        }
    }
}

#[cold]
#[inline(never)]
fn fail<L: Scope + Copy>(
    site: &'static Site,
    labels: L,
    target: Target,
    kind: &'static str,
    (start, process): (u64, u8),
    gauge: Option<Box<Gauge>>,
) {
    match target {
        Target::Nobody => {}
        Target::Ours => backend::fail(site, labels.group(), kind, start, process),
        Target::Adopted | Target::Unknown => {
            facade::finish(site, labels.labels(), target == Target::Adopted, End::error(kind), start, gauge);
        }
    }
}

impl<L: Scope> fmt::Debug for Call<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("site", self.site).finish_non_exhaustive()
    }
}
