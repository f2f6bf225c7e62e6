//! Copies of words that belong together, though they are written one after the other. Knows no words.
//!
//! A record adds to a count and to a sum. A reader that read the one, lost the processor for a while, and read the other would
//! show the sum of values that it does not count. So a reader looks at all counts again when it has read the sum: where
//! none has changed, what it shows differs by no more than what is just being recorded, which is one record of each
//! thread. Additions release what was added before them, and a reader acquires that, so that this is so on any processor.
//!
//! Where records come faster than they can be copied, the reader *asks* their writers to give way. A writer that finds
//! itself asked waits for as long as a copy takes, and then goes on in any case; so neither of them depends on when the
//! other one gets the processor back.

use crate::sync::pause;

/// How often a reader tries without asking writers to give way.
#[cfg(not(tachometer_loom))]
const UNASKED: u32 = 3;
#[cfg(tachometer_loom)]
const UNASKED: u32 = 1;

/// How often it tries at all. Then it shows what it has, which is apart by what was recorded while it was copied.
#[cfg(not(tachometer_loom))]
const TRIES: u32 = 1000;
#[cfg(tachometer_loom)]
const TRIES: u32 = 4;

/// How often a writer looks whether the reader is done: a microsecond or two.
#[cfg(not(tachometer_loom))]
const PATIENCE: u32 = 64;
#[cfg(tachometer_loom)]
const PATIENCE: u32 = 1;

/// Calls `copy` until it says that no count has changed on the way, and `ask` before it where writers are to give way.
/// Says whether they were asked, since they must be told that the reader is done.
pub(super) fn copy(mut copy: impl FnMut() -> bool, mut ask: impl FnMut()) -> bool {
    for attempt in 0..TRIES {
        let asks = attempt >= UNASKED;
        if asks {
            ask();
        }
        if copy() {
            return asks;
        }
    }
    true
}

/// Waits until the reader is done, but no longer than a copy takes. Says whether it is.
#[cold]
pub(super) fn give_way(is_asked: impl Fn() -> bool) -> bool {
    for _ in 0..PATIENCE {
        if !is_asked() {
            return true;
        }
        pause();
    }
    false
}
