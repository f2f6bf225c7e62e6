//! The synchronisation primitives of `store/`, so that a model checker can take their place.
//!
//! Under `--cfg loom` the same code runs on loom's types, which try every interleaving.

#[cfg(not(tachometer_loom))]
pub(crate) use std::sync::{
    Mutex, MutexGuard, OnceLock, RwLock, RwLockReadGuard, RwLockWriteGuard,
    atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
};

#[cfg(tachometer_loom)]
pub(crate) use self::model::OnceLock;
#[cfg(tachometer_loom)]
pub(crate) use loom::sync::{
    Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard,
    atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
};

/// Waits for another thread for a moment.
#[cfg(not(tachometer_loom))]
pub(crate) use std::hint::spin_loop as pause;

#[cfg(tachometer_loom)]
pub(crate) use loom::thread::yield_now as pause;

/// The value of an atomic that only this thread writes.
#[cfg(not(tachometer_loom))]
#[inline]
pub(crate) fn own(cell: &AtomicU64) -> u64 {
    cell.load(Ordering::Relaxed)
}

/// The value of an atomic that only this thread writes.
///
/// loom keeps one last access per atomic, so that an ordinary load here would hide another thread's earlier one and
/// keep loom from trying a reader between the owner's load and store. The unsynchronised load does not, and reports a
/// second writer as a race.
#[cfg(tachometer_loom)]
pub(crate) fn own(cell: &AtomicU64) -> u64 {
    crate::store::slab::unsync_load(cell)
}

/// What loom lacks.
#[cfg(tachometer_loom)]
mod model {
    use loom::sync::RwLock;

    /// `std::sync::OnceLock` over a lock that loom knows; values are leaked, a model's run is short.
    pub(crate) struct OnceLock<T: 'static>(RwLock<Option<&'static T>>);

    impl<T> Default for OnceLock<T> {
        fn default() -> Self {
            Self::new()
        }
    }

    impl<T> OnceLock<T> {
        pub(crate) fn new() -> Self {
            Self(RwLock::new(None))
        }

        pub(crate) fn get(&self) -> Option<&T> {
            *self.0.read().expect("models do not panic under a lock")
        }

        pub(crate) fn get_or_init(&self, make: impl FnOnce() -> T) -> &T {
            let mut slot = self.0.write().expect("models do not panic under a lock");
            *slot.get_or_insert_with(|| Box::leak(Box::new(make())))
        }
    }
}
