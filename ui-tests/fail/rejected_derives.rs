//! A type that is rejected is used by the rest of the program, which is not to blame.

use tachometer::{Counter, ErrorKind, Family, FiniteLabel, Label, Labels, Metrics, counted};

#[derive(Label)]
enum Data {
    A,
    B { _b: u8 },
}

#[derive(Label)]
enum Generic<'a, T> {
    A,
    B(&'a T),
}

#[derive(Label)]
struct Struct;

#[derive(Labels)]
struct Twice<'a, T: ?Sized> {
    #[label(rename = "b")]
    a: &'a T,
    b: u8,
}

#[derive(Labels)]
struct Tuple(u8);

#[derive(ErrorKind)]
enum Failed {
    #[error_kind(rename = 4)]
    A,
}

#[derive(ErrorKind)]
struct Failure;

#[derive(Metrics)]
struct Helpless {
    jobs: Counter,
}

#[derive(Metrics)]
#[metrics(labels(shard, zone))]
struct Sharded {
    /// Jobs.
    #[metric(buckts = [1.0])]
    jobs: Counter,
}

#[derive(Metrics)]
struct Outer {
    #[metrics(flatten)]
    inner: Helpless,
}

#[counted(name = "values_total", labels(data, generic, a = Struct))]
fn values(data: Data, generic: Generic<'_, u8>) {}

#[counted(name = "kinds_total", error_kind)]
fn kinds() -> Result<(), Failed> {
    Err(Failed::A)
}

#[counted(name = "later_kinds_total", error_kind)]
async fn later_kinds() -> Result<(), Failure> {
    Err(Failure)
}

static TWICE: Family<Counter, Twice<'static, str>> = Family::labelled("twice_total");
static TUPLE: Family<Counter, Tuple> = Family::labelled("tuple_total");
static PAIR: Family<Counter, (Data, Struct)> = Family::new("pair_total", &["data", "other"]);

fn main() {
    values(Data::A, Generic::A);
    let _ = (kinds(), later_kinds(), Failed::A.kind(), Data::VALUES);
    TWICE.with(Twice { a: "a", b: 2 }).increment(1);
    TUPLE.with(Tuple(1)).increment(1);
    PAIR.with(Data::B { _b: 1 }, Struct).increment(1);
    Helpless::default().jobs.increment(1);
    Helpless::with_prefix("a").jobs.increment(1);
    Outer::global().inner.jobs.increment(1);
    Sharded::with_labels(1, "a").jobs.increment(1);
    Sharded::with_prefix("a", 1, "a").jobs.increment(1);
}
