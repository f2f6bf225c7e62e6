//! The metrics, and what a consumer's code counts by names of its own.

use std::time::{Duration, Instant};

use tachometer::{Counter, Error, Family, FloatCounter, Gauge, Histogram, Label, dynamic};

/// The bounds of all histograms.
const BUCKETS: [f64; 14] = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

static ACKED: Family<Counter, (String,)> =
    Family::<Counter, (String,)>::new("rejected_messages_acked_total", &["consumer"])
        .help("Messages that were acknowledged.");
static DROPPED: Family<Counter, (String,)> =
    Family::<Counter, (String,)>::new("rejected_messages_dropped_total", &["consumer"])
        .help("Messages that were dropped.");
static FAILED: Family<Counter, (String,)> =
    Family::<Counter, (String,)>::new("rejected_messages_failed_total", &["consumer"])
        .help("Messages whose processing failed.");
static NACKED: Family<Counter, (String,)> =
    Family::<Counter, (String,)>::new("rejected_messages_nacked_total", &["consumer"])
        .help("Messages that were not acknowledged.");
static PROCESSED: Family<Counter, (String,)> =
    Family::<Counter, (String,)>::new("rejected_messages_processed_total", &["consumer"])
        .help("Messages that were processed.");
static REDELIVERED: Family<Counter, (String,)> =
    Family::<Counter, (String,)>::new("rejected_messages_redelivered_total", &["consumer"])
        .help("Messages that came again.");
static REQUEUED: Family<Counter, (String,)> =
    Family::<Counter, (String,)>::new("rejected_messages_requeued_total", &["consumer"])
        .help("Messages that were put back into their queue.");
static SECONDS: Family<FloatCounter, (String,)> =
    Family::<FloatCounter, (String,)>::new("rejected_processing_seconds_total", &["consumer"])
        .help("Time spent on processing messages.");
static EXCEPTIONS: Family<Counter, (String, Exception)> =
    Family::<Counter, (String, Exception)>::new("rejected_exceptions_total", &["consumer", "type"])
        .help("Exceptions of consumers, by their kinds.");
static PROCESSES: Family<Gauge, (String,)> =
    Family::<Gauge, (String,)>::new("rejected_consumer_processes", &["consumer"])
        .help("Child processes of a consumer.");
static DURATION: Family<Histogram, (String,)> =
    Family::<Histogram, (String,)>::new("rejected_processing_duration_seconds", &["consumer"])
        .buckets(&BUCKETS)
        .help("Time spent on one message.");
static AGE: Family<Histogram, (String,)> =
    Family::<Histogram, (String,)>::new("rejected_message_age_seconds", &["consumer"])
        .buckets(&BUCKETS)
        .help("Age of a message when it was taken.");

/// What a consumer's code can fail with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Label)]
pub(crate) enum Exception {
    #[label(rename = "consumer_exception")]
    Consumer,
    #[label(rename = "message_exception")]
    Message,
    #[label(rename = "processing_exception")]
    Processing,
    #[label(rename = "unhandled_exception")]
    Unhandled,
}

impl Exception {
    pub(crate) const ALL: [Self; 4] = [Self::Consumer, Self::Message, Self::Processing, Self::Unhandled];
}

/// What becomes of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Acked,
    Failed(Exception),
}

/// The metrics of one consumer.
pub(crate) struct Stats {
    consumer: String,
    pub(crate) acked: Counter,
    pub(crate) dropped: Counter,
    pub(crate) failed: Counter,
    pub(crate) nacked: Counter,
    pub(crate) processed: Counter,
    pub(crate) redelivered: Counter,
    pub(crate) requeued: Counter,
    pub(crate) seconds: FloatCounter,
    pub(crate) duration: Histogram,
    pub(crate) age: Histogram,
}

impl Stats {
    /// All of them are at 0 from here on.
    pub(crate) fn new(consumer: &str) -> Self {
        Exception::ALL.iter().for_each(|exception| EXCEPTIONS.with(consumer, *exception).increment(0_u8));
        Self {
            consumer: consumer.to_owned(),
            acked: ACKED.with(consumer),
            dropped: DROPPED.with(consumer),
            failed: FAILED.with(consumer),
            nacked: NACKED.with(consumer),
            processed: PROCESSED.with(consumer),
            redelivered: REDELIVERED.with(consumer),
            requeued: REQUEUED.with(consumer),
            seconds: SECONDS.with(consumer),
            duration: DURATION.with(consumer),
            age: AGE.with(consumer),
        }
    }

    /// Says how many children a consumer has; only the master does.
    pub(crate) fn set_processes(consumer: &str, count: usize) {
        PROCESSES.with(consumer).set(count);
    }

    pub(crate) fn exception(&self, exception: Exception) {
        EXCEPTIONS.with(self.consumer.as_str(), exception).increment(1_u8);
    }

    /// Adds a time to the histogram of a key.
    pub(crate) fn stats_add_duration(&self, key: &str, seconds: f64) {
        let name = format!("rejected_custom_{}_seconds", sanitized(key));
        self.told(dynamic::histogram_with_buckets(&name, &self.labels(), BUCKETS), |histogram| {
            histogram.record(seconds);
        });
    }

    /// Counts something by a key.
    pub(crate) fn stats_incr(&self, key: &str, count: u64) {
        let name = format!("rejected_custom_{}_total", sanitized(key));
        self.told(dynamic::counter(&name, &self.labels()), |counter| counter.increment(count));
    }

    /// Sets the value of a key.
    pub(crate) fn stats_set_value(&self, key: &str, value: f64) {
        let name = format!("rejected_custom_{}", sanitized(key));
        self.told(dynamic::gauge(&name, &self.labels()), |gauge| gauge.set(value));
    }

    /// Measures until what it returns is dropped.
    pub(crate) fn stats_track_duration<'a>(&'a self, key: &'a str) -> Tracked<'a> {
        Tracked { stats: self, key, began: Instant::now() }
    }

    fn labels(&self) -> [(&str, &str); 1] {
        [("consumer", &self.consumer)]
    }

    fn told<T>(&self, metric: Result<T, Error>, record: impl FnOnce(T)) {
        match metric {
            Ok(metric) => record(metric),
            Err(error) => tracing::warn!("a number of {} is not recorded: {error}", self.consumer),
        }
    }
}

/// A time that is being measured.
pub(crate) struct Tracked<'a> {
    stats: &'a Stats,
    key: &'a str,
    began: Instant,
}

impl Drop for Tracked<'_> {
    fn drop(&mut self) {
        self.stats.stats_add_duration(self.key, self.began.elapsed().as_secs_f64());
    }
}

/// A key as a part of a metric's name. An end that belongs to one kind of metric is taken off.
fn sanitized(key: &str) -> String {
    let name: String =
        key.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect();
    let mut name = name.trim_matches('_');
    for end in ["_total", "_seconds", "_bucket", "_sum", "_count"] {
        name = name.strip_suffix(end).unwrap_or(name);
    }
    if name.is_empty() { "unnamed".to_owned() } else { name.to_owned() }
}

/// How long a consumer worked.
pub(crate) fn seconds(time: Duration) -> f64 {
    time.as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_become_parts_of_names() {
        let keys = ["db.query", "Cache-Hits", "rows_total", "__", "wait_seconds"];
        assert_eq!(keys.map(sanitized), ["db_query", "cache_hits", "rows", "unnamed", "wait"]);
    }
}
