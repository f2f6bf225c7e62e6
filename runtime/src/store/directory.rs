//! Families by name, found without a lock.
//!
//! A family is never removed. Several names may lead to one family, when they are printed alike. As there is no end of
//! such names, only so many are known; beyond them a name is found under the lock, by how it is printed.

use std::{collections::BTreeMap, hash::BuildHasher};

use crate::{
    known::Known,
    metric::kind::Kind,
    store::family::Family,
    sync::{AtomicU32, Mutex, MutexGuard, Ordering},
};

/// Names that there is room for in the first table.
#[cfg(not(tachometer_loom))]
const SLOTS: usize = 256;
#[cfg(tachometer_loom)]
const SLOTS: usize = 2;

/// All families of a store.
pub(crate) struct Directory {
    hasher: foldhash::fast::RandomState,
    known: Known<Entry>,
    /// By printed name, in order; also what keeps two from inserting at once.
    by_name: Mutex<BTreeMap<&'static str, &'static Family>>,
    /// How many more names of families that are there may be known. Changes under that lock only.
    aliases: AtomicU32,
}

/// How many names may be known besides the first of each family.
const ALIASES: u32 = 1024;

struct Entry {
    name: Box<str>,
    family: &'static Family,
}

/// Why there is no family of a name.
pub(crate) enum Unmade {
    /// There may be no more of them.
    Limit,
    /// The samples of this one would be printed under the names of the new one's.
    Alike(&'static Family),
}

impl Directory {
    pub(crate) fn new() -> Self {
        Self {
            hasher: foldhash::fast::RandomState::default(),
            known: Known::new(SLOTS),
            by_name: Mutex::default(),
            aliases: AtomicU32::new(ALIASES),
        }
    }

    /// The family that a name, as the program writes it, leads to.
    #[inline]
    pub(crate) fn find(&self, name: &str) -> Option<&'static Family> {
        let entry = self.known.find(self.hasher.hash_one(name), |entry| *entry.name == *name)?;
        Some(entry.family)
    }

    /// The same for any name that is printed like a family's.
    pub(crate) fn find_alike(&self, name: &str) -> Option<&'static Family> {
        self.find(name).or_else(|| self.printed(&crate::metric::name::sanitize(name)))
    }

    /// The family that is printed under a name.
    pub(crate) fn printed(&self, name: &str) -> Option<&'static Family> {
        self.hold().get(name).copied()
    }

    /// The family that a name leads to; if there is none that is printed like it, the one that `make` builds. It is told
    /// how many families there are, and may build none.
    ///
    /// # Errors
    /// If it has built none, or one whose samples would be printed under the names of another one's.
    pub(crate) fn find_or_insert(
        &self,
        name: &str,
        make: impl FnOnce(usize) -> Option<Family>,
    ) -> Result<&'static Family, Unmade> {
        if let Some(family) = self.find(name) {
            return Ok(family);
        }
        let mut by_name = self.hold();
        if let Some(family) = self.find(name) {
            return Ok(family);
        }
        let printed = crate::metric::name::sanitize(name);
        let family = match by_name.get(&*printed) {
            Some(family) => {
                let left = self.aliases.load(Ordering::Relaxed);
                if left == 0 {
                    return Ok(family);
                }
                self.aliases.store(left - 1, Ordering::Relaxed);
                family
            }
            None => {
                let family = make(by_name.len()).ok_or(Unmade::Limit)?;
                if let Some(other) = in_the_way(&by_name, &family) {
                    return Err(Unmade::Alike(other));
                }
                // A family lives as long as the process: handles and call sites point to it.
                let family: &'static Family = Box::leak(Box::new(family));
                by_name.insert(family.name(), family);
                family
            }
        };
        self.known.insert(self.hasher.hash_one(name), Entry { name: name.into(), family });
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
}

/// The family whose samples would be printed like the new one's.
fn in_the_way(by_name: &BTreeMap<&'static str, &'static Family>, new: &Family) -> Option<&'static Family> {
    let above = Kind::Histogram.suffixes().iter().find_map(|suffix| {
        let family = by_name.get(new.name().strip_suffix(suffix)?)?;
        family.kind().suffixes().contains(suffix).then_some(family)
    });
    let below = || new.kind().suffixes().iter().find_map(|suffix| by_name.get([new.name(), suffix].concat().as_str()));
    above.or_else(below).copied()
}

#[cfg(all(test, not(tachometer_loom)))]
mod tests {
    use super::*;
    use crate::{
        metric::bounds::Ladder,
        store::{family::About, ground::Ground},
    };

    #[test]
    fn every_name_is_found_and_only_once_created() {
        let ground: &'static Ground = Box::leak(Box::new(Ground::new(0, || 0)));
        let directory = Directory::new();
        let make = |name: &str| Family::new(ground, name, Kind::Counter, Ladder::OfUnit, About::default());
        let names: Vec<String> = (0..5_000).map(|n| format!("metric_{n}")).collect();
        for name in &names {
            assert!(directory.find_or_insert(name, |_| Some(make(name))).is_ok());
        }
        for name in &names {
            assert_eq!(directory.find(name).expect("it is there").name(), name);
            assert!(directory.find_or_insert(name, |_| unreachable!("it is there")).is_ok());
        }
        assert!(directory.find("metric_5000").is_none());
        assert!(directory.all().is_sorted_by_key(|family| family.name()));
    }

    #[test]
    fn names_that_print_alike_are_one_family() {
        let ground: &'static Ground = Box::leak(Box::new(Ground::new(0, || 0)));
        let directory = Directory::new();
        let make = |_| Some(Family::new(ground, "http.requests", Kind::Counter, Ladder::OfUnit, About::default()));
        let dotted = directory.find_or_insert("http.requests", make).ok();
        let plain = directory.find_or_insert("http_requests", |_| unreachable!("it is there")).ok();
        assert!(dotted.zip(plain).is_some_and(|(dotted, plain)| std::ptr::eq(dotted, plain)));
    }

    #[test]
    fn names_that_print_alike_are_known_up_to_a_number() {
        let ground: &'static Ground = Box::leak(Box::new(Ground::new(0, || 0)));
        let directory = Directory::new();
        let make = |_| Some(Family::new(ground, "cmd_é", Kind::Counter, Ladder::OfUnit, About::default()));
        let names: Vec<String> = ('à'..).take(3 * ALIASES as usize).map(|letter| format!("cmd_{letter}")).collect();
        let first = directory.find_or_insert("cmd_é", make).ok().expect("there is room");
        for name in &names {
            let found = directory.find_or_insert(name, |_| unreachable!("it is there")).ok();
            assert!(found.is_some_and(|found| std::ptr::eq(found, first)), "{name}");
            assert!(directory.find_alike(name).is_some());
        }
        let known = names.iter().filter(|name| directory.find(name).is_some()).count();
        assert!(known <= ALIASES as usize + 1, "{known} are known");
    }

    #[test]
    fn samples_never_share_a_name() {
        let ground: &'static Ground = Box::leak(Box::new(Ground::new(0, || 0)));
        let directory = Directory::new();
        let add = |name: &str, kind| {
            let make = |_| Some(Family::new(ground, name, kind, Ladder::Bounds(&[1.0]), About::default()));
            directory.find_or_insert(name, make).map(Family::name).map_err(|unmade| match unmade {
                Unmade::Alike(other) => other.name(),
                Unmade::Limit => "limit",
            })
        };
        assert_eq!(add("wait", Kind::Histogram), Ok("wait"));
        assert_eq!(add("wait_count", Kind::Counter), Err("wait"));
        assert_eq!(add("wait.sum", Kind::Gauge), Err("wait"));
        assert_eq!(add("wait_created", Kind::Histogram), Err("wait"));
        assert_eq!(add("wait_total", Kind::Counter), Ok("wait_total"));
        assert_eq!(add("size_sum", Kind::Gauge), Ok("size_sum"));
        assert_eq!(add("size", Kind::Histogram), Err("size_sum"));
        assert_eq!(add("size", Kind::Summary), Err("size_sum"));
        assert_eq!(add("size", Kind::Gauge), Ok("size"));
        assert_eq!(add("size_count", Kind::Histogram), Ok("size_count"), "a gauge has one sample");
        assert_eq!(add("delay", Kind::Summary), Ok("delay"));
        assert_eq!(add("delay_count", Kind::Counter), Err("delay"));
        assert_eq!(add("delay_bucket", Kind::Counter), Ok("delay_bucket"), "a summary has no buckets");
    }
}
