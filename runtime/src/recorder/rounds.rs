//! The rounds in which idle series end: a thread that exists while a policy lets series expire.

use std::{
    sync::{
        Mutex, PoisonError,
        mpsc::{self, RecvTimeoutError, Sender},
    },
    thread,
    time::Duration,
};

use crate::{Policy, store::registry};

/// A round is never rarer than this.
const RAREST: Duration = Duration::from_secs(15);

/// The thread, if there is one. It ends when this is dropped, or the policy lets nothing expire any more.
#[derive(Debug, Default)]
pub(crate) struct Rounds(Mutex<Option<Sender<()>>>);

impl Rounds {
    /// Makes the rounds those of another policy.
    pub(crate) fn follow(&self, policy: &Policy) {
        let mut running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *running =
            policy.expires_after().and_then(|expiry| start((expiry / 4).clamp(Duration::from_millis(250), RAREST)));
    }
}

fn start(interval: Duration) -> Option<Sender<()>> {
    let (stop, stopped) = mpsc::channel();
    let work = move || {
        while stopped.recv_timeout(interval) == Err(RecvTimeoutError::Timeout) {
            registry::global().sweep();
        }
    };
    match thread::Builder::new().name("tachometer-guard".to_owned()).spawn(work) {
        Ok(_) => Some(stop),
        Err(error) => {
            tracing::warn!("no thread can be started, so idle series stay: {error}");
            None
        }
    }
}
