//! What a child's thread is asked for, and what it answers. It knows nothing of what is sent.

use std::{
    io::{self, Read, Write},
    os::{
        fd::{AsFd, BorrowedFd},
        unix::net::UnixStream,
    },
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Asks the thread, which waits for sockets, by a byte in one.
#[derive(Debug)]
pub(crate) struct Signal {
    told: Mutex<Told>,
    changed: Condvar,
    ask: UnixStream,
    hear: UnixStream,
}

#[derive(Debug, Default, Clone, Copy)]
struct Told {
    asked: u64,
    answered: u64,
    arrived: bool,
    stop: bool,
    ended: bool,
}

/// What is asked for and not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    Nothing,
    /// The values now.
    Flush(u64),
    /// The values once more, and the end.
    Stop(u64),
}

impl Signal {
    pub(crate) fn new() -> io::Result<Self> {
        let (ask, hear) = UnixStream::pair()?;
        ask.set_nonblocking(true)?;
        hear.set_nonblocking(true)?;
        Ok(Self { told: Mutex::default(), changed: Condvar::new(), ask, hear })
    }

    fn lock(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks for the values, or for the last ones; the number of this question.
    pub(crate) fn ask(&self, stop: bool) -> u64 {
        let asked = {
            let mut told = self.lock();
            told.asked += 1;
            told.stop |= stop;
            told.asked
        };
        // One that is full is heard anyway.
        let _full = (&self.ask).write(&[1]);
        asked
    }

    /// Whether the values of a question have arrived; none if they have not been sent by then.
    pub(crate) fn wait(&self, asked: u64, until: Instant) -> Option<bool> {
        let left = until.saturating_duration_since(Instant::now());
        let is_open = |told: &mut Told| told.answered < asked && !told.ended;
        let waited = self.changed.wait_timeout_while(self.lock(), left, is_open);
        let told = waited.unwrap_or_else(PoisonError::into_inner).0;
        (told.answered >= asked).then_some(told.arrived)
    }

    /// What is asked for, once all bytes have been heard.
    pub(crate) fn asked(&self) -> Asked {
        let mut heard = [0; 64];
        while (&self.hear).read(&mut heard).is_ok_and(|read| read > 0) {}
        let told = *self.lock();
        match told.asked > told.answered {
            true if told.stop => Asked::Stop(told.asked),
            true => Asked::Flush(told.asked),
            false => Asked::Nothing,
        }
    }

    pub(crate) fn answer(&self, asked: u64, arrived: bool) {
        let mut told = self.lock();
        (told.answered, told.arrived) = (told.answered.max(asked), arrived);
        drop(told);
        self.changed.notify_all();
    }

    pub(crate) fn end(&self) {
        self.lock().ended = true;
        self.changed.notify_all();
    }

    /// What to wait for.
    pub(crate) fn heard(&self) -> BorrowedFd<'_> {
        self.hear.as_fd()
    }
}

/// So long from now.
pub(crate) fn by(within: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(within).unwrap_or_else(|| now + Duration::from_secs(u32::MAX.into()))
}
