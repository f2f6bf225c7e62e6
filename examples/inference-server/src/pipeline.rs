//! The way of a request: tokenizers, batcher, models, and the queues between them. It knows no protocol.

use std::{
    io,
    sync::Arc,
    time::{Duration, Instant},
};

use tachometer::timed;
use tokio::sync::oneshot;

use crate::{
    batcher,
    metrics::{LATENCY, ServerMetrics, WorkerType},
    model::Model,
    pool::{self, Worker},
    protocol::Query,
    queue,
    throughput::Progress,
};

/// How many queries one request may bring.
pub(crate) const MOST_QUERIES: usize = 64;

/// Messages that there is room for between two stages. Whoever finds no room waits.
const CAPACITY: usize = 64;

/// Workers of either pool.
const WORKERS: u16 = 2;

/// A pipeline that runs. Its workers end when it is dropped and the last request is through.
pub(crate) struct Pipeline {
    tokenizers: queue::Sender<Job>,
    progress: Arc<Progress>,
}

/// A request on its way.
pub(crate) struct Job {
    pub(crate) queries: Vec<Query>,
    /// Of each query, once they are known.
    pub(crate) tokens: Vec<Vec<u32>>,
    pub(crate) spent: Spent,
    pub(crate) reply: oneshot::Sender<Scored>,
}

/// What a request has spent its time on so far.
#[derive(Debug, Default)]
pub(crate) struct Spent {
    pub(crate) waiting: Duration,
    pub(crate) tokenizing: Duration,
    pub(crate) inferring: Duration,
}

/// A request at its end.
pub(crate) struct Scored {
    pub(crate) scores: Vec<f32>,
    pub(crate) spent: Spent,
}

/// Why there are no scores.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Which number of queries was brought.
    Size(usize),
    /// The program ends.
    Closed,
}

impl Pipeline {
    /// Starts all workers. The batcher needs a Tokio runtime.
    ///
    /// # Errors
    /// If the operating system has no thread left.
    pub(crate) fn start(model: Model) -> io::Result<Self> {
        let metrics = ServerMetrics::global();
        let (tokenizers, texts) = queue::bounded(CAPACITY, &metrics.tokenizer_queue_size);
        let (batcher, tokens) = queue::bounded(CAPACITY, &metrics.batch_queue_size);
        let (models, batches) = queue::bounded(CAPACITY, &metrics.model_queue_size);

        let progress = Arc::new(Progress::default());
        let (texts, batches, model) = (texts.shared(), batches.shared(), Arc::new(model));
        for id in 0..WORKERS {
            let (texts, batcher) = (texts.clone(), batcher.clone());
            let worker = Worker::new(id, WorkerType::Tokenizer, &progress);
            worker.run(move |worker| pool::tokenizer(worker, &texts, &batcher))?;
            let (batches, model) = (batches.clone(), model.clone());
            let worker = Worker::new(id, WorkerType::Model, &progress);
            worker.run(move |worker| pool::inferrer(worker, &batches, &model))?;
        }
        tokio::spawn(batcher::run(tokens, models));
        Ok(Self { tokenizers, progress })
    }

    /// What its workers have done.
    pub(crate) fn progress(&self) -> Arc<Progress> {
        self.progress.clone()
    }

    /// Time from a request to its response.
    #[timed(name = "request_latency_seconds", buckets = LATENCY)]
    pub(crate) async fn score(&self, queries: Vec<Query>) -> Result<Vec<f32>, Refusal> {
        let began = Instant::now();
        let metrics = ServerMetrics::global();
        let asked = queries.len();
        metrics.request_count.increment(asked as u64);
        if !(1..=MOST_QUERIES).contains(&asked) {
            return Err(Refusal::Size(asked));
        }

        let entered = Instant::now();
        let (reply, scored) = oneshot::channel();
        let job = Job { queries, tokens: Vec::new(), spent: Spent::default(), reply };
        self.tokenizers.send(job).await.map_err(|_| Refusal::Closed)?;
        let Scored { scores, spent } = scored.await.map_err(|_| Refusal::Closed)?;
        let left = Instant::now();

        self.progress.answered(asked);
        metrics.queue_wait_latency.record(spent.waiting);
        metrics.pipeline_overhead_latency.record((left - entered).saturating_sub(spent.total()));
        metrics.overhead_latency.record(began.elapsed().saturating_sub(spent.total()));
        Ok(scores)
    }
}

impl Spent {
    fn total(&self) -> Duration {
        self.waiting + self.tokenizing + self.inferring
    }
}
