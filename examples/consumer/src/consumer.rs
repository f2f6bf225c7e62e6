//! A child: it processes one message after the other and counts what becomes of each.

use std::{
    error::Error,
    fs::File,
    io::Write,
    os::unix::process::parent_id,
    process,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use tachometer::Termination;

use crate::{
    args::Child,
    messages::{self, Message, Source},
    stats::{Exception, Outcome, Stats, seconds},
};

/// How long the last values may take.
const GRACE: Duration = Duration::from_secs(2);

/// A child, and what it does.
struct Consumer {
    stats: Stats,
    source: Source,
    ledger: Option<File>,
    name: String,
}

/// Processes messages until the process is asked to end.
pub(crate) fn run(settings: &Child) -> Result<(), Box<dyn Error>> {
    let termination = Termination::listen()?;
    // It joins the master, whose variable the process has.
    let telemetry = tachometer::builder().no_listener().install()?;
    let is_over = Arc::new(AtomicBool::new(false));
    let source = Source::open(settings.work.redis.as_deref(), &settings.consumer, settings.load)?;
    let ledger = settings.work.ledger.as_deref().map(messages::append_to).transpose()?;
    let mut consumer =
        Consumer { stats: Stats::new(&settings.consumer), source, ledger, name: settings.consumer.clone() };
    let pause = Duration::from_secs(1) / settings.work.rate;
    let over = Arc::clone(&is_over);
    let master = parent_id();
    let worker = thread::spawn(move || -> Result<(), String> {
        // Without its master it is of no use.
        while !over.load(Ordering::Relaxed) && parent_id() == master {
            let began = Instant::now();
            if !consumer.process_one()? {
                thread::sleep(Duration::from_millis(20));
            }
            thread::sleep(pause.saturating_sub(began.elapsed()));
        }
        Ok(())
    });
    let ended = thread::spawn(move || worker.join());
    let over = Arc::clone(&is_over);
    thread::spawn(move || {
        termination.wait();
        over.store(true, Ordering::Relaxed);
    });
    let done = ended.join().map_err(|_| "the worker's watcher has panicked")?;
    telemetry.shutdown(GRACE)?;
    match done {
        Ok(done) => done.map_err(Into::into),
        Err(_) => Err("the worker has panicked".into()),
    }
}

impl Consumer {
    /// Whether there was a message.
    fn process_one(&mut self) -> Result<bool, String> {
        let Some(message) = self.source.take()? else { return Ok(false) };
        let outcome = message.outcome();
        // Before it is counted: what is counted is in the ledger, whenever the process is killed.
        self.enter(message, outcome)?;
        let began = Instant::now();
        let stats = &self.stats;
        stats.age.record(messages::now().saturating_sub(message.made) as f64 / 1e3);
        if message.is_redelivered {
            stats.redelivered.increment(1_u8);
        }
        let is_back = match outcome {
            Outcome::Acked => {
                work(stats, message);
                stats.acked.increment(1_u8);
                false
            }
            Outcome::Failed(exception) => fail(stats, exception),
        };
        stats.seconds.add(seconds(began.elapsed()));
        stats.duration.record(began.elapsed());
        stats.processed.increment(1_u8);
        if is_back {
            self.source.put_back(message)?;
        }
        Ok(true)
    }

    /// Notes a message and what becomes of it.
    fn enter(&mut self, message: Message, outcome: Outcome) -> Result<(), String> {
        let Some(ledger) = &mut self.ledger else { return Ok(()) };
        let outcome = match outcome {
            Outcome::Acked => "acked",
            Outcome::Failed(Exception::Consumer) => "consumer_exception",
            Outcome::Failed(Exception::Message) => "message_exception",
            Outcome::Failed(Exception::Processing) => "processing_exception",
            Outcome::Failed(Exception::Unhandled) => "unhandled_exception",
        };
        let line = format!("{} {} {} {outcome} {}\n", self.name, process::id(), messages::now(), message.number);
        // One write is one line, whatever other processes write.
        ledger.write_all(line.as_bytes()).map_err(|error| format!("cannot write to the ledger: {error}"))
    }
}

/// What a consumer's own code does with a message.
fn work(stats: &Stats, message: Message) {
    let _tracked = stats.stats_track_duration("checksum");
    let sum = (0..500_u64).fold(message.number, |sum, byte| sum.rotate_left(5) ^ byte.wrapping_mul(0x9e37_79b9));
    stats.stats_add_duration("parse", (sum % 10) as f64 / 1e3);
    stats.stats_incr("bytes.read", message.number % 7 + 1);
    stats.stats_set_value("last number", message.number as f64);
}

/// What becomes of a message whose processing has failed. Whether it is put back.
fn fail(stats: &Stats, exception: Exception) -> bool {
    stats.exception(exception);
    match exception {
        // It will never be right.
        Exception::Message => {
            stats.dropped.increment(1_u8);
            false
        }
        // It is tried again without being given back.
        Exception::Processing => {
            stats.requeued.increment(1_u8);
            true
        }
        Exception::Consumer | Exception::Unhandled => {
            stats.failed.increment(1_u8);
            stats.nacked.increment(1_u8);
            stats.requeued.increment(1_u8);
            true
        }
    }
}
