//! Labels from arguments.

use std::{borrow::Cow, sync::Arc};

use tachometer::{counted, measured};

use super::{counter, gauge, histogram, installed, unguarded};

struct Scorer {
    model: String,
}

impl Scorer {
    /// Scores a query.
    #[measured(name = "score", labels(model = self.model, tenant), result)]
    async fn score(&self, tenant: &str, query: String) -> Result<usize, ()> {
        std::future::pending::<()>().await;
        drop(query);
        Ok(tenant.len())
    }

    #[counted(name = "lookups_total", labels(model = self.model, shard, warm = shard > 1), result)]
    fn look_up(&self, shard: u32, key: Box<str>) -> Result<usize, ()> {
        drop(key);
        if shard == 0 { Err(()) } else { Ok(1) }
    }
}

#[test]
fn a_label_set_begins_with_ok_and_error() {
    let telemetry = installed();
    let scorer = Scorer { model: "small".to_owned() };
    assert!(telemetry.snapshot().family("lookups_total").is_none(), "no label set is known before a call");
    let _ = scorer.look_up(3, "key".into());
    let _ = scorer.look_up(3, "key".into());
    let _ = scorer.look_up(0, "key".into());
    let snapshot = telemetry.snapshot();
    let labels = |shard, warm, result| [("model", "small"), ("shard", shard), ("warm", warm), ("result", result)];
    assert_eq!(counter(&snapshot, "lookups_total", &labels("3", "true", "ok")), 2);
    assert_eq!(counter(&snapshot, "lookups_total", &labels("3", "true", "error")), 0);
    assert_eq!(counter(&snapshot, "lookups_total", &labels("0", "false", "ok")), 0);
    assert_eq!(counter(&snapshot, "lookups_total", &labels("0", "false", "error")), 1);
    assert_eq!(snapshot.family("lookups_total").expect("it is there").series().len(), 4);
}

#[test]
fn the_rarer_endings_appear_when_they_happen() {
    let telemetry = installed();
    let scorer = Scorer { model: "large".to_owned() };
    for _ in 0..3 {
        let mut call = Box::pin(scorer.score("a \"quoted\"\\ name\n", String::new()));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(call.as_mut().poll(&mut context).is_pending());
    }
    let snapshot = telemetry.snapshot();
    let set = [("model", "large"), ("tenant", "a \"quoted\"\\ name\n")];
    let with = |result| [set[0], set[1], ("result", result)];
    assert_eq!(counter(&snapshot, "score_total", &with("cancelled")), 3);
    assert_eq!(counter(&snapshot, "score_total", &with("ok")), 0);
    assert!(snapshot.get("score_total", &with("panicked")).is_none());
    assert_eq!(histogram(&snapshot, "score_duration_seconds", &set).0, 3);
    assert_eq!(gauge(&snapshot, "score_in_flight", &set), 0.0);
}

#[counted(name = "kinds_total", labels(text, owned, cow = cow, shared, flag, letter, byte, big))]
#[allow(clippy::too_many_arguments)]
fn kinds(
    text: &str,
    owned: String,
    cow: Cow<'_, str>,
    shared: &Arc<str>,
    flag: bool,
    letter: char,
    byte: u8,
    big: i128,
) {
    drop((text, owned, cow, shared, flag, letter, byte, big));
}

#[test]
fn texts_truth_values_characters_and_integers_are_labels() {
    let telemetry = installed();
    kinds("", "ü".to_owned(), Cow::Borrowed("c"), &Arc::from("s"), true, '\u{1F980}', 255, i128::MIN);
    let labels = [
        ("text", ""),
        ("owned", "ü"),
        ("cow", "c"),
        ("shared", "s"),
        ("flag", "true"),
        ("letter", "\u{1F980}"),
        ("byte", "255"),
        ("big", "-170141183460469231731687303715884105728"),
    ];
    assert_eq!(counter(&telemetry.snapshot(), "kinds_total", &labels), 1);
}

#[counted(name = "pairs_total", labels(a, b))]
fn pair(a: &str, b: &str) {
    let _ = (a, b);
}

#[test]
fn sets_that_look_alike_in_a_row_are_kept_apart() {
    let telemetry = installed();
    pair("x", "yz");
    pair("xy", "z");
    pair("xy", "z");
    let snapshot = telemetry.snapshot();
    assert_eq!(counter(&snapshot, "pairs_total", &[("a", "x"), ("b", "yz")]), 1);
    assert_eq!(counter(&snapshot, "pairs_total", &[("a", "xy"), ("b", "z")]), 2);
}

#[test]
fn more_label_sets_than_a_thread_remembers_are_exact() {
    let telemetry = unguarded();
    for round in 0..2 {
        for n in 0..6_000 {
            pair(&n.to_string(), "many");
        }
        let snapshot = telemetry.snapshot();
        for n in [0, 4_095, 4_096, 5_999] {
            let n = n.to_string();
            assert_eq!(counter(&snapshot, "pairs_total", &[("a", n.as_str()), ("b", "many")]), round + 1);
        }
    }
}

#[test]
fn calls_with_a_refused_label_set_are_counted_as_dropped() {
    let telemetry = unguarded();
    let endless = "x".repeat(70_000);
    for _ in 0..3 {
        pair(&endless, "y");
    }
    let snapshot = telemetry.snapshot();
    assert!(snapshot.family("pairs_total").is_none());
    assert_eq!(counter(&snapshot, "tachometer_dropped_records_total", &[("reason", "refused")]), 3);
}
