//! The sum and the count of one series in one scrape are of the same records, but for those that are being recorded.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use tachometer::{Family, Histogram, Snapshot, Summary, families::Value, metric::bounds::Native};

use super::installed;

static ONES: Histogram = Histogram::new("ones");
static ONES_BY_WAY: Family<Histogram, (&'static str,)> = Family::new("ones_by_way", &["way"]);
static NATIVE_ONES: Histogram = Histogram::new("native_ones").native(Native::new());
static ONES_OF_LATE: Summary = Summary::new("ones_of_late");

/// How far the sum of a series is from its count.
fn apart(snapshot: &Snapshot, name: &str, labels: &[(&str, &str)]) -> f64 {
    let (sum, count) = match snapshot.get(name, labels) {
        Some(Value::Histogram(it)) => (it.sum, it.count()),
        Some(Value::NativeHistogram(it)) => (it.sum, it.count()),
        Some(Value::Summary(it)) => (it.sum, it.count),
        other => panic!("{name}{labels:?} is {other:?}"),
    };
    (sum - count as f64).abs()
}

/// Has so many threads record without a pause, each the value 1, while snapshots are taken. In none of them may the sum of
/// the series be farther from its count than by one record of each thread; in the end they are equal.
fn judge(threads: usize, name: &str, labels: &[(&str, &str)], record: impl Fn() + Sync) {
    let telemetry = installed();
    let over = AtomicBool::new(false);
    record();
    let worst = thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    record();
                }
            });
        }
        let all = (0..400 / threads).map(|_| apart(&telemetry.snapshot(), name, labels));
        let worst = all.fold(0.0, f64::max);
        over.store(true, Ordering::Relaxed);
        worst
    });
    assert!(worst <= threads as f64, "{worst} apart, with {threads} threads");
    assert_eq!(apart(&telemetry.snapshot(), name, labels), 0.0);
}

#[test]
fn of_a_handle() {
    judge(4, "ones", &[], || ONES.record(1.0));
}

#[test]
fn of_a_handle_that_more_threads_use_than_have_words_of_their_own() {
    judge(24, "ones", &[], || ONES.record(1.0));
}

#[test]
fn of_a_family() {
    judge(4, "ones_by_way", &[("way", "in")], || ONES_BY_WAY.with("in").record(1.0));
}

#[test]
fn of_a_handle_of_the_facade() {
    let telemetry = installed();
    let kept = metrics::histogram!("facade_ones", "way" => "in");
    drop(telemetry);
    judge(4, "facade_ones", &[("way", "in")], || kept.record(1.0));
}

#[test]
fn of_native_buckets() {
    judge(4, "native_ones", &[], || NATIVE_ONES.record(1.0));
}

#[test]
fn of_a_summary() {
    judge(4, "ones_of_late", &[], || ONES_OF_LATE.record(1.0));
}
