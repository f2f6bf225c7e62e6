//! Where an installation listens: at once, or as soon as the address is free. It does not know what is answered.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::{
    Error,
    config::Watch,
    recorder::live::Live,
    serve::{Bound, Served, Server},
    store::fork,
};

/// How often it is looked whether it is time to try again.
const TICK: Duration = Duration::from_secs(1);

/// The longest pause between two attempts, in ticks.
const LONGEST: u32 = 60;

/// The listener of an installation, if there is one by now.
pub(crate) struct Listening {
    server: Arc<Mutex<Option<Server>>>,
    /// Tries until it listens, or this is dropped.
    _attempts: Option<Watch>,
}

/// When an address that is taken is tried again: after 1, 2, 4.. ticks.
#[derive(Debug)]
struct Pauses {
    next: u32,
    left: u32,
}

impl Pauses {
    fn new() -> Self {
        Self { next: 2, left: 1 }
    }

    /// Whether it is time, one tick after the last time that this was asked.
    fn is_over(&mut self) -> bool {
        self.left -= 1;
        if self.left > 0 {
            return false;
        }
        self.left = self.next;
        self.next = (self.next * 2).min(LONGEST);
        true
    }
}

impl Listening {
    /// Answers at an address that is held. One that is not, though it is wanted, is tried again.
    ///
    /// # Errors
    /// If the operating system has no thread or no event queue left.
    pub(super) fn new(
        wanted: Option<SocketAddr>,
        bound: Option<Bound>,
        is_required: bool,
        served: &Served,
        live: &Live,
    ) -> Result<Self, Error> {
        if wanted.is_some() && !is_required {
            live.listens(bound.is_some());
        }
        let missing = wanted.filter(|_| bound.is_none());
        let server = bound.map(|bound| start(bound, served, live)).transpose()?;
        let server = Arc::new(Mutex::new(server));
        let attempts = missing.map(|address| {
            let (server, served, live) = (Arc::clone(&server), served.clone(), live.clone());
            let pauses = Mutex::new(Pauses::new());
            Watch::start("listen", TICK, move || {
                if lock(&server).is_none() && lock(&pauses).is_over() {
                    *lock(&server) = attempt(address, &served, &live);
                }
            })
        });
        Ok(Self { server, _attempts: attempts.transpose()? })
    }

    /// The address that is listened on.
    pub(super) fn local_addr(&self) -> Option<SocketAddr> {
        lock(&self.server).as_ref().map(Server::local_addr)
    }

    /// The listener, to be stopped. None comes after it.
    pub(super) fn end(self) -> Option<Server> {
        let Self { server, _attempts } = self;
        drop(_attempts);
        lock(&server).take()
    }
}

fn attempt(address: SocketAddr, served: &Served, live: &Live) -> Option<Server> {
    let bound = Server::bind(address).ok()?;
    fork::watch(bound.descriptor());
    match start(bound, served, live) {
        Ok(server) => {
            tracing::info!("{address} is free, and metrics are served there");
            live.listens(true);
            Some(server)
        }
        Err(error) => {
            fork::forget_listener();
            tracing::warn!("{error:?}; it is tried again");
            None
        }
    }
}

fn start(bound: Bound, served: &Served, live: &Live) -> Result<Server, Error> {
    let counted = live.clone();
    bound.start(served, live.shown(), move |route, status| counted.answered(route, status))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_stays_taken_is_tried_less_and_less() {
        let mut pauses = Pauses::new();
        let attempts: Vec<u32> = (1..=200).filter(|_| pauses.is_over()).collect();
        assert_eq!(attempts, [1, 3, 7, 15, 31, 63, 123, 183]);
    }
}
