//! From a listening socket to connections, each a task. It knows nothing of what happens on them.

use std::{
    future::poll_fn,
    io,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinSet,
    time::{self, Instant, Sleep},
};

use super::{connection, requests::Endpoint};

/// How long nothing is accepted after the system had no room for a connection.
const PAUSE: Duration = Duration::from_millis(100);
/// How often that is told.
const TELL: Duration = Duration::from_secs(60);

/// What ends the waiting for a connection.
enum Event {
    Stop,
    Accepted(io::Result<TcpStream>),
}

/// Serves until the endpoint is stopped, and then as long as it allows; returns how many connections it had to cut.
pub(super) async fn serve(listener: TcpListener, endpoint: Arc<Endpoint>) -> usize {
    let mut connections = Connections::new(endpoint);
    let deadline = connections.accept_until_stop(&listener).await;
    // From here on, connecting is refused by the operating system.
    drop(listener);
    let Connections { mut tasks, .. } = connections;
    let _ = time::timeout_at(deadline, async { while tasks.join_next().await.is_some() {} }).await;
    tasks.len()
}

struct Connections {
    endpoint: Arc<Endpoint>,
    /// Connections at a time, those that are refused among them.
    most: usize,
    tasks: JoinSet<()>,
    /// One for each connection that may be served.
    permits: Arc<Semaphore>,
    /// Until when nothing is accepted.
    pause: Option<Pin<Box<Sleep>>>,
    told: Option<Instant>,
}

impl Connections {
    fn new(endpoint: Arc<Endpoint>) -> Self {
        let limits = endpoint.current.limits();
        let permits = Arc::new(Semaphore::new(limits.connections));
        let most = limits.connections + limits.refusals;
        Self { endpoint, most, tasks: JoinSet::new(), permits, pause: None, told: None }
    }

    /// Returns until when everything has to be over.
    async fn accept_until_stop(&mut self, listener: &TcpListener) -> Instant {
        let endpoint = Arc::clone(&self.endpoint);
        let mut stopped = pin!(endpoint.stopped());
        loop {
            let event = poll_fn(|cx| match stopped.as_mut().poll(cx) {
                Poll::Ready(()) => Poll::Ready(Event::Stop),
                Poll::Pending => self.poll_accept(listener, cx).map(Event::Accepted),
            });
            match event.await {
                Event::Stop => break,
                Event::Accepted(Ok(stream)) => self.begin(stream),
                Event::Accepted(Err(error)) => self.rest(&error),
            }
        }
        self.endpoint.deadline()
    }

    fn poll_accept(&mut self, listener: &TcpListener, cx: &mut Context<'_>) -> Poll<io::Result<TcpStream>> {
        while let Poll::Ready(Some(_)) = self.tasks.poll_join_next(cx) {}
        if self.tasks.len() >= self.most {
            return Poll::Pending;
        }
        if let Some(pause) = &mut self.pause {
            std::task::ready!(pause.as_mut().poll(cx));
            self.pause = None;
        }
        listener.poll_accept(cx).map_ok(|(stream, _)| stream)
    }

    fn begin(&mut self, stream: TcpStream) {
        let permit = Arc::clone(&self.permits).try_acquire_owned().ok();
        self.tasks.spawn(drive(stream, Arc::clone(&self.endpoint), permit));
    }

    fn rest(&mut self, error: &io::Error) {
        // These concern one client, which has left again.
        if let io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset = error.kind() {
            return;
        }
        self.pause = Some(Box::pin(time::sleep(PAUSE)));
        let now = Instant::now();
        if self.told.is_none_or(|told| now - told >= TELL) {
            self.told = Some(now);
            tracing::warn!("the metrics endpoint cannot accept connections, and tries again: {error}");
        }
    }
}

/// Without a permit, the client is only told so.
async fn drive(stream: TcpStream, endpoint: Arc<Endpoint>, permit: Option<OwnedSemaphorePermit>) {
    connection::drive(stream, endpoint, permit.is_none()).await;
    drop(permit);
}
