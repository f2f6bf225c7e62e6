//! The guard: what is over a limit is folded, and nothing gets lost.

use std::{
    collections::BTreeSet,
    fs,
    sync::Barrier,
    thread,
    time::{Duration, Instant},
};

use tachometer::{
    Config, Family, FloatCounter, Gauge, GaugeFold, Histogram, Label, Policy, Snapshot, Telemetry, counted,
    families::Value, measured, metric::matcher::Matcher,
};
use tempfile::NamedTempFile;

fn guarded(policy: Policy) -> Telemetry {
    tachometer::builder().no_listener().guard(policy).install().expect("nothing stands in the way")
}

fn full(name: &str) -> Matcher {
    Matcher::Full(name.to_owned())
}

/// The values of a label in a metric, with the totals of all series that have them.
fn by_label(snapshot: &Snapshot, metric: &str, label: &str) -> Vec<(String, u64)> {
    let mut totals: Vec<(String, u64)> = Vec::new();
    for series in snapshot.family(metric).expect("it is there").series() {
        let value = series.label(label).unwrap_or_default().into_owned();
        let count = match series.value() {
            Value::Counter(count) => count,
            Value::Histogram(distribution) => distribution.count(),
            other => panic!("{other:?}"),
        };
        match totals.iter_mut().find(|(known, _)| *known == value) {
            Some((_, total)) => *total += count,
            None => totals.push((value, count)),
        }
    }
    totals
}

fn total(snapshot: &Snapshot, metric: &str) -> u64 {
    by_label(snapshot, metric, "none").iter().map(|(_, count)| count).sum()
}

fn others(snapshot: &Snapshot, metric: &str, label: &str) -> u64 {
    by_label(snapshot, metric, label).iter().find(|(value, _)| value == "other").map_or(0, |(_, count)| *count)
}

/// Waits until something has come true, for as long as a busy machine may need.
fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !holds() {
        assert!(Instant::now() < deadline, "{what}");
        thread::sleep(Duration::from_millis(20));
    }
}

#[counted(name = "tenant_visits_total", labels(tenant, codec), result)]
fn visit(tenant: &str, codec: &str) -> Result<(), ()> {
    if codec == "bad" { Err(()) } else { Ok(()) }
}

#[test]
fn only_the_label_with_too_many_values_is_folded() {
    let telemetry = guarded(Policy::default().values(3));
    for tenant in 0..10 {
        visit(&tenant.to_string(), "raw").expect("it does not fail");
        visit(&tenant.to_string(), "bad").expect_err("it fails");
    }
    let snapshot = telemetry.snapshot();
    let tenants = by_label(&snapshot, "tenant_visits_total", "tenant");
    assert_eq!(tenants, [("0", 2), ("1", 2), ("2", 2), ("other", 14)].map(|(value, n)| (value.to_owned(), n)));
    assert_eq!(by_label(&snapshot, "tenant_visits_total", "codec"), [("raw".to_owned(), 10), ("bad".to_owned(), 10)]);
    let labels = [("tenant", "other"), ("codec", "bad"), ("result", "error")];
    assert_eq!(snapshot.get("tenant_visits_total", &labels), Some(Value::Counter(7)));
}

#[measured(name = "upload", labels(user), result)]
fn upload(user: u64) -> Result<(), ()> {
    if user.is_multiple_of(3) { Err(()) } else { Ok(()) }
}

#[test]
fn all_metrics_of_a_call_keep_their_totals() {
    let telemetry = guarded(Policy::default().values(5));
    (0..300).for_each(|user| {
        let _ = upload(user % 100);
    });
    let snapshot = telemetry.snapshot();
    assert_eq!(total(&snapshot, "upload_total"), 300);
    assert_eq!(total(&snapshot, "upload_duration_seconds"), 300);
    let in_flight: f64 = snapshot
        .family("upload_in_flight")
        .expect("it is there")
        .series()
        .map(|series| if let Value::Gauge(value) = series.value() { value } else { f64::NAN })
        .sum();
    assert!(in_flight.abs() < f64::EPSILON, "{in_flight}");
}

#[counted(name = "page_hits_total", labels(page))]
fn hit(page: &str) {
    std::hint::black_box(page);
}

#[test]
fn threads_that_race_for_the_last_place_get_it_once() {
    const THREADS: usize = 8;
    let telemetry = guarded(Policy::default().values(10));
    let gate = Barrier::new(THREADS);
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let gate = &gate;
            scope.spawn(move || {
                gate.wait();
                (0..500).for_each(|n| hit(&format!("{thread}-{n}")));
            });
        }
    });
    let snapshot = telemetry.snapshot();
    assert_eq!(by_label(&snapshot, "page_hits_total", "page").len(), 11, "ten values, and other");
    assert_eq!(total(&snapshot, "page_hits_total"), 8 * 500);
}

#[test]
fn a_metric_and_the_process_have_limits_too() {
    let telemetry = guarded(Policy::default().series_of(full("grid_total"), 32));
    let count = |x: usize, y: usize| {
        metrics::counter!("grid_total", "x" => x.to_string(), "y" => y.to_string()).increment(1);
    };
    (0..20).for_each(|x| (0..20).for_each(|y| count(x, y)));
    let snapshot = telemetry.snapshot();
    assert!(snapshot.family("grid_total").expect("it is there").series().len() <= 32);
    assert_eq!(total(&snapshot, "grid_total"), 400);
    let report = telemetry.cardinality();
    let grid = report.metric("grid_total").expect("it is reported");
    assert_eq!(grid.series_limit, Some(32));
    drop(telemetry);

    let before = report.series;
    let telemetry = guarded(Policy::default().series(before + 10));
    (0..100).for_each(|n| metrics::counter!("flood_total", "n" => n.to_string()).increment(1));
    assert_eq!(total(&telemetry.snapshot(), "flood_total"), 100);
    assert!(telemetry.cardinality().series <= before + 10);
}

#[test]
fn a_list_has_its_places_whoever_comes_first() {
    let policy = Policy::default()
        .values_of(full("orders_total"), "country", 3)
        .allow(full("orders_total"), "country", ["nz", "de"])
        .allow_only(full("parcels_total"), "country", ["nz"]);
    let telemetry = guarded(policy);
    for country in ["xa", "xb", "xc", "de", "nz", "other"] {
        metrics::counter!("orders_total", "country" => country).increment(1);
        metrics::counter!("parcels_total", "country" => country).increment(1);
    }
    let snapshot = telemetry.snapshot();
    let countries = |metric| -> BTreeSet<String> {
        by_label(&snapshot, metric, "country").into_iter().map(|(value, _)| value).collect()
    };
    assert_eq!(countries("orders_total"), ["xa", "de", "nz", "other"].map(str::to_owned).into());
    assert_eq!(others(&snapshot, "orders_total", "country"), 3);
    assert_eq!(countries("parcels_total"), ["nz", "other"].map(str::to_owned).into());
    let report = telemetry.cardinality();
    let country = report.metric("parcels_total").and_then(|metric| metric.label("country")).expect("it is reported");
    assert_eq!(country.folded.get("not_allowed"), Some(&4));
    assert_eq!(country.offenders[0].count, 1);
}

#[test]
fn labels_are_dropped_and_values_cut() {
    let policy = Policy::default().drop_label(full("logins_total"), "session").value_bytes(10);
    let telemetry = guarded(policy);
    for n in 0..5 {
        metrics::counter!("logins_total", "session" => n.to_string(), "agent" => "a very long agent ä".to_owned())
            .increment(1);
    }
    let snapshot = telemetry.snapshot();
    assert_eq!(snapshot.get("logins_total", &[("agent", "a very lon")]), Some(Value::Counter(5)));
    assert_eq!(snapshot.family("logins_total").expect("it is there").series().len(), 1);
}

#[test]
fn gauges_fold_by_their_rule() {
    let policy = Policy::default()
        .values(1)
        .gauges_of(full("level_max"), GaugeFold::Max)
        .gauges_of(full("level_last"), GaugeFold::Last)
        .gauges_of(full("level_added"), GaugeFold::Sum);
    let telemetry = guarded(policy);
    let tanks = ["a", "b", "c", "d"];
    for name in ["level_max", "level_last", "level_added", "level"] {
        for (n, tank) in tanks.iter().enumerate() {
            let gauge = tachometer::dynamic::gauge(name, &[("tank", tank)]).expect("names are fine");
            gauge.set(10 - n as u32);
            gauge.increment(1);
        }
    }
    let snapshot = telemetry.snapshot();
    let other = |name| snapshot.get(name, &[("tank", "other")]);
    assert_eq!(other("level_max"), Some(Value::Gauge(9.0)));
    assert_eq!(other("level_last"), Some(Value::Gauge(8.0)));
    assert_eq!(other("level_added"), Some(Value::Gauge(3.0)));
    assert_eq!(other("level"), Some(Value::Gauge(0.0)), "nothing was recorded");
    let dropped = snapshot.get("tachometer_dropped_records_total", &[("reason", "folded")]);
    assert_eq!(dropped, Some(Value::Counter(6 + 3 + 3)));
}

#[test]
fn a_policy_changes_while_the_program_runs() {
    let telemetry = guarded(Policy::default().values(2));
    (0..4).for_each(|n| hit(&n.to_string()));
    telemetry.set_policy(Policy::default().values(3)).expect("it makes sense");
    (0..4).for_each(|n| hit(&n.to_string()));
    telemetry.set_policy(Policy::default().values(1)).expect("it makes sense");
    (0..4).for_each(|n| hit(&n.to_string()));
    telemetry.set_policy(Policy::default().allow_only(full("page_hits_total"), "page", ["1"])).expect("it makes sense");
    (0..4).for_each(|n| hit(&n.to_string()));
    telemetry.set_policy(Policy::unlimited()).expect("it makes sense");
    (0..4).for_each(|n| hit(&n.to_string()));
    let pages = by_label(&telemetry.snapshot(), "page_hits_total", "page");
    let of = |page: &str| pages.iter().find(|(value, _)| value == page).map_or(0, |(_, count)| *count);
    assert_eq!(["0", "1", "2", "3", "other"].map(of), [4, 5, 3, 1, 2 + 1 + 1 + 3]);
    assert_eq!(pages.len(), 5, "no series twice: {pages:?}");
}

#[test]
fn a_passive_policy_only_counts() {
    let telemetry = guarded(Policy::default().values(2).passive(true));
    (0..5).for_each(|n| hit(&n.to_string()));
    let snapshot = telemetry.snapshot();
    assert_eq!(by_label(&snapshot, "page_hits_total", "page").len(), 5);
    let labels = [("metric", "page_hits_total"), ("label", "page"), ("reason", "label_limit")];
    assert_eq!(snapshot.get("tachometer_guard_would_fold_total", &labels), Some(Value::Counter(3)));
    assert_eq!(snapshot.get("tachometer_guard_folded_total", &labels), None);
}

#[test]
fn the_guard_reports_itself() {
    let telemetry = guarded(Policy::default().values(4));
    (0..100).for_each(|n| hit(&(n % 50).to_string()));
    let snapshot = telemetry.snapshot();
    let labels = [("metric", "page_hits_total"), ("label", "page")];
    assert_eq!(snapshot.get("tachometer_guard_values", &labels), Some(Value::Gauge(4.0)));
    assert_eq!(snapshot.get("tachometer_guard_limit", &labels), Some(Value::Gauge(4.0)));
    let Some(Value::Gauge(distinct)) = snapshot.get("tachometer_guard_distinct_estimate", &labels) else {
        panic!("it is estimated")
    };
    assert!((48.0..=52.0).contains(&distinct), "{distinct}");
    let folded = [labels[0], labels[1], ("reason", "label_limit")];
    assert_eq!(snapshot.get("tachometer_guard_folded_total", &folded), Some(Value::Counter(92)));
    assert_eq!(others(&snapshot, "page_hits_total", "page"), 92);
    let json = telemetry.cardinality().to_json();
    assert!(json.contains(r#""label":"page","values":4,"limit":4,"folded":{"label_limit":92}"#), "{json}");
}

#[derive(Label)]
enum Codec {
    Raw,
    Gzip,
}

#[test]
fn what_is_known_before_is_never_folded() {
    #[counted(name = "sent_total", labels(codec, peer))]
    fn send(codec: Codec, peer: &str) {
        std::hint::black_box((codec, peer));
    }
    let telemetry = guarded(Policy::default().values(1));
    for peer in ["a", "b", "c"] {
        send(Codec::Raw, peer);
        send(Codec::Gzip, peer);
    }
    let snapshot = telemetry.snapshot();
    assert_eq!(by_label(&snapshot, "sent_total", "codec"), [("raw".to_owned(), 3), ("gzip".to_owned(), 3)]);
    assert_eq!(others(&snapshot, "sent_total", "peer"), 4);
}

static RECEIVED: Family<FloatCounter, (String,)> = Family::new("received_total", &["peer"]);
static SIZES: Family<Histogram, (String,)> = Family::new("sizes_bytes", &["peer"]);

#[test]
fn families_by_hand_are_held_to_it_as_well() {
    let telemetry = guarded(Policy::default().values(2));
    for n in 0..10 {
        RECEIVED.with(n.to_string()).add(0.5);
        SIZES.with(n.to_string()).record(n);
    }
    let snapshot = telemetry.snapshot();
    assert_eq!(snapshot.get("received_total", &[("peer", "other")]), Some(Value::FloatCounter(4.0)));
    assert_eq!(others(&snapshot, "sizes_bytes", "peer"), 8);
}

#[test]
fn idle_series_end_and_their_counts_stay() {
    let telemetry = guarded(Policy::default().expire_after(Duration::from_secs(1)));
    hit("gone");
    hit("gone");
    let kept = tachometer::dynamic::counter("kept_total", &[("who", "me")]).expect("names are fine");
    kept.increment(1);
    let gauge = Gauge::new("unlabelled_level");
    gauge.set(3);
    let handle = metrics::counter!("held_total", "who" => "me");
    handle.increment(2);
    eventually("the idle series ends", || telemetry.snapshot().get("page_hits_total", &[("page", "gone")]).is_none());
    hit("gone");
    let snapshot = telemetry.snapshot();
    assert_eq!(snapshot.get("page_hits_total", &[("page", "gone")]), Some(Value::Counter(1)), "it begins again");
    assert_eq!(snapshot.get("kept_total", &[("who", "me")]), Some(Value::Counter(1)), "somebody holds it");
    assert_eq!(snapshot.get("held_total", &[("who", "me")]), Some(Value::Counter(2)), "somebody holds it");
    assert_eq!(snapshot.get("unlabelled_level", &[]), Some(Value::Gauge(3.0)));
    let report = telemetry.cardinality();
    let hits = report.metric("page_hits_total").expect("it is reported");
    assert_eq!((hits.retired_series, hits.retired), (1, 2));
}

#[test]
fn policies_that_make_no_sense_are_refused() {
    let refused = |policy: Policy| {
        let error = tachometer::builder().no_listener().guard(policy).install().expect_err("it makes no sense");
        assert!(error.is_setting());
        error.to_string()
    };
    assert_eq!(
        refused(Policy::default().values(0)),
        "builder: guard.values is `0`; write a number from 1, or \"unlimited\""
    );
    assert_eq!(
        refused(Policy::default().series_per_metric(10).series(5)),
        "the guard's limit `series_per_metric` is 10 and `series`, which holds all of it, is 5; lower the one or raise \
         the other"
    );
    assert_eq!(
        refused(Policy::default().values(2).allow(full("x_total"), "y", ["a", "b", "c"])),
        "the guard's list of allowed values of label `y` of `x_total` has 3 values, and the limit is 2; raise the limit \
         or shorten the list"
    );
    let telemetry = guarded(Policy::default());
    assert!(telemetry.set_policy(Policy::default().labels(33)).expect_err("too many").is_setting());
}

#[test]
fn policies_come_from_settings_and_the_program_has_the_last_word() {
    let config = Config::default().guard(Policy::default().values(2).series(5_000));
    let telemetry = tachometer::builder()
        .no_listener()
        .config(config)
        .guard(Policy::default().values(3))
        .install()
        .expect("nothing stands in the way");
    (0..10).for_each(|n| hit(&n.to_string()));
    assert_eq!(by_label(&telemetry.snapshot(), "page_hits_total", "page").len(), 3 + 1);
    let printed = telemetry.config().to_string();
    assert!(printed.contains("guard.values = 3\n") && printed.contains("guard.series = 5000\n"), "{printed}");
    assert!(printed.contains("guard.samples_per_scrape = \"unlimited\"\n"), "{printed}");
}

#[test]
fn a_policy_changes_with_the_file_and_a_broken_one_does_not_count() {
    let file = NamedTempFile::new().expect("temporary files can be made");
    let write = |text: &str| fs::write(file.path(), text).expect("there is room");
    write("[guard]\nvalues = 2\n");
    let telemetry =
        tachometer::builder().no_listener().config_file(file.path()).install().expect("nothing stands in the way");
    let limit = || {
        let report = telemetry.cardinality();
        report.metric("page_hits_total").and_then(|metric| metric.label("page")).and_then(|label| label.limit)
    };
    (0..10).for_each(|n| hit(&n.to_string()));
    assert_eq!(limit(), Some(2));
    write("[guard]\nvalues = 4\n\n[[guard.override]]\nmatch = 'page_*'\nlabel = 'page'\nvalues = 6\n");
    telemetry.reload().expect("it makes sense");
    (0..10).for_each(|n| hit(&n.to_string()));
    assert_eq!(limit(), Some(6));
    assert_eq!(by_label(&telemetry.snapshot(), "page_hits_total", "page").len(), 6 + 1);

    write("[guard]\nvalues = 40\nseries_per_metric = 5\n");
    let error = telemetry.reload().expect_err("the limits contradict each other").to_string();
    assert!(error.contains("`values` is 40 and `series_per_metric`, which holds all of it, is 5"), "{error}");
    assert_eq!(limit(), Some(6));
    let snapshot = telemetry.snapshot();
    assert_eq!(snapshot.get("tachometer_config_reload_errors_total", &[]), Some(Value::Counter(1)));

    telemetry.set_policy(Policy::default().values(7)).expect("it makes sense");
    assert!(telemetry.config().to_string().contains("guard.values = 7\n"));
    write("[guard]\nvalues = 4\n\n[[guard.override]]\nmatch = 'page_*'\nlabel = 'page'\nvalues = 6\n");
    telemetry.reload().expect("it makes sense");
    assert_eq!(limit(), Some(7), "the file says nothing new of the guard");
    write("[guard]\nvalues = 8\n");
    telemetry.reload().expect("it makes sense");
    assert_eq!(limit(), Some(8));
    assert_eq!(total(&telemetry.snapshot(), "page_hits_total"), 20);
}
