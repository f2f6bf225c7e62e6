//! The router: a thread with an async runtime of its own that gives rollouts to workers. It does not know what a rollout
//! is, nor who looks at the board.

use std::{
    sync::{Arc, mpsc as blocking},
    thread,
    time::Duration,
};

use tachometer::{Error, collectors::tokio::LoopLag};
use tokio::{
    runtime::{Builder, Runtime},
    sync::{mpsc, oneshot},
    time::{MissedTickBehavior, interval},
};

use crate::{
    environment::Task,
    stats::Board,
    worker::{Assignment, Finished, Report, Worker},
};

/// Somebody's wish for a rollout.
pub(crate) struct Request {
    pub(crate) task: Task,
    /// Dropped without an answer if no worker takes it.
    pub(crate) reply: Option<oneshot::Sender<Finished>>,
}

/// A router that runs, and its workers with it.
pub(crate) struct Router {
    stop: oneshot::Sender<()>,
    ended: oneshot::Receiver<()>,
    /// Nothing ever comes here; it ends with the last thread.
    threads: blocking::Receiver<()>,
}

impl Router {
    /// Starts it with so many workers, and returns when its loop runs.
    ///
    /// # Errors
    /// If the operating system has no thread left.
    pub(crate) fn start(
        board: &Arc<Board>,
        workers: usize,
        log_interval: Duration,
        requests: mpsc::Receiver<Request>,
    ) -> Result<Self, Error> {
        let (stop, stopped) = oneshot::channel();
        let (end, ended) = oneshot::channel();
        let (alive, threads) = blocking::channel();
        let (up, is_up) = blocking::channel();
        let (reports, reported) = mpsc::unbounded_channel();
        let board = Arc::clone(board);
        let route = move || {
            // Both are dropped with the thread, however it ends.
            let (_end, alive) = (end, alive);
            let runtime = match start(&board, workers, &reports, &alive) {
                Ok(runtime) => runtime,
                Err(error) => return drop(up.send(Err(error))),
            };
            if log_interval > Duration::ZERO {
                runtime.spawn(log(Arc::clone(&board), log_interval));
            }
            let _ = up.send(Ok(()));
            let pool = Pool { board, inboxes: Vec::new(), last: 0 };
            runtime.block_on(pool.route(reported, requests, stopped));
        };
        thread::Builder::new().name("router".to_owned()).spawn(route)?;
        is_up.recv().map_err(|_| Error::other("the router has panicked"))??;
        Ok(Self { stop, ended, threads })
    }

    /// Waits until it ends without being asked to, which it should not.
    pub(crate) async fn ended(&mut self) {
        let _ = (&mut self.ended).await;
    }

    /// Ends it and its workers. Whether all threads have ended in time; one whose environment blocks may not.
    pub(crate) fn stop(self, within: Duration) -> bool {
        drop(self.stop);
        self.threads.recv_timeout(within) == Err(blocking::RecvTimeoutError::Disconnected)
    }
}

/// Starts the loop of the router, and the threads of its workers.
fn start(
    board: &Arc<Board>,
    workers: usize,
    reports: &mpsc::UnboundedSender<Report>,
    alive: &blocking::Sender<()>,
) -> Result<Runtime, Error> {
    let runtime = Builder::new_current_thread().enable_time().build()?;
    board.router_is_up(LoopLag::spawn(runtime.handle())?);
    for id in 0..workers {
        let (board, reports, alive) = (Arc::clone(board), reports.clone(), alive.clone());
        Worker { id, board, reports, alive }.start()?;
    }
    Ok(runtime)
}

/// Writes a line to the log, again and again.
async fn log(board: Arc<Board>, pause: Duration) {
    let mut ticks = interval(pause);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // The first one comes at once, when there is nothing to tell.
    ticks.tick().await;
    loop {
        ticks.tick().await;
        tracing::info!("{}", board.latest());
    }
}

/// The workers that have reported.
struct Pool {
    board: Arc<Board>,
    inboxes: Vec<(usize, mpsc::Sender<Assignment>)>,
    /// Who had the last rollout, so that equals take turns.
    last: usize,
}

impl Pool {
    async fn route(
        mut self,
        mut reports: mpsc::UnboundedReceiver<Report>,
        mut requests: mpsc::Receiver<Request>,
        mut stopped: oneshot::Receiver<()>,
    ) {
        loop {
            tokio::select! {
                _ = &mut stopped => return,
                Some(Report { worker, inbox }) = reports.recv() => self.inboxes.push((worker, inbox)),
                Some(request) = requests.recv(), if !self.inboxes.is_empty() => self.assign(request),
            }
        }
    }

    /// Gives a rollout to the least busy worker. Where that one's inbox is full, all of them are too busy.
    fn assign(&mut self, Request { task, reply }: Request) {
        // A worker that has ended takes nothing any more.
        self.inboxes.retain(|(_, inbox)| !inbox.is_closed());
        let busy = |worker: usize| (self.board.active(worker), worker.wrapping_sub(self.last + 1));
        let Some((worker, inbox)) = self.inboxes.iter().min_by_key(|(worker, _)| busy(*worker)) else { return };
        let active = self.board.begin(*worker);
        if inbox.try_send(Assignment { task, active, reply }).is_err() {
            tracing::warn!("a rollout was refused, because worker {worker} does not look at those that it has");
        }
        self.last = *worker;
    }
}
