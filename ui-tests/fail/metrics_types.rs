use tachometer::{Counter, Family, Labels, Metrics};

#[derive(Metrics)]
struct NoMetric {
    /// A number.
    number: u64,
    /// No label type.
    #[metric(labels(a))]
    float: Family<Counter, (f64,)>,
    /// No set of labels.
    #[metric(labels(a))]
    single: Family<Counter, u8>,
    /// No handle.
    #[metric(labels(a))]
    handle: Family<u64, (u8,)>,
    #[metrics(flatten)]
    group: Counter,
    #[metrics(flatten)]
    labelled: Labelled,
}

#[derive(Metrics)]
#[metrics(labels(shard))]
struct Labelled {
    /// Jobs.
    jobs: Counter,
}

#[derive(Labels)]
struct Route {
    path: String,
}

static ROUTES: Family<Counter, Route> = Family::new("routes_total", &["path"]);
static PAIRS: Family<Counter, (u8, bool)> = Family::new("pairs_total", &["one"]);
static NAMED: Counter = Counter::new("jobs");

fn main() {
    PAIRS.with(1);
    PAIRS.with(1, "two");
    ROUTES.with(1);
    ROUTES.with(Route { path: String::new() });
    NAMED.increment(1);
    Labelled::default();
}
