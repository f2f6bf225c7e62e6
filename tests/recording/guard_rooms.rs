//! A limit on the values of a label within each value of another one, as programs and their settings say it.

use std::{borrow::Cow, collections::BTreeMap, thread};

use tachometer::{Counter, Family, Policy, Telemetry, families::Value, metric::matcher::Matcher};
use tempfile::NamedTempFile;

use super::{counter, gauge};

fn guarded(policy: Policy) -> Telemetry {
    tachometer::builder().no_listener().guard(policy).install().expect("nothing stands in the way")
}

fn named(text: &str) -> Matcher {
    text.parse().expect("it is a matcher")
}

/// Of each organisation, how many series there are and what is counted in them together.
fn by_org(telemetry: &Telemetry, metric: &str) -> BTreeMap<String, (usize, u64)> {
    let mut orgs = BTreeMap::new();
    let snapshot = telemetry.snapshot();
    for series in snapshot.family(metric).expect("it is recorded").series() {
        let org = series.label("org").map_or_else(String::new, Cow::into_owned);
        let Value::Counter(count) = series.value() else { panic!("it is a counter") };
        let of = orgs.entry(org).or_insert((0, 0));
        *of = (of.0 + 1, of.1 + count);
    }
    orgs
}

#[test]
fn one_tenants_flood_takes_no_room_of_another() {
    static SEEN: Family<Counter, (String, &str)> = Family::new("room_total", &["client", "org"]);
    let telemetry = guarded(Policy::default().values(5).values_within(named("room_total"), "client", "org", 3));
    for n in 0..100 {
        SEEN.with(n.to_string(), "loud").increment(1);
    }
    for org in ["a", "b", "c"] {
        for n in 1000..1003 {
            SEEN.with(n.to_string(), org).increment(1);
        }
        // What one has a place for is nothing to another.
        SEEN.with("0", org).increment(1);
    }
    let expected = [("a", (4, 4)), ("b", (4, 4)), ("c", (4, 4)), ("loud", (4, 100))];
    assert_eq!(by_org(&telemetry, "room_total"), expected.map(|(org, of)| (org.to_owned(), of)).into());
    assert_eq!(counter(&telemetry.snapshot(), "room_total", &[("client", "other"), ("org", "loud")]), 97);
    assert_eq!(counter(&telemetry.snapshot(), "room_total", &[("client", "0"), ("org", "loud")]), 1);

    let report = telemetry.cardinality();
    let client = report.metric("room_total").and_then(|metric| metric.label("client")).expect("it is reported");
    let within = client.within.as_ref().map(|within| (within.label.as_str(), within.limit, within.full));
    assert_eq!((client.limit, within), (None, Some(("org", Some(3), 4))));
    assert_eq!(client.folded.get("within_limit"), Some(&100));
    assert!(telemetry.render().contains("tachometer_guard_folded_total{metric=\"room_total\",label=\"client\""));
    let labels = [("metric", "room_total"), ("label", "client"), ("within", "org")];
    let own = ["tachometer_guard_limit_within", "tachometer_guard_full_within"];
    assert_eq!(own.map(|name| gauge(&telemetry.snapshot(), name, &labels)), [3.0, 4.0]);
}

#[test]
fn limits_on_both_labels_hold_beside_it() {
    let policy = Policy::default()
        .values_within(named("both_total"), "client", "org", 2)
        .values_of(named("both_total"), "client", 3)
        .values_of(named("both_total"), "org", 1)
        .allow(named("both_total"), "client", ["vip"]);
    let telemetry = guarded(policy);
    for (client, org) in [("1", "a"), ("vip", "a"), ("2", "a"), ("3", "a"), ("1", "b"), ("2", "c"), ("3", "d")] {
        metrics::counter!("both_total", "client" => client, "org" => org).increment(1);
    }
    // Beside `other`, which stands for all organisations but the first, there is room for two as well.
    for (client, org, count) in
        [("1", "a", 1), ("vip", "a", 1), ("2", "a", 1), ("other", "a", 1), ("1", "other", 1), ("2", "other", 1)]
    {
        assert_eq!(
            counter(&telemetry.snapshot(), "both_total", &[("client", client), ("org", org)]),
            count,
            "{client}"
        );
    }
    assert_eq!(by_org(&telemetry, "both_total")["other"], (3, 3));
}

#[test]
fn a_label_that_is_missing_is_one_room() {
    let telemetry = guarded(Policy::default().values_within(named("without_total"), "client", "org", 2));
    for n in 0..10 {
        metrics::counter!("without_total", "client" => n.to_string()).increment(1);
    }
    assert_eq!(by_org(&telemetry, "without_total"), [(String::new(), (3, 10))].into());
}

#[test]
fn threads_share_a_room_to_the_last_place() {
    static SEEN: Family<Counter, (String, u8)> = Family::new("shared_room_total", &["client", "org"]);
    let telemetry = guarded(Policy::default().values_within(named("shared_room_total"), "client", "org", 50));
    thread::scope(|scope| {
        for thread in 0..4 {
            scope.spawn(move || {
                for n in 0..200 {
                    for org in 0..3 {
                        SEEN.with(format!("{thread}-{n}"), org).increment(1);
                    }
                }
            });
        }
    });
    for (org, of) in by_org(&telemetry, "shared_room_total") {
        assert_eq!(of, (51, 800), "{org}");
    }
}

#[test]
fn room_is_free_again_when_a_series_ends_and_when_the_policy_grants_more() {
    static SEEN: Family<Counter, (String, &str)> = Family::new("freed_total", &["client", "org"]);
    let within = |most| Policy::default().values_within(named("freed_total"), "client", "org", most);
    let telemetry = guarded(within(2));
    let see = |client: &str| SEEN.with(client, "a").increment(1);
    let is_there =
        |client: &str| telemetry.snapshot().get("freed_total", &[("client", client), ("org", "a")]).is_some();
    ["1", "2", "3"].into_iter().for_each(see);
    assert!(!is_there("3"));
    assert!(SEEN.remove("1", "a"));
    see("3");
    assert!(is_there("3") && !is_there("1"));
    see("4");
    assert!(!is_there("4"));
    telemetry.set_policy(within(3)).expect("it makes sense");
    ["4", "5"].into_iter().for_each(see);
    assert!(is_there("4") && !is_there("5"));
    telemetry.set_policy(within(1)).expect("it makes sense");
    see("2");
    assert_eq!(counter(&telemetry.snapshot(), "freed_total", &[("client", "2"), ("org", "a")]), 2, "it stays");
}

#[test]
fn a_passive_policy_counts_what_it_would_fold() {
    let telemetry = guarded(Policy::default().passive(true).values_within(named("would_total"), "client", "org", 2));
    for n in 0..5 {
        metrics::counter!("would_total", "client" => n.to_string(), "org" => "a").increment(1);
    }
    let report = telemetry.cardinality();
    let client = report.metric("would_total").and_then(|metric| metric.label("client")).expect("it is reported");
    assert_eq!((client.values, client.would_fold.get("within_limit")), (5, Some(&3)));
}

#[test]
fn it_is_written_in_the_file_as_well() {
    let install = |text: &str| {
        let file = NamedTempFile::new().expect("temporary files can be made");
        std::fs::write(file.path(), text).expect("there is room");
        tachometer::builder().no_listener().config_file(file.path()).install()
    };
    let telemetry = install("[[guard.override]]\nmatch = 'filed_total'\nlabel = 'client'\nvalues = 1\nwithin = 'org'")
        .expect("it is well formed");
    let said = "label = \"client\", values = 1, within = \"org\"";
    assert!(telemetry.config().to_string().contains(said), "{}", telemetry.config());
    for n in 0..4 {
        let org = if n % 2 == 0 { "a" } else { "b" };
        metrics::counter!("filed_total", "client" => n.to_string(), "org" => org).increment(1);
    }
    let expected = [("a", (2, 2)), ("b", (2, 2))];
    assert_eq!(by_org(&telemetry, "filed_total"), expected.map(|(org, of)| (org.to_owned(), of)).into());
    drop(telemetry);

    for (text, part) in [
        ("label = 'c'\nwithin = 'org'", "`within` is for a limit of values; add values = 50"),
        ("label = 'c'\nvalues = 1\nwithin = 1", "`within` is no text; write a label's name in quotes"),
        ("values = 1\nwithin = 'org'", "`values` is for one label; add label"),
        (
            "label = 'c'\nvalues = 1\nwithin = 'c'",
            "label `c` of `x` within each `c` is one within itself; name another label",
        ),
        ("label = 'c'\nvalues = 0\nwithin = 'o'", "`values` is no limit"),
    ] {
        let error = install(&format!("[[guard.override]]\nmatch = 'x'\n{text}")).expect_err(text).to_string();
        assert!(error.contains(part), "{text}: {error}");
    }
    let by_hand = Policy::default().values_within(named("x"), "c", "o", 0);
    let error = tachometer::builder().no_listener().guard(by_hand).install().expect_err("it makes no sense");
    assert!(error.to_string().contains("the guard's limit of label `c` of `x` within each `o` is 0"), "{error}");
}
