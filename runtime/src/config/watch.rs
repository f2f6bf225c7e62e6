//! A thread that looks at the configuration now and then. It knows neither files nor settings.

use std::{
    sync::{
        Arc,
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::Duration,
};

use super::Reloader;
use crate::error::{Error, Kind};

/// A running thread. Dropped, it ends; if it is just looking at a file, a little later, and nobody waits for that.
#[derive(Debug)]
pub(crate) struct Watch {
    _running: mpsc::Sender<()>,
}

impl Watch {
    /// Looks every `interval`.
    ///
    /// # Errors
    /// If the operating system has no thread left.
    pub(crate) fn start(reloader: Arc<Reloader>, interval: Duration) -> Result<Self, Error> {
        let (running, ended) = mpsc::channel();
        let watch = move || {
            while ended.recv_timeout(interval) == Err(RecvTimeoutError::Timeout) {
                reloader.poll();
            }
        };
        let started = thread::Builder::new().name("tachometer-config".to_owned()).spawn(watch);
        started.map(|_| Self { _running: running }).map_err(|error| {
            let message = "cannot start the thread that watches the configuration; raise the process's limits";
            Error::new(Kind::Environment, message).with_source(error)
        })
    }
}
