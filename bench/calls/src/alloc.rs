//! An allocator that counts what a thread asks for, when it is told to. Without being told it costs one load.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    sync::atomic::{AtomicBool, Ordering},
};

/// The system's allocator, counted.
#[derive(Debug)]
pub struct Counting;

/// What a thread has allocated.
#[derive(Debug, Clone, Copy, Default)]
pub struct Usage {
    /// How often it asked for memory, growing included.
    pub allocations: u64,
    /// Bytes that it holds more than before.
    pub live: i64,
}

/// Off while calls are timed: a peer that allocates must not pay for being watched.
static WATCHED: AtomicBool = AtomicBool::new(false);

thread_local! {
    static USAGE: Cell<Usage> = const { Cell::new(Usage { allocations: 0, live: 0 }) };
}

/// Runs `work` and says what it has allocated on this thread.
pub fn watch<T>(work: impl FnOnce() -> T) -> (T, Usage) {
    USAGE.set(Usage::default());
    WATCHED.store(true, Ordering::Relaxed);
    let value = work();
    WATCHED.store(false, Ordering::Relaxed);
    (value, USAGE.get())
}

#[inline]
fn note(allocations: u64, bytes: i64) {
    if WATCHED.load(Ordering::Relaxed) {
        let Usage { allocations: before, live } = USAGE.get();
        USAGE.set(Usage { allocations: before + allocations, live: live + bytes });
    }
}

// SAFETY: every call is handed on to the system's allocator as it came. The counts are thread-local cells without a
// destructor, so that touching them neither allocates nor fails while a thread ends.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(1, layout.size() as i64);
        // SAFETY: the caller's promise on `layout` is handed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        note(1, layout.size() as i64);
        // SAFETY: the caller's promise on `layout` is handed on.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note(1, size as i64 - layout.size() as i64);
        // SAFETY: the caller's promise on `block`, `layout` and `size` is handed on.
        unsafe { System.realloc(block, layout, size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        note(0, -(layout.size() as i64));
        // SAFETY: the caller's promise on `block` and `layout` is handed on.
        unsafe { System.dealloc(block, layout) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[global_allocator]
    static ALLOCATOR: Counting = Counting;

    #[test]
    fn allocations_and_bytes_are_counted() {
        let (kept, usage) = watch(|| {
            drop(vec![0_u8; 100]);
            vec![0_u8; 10]
        });
        assert_eq!((kept.len(), usage.allocations, usage.live), (10, 2, 10));
    }
}
