use tachometer::{Counter, Family, FloatCounter, Gauge, Histogram, Metrics};

#[derive(Metrics)]
#[metrics(prefx = "a", prefix = 5, prefix = "", labels, crate)]
struct StructKeys {
    /// Jobs.
    jobs: Counter,
}

#[derive(Metrics)]
struct FieldKeys {
    /// Jobs.
    #[metric(nmae = "a", buckts = [1.0], unit = bytes, rename, scale = 5, buckets = 1.0, labels = [a], as_is = true)]
    jobs: Counter,
    /// Jobs twice.
    #[metric(unit = "bytes", unit = "bytes", labels(), labels(5))]
    twice: Counter,
    #[metric]
    nothing: Gauge,
    #[deprecated = "no help"]
    deprecated: Gauge,
    #[metric(skip, unit = "bytes")]
    skipped: u8,
    #[metrics(flatten)]
    #[metric(rename = "other", skip)]
    group: Inner,
    #[metrics(prefix = "other")]
    prefixed: Inner,
    #[metrics(flaten)]
    misspelt: Inner,
}

#[derive(Metrics)]
struct Inner {
    /// Jobs.
    jobs: Counter,
}

#[derive(Metrics)]
#[metrics(labels(shard, shard))]
struct Twice {
    /// Jobs.
    #[metric(unit = "bytes")]
    jobs: Gauge,
    /// Jobs again.
    #[metric(rename = "jobs_bytes")]
    again: Gauge,
    /// Jobs by label.
    #[metric(labels(a, b, a, shard), buckets = [2.0, 1.0, 1.0])]
    by_label: Family<Counter, (u8, u8)>,
}

#[derive(Metrics)]
struct Generic<T: tachometer::LabelValue> {
    /// Jobs.
    jobs: Family<Counter, (T,)>,
}

#[derive(Metrics)]
struct Tuple(Counter);

#[derive(Metrics)]
struct Unit;

#[derive(Metrics)]
enum Enum {}

#[derive(Metrics)]
#[metrics(prefix = "my-app")]
struct Names {
    /// A gauge is no total.
    jobs_total: Gauge,
    /// No base unit.
    #[metric(unit = "ms")]
    wait: Histogram,
    /// Kept for samples.
    #[metric(rename = "jobs_count")]
    jobs: Counter,
    /// No name.
    #[metric(as_is, rename = "jobs.queued")]
    queued: Gauge,
    /// Kept for buckets.
    #[metric(labels(le))]
    reserved: Family<Counter, (u8,)>,
}

#[derive(Metrics)]
#[metrics(labels(__shard))]
struct Shapes {
    /// No labels.
    #[metric(labels(a))]
    plain: Counter,
    /// No names.
    unnamed: Family<Counter, (u8, bool)>,
    /// Too few.
    #[metric(labels(a))]
    few: Family<Counter, (u8, bool)>,
    /// No histogram.
    #[metric(buckets = [1.0])]
    no_buckets: Counter,
    /// Not sorted.
    #[metric(buckets = BOUNDS)]
    unsorted: Histogram,
    /// Too coarse.
    #[metric(buckets = native(schema = -5))]
    too_coarse: Histogram,
    /// No histogram either.
    #[metric(buckets = native)]
    not_native: Counter,
    /// Whole units.
    #[metric(scale = 0.1)]
    whole: Counter,
    /// No fraction.
    #[metric(scale = 0.3)]
    third: FloatCounter,
}

const BOUNDS: &[f64] = &[2.0, 1.0];

fn main() {}
