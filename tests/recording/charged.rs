//! What the guard says that series take, beside what they ask of the allocator.

use tachometer::{
    Counter, Family, Gauge, Histogram, Policy, Summary, Telemetry, TraceContext, counted, metric::bounds::Native,
};

use super::allocations::held;

static SEEN: Family<Counter, (String,)> = Family::new("seen_total", &["name"]);
static LEVEL: Family<Gauge, (String,)> = Family::new("level", &["name"]);
static SENT: Family<Histogram, (String,)> = Family::new("sent_bytes", &["name"]);
static TOOK: Family<Summary, (String,)> = Family::new("took_seconds", &["name"]);
static WEIGHT: Family<Histogram, (String,)> = Family::new("weight", &["name"]).native(Native::new());

#[counted(name = "charged_calls_total", labels(name), result)]
fn ask(name: &str) -> Result<(), ()> {
    if name.ends_with('7') { Err(()) } else { Ok(()) }
}

fn guarded(policy: Policy) -> Telemetry {
    let builder = tachometer::builder().no_listener().guard(policy);
    builder.install().expect("it is the only one of its process")
}

/// Many, but not without a limit: then nobody would have to know the values.
fn many() -> Policy {
    let most = 1 << 40;
    Policy::default().values(most).series_per_metric(most).series(most).bytes(most)
}

/// Records into ever more series; what the guard says that they take may be a fifth away from what the allocator does.
fn judge(record: impl Fn(usize)) {
    let telemetry = guarded(many());
    // What is there once is not a series'.
    record(0);
    let charged = || i64::try_from(telemetry.cardinality().bytes).expect("it is little");
    let before = (held(), charged());
    for n in 1..=4_000 {
        record(n);
        if n % 1_000 == 0 {
            let [took, charged] = [held() - before.0, charged() - before.1];
            let ratio = charged as f64 / took as f64;
            assert!((0.8..1.2).contains(&ratio), "after {n} series {charged} bytes are charged, of {took}");
        }
    }
}

#[test]
fn counters() {
    judge(|n| SEEN.with(format!("name {n}")).increment(1));
}

#[test]
fn gauges() {
    judge(|n| LEVEL.with(format!("name {n}")).set(1));
}

#[test]
fn histograms() {
    judge(|n| SENT.with(format!("name {n}")).record(n));
}

#[test]
fn summaries() {
    judge(|n| (0..n as u32 % 20).for_each(|by| TOOK.with(format!("name {n}")).record(1.5_f64.powi(by as i32))));
}

#[test]
fn native_histograms() {
    judge(|n| (0..n as u32 % 50).for_each(|by| WEIGHT.with(format!("name {n}")).record(1.7_f64.powi(by as i32))));
}

#[test]
fn annotated_functions() {
    judge(|n| ask(&format!("name {n}")).unwrap_or_default());
}

#[test]
fn handles_of_the_facade() {
    judge(|n| metrics::counter!("facade_seen_total", "name" => format!("name {n}")).increment(1));
}

#[test]
fn exemplars() {
    let builder = tachometer::builder().no_listener().guard(many()).exemplars(|| Some(TraceContext::new(1, 2)));
    let telemetry = builder.install().expect("it is the only one of its process");
    let charged = || i64::try_from(telemetry.cardinality().bytes).expect("it is little");
    let record = |n: usize| SENT.with(format!("name {n}")).record(n);
    record(0);
    let before = (held(), charged());
    (1..=4_000).for_each(record);
    let [took, charged] = [held() - before.0, charged() - before.1];
    assert!((0.8..1.2).contains(&(charged as f64 / took as f64)), "{charged} bytes are charged, of {took}");
}

#[test]
fn summaries_keep_to_the_room_that_there_is() {
    let telemetry = guarded(Policy::default().bytes(1 << 20).values(20_000));
    let before = held();
    for n in 0..8_000 {
        TOOK.with(format!("name {n}")).record(0.5);
    }
    let report = telemetry.cardinality();
    assert!(report.bytes <= 1 << 20, "{} bytes are charged", report.bytes);
    let took = held() - before;
    assert!(took < (1 << 20) * 6 / 5, "{took} bytes are taken");
    assert!(report.metric("took_seconds").is_some_and(|metric| (100..1_000).contains(&metric.series)), "{report:?}");
}
