//! What each thread remembers of the label sets it has seen: borrowed label values in, the series' places out.
//!
//! A hit allocates nothing and touches no memory of other threads.

use std::{
    cell::RefCell,
    hash::{BuildHasher, Hasher},
    ptr,
};

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
    sets: Vec<Set>,
    /// Where in `sets` those of a hash are: by its lower bits, or behind. At most half full, and as long as a power of
    /// two. A table of our own, because a hit is half of what a call with labels costs.
    slots: Vec<Slot>,
}

#[derive(Clone, Copy)]
struct Slot {
    /// The upper bits of the hash.
    tag: u32,
    /// The index of the set, or [`Slot::EMPTY`].
    at: u32,
}

impl Slot {
    const EMPTY: Self = Self { tag: 0, at: u32::MAX };
}

struct Set {
    hash: u64,
    site: *const Site,
    /// Each followed by the separator.
    values: Box<[u8]>,
    group: Group,
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
    let mut found = None;
    let values = [counter_digits.format(counter), timer_digits.format(timer), kind];
    remember(key, &values, &mut found, || (resolve(), true));
    found.unwrap_or(Group::none())
}

/// The series of a rare ending beside that of a good one in a family, which lives at `ok`; `resolve` finds it where this
/// thread has not seen it.
pub(super) fn end(family: &Family, ok: u64, ending: Ending, resolve: impl FnOnce() -> u64) -> u64 {
    let mut digits = itoa::Buffer::new();
    let group = || {
        let place = resolve();
        (Group { counter: [place; 2], ..Group::none() }, place != 0)
    };
    let mut found = None;
    // No site has the address of a family.
    remember(ptr::from_ref(family).cast(), &[digits.format(ok), ending.as_str()], &mut found, group);
    found.map_or(0, |group| group.counter[0])
}

/// Writes the group of a label set to `found`; `resolve` finds it where this thread has not seen the set, and says whether
/// it is worth remembering: a flood of values that all end in one series would leave no room for others.
///
/// It is written rather than returned because it is large, and copied just once so.
#[inline]
pub(super) fn remember(
    site: *const Site,
    values: &[&str],
    found: &mut Option<Group>,
    resolve: impl FnOnce() -> (Group, bool),
) {
    let is_known = REMEMBERED.try_with(|remembered| {
        // Borrowed already where a measured function runs inside of this one, in an allocator for example.
        let Ok(remembered) = remembered.try_borrow() else { return false };
        let Some(remembered) = &*remembered else { return false };
        if remembered.epoch != guard::epoch() {
            return false;
        }
        let set = remembered.find(site, values);
        if let Some(set) = set {
            *found = Some(set.group);
        }
        set.is_some()
    });
    if is_known != Ok(true) {
        *found = Some(learn(site, values, resolve));
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
    #[inline(always)]
    fn hash(&self, site: *const Site, values: &[&str]) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        hasher.write_usize(site.addr());
        values.iter().for_each(|value| hasher.write(value.as_bytes()));
        hasher.finish()
    }

    #[inline(always)]
    fn find(&self, site: *const Site, values: &[&str]) -> Option<&Set> {
        let hash = self.hash(site, values);
        for at in self.places(hash) {
            let slot = self.slots.get(at)?;
            if slot.tag == tag(hash)
                && let Some(set) = self.sets.get(slot.at as usize)
                && set.is_of(site, values)
            {
                return Some(set);
            }
            if slot.at == Slot::EMPTY.at {
                break;
            }
        }
        None
    }

    /// Where a set of this hash may be, the likeliest place first.
    #[inline(always)]
    fn places(&self, hash: u64) -> impl Iterator<Item = usize> + use<> {
        let last = self.slots.len().wrapping_sub(1);
        (0..).map(move |step| (hash as usize).wrapping_add(step) & last)
    }

    fn insert(&mut self, epoch: u32, site: *const Site, values: &[&str], group: Group) {
        if self.epoch != epoch {
            self.sets.clear();
            self.slots.clear();
            self.epoch = epoch;
        }
        if self.sets.len() < CAPACITY && self.find(site, values).is_none() {
            let hash = self.hash(site, values);
            let values: Vec<u8> = values.iter().flat_map(|value| value.bytes().chain([SEPARATOR])).collect();
            self.sets.push(Set { hash, site, values: values.into(), group });
            self.place(self.sets.len() - 1);
        }
    }

    /// Notes where the set of this index is, and where all are if there is no room for it.
    fn place(&mut self, index: usize) {
        if self.slots.len() >= 2 * self.sets.len() {
            let hash = self.sets[index].hash;
            let free = self.places(hash).find(|at| self.slots[*at].at == Slot::EMPTY.at);
            self.slots[free.expect("half of them are free")] = Slot { tag: tag(hash), at: index as u32 };
            return;
        }
        self.slots = vec![Slot::EMPTY; (4 * self.sets.len()).next_power_of_two()];
        (0..self.sets.len()).for_each(|index| self.place(index));
    }
}

fn tag(hash: u64) -> u32 {
    (hash >> 32) as u32
}

impl Set {
    #[inline(always)]
    fn is_of(&self, site: *const Site, values: &[&str]) -> bool {
        ptr::eq(self.site, site) && self.holds(values)
    }

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
