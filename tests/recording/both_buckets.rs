//! Histograms with both kinds of buckets: by attributes, in structs, by hand and by setting, under the guard, and in the formats.

use std::{
    thread,
    time::{Duration, Instant},
};

use tachometer::{
    Family, Histogram, Metrics, Policy, Snapshot, dynamic,
    families::Value,
    measured,
    metric::{bounds::Native, matcher::Matcher},
    timed,
};

/// Bounds, and how many are in the bucket of each, of a histogram that has both kinds of buckets.
fn both(snapshot: &Snapshot, name: &str, labels: &[(&str, &str)]) -> (Vec<f64>, Vec<u64>) {
    let Some(Value::NativeHistogram(it)) = snapshot.get(name, labels) else { panic!("{name}{labels:?} is not there") };
    let classic = it.classic.unwrap_or_else(|| panic!("{name} has no bounds"));
    assert_eq!((classic.count(), classic.sum), (it.count(), it.sum), "{name}");
    (classic.bounds.to_vec(), classic.counts.to_vec())
}

const STEPS: &[f64] = &[0.25, 2.0];

#[timed(name = "letter_wait_seconds", labels(way), buckets = native([0.25, 2.0], schema = 4))]
fn post(way: &str) {}

#[measured(name = "letter_ride", buckets = native(STEPS))]
async fn carry() {}

#[derive(Metrics)]
#[metrics(prefix = "letter")]
struct LetterMetrics {
    /// Weight of a letter.
    #[metric(unit = "grams", buckets = native(&[20.0, 50.0], max_buckets = 40))]
    weight: Histogram,
    /// Value of a letter.
    #[metric(labels(currency), buckets = native([1.0]))]
    value: Family<Histogram, (&'static str,)>,
}

#[tokio::test]
async fn one_histogram_has_both_kinds_of_buckets() {
    static PAGES: Histogram = Histogram::new("letter_pages").buckets(&[1.0, 2.0]).native(Native::new());
    static STAMPS: Family<Histogram, (u8,)> =
        Family::new("letter_stamps", &["side"]).native(Native::new()).buckets(&[1.0]);
    let builder = tachometer::builder().no_listener();
    let builder = builder.buckets(Matcher::Full("letter_age_seconds".to_owned()), Native::new().beside([60.0]));
    let telemetry = builder.install().expect("there is none");
    metrics::describe_histogram!("letter_age_seconds", metrics::Unit::Seconds, "Age of a letter.");
    let metrics = LetterMetrics::default();
    assert_eq!(both(&telemetry.snapshot(), "letter_weight_grams", &[]), (vec![20.0, 50.0], vec![0, 0, 0]));
    post("air");
    carry().await;
    [10.0, 20.0, 30.0, 0.0, -1.0, 1e9].into_iter().for_each(|grams| metrics.weight.record(grams));
    metrics.value.with("eur").record_many(1, 3);
    PAGES.record(2);
    PAGES.record(Duration::from_secs(9));
    STAMPS.with(1).record(5);
    metrics::histogram!("letter_age_seconds").record(61.0);
    dynamic::histogram_with_buckets("letter_size", &[], Native::new().beside([1.0, 4.0]))
        .expect("it is well-formed")
        .record(3);

    let snapshot = telemetry.snapshot();
    assert_eq!(both(&snapshot, "letter_wait_seconds", &[("way", "air")]), (vec![0.25, 2.0], vec![1, 0, 0]));
    let wait = snapshot.get("letter_wait_seconds", &[("way", "air")]);
    assert!(matches!(wait, Some(Value::NativeHistogram(it)) if it.schema == 4), "{wait:?}");
    assert_eq!(both(&snapshot, "letter_ride_duration_seconds", &[]), (STEPS.to_vec(), vec![1, 0, 0]));
    assert_eq!(both(&snapshot, "letter_weight_grams", &[]).1, [4, 1, 1]);
    assert_eq!(both(&snapshot, "letter_value", &[("currency", "eur")]), (vec![1.0], vec![3, 0]));
    assert_eq!(both(&snapshot, "letter_pages", &[]).1, [0, 1, 1]);
    assert_eq!(both(&snapshot, "letter_stamps", &[("side", "1")]), (vec![1.0], vec![0, 1]));
    assert_eq!(both(&snapshot, "letter_age_seconds", &[]), (vec![60.0], vec![0, 1]));
    assert_eq!(both(&snapshot, "letter_size", &[]).1, [0, 1, 0]);
    let text = telemetry.render();
    let lines = "letter_weight_grams_bucket{le=\"20\"} 4\nletter_weight_grams_bucket{le=\"50\"} 5\n\
                 letter_weight_grams_bucket{le=\"+Inf\"} 6\nletter_weight_grams_sum 1000000059\n\
                 letter_weight_grams_count 6\n";
    assert!(text.contains(lines), "{text}");
    assert_eq!(text.lines().filter(|line| !line.starts_with('#')).count(), snapshot.samples());
    let json: serde_json::Value = serde_json::from_str(&snapshot.to_json()).expect("it is JSON");
    let families = json["families"].as_array().expect("a list");
    let pages = families.iter().find(|family| family["name"] == "letter_pages").expect("it is there");
    let buckets = serde_json::json!([{"le": 1.0, "count": 0}, {"le": 2.0, "count": 1}, {"le": "+Inf", "count": 2}]);
    assert_eq!(pages["series"][0]["buckets"], buckets);
    assert!(pages["series"][0]["positive"].as_array().is_some_and(|bins| bins.len() == 2));
}

#[test]
fn both_kinds_of_buckets_agree_at_each_moment_and_once_series_have_ended() {
    let policy = Policy::default().expire_after(Duration::from_secs(1));
    let telemetry = tachometer::builder().no_listener().guard(policy).install().expect("there is none");
    let sizes = Family::<Histogram, (u8,)>::new("both_size", &["k"]).native(Native::new().max_buckets(24));
    let sizes = sizes.buckets(&[1.0, 10.0, 1e9]);
    thread::scope(|scope| {
        for thread in 1..=4_u8 {
            let sizes = &sizes;
            scope.spawn(move || {
                let own = sizes.with(0);
                (0..20_000_i32).for_each(|n| own.record(f64::from(thread) * 1.002_f64.powi(n)));
            });
        }
        let mut last = vec![0; 4];
        while last.iter().sum::<u64>() < 80_000 {
            let snapshot = telemetry.snapshot();
            if snapshot.get("both_size", &[("k", "0")]).is_none() {
                continue;
            }
            let (_, now) = both(&snapshot, "both_size", &[("k", "0")]);
            let cumulative = |counts: &[u64]| {
                counts
                    .iter()
                    .scan(0, |sum, n| {
                        *sum += n;
                        Some(*sum)
                    })
                    .collect::<Vec<_>>()
            };
            let rises = cumulative(&last).iter().zip(cumulative(&now)).all(|(before, now)| *before <= now);
            assert!(rises, "{now:?} after {last:?}");
            last = now;
        }
    });
    let deadline = Instant::now() + Duration::from_secs(30);
    let retired = || telemetry.cardinality().metric("both_size").map_or(0, |it| it.retired);
    while retired() == 0 {
        assert!(Instant::now() < deadline, "the idle series ends");
        thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(retired(), 80_000);
    sizes.with(1).record(2);
    assert_eq!(both(&telemetry.snapshot(), "both_size", &[("k", "1")]).1, [0, 1, 0, 0], "its cell lives again");
    assert_eq!(retired(), 80_000);
}
