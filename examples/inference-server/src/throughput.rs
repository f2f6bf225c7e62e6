//! Queries per second: what the stages have done since the last look, as a collector. It does not know how they do it.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Instant,
};

use tachometer::{
    Error,
    collectors::{Batch, Collector, Descriptor},
};

use crate::metrics::WorkerType;

const TOKENIZERS: Descriptor =
    Descriptor::gauge("tokenizer_throughput_qps", "Queries per second that all tokenizers have tokenized.");
const MODELS: Descriptor =
    Descriptor::gauge("inference_throughput_qps", "Queries per second that all models have scored.");
const OVERALL: Descriptor = Descriptor::gauge("overall_throughput_qps", "Queries per second that were answered.");
const WORKER: Descriptor =
    Descriptor::gauge("worker_throughput_qps", "Queries per second that a worker has worked on.")
        .labels(&["worker_id", "worker_type"]);

/// What was done since the start.
#[derive(Default)]
pub(crate) struct Progress {
    answered: Tally,
    workers: Mutex<Vec<Member>>,
}

/// A number of queries.
#[derive(Default)]
pub(crate) struct Tally(AtomicU64);

/// The collector: all gauges of one collection belong to the same stretch of time.
pub(crate) struct Throughput {
    progress: Arc<Progress>,
    last: Option<(Instant, Counts)>,
}

struct Member {
    id: u16,
    kind: WorkerType,
    done: Arc<Tally>,
}

/// All tallies at one moment, the workers' in the order in which they joined.
struct Counts {
    answered: u64,
    workers: Vec<u64>,
}

impl Progress {
    /// Where a worker is to note what it does.
    pub(crate) fn worker(&self, id: u16, kind: WorkerType) -> Arc<Tally> {
        let done = Arc::<Tally>::default();
        self.workers().push(Member { id, kind, done: done.clone() });
        done
    }

    pub(crate) fn answered(&self, queries: usize) {
        self.answered.add(queries);
    }

    fn counts(&self) -> Counts {
        let workers = self.workers().iter().map(|worker| worker.done.get()).collect();
        Counts { answered: self.answered.get(), workers }
    }

    fn workers(&self) -> MutexGuard<'_, Vec<Member>> {
        self.workers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tally {
    pub(crate) fn add(&self, queries: usize) {
        self.0.fetch_add(queries as u64, Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

impl Throughput {
    pub(crate) fn of(progress: Arc<Progress>) -> Self {
        Self { progress, last: None }
    }
}

impl Collector for Throughput {
    fn name(&self) -> &str {
        "throughput"
    }

    fn descriptors(&self) -> &[Descriptor] {
        &[TOKENIZERS, MODELS, OVERALL, WORKER]
    }

    fn collect(&mut self, out: &mut Batch) -> Result<(), Error> {
        let (now, counts) = (Instant::now(), self.progress.counts());
        // The first time there is no stretch yet, and nothing was asked before.
        let (seconds, before) = match &self.last {
            Some((then, before)) => (now.duration_since(*then).as_secs_f64(), before),
            None => (f64::INFINITY, &counts),
        };
        let rate = |count: u64, before: u64| (count - before) as f64 / seconds;

        let (mut tokenizers, mut models) = (0.0, 0.0);
        let done = counts.workers.iter().zip(&before.workers);
        for (worker, (&count, &before)) in self.progress.workers().iter().zip(done) {
            let rate = rate(count, before);
            match worker.kind {
                WorkerType::Tokenizer => tokenizers += rate,
                WorkerType::Model => models += rate,
            }
            out.set(&WORKER, &[&worker.id.to_string(), worker.kind.name()], rate);
        }
        out.set(&TOKENIZERS, &[], tokenizers);
        out.set(&MODELS, &[], models);
        out.set(&OVERALL, &[], rate(counts.answered, before.answered));
        self.last = Some((now, counts));
        Ok(())
    }
}
