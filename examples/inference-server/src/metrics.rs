//! What no annotation can know, in one struct: queues, padding, and times that are put together from several places.

use tachometer::{Counter, Family, FiniteLabel, Gauge, Histogram, Label, Metrics};

/// The buckets of all latencies, in seconds.
pub(crate) const LATENCY: &[f64] = &[0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// The metrics of the server that are recorded by hand.
#[derive(Metrics)]
pub(crate) struct ServerMetrics {
    /// Queries that were asked. A request brings one or more.
    #[metric(rename = "request_count_total")]
    pub(crate) request_count: Counter,

    /// Requests that wait for a tokenizer.
    pub(crate) tokenizer_queue_size: Gauge,
    /// Requests that wait for the batcher.
    pub(crate) batch_queue_size: Gauge,
    /// Batches that wait for a model.
    pub(crate) model_queue_size: Gauge,

    /// Tokens that were calculated only to make all sequences of a batch equally long.
    pub(crate) padded_tokens: Counter,
    /// Tokens that were calculated, padding among them.
    pub(crate) total_tokens: Counter,
    /// Share of the last batch that was padding, from 0 to 1.
    pub(crate) padding_ratio: Gauge,
    /// Tokens of the longest sequence in the last batch.
    pub(crate) max_seq_length: Gauge,
    /// Tokens of a sequence in the last batch, on average and without padding.
    pub(crate) avg_seq_length: Gauge,

    /// Time that a request waits for its turn, in all queues together.
    #[metric(unit = "seconds", buckets = LATENCY)]
    pub(crate) queue_wait_latency: Histogram,
    /// Time that a request waits for a tokenizer.
    #[metric(unit = "seconds", buckets = LATENCY)]
    pub(crate) tokenizer_queue_wait_latency: Histogram,
    /// Time that a batch waits for a model.
    #[metric(unit = "seconds", buckets = LATENCY)]
    pub(crate) model_queue_wait_latency: Histogram,
    /// Time from the moment at which a message is there and its receiver is free until the receiver has it.
    #[metric(unit = "seconds", buckets = LATENCY)]
    pub(crate) mp_queue_receive_latency: Histogram,
    /// Time that the model takes for a request's batch.
    #[metric(unit = "seconds", buckets = LATENCY)]
    pub(crate) inference_latency: Histogram,
    /// Time of a request in which it is neither tokenized nor inferred nor waits in a queue.
    #[metric(unit = "seconds", buckets = LATENCY)]
    pub(crate) overhead_latency: Histogram,
    /// The part of that time that is spent between the first queue and the last stage.
    #[metric(unit = "seconds", buckets = LATENCY)]
    pub(crate) pipeline_overhead_latency: Histogram,

    /// Queries that a worker has worked on.
    #[metric(rename = "worker_request_count_total", labels(worker_id, worker_type))]
    pub(crate) worker_request_count: Family<Counter, (u16, WorkerType)>,
    /// Milliseconds that a worker took for its last message.
    #[metric(as_is, labels(worker_id, worker_type))]
    pub(crate) worker_latency_ms: Family<Gauge, (u16, WorkerType)>,
}

/// What a worker does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Label)]
pub(crate) enum WorkerType {
    Tokenizer,
    Model,
}

impl WorkerType {
    /// As it stands in the label.
    pub(crate) fn name(self) -> &'static str {
        Self::VALUES[self as usize]
    }
}
