//! The series of sites that each thread remembers by label values.

use std::{cell::RefCell, ptr};

use crate::{
    call::{backend::Group, outcome::Ending, site::Site},
    reentry,
    remembered::{Remembered, Weight},
    store::{family::Family, guard},
};

type Groups = Remembered<Group, foldhash::fast::RandomState>;

impl Weight for Group {
    fn bytes(&self) -> usize {
        0
    }
}

thread_local! {
    static REMEMBERED: RefCell<Option<Groups>> = const { RefCell::new(None) };
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
        // Borrowed already where a measured function runs inside of this one.
        let Ok(remembered) = remembered.try_borrow() else { return false };
        let Some(remembered) = &*remembered else { return false };
        let group = remembered.get(guard::epoch(), site.addr() as u64, values);
        if let Some(group) = group {
            *found = Some(*group);
        }
        group.is_some()
    });
    if is_known != Ok(true) {
        let learnt = reentry::alone(|| learn(site.addr() as u64, values, resolve));
        *found = Some(learnt.unwrap_or(Group::none()));
    }
}

#[cold]
fn learn(site: u64, values: &[&str], resolve: impl FnOnce() -> (Group, bool)) -> Group {
    // Before the look-up: what becomes true meanwhile is looked up again at the next call.
    let epoch = guard::epoch();
    // A thread that is ending has forgotten all and remembers nothing any more.
    let with = |change: &mut dyn FnMut(&mut Groups) -> Option<Group>| {
        let change =
            |remembered: &RefCell<Option<Groups>>| change(remembered.try_borrow_mut().ok()?.get_or_insert_default());
        REMEMBERED.try_with(change).ok().flatten()
    };
    if let Some(group) = with(&mut |groups| groups.recall(epoch, site, values).copied()) {
        return group;
    }
    let (group, is_kept) = resolve();
    if is_kept {
        with(&mut |groups| {
            groups.insert(epoch, site, values, group);
            None
        });
    }
    group
}
