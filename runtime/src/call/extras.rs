//! What is recorded beside a call: the polls of a future, the items of a stream.

use std::future::Future;

use crate::call::{
    backend, facade,
    labels::Scope,
    polls::{self, Polled},
    site::Site,
    target::Target,
    verdict::Verdict,
};

/// Which items of a stream say how its call has ended.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Items {
    /// All: one error makes the call one.
    All,
    Last,
    Ignored,
}

/// What a call records beside itself, which may be nothing.
#[doc(hidden)]
pub trait Extras<L: Scope> {
    /// A future whose polls are recorded, or are not.
    type Polled<F: Future>: Future<Output = F::Output>;

    fn polled<F: Future>(&mut self, future: F) -> Self::Polled<F>;

    /// Where the polls of a future are recorded, if they are.
    fn polls(&mut self) -> Option<(&'static Site, L)>;

    /// What is said of a stream with this item, of which `found` was said before.
    fn judged(&self, found: Verdict, item: Verdict) -> Verdict;

    /// A stream has an item, so long after its call began.
    fn item(&mut self, target: Target, elapsed: impl FnOnce() -> u64);
}

impl<L: Scope> Extras<L> for () {
    type Polled<F: Future> = F;

    #[inline]
    fn polled<F: Future>(&mut self, future: F) -> F {
        future
    }

    #[inline]
    fn polls(&mut self) -> Option<(&'static Site, L)> {
        None
    }

    #[inline]
    fn judged(&self, found: Verdict, item: Verdict) -> Verdict {
        Items::All.judged(found, item)
    }

    #[inline]
    fn item(&mut self, _: Target, _: impl FnOnce() -> u64) {}
}

impl Items {
    #[inline]
    fn judged(self, found: Verdict, item: Verdict) -> Verdict {
        match self {
            Self::All if found == Verdict::Ok => item,
            Self::All => found,
            Self::Last => item,
            Self::Ignored => Verdict::Ok,
        }
    }
}

/// The sites of what a call records beside itself, with their labels.
#[derive(Debug)]
pub struct Beside<L: Scope> {
    polls: Option<(&'static Site, L)>,
    items: Option<(&'static Site, L)>,
    first_item: Option<(&'static Site, L)>,
    judged: Items,
}

impl<L: Scope> Beside<L> {
    #[doc(hidden)]
    #[inline]
    #[must_use]
    pub const fn new() -> Self {
        Self { polls: None, items: None, first_item: None, judged: Items::All }
    }

    #[doc(hidden)]
    #[inline]
    #[must_use]
    pub fn polls(self, site: &'static Site, labels: L) -> Self {
        Self { polls: Some((site, labels)), ..self }
    }

    #[doc(hidden)]
    #[inline]
    #[must_use]
    pub fn items(self, site: &'static Site, labels: L, judged: Items) -> Self {
        Self { items: Some((site, labels)), judged, ..self }
    }

    #[doc(hidden)]
    #[inline]
    #[must_use]
    pub fn first_item(self, site: &'static Site, labels: L) -> Self {
        Self { first_item: Some((site, labels)), ..self }
    }
}

impl<L: Scope> Default for Beside<L> {
    fn default() -> Self {
        Self::new()
    }
}

impl<L: Scope> Extras<L> for Beside<L> {
    type Polled<F: Future> = Polled<L, F>;

    #[inline]
    fn polled<F: Future>(&mut self, future: F) -> Polled<L, F> {
        polls::polled(self.polls(), future)
    }

    #[inline]
    fn polls(&mut self) -> Option<(&'static Site, L)> {
        self.polls.take()
    }

    #[inline]
    fn judged(&self, found: Verdict, item: Verdict) -> Verdict {
        self.judged.judged(found, item)
    }

    fn item(&mut self, target: Target, elapsed: impl FnOnce() -> u64) {
        if let Some((site, labels)) = &self.items {
            record(site, labels, target, 1, 0);
        }
        if let Some((site, labels)) = self.first_item.take() {
            record(site, &labels, target, 0, elapsed());
        }
    }
}

fn record(site: &'static Site, labels: &impl Scope, target: Target, count: u32, nanos: u64) {
    match target {
        Target::Nobody => {}
        Target::Ours => backend::polled(site, labels.group(), count, nanos),
        Target::Adopted | Target::Unknown => facade::polled(site, labels.labels(), count, nanos),
    }
}
