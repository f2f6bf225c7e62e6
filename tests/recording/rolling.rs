//! Rolling averages beside the metrics of a program.

use std::time::Duration;

use tachometer::{
    Counter, Family, FloatCounter, Gauge, Histogram, Metrics, Rolling, Summary, counted, measured, testing, timed,
};

use super::{counter, finish, histogram, installed, later};

static LOAD: Rolling = Rolling::new();

#[derive(Metrics)]
#[metrics(prefix = "rolled")]
struct RolledMetrics {
    /// Jobs done.
    jobs: Counter,
    #[metric(skip)]
    latency: Rolling,
}

#[test]
fn it_averages_without_an_installation_and_counts_with_one_what_it_leaves_out() {
    LOAD.add(f64::NAN);
    LOAD.add(1);
    let telemetry = installed();
    LOAD.add(f64::INFINITY);
    LOAD.add(f64::NAN);
    LOAD.add(Duration::from_secs(2));
    assert_eq!((LOAD.average(Rolling::ONE_MINUTE), LOAD.count(None), LOAD.current()), (Some(1.5), 2, Some(2.0)));
    let dropped = counter(&telemetry.snapshot(), "tachometer_dropped_records_total", &[("reason", "not_a_number")]);
    assert_eq!(dropped, 2);
}

#[test]
fn it_may_stand_in_a_struct_of_metrics() {
    let telemetry = installed();
    let metrics = RolledMetrics::default();
    metrics.jobs.increment(1);
    metrics.latency.add(0.5);
    assert_eq!(metrics.latency.average(Rolling::FIFTEEN_MINUTES), Some(0.5));
    assert_eq!(counter(&telemetry.snapshot(), "rolled_jobs_total", &[]), 1);
}

#[measured(name = "rolled_call", rolling, labels(shard), result)]
fn rolled_call(shard: u8) -> Result<(), ()> {
    if shard == 0 { Err(()) } else { Ok(()) }
}

#[counted(name = "rolled_ticks_total", rolling)]
fn rolled_tick() {}

#[timed(rolling)]
async fn rolled_wait() {
    later().await;
}

#[counted(name = "rolled_both_total", rolling)]
#[timed(name = "rolled_both_seconds", rolling)]
fn rolled_both() {}

fn of(name: &str) -> (u64, Option<f64>) {
    let rolling = Rolling::named(name);
    (rolling.count(None), rolling.current())
}

#[test]
fn calls_are_added_by_the_key_of_an_attribute() {
    rolled_tick();
    assert_eq!(of("rolled_ticks_total").0, 0, "nobody records");
    let telemetry = installed();
    rolled_call(0).expect_err("it is one");
    rolled_call(1).expect("it is none");
    (0..3).for_each(|_| rolled_tick());
    finish(rolled_wait());
    rolled_both();
    let (count, took) = of("rolled_call_duration_seconds");
    assert_eq!((count, took.is_some_and(|took| (0.0..1.0).contains(&took))), (2, true), "of all labels together");
    assert_eq!(of("rolled_ticks_total"), (3, Some(1.0)));
    assert_eq!(of("integration::recording::rolling::rolled_wait").0, 1);
    assert_eq!((of("rolled_both_total"), of("rolled_both_seconds").0), ((1, Some(1.0)), 1));
    let snapshot = telemetry.snapshot();
    assert_eq!(counter(&snapshot, "rolled_ticks_total", &[]), 3);
    let names: Vec<_> = snapshot.rolling().iter().map(|rolling| rolling.name.as_str()).collect();
    assert!(names.contains(&"rolled_call_duration_seconds") && !names.contains(&"rolled_call_total"), "{names:?}");
}

#[test]
fn calls_under_the_recorder_of_a_test_are_added_too() {
    drop(testing::record(rolled_tick));
    assert_eq!(of("rolled_ticks_total"), (1, Some(1.0)));
}

static HANDLED: Histogram = Histogram::new("rolled_handled_seconds").rolling();
static HITS: Counter = Counter::new("rolled_hits_total").rolling();
static SPENT: FloatCounter = FloatCounter::new("rolled_spent_total").rolling();
static DEPTH: Gauge = Gauge::new("rolled_depth").rolling();
static SIZES: Summary = Summary::new("rolled_sizes_bytes").rolling();
static SHARDS: Family<Histogram, (u8,)> = Family::new("rolled_shards_seconds", &["shard"]).rolling();

#[derive(Metrics)]
#[metrics(prefix = "rolled_struct")]
struct RolledStruct {
    /// Time that jobs took.
    #[metric(unit = "seconds", rolling)]
    job: Histogram,
}

#[test]
fn what_handles_record_is_added_by_the_name_of_the_metric() {
    let record = || {
        HANDLED.record_many(Duration::from_millis(250), 3);
        HANDLED.record(f64::NAN);
        drop(HANDLED.time());
        HITS.increment(2_u64);
        SPENT.add(0.5);
        DEPTH.set(7);
        DEPTH.increment(1);
        SIZES.record(64);
        SHARDS.with(1).record(0.25);
        SHARDS.with(2).record(0.75);
        RolledStruct::default().job.record(1.5);
    };
    record();
    assert_eq!(of("rolled_handled_seconds").0, 3, "a stretch that begins before the installation is not recorded");
    let telemetry = installed();
    record();
    assert_eq!(of("rolled_handled_seconds").0, 7);
    assert_eq!(Rolling::named("rolled_handled_seconds").max(Rolling::ONE_MINUTE), Some(0.25));
    assert_eq!(of("rolled_hits_total"), (2, Some(2.0)));
    assert_eq!(of("rolled_spent_total"), (2, Some(0.5)));
    assert_eq!(of("rolled_depth"), (2, Some(7.0)), "what it is shifted to is not known");
    assert_eq!(of("rolled_sizes_bytes"), (2, Some(64.0)));
    assert_eq!(Rolling::named("rolled_shards_seconds").average(Rolling::ONE_MINUTE), Some(0.5));
    assert_eq!(of("rolled_struct_job_seconds"), (2, Some(1.5)));
    assert_eq!(histogram(&telemetry.snapshot(), "rolled_handled_seconds", &[]).0, 4);
}

#[test]
fn windows_of_ones_own_are_chosen_by_the_first_mention_of_a_name() {
    let seconds = |windows: &[u64]| windows.iter().copied().map(Duration::from_secs).collect::<Vec<_>>();
    let telemetry = installed();
    let load = Rolling::named_with("own_load", &seconds(&[3_600, 90])).expect("they are windows");
    load.add(2);
    assert_eq!(Rolling::named("own_load").windows(), seconds(&[90, 3_600]));
    let later = Rolling::named_with("own_load", &seconds(&[1])).expect("it is a window");
    assert_eq!(later.windows(), seconds(&[90, 3_600]), "it is there already");
    Rolling::named_with("own_other", &[]).expect_err("there is no window");
    let json = telemetry.snapshot().to_json();
    assert!(json.contains(r#""own_load":{"current":2.0,"90s":{"count":1,"average":2.0,"#), "{json}");
    assert!(json.contains(r#""1h":{"count":1,"#), "{json}");
}
