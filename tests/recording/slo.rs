//! Objectives: the labels that they leave on the series of their functions, and on no others.

use tachometer::{Slo, Snapshot, counted, measured, slo::ms, testing, timed};

use super::installed;

const CHECKOUT: Slo = Slo::new("checkout").success_rate(99.9).latency(ms(250), 99.0);
static SEARCH: Slo = Slo::new("search").latency(ms(1_000), 95.0);

#[measured(slo = CHECKOUT)]
fn pay(fails: bool) -> Result<(), ()> {
    if fails { Err(()) } else { Ok(()) }
}

#[measured]
fn browse() {}

struct Index;

#[measured(slo = SEARCH)]
impl Index {
    fn find(&self) {}

    async fn rank(&self) -> Result<(), ()> {
        Ok(())
    }
}

#[measured(name = "refund", labels(reason), result, slo = CHECKOUT)]
fn refund(reason: &str) -> Result<(), ()> {
    if reason.is_empty() { Err(()) } else { Ok(()) }
}

#[counted(name = "refund_total", labels(reason), result)]
fn refund_by_hand(reason: &str) -> Option<()> {
    (!reason.is_empty()).then_some(())
}

#[timed(name = "ship_seconds", buckets = [0.3, 4.35], slo = Slo::new("ship").latency(ms(4_350), 50.0))]
#[counted(slo = CHECKOUT)]
fn ship() {}

/// The labels of a metric's series that has these, but for those that any series of its kind has.
fn objective(snapshot: &Snapshot, name: &str, labels: &[(&str, &str)]) -> Vec<String> {
    let family = snapshot.family(name).expect("it was recorded");
    let mut series = family.series().filter(|series| {
        let own: Vec<_> = series.labels().collect();
        labels.iter().all(|(name, value)| own.iter().any(|(n, v)| n == name && v == value))
    });
    let series = series.next().expect("it is there");
    let others = series.labels().filter(|(name, value)| !labels.contains(&(&**name, &**value)) && name != "module");
    others.map(|(name, value)| format!("{name}={value}")).collect()
}

const RATE: [&str; 2] = ["objective_name=checkout", "objective_percentile=99.9"];
const LATENCY: [&str; 3] = ["objective_name=checkout", "objective_percentile=99", "objective_latency_threshold=0.25"];

#[test]
fn series_have_the_objective_from_the_start() {
    let snapshot = installed().snapshot();
    let (calls, time) = ("function_calls_total", "function_calls_duration_seconds");
    for result in ["ok", "error", "panicked"] {
        assert_eq!(objective(&snapshot, calls, &[("function", "pay"), ("result", result)]), RATE);
    }
    assert_eq!(objective(&snapshot, time, &[("function", "pay")]), LATENCY);
    assert!(objective(&snapshot, "function_calls_concurrent", &[("function", "pay")]).is_empty());
    assert!(objective(&snapshot, calls, &[("function", "browse"), ("result", "ok")]).is_empty());
    assert!(objective(&snapshot, time, &[("function", "browse")]).is_empty());
    let search = ["objective_name=search", "objective_percentile=95", "objective_latency_threshold=1"];
    for method in ["Index::find", "Index::rank"] {
        assert_eq!(objective(&snapshot, time, &[("function", method)]), search);
        assert!(objective(&snapshot, calls, &[("function", method), ("result", "ok")]).is_empty());
    }
    assert_eq!(objective(&snapshot, calls, &[("function", "ship"), ("result", "ok")]), RATE);
    let ship = ["objective_name=ship", "objective_percentile=50", "objective_latency_threshold=4.35"];
    assert_eq!(objective(&snapshot, "ship_seconds", &[]), ship);
}

#[test]
fn calls_are_counted_where_the_objective_is() {
    let telemetry = installed();
    let _ = (pay(true), pay(false), refund("broken"), refund(""), refund_by_hand("lost"));
    Index.find();
    drop(Index.rank());
    browse();
    let snapshot = telemetry.snapshot();
    let checkout = [("objective_name", "checkout")];
    snapshot.assert_counter("function_calls_total", &[checkout[0], ("function", "pay"), ("result", "error")], 1);
    snapshot.assert_observations("function_calls_duration_seconds", &checkout, 2);
    snapshot.assert_counter("refund_total", &[checkout[0], ("objective_percentile", "99.9")], 2);
    snapshot.assert_counter("refund_total", &[("objective_name", ""), ("reason", "lost")], 1);
    snapshot.assert_observations("refund_duration_seconds", &[("objective_latency_threshold", "0.25")], 2);
    snapshot.assert_counter("tachometer_conflicts_total", &[], 0);
}

#[test]
fn the_threshold_is_written_as_its_bucket_is() {
    let telemetry = installed();
    let text = telemetry.render();
    for (name, threshold) in [("pay", "0.25"), ("Index::find", "1")] {
        let bucket = |line: &&str| {
            line.contains(&format!("function=\"{name}\"")) && line.ends_with(&format!(",le=\"{threshold}\"}} 0"))
        };
        let bucket = text.lines().find(bucket).expect("the threshold is one of the buckets");
        assert!(bucket.contains(&format!("objective_latency_threshold=\"{threshold}\"")), "{bucket}");
    }
}

#[test]
fn other_recorders_see_it_too() {
    let recorded = testing::record(|| {
        pay(false)?;
        refund("broken")?;
        ship();
        pay(true)
    });
    assert_eq!(*recorded.value(), Err(()));
    testing::record(|| ()).assert_counter("refund_total", &[("objective_name", "checkout")], 0);
    let calls = [("function", "pay"), ("result", "ok")];
    assert_eq!(objective(&recorded, "function_calls_total", &calls), RATE);
    assert_eq!(objective(&recorded, "refund_total", &[("reason", "broken"), ("result", "ok")]), RATE);
    assert_eq!(objective(&recorded, "refund_duration_seconds", &[("reason", "broken")]), LATENCY);
}
