//! Mistakes about `zero` on the fields of a struct of metrics.

use tachometer::{Counter, Family, Metrics};

#[derive(Metrics)]
struct Mistaken {
    /// Jobs done.
    #[metric(zero = 1)]
    done: Counter,
    /// Jobs failed.
    #[metric(zero)]
    failed: Family<Counter, Kind>,
    /// Jobs retried.
    #[metric(zero = false, zero = true)]
    retried: Counter,
    #[metric(skip, zero = false)]
    note: u8,
}

struct Kind;

fn main() {}
