//! The thread that looks at all loops, which costs as much as one does. It does not know what it finds.

use std::{
    process,
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
};

use super::{
    lags::Pace,
    probe::{BEAT, Looked},
};
use crate::error::{Error, Kind};

/// The loops that are looked at, while there are some.
static LOOPS: Mutex<Loops> = Mutex::new(Loops { all: Vec::new(), watched_in: None });

struct Loops {
    all: Vec<Looked>,
    /// The process that has the thread, while there is one; a forked child does not inherit it.
    watched_in: Option<u32>,
}

/// Looks at a loop from now on, until it ends or its figures are dropped.
///
/// # Errors
/// If the operating system has no thread left.
pub(super) fn watch(looked: Looked) -> Result<(), Error> {
    let mut loops = loops();
    let here = Some(process::id());
    if loops.watched_in != here {
        thread::Builder::new().name("tachometer-loops".to_owned()).spawn(work).map_err(|error| {
            let message = "cannot start the thread that looks at async runtimes; raise the process's limits";
            Error::new(Kind::Environment, message).with_source(error)
        })?;
        loops.watched_in = here;
    }
    loops.all.push(looked);
    Ok(())
}

fn work() {
    let mut pace = Pace::new(BEAT, (&raw const LOOPS).addr() as u64);
    loop {
        thread::sleep(pace.next());
        // What has ended is dropped without the lock: with it may go the last that is left of a runtime.
        let mut ended = Vec::new();
        let mut loops = loops();
        for at in (0..loops.all.len()).rev() {
            if !loops.all[at].look() {
                ended.push(loops.all.swap_remove(at));
            }
        }
        if loops.all.is_empty() {
            loops.watched_in = None;
            return;
        }
    }
}

fn loops() -> MutexGuard<'static, Loops> {
    LOOPS.lock().unwrap_or_else(PoisonError::into_inner)
}
