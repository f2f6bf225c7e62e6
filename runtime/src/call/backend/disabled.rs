//! Without the feature `runtime` there is no store: calls only ever go through the facade.

use crate::call::{outcome::Ending, site::Site};

/// Without a log nothing is warned of.
pub(crate) mod untold {
    use crate::metric::bounds::Ladder;

    pub(crate) fn warn_of_all() {}

    pub(crate) fn warn_once(_: Ladder<'_>) {}
}

/// Nothing to cache.
pub(crate) struct Slots;

/// Nothing to be found.
#[derive(Debug, Clone, Copy)]
pub struct Group;

impl Slots {
    pub(crate) const fn new() -> Self {
        Self
    }
}

/// Nothing to be held.
#[derive(Debug)]
pub(crate) struct Held;

impl Held {
    pub(crate) fn release(&self, _: &Group) {}
}

impl Group {
    pub(crate) fn expires(&self) -> bool {
        false
    }

    pub(crate) fn hold(_: &'static Site, _: &[&str], _: &mut Option<Self>) -> Option<Held> {
        None
    }

    pub(crate) fn in_flight(&self) -> u64 {
        0
    }
}

pub(crate) fn group(_: &'static Site, _: &[&str], found: &mut Option<Group>) {
    *found = Some(Group);
}

pub(crate) fn not_kept(_: usize) {}

pub(crate) fn show(_: &Site, _: &[&str]) {}

pub(crate) fn register(_: &Site) {}

pub(crate) fn enter(_: &Site, _: Option<u64>) -> (u64, u8) {
    (0, 0)
}

pub(crate) fn is_quick(_: &Site) -> bool {
    true
}

pub(crate) fn count(_: &Site, _: Ending) -> bool {
    true
}

pub(crate) fn count_in(_: &Site, _: &Group, _: Ending) -> bool {
    true
}

pub(crate) fn fail(_: &'static Site, _: Option<&Group>, _: &'static str, _: u64, _: u8) {}

pub(crate) fn polled(_: &Site, _: Option<&Group>, _: u32, _: u64) {}

pub(crate) fn reading() -> u64 {
    0
}

pub(crate) fn elapsed(_: u64, _: u64) -> u64 {
    0
}

pub(crate) fn finish(_: &Site, _: Option<&Group>, _: Ending, _: u64, _: u8) {}

pub(crate) fn lasts(_: &Site) {}
