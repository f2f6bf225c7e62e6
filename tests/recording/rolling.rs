//! Rolling averages beside the metrics of a program.

use std::time::Duration;

use tachometer::{Counter, Metrics, Rolling};

use super::{counter, installed};

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
