//! Metrics beside what was done: the counts must be equal, not similar.

use std::{collections::BTreeMap, fs};

use serde_json::Value;

use super::support::{
    deadline::eventually,
    http,
    sample::{self, Sample},
    shop::Shop,
};

/// How often something was done, by what it was.
type Counts = BTreeMap<String, u64>;

/// What the traffic entered in its books, once all of it has ended.
#[track_caller]
pub(crate) fn booked(shop: &Shop) -> Counts {
    let ledger = eventually(|| match http::get_json(shop.address, "/ledger") {
        ledger if ledger["finished"] == true => Ok(ledger),
        ledger => Err(format!("the traffic goes on: {ledger}")),
    });
    let mut counts = Counts::new();
    let mut add = |what: String, count: &Value| *counts.entry(what).or_default() += count.as_u64().expect("a count");
    add("browsed".to_owned(), &ledger["browsed"]);
    add("spent".to_owned(), &ledger["spent_cents"]);
    for (payment, outcomes) in ledger["checkouts"].as_object().expect("a count by payment") {
        for (outcome, count) in outcomes.as_object().expect("a count by outcome") {
            add(format!("{payment} {outcome}"), count);
            add(format!("{payment} timed"), count);
            if outcome == "ok" {
                add("parcels".to_owned(), count);
            }
        }
    }
    counts.retain(|_, count| *count > 0);
    counts
}

/// The same, read from the metrics.
pub(crate) fn measured(samples: &[Sample]) -> Counts {
    let mut counts = Counts::new();
    for sample in samples {
        let what = match sample.name.as_str() {
            "function_calls_total" if sample.label("function") == "browse" => "browsed".to_owned(),
            "checkout_total" => format!("{} {}", sample.label("payment"), sample.label("result")),
            "checkout_duration_seconds_count" => format!("{} timed", sample.label("payment")),
            "revenue_cents_total" => "spent".to_owned(),
            "parcels_total" => "parcels".to_owned(),
            _ => continue,
        };
        *counts.entry(what).or_default() += sample.value as u64;
    }
    counts.retain(|_, count| *count > 0);
    counts
}

/// Asks until both counts are equal: the warehouse ships after the customer has gone.
#[track_caller]
pub(crate) fn assert_become(expected: &Counts, mut samples: impl FnMut() -> Vec<Sample>) {
    eventually(|| match measured(&samples()) {
        counts if counts == *expected => Ok(()),
        counts => Err(format!("measured {counts:#?} instead of {expected:#?}")),
    });
}

#[test]
fn the_endpoint_shows_what_the_traffic_did() {
    let shop = Shop::open(&["--requests", "300"]);
    let booked = booked(&shop);
    assert!(booked.keys().any(|what| what.ends_with("cancelled")), "nobody was impatient: {booked:?}");
    assert!(booked.keys().any(|what| what.ends_with("error")), "the stock never failed: {booked:?}");
    assert_become(&booked, || sample::of_text(&http::get(shop.metrics(), "/metrics")));
}

#[test]
fn the_endpoint_shows_what_this_test_did() {
    let shop = Shop::open(&["--no-load"]);
    for _ in 0..3 {
        http::get(shop.address, "/items");
    }
    let buy = |order| http::request(shop.address, "POST", "/checkout", order).expect("the shop answers").status;
    assert_eq!(buy(r#"{"item": "tea", "quantity": 2, "payment": "card"}"#), 200);
    assert_eq!(buy(r#"{"item": "mug", "quantity": 1, "payment": "voucher"}"#), 200);
    assert_eq!(buy(r#"{"item": "gold", "quantity": 1, "payment": "voucher"}"#), 404);

    let expected = [
        ("browsed", 3),
        ("card ok", 1),
        ("card timed", 1),
        ("parcels", 2),
        ("spent", 2 * 450 + 1250),
        ("voucher error", 1),
        ("voucher ok", 1),
        ("voucher timed", 2),
    ];
    let expected = expected.map(|(what, count)| (what.to_owned(), count)).into();
    assert_become(&expected, || sample::of_text(&http::get(shop.metrics(), "/metrics")));
}

#[test]
fn the_readme_shows_what_the_endpoint_prints() {
    let readme = concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md");
    let readme = fs::read_to_string(readme).expect("there is a README");
    let (_, shown) = readme.split_once("```text\n").expect("it shows metrics");
    let (shown, _) = shown.split_once("```").expect("fences are closed");

    let shop = Shop::open(&["--requests", "100"]);
    booked(&shop);
    let page = http::get(shop.metrics(), "/metrics");
    let mut printed = page.lines();
    for line in shown.lines().filter(|line| *line != "…") {
        // Values are another run's.
        let (series, _) = line.rsplit_once(' ').filter(|_| !line.starts_with('#')).unwrap_or((line, ""));
        let follows = printed.any(|line| line.starts_with(series));
        assert!(follows, "README.md shows `{line}`, which is not printed, or not there");
    }
}

#[test]
fn functions_are_at_zero_before_their_first_call() {
    let shop = Shop::open(&["--no-load"]);
    let samples = sample::of_text(&http::get(shop.metrics(), "/metrics"));
    let results = samples.iter().filter(|sample| sample.name == "function_calls_total");
    let results = results.filter(|sample| sample.label("function") == "browse");
    let mut results: Vec<_> = results.map(|sample| (sample.label("result"), sample.value as u64)).collect();
    results.sort_unstable();
    assert_eq!(results, [("cancelled", 0), ("error", 0), ("ok", 0), ("panicked", 0)]);
}
