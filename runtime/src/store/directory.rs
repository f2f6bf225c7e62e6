//! Families by name, found without a lock.
//!
//! A family is never removed. Several names may lead to one family, when they are printed alike.

use std::{collections::BTreeMap, hash::BuildHasher};

use crate::{
    known::Known,
    store::family::Family,
    sync::{Mutex, MutexGuard},
};

/// Names that there is room for in the first table.
#[cfg(not(loom))]
const SLOTS: usize = 256;
#[cfg(loom)]
const SLOTS: usize = 2;

/// All families of a store.
pub(crate) struct Directory {
    hasher: foldhash::fast::RandomState,
    known: Known<Entry>,
    /// By printed name, in order; also what keeps two from inserting at once.
    by_name: Mutex<BTreeMap<&'static str, &'static Family>>,
}

struct Entry {
    name: Box<str>,
    family: &'static Family,
}

impl Directory {
    pub(crate) fn new() -> Self {
        Self { hasher: foldhash::fast::RandomState::default(), known: Known::new(SLOTS), by_name: Mutex::default() }
    }

    /// The family that a name, as the program writes it, leads to.
    #[inline]
    pub(crate) fn find(&self, name: &str) -> Option<&'static Family> {
        let entry = self.known.find(self.hasher.hash_one(name), |entry| *entry.name == *name)?;
        Some(entry.family)
    }

    /// The family that a name leads to; if there is none that is printed like it, the one that `make` builds.
    pub(crate) fn find_or_insert(&self, name: &str, make: impl FnOnce() -> Family) -> &'static Family {
        self.find_or_try_insert(name, |_| Some(make())).expect("it is always made")
    }

    /// The same where `make`, which is told how many families there are, may build none.
    pub(crate) fn find_or_try_insert(
        &self,
        name: &str,
        make: impl FnOnce(usize) -> Option<Family>,
    ) -> Option<&'static Family> {
        if let Some(family) = self.find(name) {
            return Some(family);
        }
        let mut by_name = self.hold();
        if let Some(family) = self.find(name) {
            return Some(family);
        }
        let printed = crate::metric::name::sanitize(name);
        let family = match by_name.get(&*printed) {
            Some(family) => family,
            None => {
                // A family lives as long as the process: handles and call sites point to it.
                let family: &'static Family = Box::leak(Box::new(make(by_name.len())?));
                by_name.insert(family.name(), family);
                family
            }
        };
        self.known.insert(self.hasher.hash_one(name), Entry { name: name.into(), family });
        Some(family)
    }

    /// All families, with everyone else kept from adding one until the guard is dropped.
    pub(crate) fn hold(&self) -> MutexGuard<'_, BTreeMap<&'static str, &'static Family>> {
        self.by_name.lock().expect("nothing panics under this lock")
    }

    /// All families, by printed name.
    pub(crate) fn all(&self) -> Vec<&'static Family> {
        self.hold().values().copied().collect()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::{
        metric::kind::Kind,
        store::{family::About, registry::Ground},
    };

    #[test]
    fn every_name_is_found_and_only_once_created() {
        let ground: &'static Ground = Box::leak(Box::new(Ground::new(0, || 0)));
        let directory = Directory::new();
        let make = |name: &str| Family::new(ground, name, Kind::Counter, &[], About::default());
        let names: Vec<String> = (0..5_000).map(|n| format!("metric_{n}")).collect();
        for name in &names {
            directory.find_or_insert(name, || make(name));
        }
        for name in &names {
            assert_eq!(directory.find(name).expect("it is there").name(), name);
            directory.find_or_insert(name, || unreachable!("it is there"));
        }
        assert!(directory.find("metric_5000").is_none());
        assert!(directory.all().is_sorted_by_key(|family| family.name()));
    }

    #[test]
    fn names_that_print_alike_are_one_family() {
        let ground: &'static Ground = Box::leak(Box::new(Ground::new(0, || 0)));
        let directory = Directory::new();
        let make = || Family::new(ground, "http.requests", Kind::Counter, &[], About::default());
        let dotted = directory.find_or_insert("http.requests", make);
        let plain = directory.find_or_insert("http_requests", || unreachable!("it is there"));
        assert!(std::ptr::eq(dotted, plain));
    }
}
