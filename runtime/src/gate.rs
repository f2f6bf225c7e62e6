//! The gate that a fork closes, so that its child finds nothing locked and nothing half-made by threads that it lacks.
//!
//! Whoever outside of the store takes a lock, or makes what is made once for all threads, does so within the gate.
//! The store holds its own locks over a fork. Knows nothing of what is done inside.

#[cfg(unix)]
use std::sync::RwLockWriteGuard;
use std::sync::{OnceLock, PoisonError, RwLock};

static GATE: RwLock<()> = RwLock::new(());

/// Does what no fork may come between: something short, that waits for nobody and calls nothing of the program's.
///
/// Neither may it come by here again, nor take a lock of the store; that is for before or after.
pub(crate) fn within<T>(work: impl FnOnce() -> T) -> T {
    let _open = GATE.read().unwrap_or_else(PoisonError::into_inner);
    work()
}

/// Fills what is filled once with what was made before, unless another thread has been quicker; then that one's is kept.
pub(crate) fn fill<T>(cell: &OnceLock<T>, made: T) -> &T {
    // What is not needed goes outside of the gate, since it may be the program's own.
    let _lost = within(|| cell.set(made));
    cell.get().expect("it has been filled")
}

/// Keeps everyone out until the guard is dropped.
#[cfg(unix)]
pub(crate) fn close() -> RwLockWriteGuard<'static, ()> {
    GATE.write().unwrap_or_else(PoisonError::into_inner)
}
