//! A bounded queue between two stages, which shows how long it is and how long its messages take. It does not know what
//! they say.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tachometer::{Gauge, timed};
use tokio::sync::mpsc;

use crate::metrics::{LATENCY, ServerMetrics};

/// The end that messages go in at.
pub(crate) struct Sender<T> {
    channel: mpsc::Sender<Envelope<T>>,
    size: Gauge,
}

/// The end that they come out at.
pub(crate) struct Receiver<T> {
    channel: mpsc::Receiver<Envelope<T>>,
    size: Gauge,
}

/// The same for the threads of a pool, of which each message reaches one.
pub(crate) struct Shared<T>(Arc<Mutex<Receiver<T>>>);

/// A message that has arrived.
pub(crate) struct Received<T> {
    pub(crate) message: T,
    /// How long it was in the queue.
    pub(crate) waited: Duration,
}

/// Nobody receives any more.
#[derive(Debug)]
pub(crate) struct Closed;

struct Envelope<T> {
    sent: Instant,
    message: T,
}

/// A queue with room for so many messages. `size` becomes how many there are in it.
pub(crate) fn bounded<T>(capacity: usize, size: &Gauge) -> (Sender<T>, Receiver<T>) {
    let (sender, receiver) = mpsc::channel(capacity);
    (Sender { channel: sender, size: size.clone() }, Receiver { channel: receiver, size: size.clone() })
}

impl<T> Sender<T> {
    /// Time that it takes to hand a message to a queue, in which there may be no room at first.
    #[timed(name = "mp_queue_send_latency_seconds", buckets = LATENCY)]
    pub(crate) async fn send(&self, message: T) -> Result<(), Closed> {
        let room = self.channel.reserve().await.map_err(|_| Closed)?;
        self.size.increment(1);
        room.send(Envelope { sent: Instant::now(), message });
        Ok(())
    }

    /// Time that it takes to hand a message to a queue, in which there may be no room at first.
    #[timed(name = "mp_queue_send_latency_seconds", buckets = LATENCY)]
    pub(crate) fn send_blocking(&self, message: T) -> Result<(), Closed> {
        self.size.increment(1);
        let sent = self.channel.blocking_send(Envelope { sent: Instant::now(), message });
        sent.map_err(|_| {
            self.size.decrement(1);
            Closed
        })
    }
}

impl<T> Receiver<T> {
    /// The next message; `None` when there is no sender left. If it is not waited for, no message is lost.
    pub(crate) async fn receive(&mut self) -> Option<Received<T>> {
        let ready = Instant::now();
        let envelope = self.channel.recv().await?;
        Some(self.open(envelope, ready))
    }

    pub(crate) fn shared(self) -> Shared<T> {
        Shared(Arc::new(Mutex::new(self)))
    }

    fn open(&self, Envelope { sent, message }: Envelope<T>, ready: Instant) -> Received<T> {
        self.size.decrement(1);
        let now = Instant::now();
        ServerMetrics::global().mp_queue_receive_latency.record(now.duration_since(sent.max(ready)));
        Received { message, waited: now.duration_since(sent) }
    }
}

impl<T> Shared<T> {
    /// The next message; `None` when there is no sender left.
    pub(crate) fn receive(&self) -> Option<Received<T>> {
        let ready = Instant::now();
        // Who holds the lock waits for a message, and the others wait for the lock.
        let mut receiver = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let envelope = receiver.channel.blocking_recv()?;
        Some(receiver.open(envelope, ready))
    }
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Self { channel: self.channel.clone(), size: self.size.clone() }
    }
}
