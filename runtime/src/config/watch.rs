//! A thread that looks at files now and then. It knows neither files nor settings.

use std::{
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::Duration,
};

use crate::error::{Error, Kind};

/// A running thread. Dropped, it ends; if it is just looking at a file, a little later, and nothing waits for that.
#[derive(Debug)]
pub(crate) struct Watch {
    _running: mpsc::Sender<()>,
}

impl Watch {
    /// Looks every `interval`, one look at a time. A file system that hangs holds up this thread and no other.
    ///
    /// # Errors
    /// If the operating system has no thread left.
    pub(crate) fn start(name: &str, interval: Duration, look: impl Fn() + Send + 'static) -> Result<Self, Error> {
        let (running, ended) = mpsc::channel();
        let watch = move || {
            while ended.recv_timeout(interval) == Err(RecvTimeoutError::Timeout) {
                look();
            }
        };
        let started = thread::Builder::new().name(format!("tachometer-{name}")).spawn(watch);
        started.map(|_| Self { _running: running }).map_err(|error| {
            let message = "cannot start a thread that watches files; raise the process's limits";
            Error::new(Kind::Environment, message).with_source(error)
        })
    }
}
