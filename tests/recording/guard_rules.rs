//! The guard's rules as people write them: names, lists, contradictions, and what the report says of it.

use tachometer::{
    Config, Counter, ErrorKind, Family, Policy, Snapshot, Telemetry, families::Value, measured,
    metric::matcher::Matcher,
};
use tempfile::NamedTempFile;

use super::{counter, gauge};

fn guarded(policy: Policy) -> Telemetry {
    tachometer::builder().no_listener().guard(policy).install().expect("nothing stands in the way")
}

fn named(text: &str) -> Matcher {
    text.parse().expect("it is a matcher")
}

fn series(snapshot: &Snapshot, metric: &str) -> usize {
    snapshot.family(metric).map_or(0, |family| family.series().len())
}

#[test]
fn a_rule_names_a_label_as_it_is_written_or_printed() {
    for (rule, metric) in [("user.id", "rule_one_total"), ("user_id", "rule_two_total")] {
        let telemetry = guarded(Policy::default().values_of(named(metric), rule, 2).drop_label(named(metric), "a.b"));
        for n in 0..10 {
            metrics::counter!(metric, "user.id" => n.to_string(), "a.b" => n.to_string()).increment(1);
        }
        let snapshot = telemetry.snapshot();
        assert_eq!(series(&snapshot, metric), 3, "{rule}");
        assert_eq!(counter(&snapshot, metric, &[("user.id", "other")]), 8, "{rule}");
    }
}

#[test]
fn the_nearer_word_about_a_label_is_the_last_one() {
    let policy = Policy::default()
        .drop_label(named("nearer_*"), "user")
        .values_of(named("nearer_total"), "user", 2)
        .allow(named("nearer_listed_total"), "user", ["a"]);
    let telemetry = guarded(policy);
    for user in ["a", "b", "c"] {
        for metric in ["nearer_total", "nearer_listed_total", "nearer_others_total"] {
            metrics::counter!(metric, "user" => user).increment(1);
        }
    }
    let snapshot = telemetry.snapshot();
    assert_eq!(series(&snapshot, "nearer_total"), 3);
    assert_eq!(series(&snapshot, "nearer_listed_total"), 3);
    assert_eq!(counter(&snapshot, "nearer_others_total", &[]), 3);
}

#[test]
fn a_list_that_its_limit_has_no_room_for_is_refused_wherever_the_limit_stands() {
    let refused = |policy: Policy| {
        let error = tachometer::builder().no_listener().guard(policy).install().expect_err("it makes no sense");
        assert!(error.is_setting());
        error.to_string()
    };
    let by_many = Policy::default().values_of(named("orders_*"), "country", 1).allow(
        named("orders_total"),
        "country",
        ["nz", "de"],
    );
    assert_eq!(
        refused(by_many),
        "the guard's list of allowed values of label `country` of `orders_total` has 2 values, and the limit is 1; \
         raise the limit or shorten the list"
    );
    let by_one = Policy::default().values_of(named("orders_total"), "country", 1).allow(
        named("orders_*"),
        "country",
        ["nz", "de"],
    );
    assert!(refused(by_one).contains("has 2 values, and the limit is 1"));
    let _telemetry = guarded(Policy::default().values_of(named("orders_*"), "country", 2).allow(
        named("orders_total"),
        "country",
        ["nz", "de"],
    ));
}

#[test]
fn a_passive_policy_counts_as_folded_only_what_it_has_changed() {
    let policy = Policy::default().values(2).value_bytes(8).passive(true).drop_label(named("passive_*"), "session");
    let telemetry = guarded(policy);
    for n in 0..5 {
        let page = format!("{n} is a long page");
        metrics::counter!("passive_total", "page" => page, "session" => n.to_string()).increment(1);
    }
    let report = telemetry.cardinality();
    let metric = report.metric("passive_total").expect("it is reported");
    let page = metric.label("page").expect("it has one");
    assert_eq!(page.folded.get("value_too_long"), Some(&5));
    assert_eq!(page.would_fold.iter().collect::<Vec<_>>(), [(&"label_limit", &3)]);
    let session = metric.label("session").expect("it is reported, as it is left out");
    assert_eq!((session.folded.get("label_dropped"), session.would_fold.len()), (Some(&5), 0));
}

#[test]
fn the_report_says_what_each_metric_takes() {
    let telemetry = guarded(Policy::default());
    let before = telemetry.cardinality().bytes;
    for n in 0..100 {
        metrics::counter!("small_total", "n" => n.to_string()).increment(1);
        metrics::histogram!("large_seconds", "a_label_of_a_long_name" => n.to_string()).record(1.0);
    }
    let report = telemetry.cardinality();
    let bytes = |metric: &str| report.metric(metric).expect("it is reported").bytes;
    assert!(100 * 50 < bytes("small_total") && bytes("small_total") < bytes("large_seconds"), "{report:?}");
    let both = bytes("small_total") + bytes("large_seconds");
    assert!(both <= report.bytes - before && report.bytes - before < both + 1_000, "{report:?}");
    assert!(
        report.to_json().contains(&format!(r#""series":100,"series_limit":20000,"bytes":{}"#, bytes("small_total")))
    );
}

#[derive(Debug, ErrorKind)]
enum Refusal {
    Late,
}

#[measured(name = "ended", labels(user), error_kind)]
fn ended(user: &str) -> Result<(), Refusal> {
    if user.is_empty() { Ok(()) } else { Err(Refusal::Late) }
}

#[test]
fn calls_that_are_one_series_when_counted_are_told_apart_in_flight() {
    let policy =
        Policy::default().values(1).values_of(named("ended_in_flight"), "user", 10).gauges(tachometer::GaugeFold::Sum);
    let telemetry = guarded(policy);
    for user in ["a", "b", "c", "b", "c"] {
        ended(user).expect_err("it is late");
    }
    let snapshot = telemetry.snapshot();
    for user in ["a", "b", "c"] {
        assert!(gauge(&snapshot, "ended_in_flight", &[("user", user)]).abs() < f64::EPSILON, "{user}");
    }
    let labels = [("user", "other"), ("result", "error"), ("error", "late")];
    assert_eq!(counter(&snapshot, "ended_total", &labels), 4);
}

#[test]
fn tenants_of_the_tokens_file_have_their_places() {
    let tokens = NamedTempFile::new().expect("temporary files can be made");
    let write = |text: &str| std::fs::write(tokens.path(), text).expect("there is room");
    write("abc = \"acme\"\nadmin = true\n");
    let builder = tachometer::builder().no_listener().guard(Policy::default().values(2));
    let installed = builder.tokens_file(tokens.path()).tenant_label("org").install();
    let telemetry = installed.expect("nothing stands in the way");
    let record = |org: &'static str| metrics::counter!("owned_total", "org" => org).increment(1);
    let flood = |orgs: [&'static str; 3]| orgs.into_iter().for_each(record);
    let count = |org: &str| match telemetry.snapshot().get("owned_total", &[("org", org)]) {
        Some(Value::Counter(count)) => count,
        _ => 0,
    };
    flood(["a", "b", "c"]);
    record("acme");
    assert_eq!(count("acme"), 1, "it came last");
    record("beta");
    assert_eq!(count("beta"), 0);
    write("abc = \"acme\"\ndef = \"beta\"\n");
    telemetry.reload().expect("it is well formed");
    record("beta");
    assert_eq!(count("beta"), 1);
    telemetry.set_policy(Policy::default().allow_only(named("owned_*"), "org", ["gamma"])).expect("it makes sense");
    flood(["acme", "gamma", "delta"]);
    assert_eq!(count("acme"), 2, "whatever a policy says of others");
    assert_eq!(count("delta"), 0);
    assert!(!telemetry.config().to_string().contains("acme"));
}

static HANDED: Family<Counter, (String,)> = Family::new("handed_total", &["user"]);

#[test]
fn a_metric_of_a_handle_says_where_it_stands() {
    let telemetry = guarded(Policy::default().values(1));
    let other: Family<Counter, (String,)> = Family::new("handed_total", &["another"]);
    HANDED.with("a").increment(1);
    let error = tachometer::dynamic::counter("handed_total", &[("third", "x")]).expect_err("it has other labels");
    assert!(error.to_string().contains("guard_rules.rs:") && error.to_string().contains("by name"), "{error}");
    other.with("a").increment(1);
    assert_eq!(telemetry.snapshot().get("handed_total", &[("user", "a")]), Some(Value::Counter(1)));
}

#[test]
fn limits_are_read_from_all_sources_and_wrong_ones_are_named() {
    let refused = |text: &str| {
        let file = NamedTempFile::new().expect("temporary files can be made");
        std::fs::write(file.path(), text).expect("there is room");
        let installed = tachometer::builder().no_listener().config_file(file.path()).install();
        installed.expect_err("it makes no sense").to_string()
    };
    for (text, part) in [
        ("[guard]\nvalues = 0", "guard.values is `0`"),
        ("[guard]\nlabels = 33", "guard.labels is `33`"),
        ("[guard]\nvalues = -1", "guard.values"),
        ("[guard]\nvalue = 3", "did you mean"),
        ("[[guard.override]]\nmatch = 'x'\nseries = 0", "`series` is no limit"),
        ("[[guard.override]]\nmatch = 'x'\nlabel = 'y'\nvalues = 0", "`values` is no limit"),
        (
            "[[guard.override]]\nmatch = 'x'\nlabel = 'y'\nvalues = 1\nallow = ['a', 'b']",
            "has 2 values, and the limit is 1",
        ),
        ("[[guard.override]]\nmatch = 'x'\nlabel = 'y'\nallow = ['a']\nallow_only = ['b']", "two lists for one label"),
        (
            "[[guard.override]]\nmatch = 'x'\nlabel = 'y'\nallow = ['a']\ndrop_label = 'y'",
            "dropped and limited at once",
        ),
    ] {
        let error = refused(text);
        assert!(error.contains(part), "{text}: {error}");
    }
    let config = Config::default().guard(Policy::default().series_of(named("x"), 7));
    assert!(config.to_string().contains("series = 7"), "{config}");
}

/// The first burst is a rise then, and not how the counter comes into being.
#[test]
fn what_may_be_folded_is_counted_from_zero() {
    let telemetry = guarded(Policy::default().values(3));
    let record = |n: u32| metrics::counter!("burst_total", "page" => n.to_string()).increment(1);
    record(0);
    let labels = [("metric", "burst_total"), ("label", "page"), ("reason", "label_limit")];
    assert_eq!(counter(&telemetry.snapshot(), "tachometer_guard_folded_total", &labels), 0);
    // Of this crate's own metrics all series are known.
    let own = ["tachometer_guard_folded_total", "tachometer_dropped_records_total", "build_info"];
    let page = telemetry.render();
    assert!(!own.iter().any(|own| page.contains(&format!("folded_total{{metric=\"{own}\""))), "{page}");
    (0..50).for_each(record);
    assert_eq!(counter(&telemetry.snapshot(), "tachometer_guard_folded_total", &labels), 47);
    assert!(telemetry.snapshot().family("tachometer_guard_would_fold_total").is_none(), "it is not passive");
}
