//! Waiting for the signal that asks the program to end. It does not know what the program does about it.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError, Weak},
    task::{Context, Poll, Waker},
};

use crate::error::{Error, Kind};

/// The moment at which the program is asked to end: Ctrl-C, `kill`, or the end of its terminal.
///
/// On Unix these are SIGINT, SIGTERM and SIGHUP; on Windows Ctrl-C, Ctrl-Break and the closing of the console. From
/// [`listen`](Self::listen) on, they no longer end the process by themselves, also if it was started by `nohup` or
/// with SIGINT ignored. Each signal wakes every `Termination` that exists at that moment.
///
/// A `main` that blocks:
///
/// ```no_run
/// use std::time::Duration;
///
/// use tachometer::Termination;
///
/// fn main() -> Result<(), tachometer::Error> {
///     let telemetry = tachometer::install()?;
///     let termination = Termination::listen()?;
///     // Start the program's threads here.
///     termination.wait();
///     telemetry.shutdown(Duration::from_secs(5))
/// }
/// ```
///
/// In async code it is a future, of no particular runtime:
///
/// ```no_run
/// use std::time::Duration;
///
/// use tachometer::Termination;
///
/// async fn run() -> Result<(), tachometer::Error> {
///     let telemetry = tachometer::install()?;
///     Termination::listen()?.await;
///     telemetry.shutdown(Duration::from_secs(5))
/// }
/// ```
#[must_use = "it is the waiting that matters: call `wait` or await it"]
pub struct Termination {
    wake: Arc<Wake>,
}

/// What one `Termination` shares with the thread that sees the signals.
#[derive(Default)]
struct Wake {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    has_come: bool,
    waker: Option<Waker>,
}

/// Who waits for the next signal; `None` until the process listens at all.
static WAITING: Mutex<Option<Vec<Weak<Wake>>>> = Mutex::new(None);

impl Termination {
    /// Starts to listen. It may be called more than once.
    ///
    /// # Errors
    /// If the program has set a handler of its own by the crate `ctrlc`, or the operating system refuses one.
    pub fn listen() -> Result<Self, Error> {
        let mut waiting = lock(&WAITING);
        if waiting.is_none() {
            ctrlc::set_handler(announce).map_err(cannot_listen)?;
        }
        let wake = Arc::new(Wake::default());
        let waiting = waiting.get_or_insert_default();
        waiting.retain(|wake| wake.strong_count() > 0);
        waiting.push(Arc::downgrade(&wake));
        Ok(Self { wake })
    }

    /// Blocks this thread until the signal comes; not at all if it has come since [`listen`](Self::listen).
    pub fn wait(self) {
        let mut state = lock(&self.wake.state);
        while !state.has_come {
            state = self.wake.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Ready when the signal has come, and ever after.
impl Future for Termination {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = lock(&self.wake.state);
        if state.has_come {
            return Poll::Ready(());
        }
        match &mut state.waker {
            Some(waker) => waker.clone_from(cx.waker()),
            None => state.waker = Some(cx.waker().clone()),
        }
        Poll::Pending
    }
}

impl fmt::Debug for Termination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Termination").field("has_come", &lock(&self.wake.state).has_come).finish()
    }
}

impl Wake {
    fn wake(&self) {
        let waker = {
            let mut state = lock(&self.state);
            state.has_come = true;
            state.waker.take()
        };
        self.changed.notify_all();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

/// What is done besides when a signal has come.
static BESIDES: OnceLock<fn()> = OnceLock::new();

/// Has a signal that a program listens for also do this, on the thread that sees signals. The first word counts.
pub(crate) fn also(work: fn()) {
    BESIDES.get_or_init(|| work);
}

/// Wakes everyone who waits. It runs on the thread that `ctrlc` keeps for it, not in the signal handler.
fn announce() {
    let waiting = lock(&WAITING).as_mut().map(std::mem::take).unwrap_or_default();
    for wake in waiting.iter().filter_map(Weak::upgrade) {
        wake.wake();
    }
    if let Some(work) = BESIDES.get() {
        work();
    }
}

#[cold]
fn cannot_listen(error: ctrlc::Error) -> Error {
    let message = match error {
        ctrlc::Error::MultipleHandlers => {
            "cannot listen for signals, because the program has set a handler by `ctrlc`; leave one of the two out"
        }
        _ => "cannot listen for signals, because the operating system refused a handler; end the program otherwise",
    };
    Error::new(Kind::Environment, message).with_source(error)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicUsize, Ordering},
        thread,
    };

    use super::*;

    #[derive(Default)]
    struct Counting(AtomicUsize);

    impl std::task::Wake for Counting {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    // One test, because a signal concerns everyone in the process.
    #[test]
    fn a_signal_wakes_everyone_once() {
        let threads: Vec<_> = (0..3)
            .map(|_| {
                let termination = Termination::listen().expect("nobody else listens");
                thread::spawn(move || termination.wait())
            })
            .collect();
        let mut future = Termination::listen().expect("it may be called again");
        let counting = Arc::new(Counting::default());
        let waker = Waker::from(Arc::clone(&counting));
        let mut cx = Context::from_waker(&waker);
        assert_eq!(Pin::new(&mut future).poll(&mut cx), Poll::Pending);
        drop(Termination::listen().expect("it may be dropped unused"));

        announce();
        for thread in threads {
            thread.join().expect("waiting does not panic");
        }
        assert_eq!(counting.0.load(Ordering::SeqCst), 1);
        assert_eq!(Pin::new(&mut future).poll(&mut cx), Poll::Ready(()));
        assert_eq!(Pin::new(&mut future).poll(&mut cx), Poll::Ready(()));

        let mut later = Termination::listen().expect("it may be called after a signal");
        assert_eq!(Pin::new(&mut later).poll(&mut cx), Poll::Pending);
        announce();
        assert_eq!(Pin::new(&mut later).poll(&mut cx), Poll::Ready(()));
        assert_eq!(counting.0.load(Ordering::SeqCst), 2);
    }
}
