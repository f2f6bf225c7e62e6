//! The thread that owns the driver's library: it loads it, asks it when it is told to, and loads it again when it has
//! to. Whoever tells it may stop waiting for its answer.

use std::{
    ffi::OsString,
    sync::{
        Arc,
        mpsc::{Receiver, Sender},
    },
};

use nvml_wrapper::{Nvml, error::NvmlError};

use super::{
    ffi,
    health::Health,
    outcome::State,
    session::{Ended, Seen, Session},
};
use crate::collectors::Batch;

/// How many rounds pass at most before something is tried again that has failed: at 5 s a round, a minute.
const ROUNDS: u32 = 12;

/// What it was told before it began.
pub(super) struct Setup {
    pub(super) library: Option<OsString>,
    pub(super) process: u32,
    pub(super) pcie_throughput: bool,
    pub(super) aliases: bool,
    pub(super) health: Arc<Health>,
}

/// What it has found in a round.
pub(super) struct Answer {
    pub(super) batch: Batch,
    pub(super) state: State,
    /// Why there is no driver.
    pub(super) why: Option<String>,
}

/// When it is time to load the library again: at once, then after 1, 2, 4.. rounds.
#[derive(Debug)]
pub(super) struct Retry {
    rounds: u32,
    left: u32,
}

impl Default for Retry {
    fn default() -> Self {
        Self { rounds: 1, left: 0 }
    }
}

impl Retry {
    /// Whether it is time, one round after the last time that this was asked.
    pub(super) fn is_due(&mut self) -> bool {
        if self.left > 0 {
            self.left -= 1;
            return false;
        }
        self.left = self.rounds;
        self.rounds = (self.rounds * 2).min(ROUNDS);
        true
    }

    /// Forgets all failures; it is not time.
    pub(super) fn succeeded(&mut self) -> bool {
        *self = Self::default();
        false
    }
}

/// Answers until nobody asks or listens any more.
pub(super) fn work(setup: &Setup, asked: &Receiver<Batch>, answers: &Sender<Answer>) {
    let answer = |answer| answers.send(answer).is_ok();
    let (mut retry, mut seen) = (Retry::default(), Seen::default());
    let mut failure = None;
    let mut next = asked.recv().ok();
    while let Some(mut batch) = next {
        let opened = match failure.take() {
            Some(error) if !retry.is_due() => Err(error),
            _ => open(setup, &mut batch),
        };
        next = match opened {
            Ok(nvml) => match Session::new(&nvml, setup, &mut seen).run(batch, &mut retry, asked, answer) {
                Ended::Closed => return,
                Ended::Lost => asked.recv().ok(),
                Ended::Changed(batch) => Some(batch),
            },
            Err(error) => {
                if !answer(Answer { batch, state: State::of(&error), why: Some(error.to_string()) }) {
                    return;
                }
                failure = Some(error);
                asked.recv().ok()
            }
        };
    }
}

/// A machine without the library is no error; a driver that does not answer is one.
fn open(setup: &Setup, out: &mut Batch) -> Result<Nvml, NvmlError> {
    ffi::open(setup.library.as_deref()).inspect_err(|error| {
        if State::of(error) != State::NoLibrary {
            setup.health.failed("nvmlInit_v2", error);
            out.failed(format_args!("nvmlInit_v2: {error}"));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_is_tried_at_once_and_then_less_and_less() {
        let mut retry = Retry::default();
        let mut due: Vec<u32> = (0..60).filter(|_| retry.is_due()).collect();
        assert_eq!(due, [0, 2, 5, 10, 19, 32, 45, 58]);
        assert!(!retry.succeeded());
        due = (0..3).filter(|_| retry.is_due()).collect();
        assert_eq!(due, [0, 2]);
    }
}
