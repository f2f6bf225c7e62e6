//! Families by name, found without a lock.
//!
//! A family is never removed, so that the look-up can be a chain of insert-only hash tables: a reader probes slots
//! that are written once. Several names may lead to one family, when they are printed alike.

use std::{collections::BTreeMap, hash::BuildHasher};

use crate::{
    metric::kind::Kind,
    store::family::Family,
    sync::{Mutex, MutexGuard, OnceLock},
};

/// Slots of the first table; each following one has four times as many.
#[cfg(not(loom))]
const SLOTS: usize = 256;
#[cfg(loom)]
const SLOTS: usize = 2;

/// All families of a store.
pub(crate) struct Directory {
    hasher: foldhash::fast::RandomState,
    first: Slots,
    /// By printed name, in order; also what keeps two from inserting at once.
    by_name: Mutex<BTreeMap<&'static str, &'static Family>>,
}

struct Slots {
    slots: Box<[OnceLock<Slot>]>,
    next: OnceLock<Box<Slots>>,
}

struct Slot {
    name: Box<str>,
    family: &'static Family,
}

impl Directory {
    pub(crate) fn new() -> Self {
        Self { hasher: foldhash::fast::RandomState::default(), first: Slots::new(SLOTS), by_name: Mutex::default() }
    }

    /// The family that a name, as the program writes it, leads to.
    #[inline]
    pub(crate) fn find(&self, name: &str) -> Option<&'static Family> {
        let hash = self.hasher.hash_one(name) as usize;
        let mut slots = &self.first;
        loop {
            for slot in slots.probe(hash) {
                match slot.get() {
                    Some(slot) if *slot.name == *name => return Some(slot.family),
                    Some(_) => {}
                    None => break,
                }
            }
            slots = slots.next.get()?;
        }
    }

    /// The family that a name leads to; if there is none that is printed like it, the one that `make` builds.
    ///
    /// # Errors
    /// Another family, if that one's samples and the new one's would be printed under one name.
    pub(crate) fn find_or_insert(
        &self,
        name: &str,
        make: impl FnOnce() -> Family,
    ) -> Result<&'static Family, &'static Family> {
        if let Some(family) = self.find(name) {
            return Ok(family);
        }
        let mut by_name = self.hold();
        if let Some(family) = self.find(name) {
            return Ok(family);
        }
        let printed = crate::metric::name::sanitize(name);
        let family = match by_name.get(&*printed) {
            Some(family) => family,
            None => {
                let family = make();
                if let Some(other) = in_the_way(&by_name, &family) {
                    return Err(other);
                }
                // A family lives as long as the process: handles and call sites point to it.
                let family: &'static Family = Box::leak(Box::new(family));
                by_name.insert(family.name(), family);
                family
            }
        };
        self.insert(name, family);
        Ok(family)
    }

    /// All families, with everyone else kept from adding one until the guard is dropped.
    pub(crate) fn hold(&self) -> MutexGuard<'_, BTreeMap<&'static str, &'static Family>> {
        self.by_name.lock().expect("nothing panics under this lock")
    }

    /// All families, by printed name.
    pub(crate) fn all(&self) -> Vec<&'static Family> {
        self.hold().values().copied().collect()
    }

    fn insert(&self, name: &str, family: &'static Family) {
        let hash = self.hasher.hash_one(name) as usize;
        let mut slots = &self.first;
        while !slots.insert(hash, name, family) {
            let size = slots.slots.len() * 4;
            slots = slots.next.get_or_init(|| Box::new(Slots::new(size)));
        }
    }
}

/// What a histogram's samples are called besides it, in one format or another.
const SUFFIXES: [&str; 4] = ["_bucket", "_sum", "_count", "_created"];

/// The family whose samples would be printed like the new one's.
fn in_the_way(by_name: &BTreeMap<&'static str, &'static Family>, new: &Family) -> Option<&'static Family> {
    let has_suffixes = |family: &Family| family.kind() == Kind::Histogram;
    let below = || SUFFIXES.iter().find_map(|suffix| by_name.get([new.name(), suffix].concat().as_str()));
    let above = SUFFIXES.iter().filter_map(|suffix| by_name.get(new.name().strip_suffix(suffix)?));
    let above = above.copied().find(|family| has_suffixes(family));
    above.or_else(|| below().copied().filter(|_| has_suffixes(new)))
}

impl Slots {
    fn new(size: usize) -> Self {
        Self { slots: (0..size).map(|_| OnceLock::new()).collect(), next: OnceLock::new() }
    }

    /// The slots where a name of this hash may stand: few, so that a full stretch is left for the next table.
    fn probe(&self, hash: usize) -> impl Iterator<Item = &OnceLock<Slot>> {
        let mask = self.slots.len() - 1;
        (0..self.slots.len().min(8)).map(move |step| &self.slots[(hash + step) & mask])
    }

    fn insert(&self, hash: usize, name: &str, family: &'static Family) -> bool {
        let free = self.probe(hash).find(|slot| slot.get().is_none());
        free.map(|slot| slot.get_or_init(|| Slot { name: name.into(), family })).is_some()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::store::{family::About, registry::Ground};

    #[test]
    fn every_name_is_found_and_only_once_created() {
        let ground: &'static Ground = Box::leak(Box::new(Ground::new(0)));
        let directory = Directory::new();
        let make = |name: &str| Family::new(ground, name, Kind::Counter, &[], About::default());
        let names: Vec<String> = (0..5_000).map(|n| format!("metric_{n}")).collect();
        for name in &names {
            assert!(directory.find_or_insert(name, || make(name)).is_ok());
        }
        for name in &names {
            assert_eq!(directory.find(name).expect("it is there").name(), name);
            assert!(directory.find_or_insert(name, || unreachable!("it is there")).is_ok());
        }
        assert!(directory.find("metric_5000").is_none());
        assert!(directory.all().is_sorted_by_key(|family| family.name()));
    }

    #[test]
    fn names_that_print_alike_are_one_family() {
        let ground: &'static Ground = Box::leak(Box::new(Ground::new(0)));
        let directory = Directory::new();
        let make = || Family::new(ground, "http.requests", Kind::Counter, &[], About::default());
        let dotted = directory.find_or_insert("http.requests", make).ok();
        let plain = directory.find_or_insert("http_requests", || unreachable!("it is there")).ok();
        assert!(dotted.zip(plain).is_some_and(|(dotted, plain)| std::ptr::eq(dotted, plain)));
    }

    #[test]
    fn samples_never_share_a_name() {
        let ground: &'static Ground = Box::leak(Box::new(Ground::new(0)));
        let directory = Directory::new();
        let add = |name: &str, kind| {
            let added = directory.find_or_insert(name, || Family::new(ground, name, kind, &[1.0], About::default()));
            added.map(Family::name).map_err(Family::name)
        };
        assert_eq!(add("wait", Kind::Histogram), Ok("wait"));
        assert_eq!(add("wait_count", Kind::Counter), Err("wait"));
        assert_eq!(add("wait.sum", Kind::Gauge), Err("wait"));
        assert_eq!(add("wait_created", Kind::Histogram), Err("wait"));
        assert_eq!(add("wait_total", Kind::Counter), Ok("wait_total"));
        assert_eq!(add("size_sum", Kind::Gauge), Ok("size_sum"));
        assert_eq!(add("size", Kind::Histogram), Err("size_sum"));
        assert_eq!(add("size", Kind::Gauge), Ok("size"));
        assert_eq!(add("size_count", Kind::Histogram), Ok("size_count"), "a gauge has one sample");
    }
}
