//! What each thread remembers of the label sets it has seen: borrowed label values in, the series' places out.
//!
//! A hit allocates nothing and touches no memory of other threads.

use std::{cell::RefCell, hash::BuildHasher};

use hashbrown::HashTable;
use metrics::Label;

use crate::call::{
    backend::Group,
    labels::{self, LabelValue},
    site::Site,
};

/// How many label sets a thread remembers; for others it asks the store at each call.
const CAPACITY: usize = 4096;

/// What stands between two values in a remembered set: a byte that no UTF-8 text holds.
const SEPARATOR: u8 = 0xFF;

thread_local! {
    static REMEMBERED: RefCell<Option<Remembered>> = const { RefCell::new(None) };
}

#[derive(Default)]
struct Remembered {
    hasher: foldhash::fast::RandomState,
    sets: HashTable<Set>,
    /// The values that are looked up, one after the other.
    values: Vec<u8>,
}

struct Set {
    hash: u64,
    site: *const Site,
    values: Box<[u8]>,
    group: Group,
}

/// The group of a label set; `resolve` finds it where this thread has not seen the set.
#[inline]
pub(super) fn group(site: &'static Site, values: &[&dyn LabelValue], resolve: impl FnOnce(&[Label]) -> Group) -> Group {
    remember(site, values, || resolve(&labels::named(site, values)))
}

/// The group of a kind of errors beside another group; `resolve` finds it where this thread has not seen the kind.
pub(super) fn kind(
    site: &'static Site,
    beside: Option<&Group>,
    kind: &'static str,
    resolve: impl FnOnce() -> Group,
) -> Group {
    // An address within the site, and so nobody else's.
    let key = std::ptr::from_ref(site).wrapping_byte_add(1);
    let (counter, timer) = beside.map_or((0, 0), |group| (group.counter_at, group.timer_at));
    remember(key, &[&counter, &timer, &kind], resolve)
}

#[inline]
fn remember(site: *const Site, values: &[&dyn LabelValue], resolve: impl FnOnce() -> Group) -> Group {
    let known = REMEMBERED.try_with(|remembered| {
        // Borrowed already where a measured function runs inside of this one, in an allocator for example.
        let mut remembered = remembered.try_borrow_mut().ok()?;
        let remembered = remembered.get_or_insert_default();
        remembered.encode(values);
        remembered.find(site)
    });
    if let Ok(Some(group)) = known {
        return group;
    }
    // What a limit makes of the values may be known already; the values themselves are not remembered then.
    let known = REMEMBERED.try_with(|remembered| {
        let mut remembered = remembered.try_borrow_mut().ok()?;
        let remembered = remembered.get_or_insert_default();
        remembered.encode_admitted(values);
        remembered.find(site)
    });
    if let Ok(Some(group)) = known {
        return group;
    }
    let group = resolve();
    // A thread that is ending has forgotten all and remembers nothing any more.
    let _ = REMEMBERED.try_with(|remembered| {
        if let Ok(mut remembered) = remembered.try_borrow_mut() {
            let remembered = remembered.get_or_insert_default();
            remembered.encode_admitted(values);
            remembered.insert(site, group);
        }
    });
    group
}

impl Remembered {
    fn encode(&mut self, values: &[&dyn LabelValue]) {
        self.values.clear();
        for value in values {
            value.append_to(&mut self.values);
            self.values.push(SEPARATOR);
        }
    }

    fn encode_admitted(&mut self, values: &[&dyn LabelValue]) {
        self.values.clear();
        for value in values {
            value.append_admitted_to(&mut self.values);
            self.values.push(SEPARATOR);
        }
    }

    fn hash(&self, site: *const Site) -> u64 {
        self.hasher.hash_one((site, self.values.as_slice()))
    }

    fn find(&self, site: *const Site) -> Option<Group> {
        let is_it = |set: &Set| std::ptr::eq(set.site, site) && *set.values == *self.values;
        self.sets.find(self.hash(site), is_it).map(|set| set.group)
    }

    fn insert(&mut self, site: *const Site, group: Group) {
        if self.sets.len() < CAPACITY && self.find(site).is_none() {
            let hash = self.hash(site);
            let set = Set { hash, site, values: self.values.as_slice().into(), group };
            self.sets.insert_unique(hash, set, |set| set.hash);
        }
    }
}
