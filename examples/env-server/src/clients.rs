//! Who asks for rollouts: made-up clients, or whoever writes to standard input. It knows neither workers nor metrics.

use std::{
    fmt,
    io::{self, BufRead, IsTerminal, Write},
    thread,
    time::Duration,
};

use tokio::{
    sync::{mpsc, oneshot},
    time::sleep,
};

use crate::{environment::Task, router::Request};

/// Made-up clients ask for a rollout so often.
const PACE: Duration = Duration::from_millis(25);

/// Asks for one rollout after the other, for ever, so that the numbers move.
pub(crate) async fn load(requests: mpsc::Sender<Request>) {
    for seed in 0.. {
        let think = Duration::from_millis(5 + seed % 36);
        let request = Request { task: Task { seed, think, ..Task::default() }, reply: None };
        if requests.send(request).await.is_err() {
            return;
        }
        sleep(PACE).await;
    }
}

/// Asks for a rollout for each line of standard input, and prints how it went.
pub(crate) async fn ask(requests: mpsc::Sender<Request>) {
    let mut lines = lines();
    let mut number = 0_u64;
    while let Some(line) = lines.recv().await {
        let task = match Task::parse(&line) {
            Ok(task) => task,
            Err(problem) => {
                print(format_args!("refused: {problem}"));
                continue;
            }
        };
        number += 1;
        let (reply, finished) = oneshot::channel();
        if requests.send(Request { task, reply: Some(reply) }).await.is_err() {
            return;
        }
        tokio::spawn(async move {
            match finished.await {
                Ok(it) => print(format_args!("rollout {number} worker={} {}", it.worker, it.outcome)),
                Err(_) => print(format_args!("rollout {number} was not played")),
            }
        });
    }
}

/// The lines of standard input, read where they may be waited for.
fn lines() -> mpsc::Receiver<String> {
    let (tell, lines) = mpsc::channel(64);
    if io::stdin().is_terminal() {
        // A program in the background that reads from its terminal is stopped.
        return lines;
    }
    let read = move || {
        for line in io::stdin().lock().lines().map_while(Result::ok) {
            if tell.blocking_send(line).is_err() {
                return;
            }
        }
    };
    // Nobody waits for this thread, which may read for ever. Without it there are no lines.
    if let Err(error) = thread::Builder::new().name("input".to_owned()).spawn(read) {
        tracing::warn!("standard input is not read: {error}");
    }
    lines
}

fn print(line: fmt::Arguments<'_>) {
    // Whoever has asked may not read the answer.
    let _ = writeln!(io::stdout(), "{line}");
}
