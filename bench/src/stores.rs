//! Memory per series and the time of a render, for a store of one family.

use std::{
    error::Error,
    hint::black_box,
    time::{Duration, Instant},
};

use metrics::{Key, Label, Level, Metadata};
use serde::{Deserialize, Serialize};
use tachometer_bench_calls::alloc;

use crate::{http, setup::Installed};

/// What a store is filled with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    Counter,
    /// With 11 buckets.
    Histogram,
}

/// The figures of a store.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Stored {
    pub(crate) kind: Kind,
    pub(crate) series: usize,
    /// Bytes of memory that a series holds.
    pub(crate) bytes_per_series: f64,
    /// Bytes of the rendered text.
    pub(crate) text_bytes: usize,
    /// Milliseconds until the text is there as one string.
    pub(crate) render_ms: f64,
    /// The same over HTTP, where there is an endpoint.
    pub(crate) get: Option<Get>,
}

/// Milliseconds of a request over the loopback.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Get {
    /// Until the first byte of the answer: by then the text is encoded.
    pub(crate) first_byte_ms: f64,
    /// Until the last one.
    pub(crate) whole_ms: f64,
}

/// Renders are repeated this often, if they are quick,
const RENDERS: usize = 30;
/// or for so long, if they are not.
const PATIENCE: Duration = Duration::from_secs(3);

static METADATA: Metadata<'static> = Metadata::new("bench", Level::INFO, None);

impl Kind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Histogram => "histogram",
        }
    }
}

/// Fills the recorder with so many series of two labels, each with one sample, and reads them.
pub(crate) fn fill(installed: &Installed, kind: Kind, series: usize) -> Result<Stored, Box<dyn Error>> {
    let ((), usage) = alloc::watch(|| {
        fill_with(kind, series);
        installed.upkeep();
    });
    let (render_ms, text) = best(|| Ok(installed.render()))?;
    let text_bytes = text.len();
    drop(text);
    let get = match installed {
        Installed::Ours(telemetry) => {
            let address = telemetry.local_addr().ok_or("tachometer does not listen")?;
            let mut first_byte_ms = f64::INFINITY;
            let (whole_ms, ()) = best(|| {
                first_byte_ms = first_byte_ms.min(http::get(address, "/metrics")?.as_secs_f64() * 1e3);
                Ok(())
            })?;
            Some(Get { first_byte_ms, whole_ms })
        }
        Installed::Nothing | Installed::Peer(_) => None,
    };
    Ok(Stored { kind, series, bytes_per_series: usage.live as f64 / series as f64, text_bytes, render_ms, get })
}

/// Records once in each of so many series.
pub(crate) fn fill_with(kind: Kind, series: usize) {
    (0..series).for_each(|n| record(kind, n));
}

fn record(kind: Kind, n: usize) {
    let labels = vec![Label::new("worker", format!("w{}", n % 100)), Label::new("tenant", format!("t{n:06}"))];
    match kind {
        Kind::Counter => {
            let key = Key::from_parts("bench_requests_total", labels);
            metrics::with_recorder(|recorder| recorder.register_counter(&key, &METADATA)).increment(n as u64);
        }
        Kind::Histogram => {
            let key = Key::from_parts("bench_request_seconds", labels);
            metrics::with_recorder(|recorder| recorder.register_histogram(&key, &METADATA)).record(0.02);
        }
    }
}

/// The milliseconds of the best of many, and what the last one has read. Freeing it is not part of them.
pub(crate) fn best<T>(mut read: impl FnMut() -> Result<T, Box<dyn Error>>) -> Result<(f64, T), Box<dyn Error>> {
    let (mut best, all) = (f64::INFINITY, Instant::now());
    let mut rounds = 0;
    loop {
        let begin = Instant::now();
        let value = black_box(read()?);
        best = best.min(begin.elapsed().as_secs_f64() * 1e3);
        rounds += 1;
        if rounds == RENDERS || all.elapsed() > PATIENCE {
            return Ok((best, value));
        }
    }
}
