//! Mistakes about summaries.

use tachometer::{Family, Metrics, Summary};

static LACKS_A_UNIT: Summary = Summary::new("wait_ms");

static A_TOTAL: Summary = Summary::new("wait_total");

static RESERVED: Family<Summary, (u8,)> = Family::new("wait_seconds", &["quantile"]);

static NO_BUCKETS: Summary = Summary::new("wait_seconds").buckets(&[1.0]);

#[derive(Metrics)]
struct Mistaken {
    /// Time of waiting.
    #[metric(unit = "seconds", buckets = [0.1, 1.0])]
    wait: Summary,
    /// Time of working.
    #[metric(unit = "seconds", scale = 1e-6)]
    work: Summary,
    /// Bytes by quantile.
    #[metric(labels(quantile))]
    bytes: Family<Summary, (u8,)>,
}

fn main() {
    NO_BUCKETS.record("long");
}
