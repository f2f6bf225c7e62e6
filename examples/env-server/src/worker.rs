//! A worker: a thread with an async runtime of its own that plays the rollouts it is given.

use std::{sync::Arc, thread};

use tachometer::{Error, collectors::tokio::LoopLag};
use tokio::{
    runtime::Builder,
    sync::{mpsc, oneshot},
};

use crate::{
    environment::{Outcome, Task},
    stats::{Active, Board},
};

/// How many rollouts may wait until a worker looks at them, because its loop stands still.
const INBOX: usize = 256;

/// A rollout on its way to a worker.
pub(crate) struct Assignment {
    pub(crate) task: Task,
    pub(crate) active: Active,
    /// Who waits for the outcome, if anybody does.
    pub(crate) reply: Option<oneshot::Sender<Finished>>,
}

/// A rollout that has ended.
pub(crate) struct Finished {
    pub(crate) worker: usize,
    pub(crate) outcome: Outcome,
}

/// What a worker says once its loop runs: that it is there, and where its rollouts go.
pub(crate) struct Report {
    pub(crate) worker: usize,
    pub(crate) inbox: mpsc::Sender<Assignment>,
}

/// A worker that has not begun.
pub(crate) struct Worker {
    pub(crate) id: usize,
    pub(crate) board: Arc<Board>,
    pub(crate) reports: mpsc::UnboundedSender<Report>,
    /// Dropped with the last thread, which is how the end of all of them is seen.
    pub(crate) alive: std::sync::mpsc::Sender<()>,
}

impl Worker {
    /// Starts the thread. It ends when its inbox is dropped, and its rollouts with it.
    pub(crate) fn start(self) -> std::io::Result<()> {
        let id = self.id;
        let work = move || {
            if let Err(error) = self.run() {
                tracing::error!("worker {id} has ended: {error}");
            }
        };
        thread::Builder::new().name(format!("worker-{id}")).spawn(work).map(drop)
    }

    fn run(self) -> Result<(), Error> {
        let runtime = Builder::new_current_thread().enable_time().build()?;
        self.board.worker_is_up(self.id, LoopLag::spawn(runtime.handle())?);
        runtime.block_on(async {
            let (inbox, mut assignments) = mpsc::channel(INBOX);
            // Without a router the inbox is closed, and there is nothing to do.
            let _ = self.reports.send(Report { worker: self.id, inbox });
            while let Some(assignment) = assignments.recv().await {
                tokio::spawn(assignment.play(self.id));
            }
        });
        // Only now are all rollouts over, and the thread as good as ended.
        drop(runtime);
        drop(self.alive);
        Ok(())
    }
}

impl Assignment {
    async fn play(self, worker: usize) {
        let Self { task, active, reply } = self;
        let outcome = task.roll_out().await;
        drop(active);
        if let Some(reply) = reply {
            // Who has asked may be gone.
            let _ = reply.send(Finished { worker, outcome });
        }
    }
}
