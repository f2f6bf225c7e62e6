//! The workers of both pools, each a thread of its own, because what they do is calculation.

use std::{
    io,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use tachometer::{Counter, Gauge};

use crate::{
    batcher::Batch,
    metrics::{ServerMetrics, WorkerType},
    model::Model,
    pipeline::{Job, Scored},
    queue::{Received, Sender, Shared},
    throughput::{Progress, Tally},
    tokenizer::tokenize,
};

/// A worker, by its metrics.
pub(crate) struct Worker {
    name: String,
    requests: Counter,
    latency_ms: Gauge,
    tally: Arc<Tally>,
}

impl Worker {
    pub(crate) fn new(id: u16, kind: WorkerType, progress: &Progress) -> Self {
        let metrics = ServerMetrics::global();
        Self {
            name: format!("{}-{id}", kind.name()),
            requests: metrics.worker_request_count.with(id, kind),
            latency_ms: metrics.worker_latency_ms.with(id, kind),
            tally: progress.worker(id, kind),
        }
    }

    /// Starts its thread.
    ///
    /// # Errors
    /// If the operating system has no thread left.
    pub(crate) fn run(self, work: impl FnOnce(&Self) + Send + 'static) -> io::Result<()> {
        thread::Builder::new().name(self.name.clone()).spawn(move || work(&self))?;
        Ok(())
    }

    fn has_done(&self, queries: usize, took: Duration) {
        self.tally.add(queries);
        self.requests.increment(queries as u64);
        self.latency_ms.set(took.as_secs_f64() * 1_000.0);
    }
}

/// Makes the metrics of the server and its workers known.
pub(crate) fn declare() {
    for kind in [WorkerType::Tokenizer, WorkerType::Model] {
        drop(Worker::new(0, kind, &Progress::default()));
    }
}

/// What a tokenizer does until there are no requests any more.
pub(crate) fn tokenizer(worker: &Worker, texts: &Shared<Job>, batcher: &Sender<Job>) {
    while let Some(Received { message: mut job, waited }) = texts.receive() {
        ServerMetrics::global().tokenizer_queue_wait_latency.record(waited);
        job.spent.waiting += waited;
        if job.reply.is_closed() {
            // Whoever asked has gone.
            continue;
        }
        let began = Instant::now();
        job.tokens = tokenize(&job.queries);
        job.spent.tokenizing = began.elapsed();
        worker.has_done(job.queries.len(), job.spent.tokenizing);
        if batcher.send_blocking(job).is_err() {
            return;
        }
    }
}

/// What a model's worker does until there are no batches any more.
pub(crate) fn inferrer(worker: &Worker, batches: &Shared<Batch>, model: &Model) {
    let metrics = ServerMetrics::global();
    while let Some(Received { message: batch, waited }) = batches.receive() {
        metrics.model_queue_wait_latency.record(waited);
        let began = Instant::now();
        let scores = model.forward(&batch.sequences(), batch.length());
        let took = began.elapsed();
        worker.has_done(scores.len(), took);

        let mut scores = scores.into_iter();
        for mut job in batch.jobs {
            job.spent.waiting += waited;
            job.spent.inferring = took;
            // The sample of a request, not of the batch: only then is its sum a share of the requests' time.
            metrics.inference_latency.record(took);
            let scores = scores.by_ref().take(job.tokens.len()).collect();
            // If nobody waits any more, that is not this worker's problem.
            let _ = job.reply.send(Scored { scores, spent: job.spent });
        }
    }
}
