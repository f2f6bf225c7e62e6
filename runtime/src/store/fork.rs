//! What a child process starts from when a program forks without `exec`.
//!
//! The child inherits the parent's counts, which the parent goes on exporting. So in the child all totals are set to
//! zero before anything in it sees them, and the endpoint's socket is closed: its thread exists in the parent alone. A fork
//! looks at families and segments for that, and at no series. Gauges keep what they were set to. A call that is under way while its thread forks is in flight in the parent only.

#[cfg(unix)]
mod unix {
    use std::{
        cell::RefCell,
        sync::{
            Once, RwLockWriteGuard,
            atomic::{AtomicI32, AtomicU8, Ordering},
        },
    };

    use super::Descriptor;
    use crate::{
        gate,
        store::registry::{self, Held},
    };

    /// The endpoint's listening socket, or -1.
    static LISTENER: AtomicI32 = AtomicI32::new(-1);

    /// How often this process and its ancestors were forked off, modulo 256.
    static GENERATION: AtomicU8 = AtomicU8::new(0);

    /// What a call remembers, to know at its end whether it began in this process.
    #[inline]
    pub(crate) fn generation() -> u8 {
        GENERATION.load(Ordering::Relaxed)
    }

    /// Has each forked child forget what it inherits from now on, and close this socket.
    pub(crate) fn watch(listener: Option<Descriptor>) {
        LISTENER.store(listener.unwrap_or(-1), Ordering::SeqCst);
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

    /// Lets forked children keep what the socket's number stands for now.
    pub(crate) fn forget_listener() {
        LISTENER.store(-1, Ordering::SeqCst);
    }

    /// What a forking thread holds, in the order in which it lets go.
    type Locks = (Option<Held>, RwLockWriteGuard<'static, ()>);

    thread_local! {
        /// The store's locks and the gate, from just before a fork of this thread to just after it.
        static HELD: RefCell<Option<Locks>> = const { RefCell::new(None) };
    }

    /// Takes all locks, so that none of them is held by a thread that the child lacks.
    ///
    /// A thread that forks at its very end has no place to keep the locks; its child then keeps the parent's counts.
    extern "C" fn prepare() {
        let _ = HELD.try_with(|held| {
            let gate = gate::close();
            *held.borrow_mut() = Some((registry::existing().map(registry::Store::hold), gate));
        });
    }

    extern "C" fn parent() {
        let _ = HELD.try_with(|held| drop(held.take()));
    }

    extern "C" fn child() {
        GENERATION.fetch_add(1, Ordering::Relaxed);
        if let Ok(Some((Some(mut store), _gate))) = HELD.try_with(RefCell::take) {
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
pub(crate) use unix::{forget_listener, generation, watch};

/// What the operating system calls an open socket.
#[cfg(unix)]
pub(crate) type Descriptor = std::os::fd::RawFd;
#[cfg(not(unix))]
pub(crate) type Descriptor = i32;

/// Elsewhere processes do not fork.
#[cfg(not(unix))]
mod elsewhere {
    pub(crate) fn generation() -> u8 {
        0
    }

    pub(crate) fn watch(_: Option<super::Descriptor>) {}

    pub(crate) fn forget_listener() {}
}

#[cfg(not(unix))]
pub(crate) use elsewhere::{forget_listener, generation, watch};
