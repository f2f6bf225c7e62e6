//! Work of ours that allocates, into which a program's own allocator may come back when it records.
//!
//! A record that needs such work while its thread is within such work is dropped and counted, so that it neither goes on
//! for ever nor waits for a lock that its own thread holds. Records that find all they need do neither, and are not
//! asked. What is not ours, such as a subscriber of warnings, is called [`outside`].
//!
//! What comes through the `metrics` facade may have been sent there by work of ours, which is no way back: it is dropped
//! only within work of the store.

use std::cell::Cell;

use crate::lost::Lost;

#[cfg(not(tachometer_loom))]
thread_local! {
    /// Has neither an initial value to be made nor a destructor, so that it can be read in an allocator.
    static INSIDE: Cell<Depth> = const { Cell::new(Depth::Outside) };
}

// The threads of a model are one to the standard library.
#[cfg(tachometer_loom)]
loom::thread_local! {
    static INSIDE: Cell<Depth> = Cell::new(Depth::Outside);
}

fn depth() -> Depth {
    INSIDE.with(Cell::get)
}

/// Sets how far this thread is inside, and returns how far it was.
fn set(depth: Depth) -> Depth {
    INSIDE.with(|inside| inside.replace(depth))
}

/// How far a thread is within work of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Depth {
    Outside,
    /// Within work that may go through the facade.
    Inside,
    /// Within work of the store, which may hold its locks.
    Store,
}

/// Says that this thread is within work of ours for as long as it lives.
pub(crate) struct Inside {
    before: Depth,
}

/// Begins work of ours, within other such work or not.
#[must_use = "the work ends when this is dropped"]
pub(crate) fn enter() -> Inside {
    deepen(Depth::Inside)
}

/// Begins work of the store.
#[must_use = "the work ends when this is dropped"]
pub(crate) fn enter_store() -> Inside {
    deepen(Depth::Store)
}

fn deepen(depth: Depth) -> Inside {
    Inside { before: set(self::depth().max(depth)) }
}

impl Drop for Inside {
    fn drop(&mut self) {
        set(self.before);
    }
}

/// Does work that a record needs; or drops the record where that has come from within such work.
pub(crate) fn alone<T>(work: impl FnOnce() -> T) -> Option<T> {
    unless(Depth::Inside, work)
}

/// Does work of the store for the facade; or drops what has come from within such work.
pub(crate) fn alone_in_store<T>(work: impl FnOnce() -> T) -> Option<T> {
    unless(Depth::Store, work)
}

fn unless<T>(depth: Depth, work: impl FnOnce() -> T) -> Option<T> {
    if self::depth() >= depth {
        Lost::Nested.count();
        return None;
    }
    let _inside = deepen(depth);
    Some(work())
}

/// Whether this thread is within work of ours.
pub(crate) fn is_inside() -> bool {
    depth() > Depth::Outside
}

/// Calls what is not ours, which may record.
pub(crate) fn outside<T>(call: impl FnOnce() -> T) -> T {
    let _outside = Inside { before: set(Depth::Outside) };
    call()
}

#[cfg(test)]
mod tests {
    use super::{alone, alone_in_store, enter, enter_store, is_inside, outside};

    #[test]
    fn what_comes_back_into_our_work_is_dropped_and_what_is_called_outside_is_not() {
        assert_eq!(alone(|| alone(|| 1)), Some(None));
        assert_eq!(alone(|| outside(|| alone(|| 1))), Some(Some(1)));
        let inside = enter();
        assert_eq!(alone(|| 1), None);
        drop(enter());
        assert!(is_inside());
        drop(inside);
        assert_eq!(alone(|| 1), Some(1));
    }

    #[test]
    fn the_facade_is_kept_out_of_the_store_alone() {
        assert_eq!(alone(|| alone_in_store(|| (alone(|| 1), alone_in_store(|| 1)))), Some(Some((None, None))));
        let store = enter_store();
        drop(enter());
        assert_eq!(alone_in_store(|| 1), None, "it has not come out of the store");
        drop(store);
        assert_eq!(alone_in_store(|| 1), Some(1));
    }

    #[test]
    fn a_panic_ends_it() {
        let _ = std::panic::catch_unwind(|| alone(|| panic!("on purpose")));
        assert!(!is_inside());
    }
}
