//! What a child process starts from when a program forks without `exec`.
//!
//! The child inherits the parent's counts, which the parent goes on exporting. So in the child all totals are set to
//! zero before it runs on, and the endpoint's socket is closed: its thread exists in the parent alone.

#[cfg(unix)]
mod unix {
    use std::sync::{
        Once,
        atomic::{AtomicI32, Ordering},
    };

    use super::Descriptor;

    /// The endpoint's listening socket, or -1.
    static LISTENER: AtomicI32 = AtomicI32::new(-1);

    /// Has each forked child forget what it inherits, from now on.
    pub(crate) fn watch() {
        static REGISTERED: Once = Once::new();
        REGISTERED.call_once(|| {
            // SAFETY: the handler is a function with the C calling convention and lives as long as the program. It
            // runs in the child's single thread between `fork` and its return, does not unwind, and neither allocates
            // nor waits for a lock that code running with the lock held could be forked under; see `child`.
            let failed = unsafe { libc::pthread_atfork(None, None, Some(child)) };
            if failed != 0 {
                tracing::warn!(code = failed, "forked children will start from the parent's counts");
            }
        });
    }

    /// Has forked children close this socket.
    pub(crate) fn listener(socket: Option<Descriptor>) {
        LISTENER.store(socket.unwrap_or(-1), Ordering::SeqCst);
    }

    extern "C" fn child() {
        if let Some(store) = crate::store::registry::existing() {
            store.reset();
        }
        let socket = LISTENER.swap(-1, Ordering::SeqCst);
        if socket >= 0 {
            // SAFETY: the descriptor is the endpoint's listener. Its owner is a thread of the parent that does not
            // exist here, so nothing in this process uses or closes it.
            unsafe { libc::close(socket) };
        }
    }
}

#[cfg(unix)]
pub(crate) use unix::{listener, watch};

/// What the operating system calls an open socket.
#[cfg(unix)]
pub(crate) type Descriptor = std::os::fd::RawFd;
#[cfg(not(unix))]
pub(crate) type Descriptor = i32;

/// Elsewhere processes do not fork.
#[cfg(not(unix))]
pub(crate) fn watch() {}

/// Elsewhere processes do not fork.
#[cfg(not(unix))]
pub(crate) fn listener(_: Option<Descriptor>) {}
