//! Made-up tasks, so that there is something to see. It knows nothing but what a block can do.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use block::Block;

/// Works off tasks until it is over: ten a second, one of twelve of which fails.
pub(crate) fn run(block: &Block, is_over: &AtomicBool) {
    let mut number = 0_u64;
    while !is_over.load(Ordering::Relaxed) {
        number += 1;
        let status = if number.is_multiple_of(12) { "failed" } else { "success" };
        // Between 20 and 500 ms, and a queue that swells and shrinks.
        let latency = 0.02 + (number * 37 % 97) as f64 / 200.0;
        let waiting = (number % 40).abs_diff(20);
        if let Err(problem) = block.record_task_done(status, Some(latency), Some(waiting)) {
            tracing::warn!("a task could not be recorded: {problem}");
        }
        thread::sleep(Duration::from_millis(100));
    }
}
