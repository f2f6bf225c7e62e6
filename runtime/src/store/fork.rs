//! What a child process starts from when a program forks without `exec`.
//!
//! The child inherits the parent's counts, which the parent goes on exporting. So in the child all totals are set to
//! zero before it runs on, and the endpoint's socket is closed: its thread exists in the parent alone. Gauges keep
//! what they were set to. A call that is under way while its thread forks is in flight in the parent only.

#[cfg(unix)]
mod unix {
    use std::{
        cell::RefCell,
        sync::{
            Once,
            atomic::{AtomicI32, Ordering},
        },
    };

    use super::Descriptor;
    use crate::store::registry::{self, Held};

    /// The endpoint's listening socket, or -1.
    static LISTENER: AtomicI32 = AtomicI32::new(-1);

    /// Has each forked child forget what it inherits, from now on.
    pub(crate) fn watch() {
        static REGISTERED: Once = Once::new();
        REGISTERED.call_once(|| {
            // SAFETY: the handlers are functions with the C calling convention that live as long as the program and
            // do not unwind. The child's runs in its only thread, which holds every lock of the store since before
            // the fork: it waits for nobody that does not exist there, and it allocates nothing.
            let failed = unsafe { libc::pthread_atfork(Some(prepare), Some(parent), Some(child)) };
            if failed != 0 {
                tracing::warn!(code = failed, "forked children will start from the parent's counts");
            }
        });
    }

    /// Has forked children close this socket.
    pub(crate) fn listener(socket: Option<Descriptor>) {
        LISTENER.store(socket.unwrap_or(-1), Ordering::SeqCst);
    }

    thread_local! {
        /// The store's locks, from just before a fork of this thread to just after it.
        static HELD: RefCell<Option<Held>> = const { RefCell::new(None) };
    }

    /// Takes all locks, so that none of them is held by a thread that the child lacks.
    extern "C" fn prepare() {
        HELD.set(registry::existing().map(registry::Store::hold));
    }

    extern "C" fn parent() {
        drop(HELD.take());
    }

    extern "C" fn child() {
        if let Some(held) = HELD.take() {
            held.reset();
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
