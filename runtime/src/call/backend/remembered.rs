//! What each thread remembers of the label sets it has seen: borrowed label values in, the series' places out.
//!
//! A hit allocates nothing and touches no memory of other threads.

use std::{
    cell::RefCell,
    hash::{BuildHasher, Hasher},
    ptr,
};

use hashbrown::HashTable;

use crate::{
    call::{backend::Group, outcome::Ending, site::Site},
    store::{family::Family, guard},
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
    /// When all this was true.
    epoch: u32,
    hasher: foldhash::fast::RandomState,
    sets: HashTable<Set>,
}

struct Set {
    hash: u64,
    site: *const Site,
    /// Each followed by the separator.
    values: Box<[u8]>,
    group: Group,
}

/// The group of a label set; `resolve` finds it where this thread has not seen the set, and says whether it is worth
/// remembering: a flood of values that all end in one series would leave no room for others.
#[inline(never)]
pub(super) fn group(site: &'static Site, values: &[&str], resolve: impl FnOnce() -> (Group, bool)) -> Group {
    remember(site, values, resolve)
}

/// The group of a kind of errors beside another group; `resolve` finds it where this thread has not seen the kind.
pub(super) fn kind(
    site: &'static Site,
    beside: Option<&Group>,
    kind: &'static str,
    resolve: impl FnOnce() -> Group,
) -> Group {
    // An address within the site, and so nobody else's.
    let key = ptr::from_ref(site).wrapping_byte_add(1);
    // By where they live: others may have their positions by the time that people hear of their end.
    let (counter, timer) = beside.map_or((0, 0), |group| (group.counter[0], group.timer[0]));
    let (mut counter_digits, mut timer_digits) = (itoa::Buffer::new(), itoa::Buffer::new());
    remember(key, &[counter_digits.format(counter), timer_digits.format(timer), kind], || (resolve(), true))
}

/// The series of a rare ending beside that of a good one in a family, which lives at `ok`; `resolve` finds it where this
/// thread has not seen it.
pub(super) fn end(family: &Family, ok: u64, ending: Ending, resolve: impl FnOnce() -> u64) -> u64 {
    let mut digits = itoa::Buffer::new();
    let group = || {
        let place = resolve();
        (Group { counter: [place; 2], ..Group::default() }, place != 0)
    };
    // No site has the address of a family.
    remember(ptr::from_ref(family).cast(), &[digits.format(ok), ending.as_str()], group).counter[0]
}

#[inline]
fn remember(site: *const Site, values: &[&str], resolve: impl FnOnce() -> (Group, bool)) -> Group {
    let known = REMEMBERED.try_with(|remembered| {
        // Borrowed already where a measured function runs inside of this one, in an allocator for example.
        let remembered = remembered.try_borrow().ok()?;
        remembered.as_ref().filter(|remembered| remembered.epoch == guard::epoch())?.find(site, values)
    });
    match known {
        Ok(Some(group)) => group,
        _ => learn(site, values, resolve),
    }
}

#[cold]
fn learn(site: *const Site, values: &[&str], resolve: impl FnOnce() -> (Group, bool)) -> Group {
    // Before the look-up: what becomes true meanwhile is looked up again at the next call.
    let epoch = guard::epoch();
    let (group, is_kept) = resolve();
    if !is_kept {
        return group;
    }
    // A thread that is ending has forgotten all and remembers nothing any more.
    let _ = REMEMBERED.try_with(|remembered| {
        if let Ok(mut remembered) = remembered.try_borrow_mut() {
            remembered.get_or_insert_default().insert(epoch, site, values, group);
        }
    });
    group
}

impl Remembered {
    /// Hashes the values where they are: a copy would have to be read back before it is written.
    #[inline]
    fn hash(&self, site: *const Site, values: &[&str]) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        hasher.write_usize(site.addr());
        values.iter().for_each(|value| hasher.write(value.as_bytes()));
        hasher.finish()
    }

    #[inline]
    fn find(&self, site: *const Site, values: &[&str]) -> Option<Group> {
        let is_it = |set: &Set| ptr::eq(set.site, site) && set.holds(values);
        self.sets.find(self.hash(site, values), is_it).map(|set| set.group)
    }

    fn insert(&mut self, epoch: u32, site: *const Site, values: &[&str], group: Group) {
        if self.epoch != epoch {
            self.sets.clear();
            self.epoch = epoch;
        }
        if self.sets.len() < CAPACITY && self.find(site, values).is_none() {
            let hash = self.hash(site, values);
            let values: Vec<u8> = values.iter().flat_map(|value| value.bytes().chain([SEPARATOR])).collect();
            self.sets.insert_unique(hash, Set { hash, site, values: values.into(), group }, |set| set.hash);
        }
    }
}

impl Set {
    #[inline]
    fn holds(&self, values: &[&str]) -> bool {
        let mut rest = &*self.values;
        values.iter().all(|value| match rest.split_at_checked(value.len()) {
            Some((text, [SEPARATOR, next @ ..])) if same(text, value.as_bytes()) => {
                rest = next;
                true
            }
            _ => false,
        })
    }
}

/// Whether two texts of one length are equal; without a call for those of 8 to 16 bytes, as most label values are.
#[inline]
fn same(a: &[u8], b: &[u8]) -> bool {
    match (a.first_chunk::<8>(), a.last_chunk::<8>(), b.first_chunk::<8>(), b.last_chunk::<8>()) {
        (Some(a_first), Some(a_last), Some(b_first), Some(b_last)) if a.len() <= 16 => {
            a_first == b_first && a_last == b_last
        }
        _ => a == b,
    }
}
