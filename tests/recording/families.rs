//! Metrics by label: handles for each set of values.

use std::sync::Arc;

use tachometer::{Counter, Family, FloatCounter, Gauge, Histogram};

use super::{counter, fractions, gauge, histogram, installed};

static RECEIVED: Family<Counter, (String, bool)> = Family::new("received_bytes_total", &["peer", "packed"]);
static LOAD: Family<Gauge, (u16,)> = Family::new("shard_load_ratio", &["shard"]).help("How busy a shard is.");
static TOOK: Family<Histogram, (&'static str,)> = Family::new("took_seconds", &["step"]).buckets(&[0.5, 1.0]);
static SPENT: Family<FloatCounter, (char,)> = Family::new("spent_joules_total", &["rail"]).scale(1e-6);

#[test]
fn each_set_of_values_is_a_series() {
    let telemetry = installed();
    RECEIVED.with("north", true).increment(1);
    let north = String::from("north");
    RECEIVED.with(&north, true).increment(2);
    RECEIVED.with(String::from("south"), false).increment(4);
    LOAD.with(3).set(0.5);
    TOOK.with("boil").record_many(0.75, 2);
    SPENT.with('a').add(0.125);
    let snapshot = telemetry.snapshot();
    assert_eq!(counter(&snapshot, "received_bytes_total", &[("peer", "north"), ("packed", "true")]), 3);
    assert_eq!(counter(&snapshot, "received_bytes_total", &[("peer", "south"), ("packed", "false")]), 4);
    assert_eq!(gauge(&snapshot, "shard_load_ratio", &[("shard", "3")]), 0.5);
    assert_eq!(histogram(&snapshot, "took_seconds", &[("step", "boil")]), (2, 1.5));
    assert_eq!(fractions(&snapshot, "spent_joules_total", &[("rail", "a")]), 0.125);
    assert_eq!(snapshot.family("shard_load_ratio").expect("it is there").help(), "How busy a shard is.");
    assert_eq!(snapshot.family("received_bytes_total").expect("it is there").series().len(), 2);
}

#[test]
fn a_series_is_shown_from_its_first_mention_on() {
    let early = RECEIVED.with("early", true);
    drop(RECEIVED.with("late", true));
    let telemetry = installed();
    let snapshot = telemetry.snapshot();
    assert_eq!(counter(&snapshot, "received_bytes_total", &[("peer", "early"), ("packed", "true")]), 0);
    assert_eq!(counter(&snapshot, "received_bytes_total", &[("peer", "late"), ("packed", "true")]), 0);
    early.increment(1);
    drop(TOOK.with("mentioned"));
    let snapshot = telemetry.snapshot();
    assert_eq!(counter(&snapshot, "received_bytes_total", &[("peer", "early"), ("packed", "true")]), 1);
    assert_eq!(histogram(&snapshot, "took_seconds", &[("step", "mentioned")]), (0, 0.0));
}

#[test]
fn sets_that_look_alike_in_a_row_are_kept_apart() {
    let telemetry = installed();
    let pairs: Family<Counter, (String, Arc<str>)> = Family::new("pairs_by_hand_total", &["a", "b"]);
    let z = Arc::from("z");
    pairs.with("x", Arc::from("yz")).increment(1);
    pairs.with("xy", &z).increment(2);
    pairs.clone().with("xy", z).increment(2);
    let snapshot = telemetry.snapshot();
    assert_eq!(counter(&snapshot, "pairs_by_hand_total", &[("a", "x"), ("b", "yz")]), 1);
    assert_eq!(counter(&snapshot, "pairs_by_hand_total", &[("b", "z"), ("a", "xy")]), 4);
}

#[test]
fn eight_labels_are_told_apart() {
    type Eight = (u8, u8, u8, u8, u8, u8, u8, u8);
    let telemetry = installed();
    let names = &["a", "b", "c", "d", "e", "f", "g", "h"];
    let eight: Family<Counter, Eight> = Family::new("eight_total", names);
    eight.with(1, 2, 3, 4, 5, 6, 7, 8).increment(9);
    let values = ["1", "2", "3", "4", "5", "6", "7", "8"];
    let labels: Vec<_> = names.iter().copied().zip(values).collect();
    assert_eq!(counter(&telemetry.snapshot(), "eight_total", &labels), 9);
}

#[test]
fn threads_that_meet_a_new_set_at_once_make_one_series() {
    let telemetry = installed();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for n in 0..1_000_u32 {
                    RECEIVED.with((n % 50).to_string(), true).increment(1);
                }
            });
        }
    });
    let snapshot = telemetry.snapshot();
    assert_eq!(snapshot.family("received_bytes_total").expect("it is there").series().len(), 50);
    assert_eq!(counter(&snapshot, "received_bytes_total", &[("peer", "7"), ("packed", "true")]), 80);
}

#[test]
fn other_label_names_under_one_name_are_a_conflict() {
    let telemetry = installed();
    RECEIVED.with("north", true).increment(1);
    let other: Family<Counter, (u8,)> = Family::new("received_bytes_total", &["port"]);
    other.with(1).increment(1);
    other.with(2).increment(1);
    let snapshot = telemetry.snapshot();
    assert_eq!(snapshot.family("received_bytes_total").expect("it is there").series().len(), 1);
    assert_eq!(counter(&snapshot, "tachometer_conflicts_total", &[("reason", "labels")]), 1);
}
