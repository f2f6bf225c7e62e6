//! Puts requests together that arrive at nearly the same time, because a model likes large batches.

use std::time::Duration;

use tachometer::timed;
use tokio::time::{Instant, timeout_at};

use crate::{
    metrics::{LATENCY, ServerMetrics},
    pipeline::Job,
    queue::{Received, Receiver, Sender},
};

/// From so many queries on, a batch is not filled any further.
const ENOUGH: usize = 32;

/// How long the first request of a batch waits for others.
const PATIENCE: Duration = Duration::from_millis(2);

/// Requests whose queries the model calculates together.
pub(crate) struct Batch {
    pub(crate) jobs: Vec<Job>,
}

/// Forms batches until there are no requests any more.
pub(crate) async fn run(mut tokenized: Receiver<Job>, models: Sender<Batch>) {
    while let Some(first) = tokenized.receive().await {
        let batch = gather(first, &mut tokenized).await;
        batch.show();
        if models.send(batch).await.is_err() {
            return;
        }
    }
}

/// Time that it takes to form a batch, from its first request to its last one.
#[timed(name = "scheduler_latency_seconds", buckets = LATENCY)]
async fn gather(first: Received<Job>, tokenized: &mut Receiver<Job>) -> Batch {
    let deadline = Instant::now() + PATIENCE;
    let mut batch = Batch { jobs: vec![entered(first)] };
    while batch.sequences().len() < ENOUGH
        && let Ok(Some(next)) = timeout_at(deadline, tokenized.receive()).await
    {
        batch.jobs.push(entered(next));
    }
    batch
}

fn entered(Received { message: mut job, waited }: Received<Job>) -> Job {
    job.spent.waiting += waited;
    job
}

impl Batch {
    /// The tokens of all queries, in the order of the requests.
    pub(crate) fn sequences(&self) -> Vec<&[u32]> {
        self.jobs.iter().flat_map(|job| &job.tokens).map(Vec::as_slice).collect()
    }

    /// How long all sequences are made.
    pub(crate) fn length(&self) -> usize {
        self.sequences().iter().map(|tokens| tokens.len()).max().unwrap_or(0)
    }

    fn show(&self) {
        let (sequences, longest) = (self.sequences(), self.length());
        let needed: usize = sequences.iter().map(|tokens| tokens.len()).sum();
        let calculated = sequences.len() * longest;
        let padded = calculated - needed;

        let metrics = ServerMetrics::global();
        metrics.padded_tokens.increment(padded as u64);
        metrics.total_tokens.increment(calculated as u64);
        metrics.padding_ratio.set(padded as f64 / calculated as f64);
        metrics.max_seq_length.set(longest as f64);
        metrics.avg_seq_length.set(needed as f64 / sequences.len() as f64);
    }
}
