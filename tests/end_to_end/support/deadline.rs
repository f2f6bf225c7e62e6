//! Waiting for what another process does, with a deadline.

use std::{
    process::{Child, ExitStatus},
    thread,
    time::{Duration, Instant},
};

/// Longer than anything here takes, even on a machine that is busy with a build.
const PATIENCE: Duration = Duration::from_secs(60);

/// Asks until the answer is `Ok`, and panics with the last `Err` if it never is.
#[track_caller]
pub(crate) fn eventually<T>(mut ask: impl FnMut() -> Result<T, String>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match ask() {
            Ok(answer) => return answer,
            Err(problem) if Instant::now() > deadline => panic!("still after {PATIENCE:?}: {problem}"),
            Err(_) => thread::sleep(Duration::from_millis(50)),
        }
    }
}

/// Waits until a process has ended; `None` if it still runs after `patience`.
pub(crate) fn ended(child: &mut Child, patience: Duration) -> Option<ExitStatus> {
    let deadline = Instant::now() + patience;
    loop {
        if let Some(status) = child.try_wait().expect("a child can be waited for") {
            return Some(status);
        }
        if Instant::now() > deadline {
            return None;
        }
        thread::sleep(Duration::from_millis(10));
    }
}
