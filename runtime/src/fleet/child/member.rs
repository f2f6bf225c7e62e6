//! What a process is to its parent for as long as it lives: one incarnation, whose numbers mean the same in all of its
//! installations and connections. A forked process is another one.

use std::{
    hash::{BuildHasher, RandomState},
    process,
    sync::{Condvar, Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use super::dictionary::Dictionary;
use crate::fleet::wire::greeting::{Id, Membership};

/// One incarnation.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) incarnation: Id,
    pub(crate) dictionary: Dictionary,
    /// Its last parent.
    pub(crate) before: Membership,
    process: u32,
}

/// The member while no thread has it.
enum Place {
    Never,
    Here(Box<Member>),
    /// A thread of this process has it.
    Out(u32),
}

static PLACE: Mutex<Place> = Mutex::new(Place::Never);
static CHANGED: Condvar = Condvar::new();

impl Member {
    /// The process's one; waits for an earlier installation's thread to give it back.
    pub(crate) fn take() -> Box<Self> {
        let process = process::id();
        let mut place = PLACE.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            match std::mem::replace(&mut *place, Place::Out(process)) {
                Place::Here(member) if member.process == process => return member,
                Place::Out(by) if by == process => {
                    let waited = CHANGED.wait_timeout(place, Duration::from_secs(1));
                    place = waited.unwrap_or_else(PoisonError::into_inner).0;
                }
                // Of this process there is none yet, or what a fork has brought along is its parent's.
                Place::Never | Place::Here(_) | Place::Out(_) => {
                    return Box::new(Self {
                        incarnation: draw(),
                        dictionary: Dictionary::default(),
                        before: Membership::default(),
                        process,
                    });
                }
            }
        }
    }

    /// Gives it back for the next installation.
    pub(crate) fn give_back(self: Box<Self>) {
        *PLACE.lock().unwrap_or_else(PoisonError::into_inner) = Place::Here(self);
        CHANGED.notify_all();
    }
}

/// A number that no other has: from the seeds of the standard library's hashes, which the system draws, the clock and the
/// process. Nothing secret depends on it.
pub(crate) fn draw() -> Id {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    let half = |at: u8| RandomState::new().hash_one((at, now, process::id())).to_le_bytes();
    let mut id = Id::default();
    id[..8].copy_from_slice(&half(0));
    id[8..].copy_from_slice(&half(1));
    id
}
