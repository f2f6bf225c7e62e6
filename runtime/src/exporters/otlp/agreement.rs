//! All that leaves a program says the same of one snapshot, whatever its families are.

use std::collections::BTreeMap;

use proptest::{collection::vec, prelude::*};
use prost::Message;

use super::{
    Histograms, Points, Request,
    messages::{KeyValue, Number, Text},
    tests::Export,
};
use crate::{
    exporters::{
        fake::Fake,
        line,
        prometheus::{
            negotiation::Format,
            plan::{Plan, drawn},
        },
    },
    families::Value,
    snapshot::Snapshot,
};

/// A series by its family's printed name and its labels, and its numbers by what they are.
type Told = BTreeMap<(String, BTreeMap<String, String>), BTreeMap<String, String>>;

/// A number as all of them are compared, in which NaN is like itself and no digit is lost.
fn shown(value: f64) -> String {
    // There is no sign to 0 on some ways.
    if value == 0.0 { "0".to_owned() } else { value.to_string() }
}

fn numbers<'a>(numbers: impl IntoIterator<Item = (&'a str, f64)>) -> BTreeMap<String, String> {
    numbers.into_iter().map(|(what, value)| (what.to_owned(), shown(value))).collect()
}

/// What the snapshot itself says.
fn of_snapshot(snapshot: &Snapshot) -> Told {
    let mut told = Told::new();
    for family in snapshot.families() {
        for series in family.series() {
            let labels = series.labels().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
            let values = match series.value() {
                Value::Counter(count) => numbers([("value", count as f64)]),
                Value::FloatCounter(value) | Value::Gauge(value) => numbers([("value", value)]),
                Value::Histogram(it) => {
                    let mut values = numbers([("count", it.count() as f64), ("sum", it.sum)]);
                    let buckets = it.counts.iter().enumerate();
                    values.extend(buckets.map(|(at, count)| (format!("bucket {at}"), shown(*count as f64))));
                    values
                }
                Value::NativeHistogram(it) => {
                    let totals = [("count", it.count() as f64), ("sum", it.sum), ("zeros", it.zero_count as f64)];
                    let mut values = numbers(totals);
                    for (sign, buckets) in [("positive", it.positive), ("negative", it.negative)] {
                        values.extend(buckets.iter().map(|(at, count)| (format!("{sign} {at}"), shown(*count as f64))));
                    }
                    values
                }
                Value::Summary(it) => {
                    let mut values = numbers([("count", it.count as f64), ("sum", it.sum)]);
                    values.extend(it.values.map(|(quantile, value)| (format!("quantile {quantile}"), shown(value))));
                    values
                }
            };
            told.insert((family.name().to_owned(), labels), values);
        }
    }
    told
}

/// What its JSON says, which is what Redis gets.
fn of_json(snapshot: &Snapshot) -> Told {
    let document: serde_json::Value = serde_json::from_str(&snapshot.to_json()).expect("it is JSON");
    let number = |value: &serde_json::Value| match value {
        serde_json::Value::String(text) => shown(text.parse().expect("it is a number")),
        value => shown(value.as_f64().expect("it is a number")),
    };
    let list = |value: &serde_json::Value| value.as_array().cloned().unwrap_or_default();
    let mut told = Told::new();
    for family in list(&document["families"]) {
        for series in list(&family["series"]) {
            let labels = series["labels"].as_object().expect("there are some").iter();
            let labels = labels.map(|(name, value)| (name.clone(), value.as_str().expect("it is text").to_owned()));
            let mut values = BTreeMap::new();
            for what in ["value", "count", "sum"] {
                values.extend(series.get(what).map(|value| (what.to_owned(), number(value))));
            }
            values.extend(series.get("zero_count").map(|value| ("zeros".to_owned(), number(value))));
            let mut before = 0;
            for (at, bucket) in list(&series["buckets"]).iter().enumerate() {
                let count = bucket["count"].as_u64().expect("it is whole");
                values.insert(format!("bucket {at}"), shown((count - before) as f64));
                before = count;
            }
            for sign in ["positive", "negative"] {
                let buckets = list(&series[sign]);
                values.extend(buckets.iter().map(|it| (format!("{sign} {}", it["index"]), number(&it["count"]))));
            }
            let quantiles = list(&series["quantiles"]);
            values.extend(quantiles.iter().map(|it| (format!("quantile {}", it["quantile"]), number(&it["value"]))));
            told.insert((family["name"].as_str().expect("it is text").to_owned(), labels.collect()), values);
        }
    }
    told
}

fn labels(attributes: &[KeyValue]) -> BTreeMap<String, String> {
    let text = |attribute: &KeyValue| match attribute.value.clone().and_then(|value| value.value) {
        Some(Text::String(text)) => text,
        None => panic!("{} has no value", attribute.key),
    };
    attributes.iter().map(|attribute| (attribute.key.clone(), text(attribute))).collect()
}

/// What OTLP says, by the order of families, since it calls them otherwise.
fn of_otlp(snapshot: &Snapshot) -> Told {
    let points = Points::of(snapshot, Histograms::AsTheyAre, None);
    let names = snapshot.families().map(|family| family.name().to_owned());
    let mut requests = Request::all(&points, &[], 512).into_iter();
    let decoded =
        requests.by_ref().map(|request| Export::decode(&*request.encode(&points, &[])).expect("it is a request"));
    let metrics: Vec<_> = decoded.flat_map(Export::metrics).collect();
    let mut short: BTreeMap<String, String> = BTreeMap::new();
    let originals = super::names::all(snapshot);
    for (name, given) in names.zip(originals) {
        short.insert(given, name);
    }
    let mut told = Told::new();
    for metric in metrics {
        let name = &short[&metric.name];
        let mut insert = |attributes: &[KeyValue], values| {
            assert_eq!(told.insert((name.clone(), labels(attributes)), values), None, "no series is there twice");
        };
        for point in metric.sum.iter().chain(&metric.gauge).flat_map(|it| &it.points) {
            let value = match point.value.expect("there is one") {
                Number::Int(count) => count as f64,
                Number::Double(value) => value,
            };
            insert(&point.attributes, numbers([("value", value)]));
        }
        for point in metric.histogram.iter().flat_map(|it| &it.points) {
            let mut values = numbers([("count", point.count as f64), ("sum", point.sum.expect("it is finite"))]);
            let buckets = point.bucket_counts.iter().enumerate();
            values.extend(buckets.map(|(at, count)| (format!("bucket {at}"), shown(*count as f64))));
            insert(&point.attributes, values);
        }
        for point in metric.exponential.iter().flat_map(|it| &it.points) {
            let sum = point.sum.expect("it is finite");
            let mut values = numbers([("count", point.count as f64), ("sum", sum), ("zeros", point.zero_count as f64)]);
            for (sign, buckets) in [("positive", &point.positive), ("negative", &point.negative)] {
                let counts = buckets.iter().flat_map(|it| (it.offset + 1..).zip(&it.bucket_counts));
                let filled = counts.filter(|(_, count)| **count > 0);
                values.extend(filled.map(|(at, count)| (format!("{sign} {at}"), shown(*count as f64))));
            }
            insert(&point.attributes, values);
        }
        for point in metric.summary.iter().flat_map(|it| &it.points) {
            let mut values = numbers([("count", point.count as f64), ("sum", point.sum)]);
            values.extend(point.quantiles.iter().map(|it| (format!("quantile {}", it.quantile), shown(it.value))));
            insert(&point.attributes, values);
        }
    }
    told
}

/// Whether these are the same numbers, but for the last bit, which `serde_json` may read otherwise than it was written.
fn alike(one: &Told, other: &Told) -> bool {
    let number = |text: &str| text.parse::<f64>().expect("it is a number");
    let is_close = |(one, other): (f64, f64)| {
        one == other
            || (one.is_nan() && other.is_nan())
            || (one - other).abs() <= 2.0 * f64::EPSILON * other.abs() + f64::from_bits(4)
    };
    one.keys().eq(other.keys())
        && one.values().zip(other.values()).all(|(one, other)| {
            one.keys().eq(other.keys())
                && one.values().zip(other.values()).all(|(one, other)| is_close((number(one), number(other))))
        })
}

/// Without what receivers would refuse.
fn finite(told: Told) -> Told {
    let is_finite = |text: &String| text.parse::<f64>().is_ok_and(f64::is_finite);
    let told = told.into_iter().map(|(series, mut values)| {
        values.retain(|_, value| is_finite(value));
        (series, values)
    });
    told.filter(|(_, values)| !values.is_empty()).collect()
}

/// The line of the log that these series make.
fn lines(snapshot: &Snapshot) -> String {
    let mut expected = Vec::new();
    for family in snapshot.families() {
        for series in family.series() {
            let value = match series.value() {
                Value::Counter(count) => format!("={count}"),
                Value::FloatCounter(value) | Value::Gauge(value) => format!("={}", logged(value)),
                Value::Histogram(it) => totals(it.count(), it.sum),
                Value::NativeHistogram(it) => totals(it.count(), it.sum),
                Value::Summary(it) => {
                    let [median, high, highest] = it.values.map(|(_, value)| logged(value));
                    format!("{} p50={median} p90={high} p99={highest}", totals(it.count, it.sum))
                }
            };
            expected.push((family.name().to_owned(), value));
        }
    }
    expected.into_iter().map(|(name, value)| format!("{name}{value}")).collect::<Vec<_>>().join(" ")
}

fn totals(count: u64, sum: f64) -> String {
    let mean = if count > 0 { format!(" mean={}", logged(sum / count as f64)) } else { String::new() };
    format!(" count={count} sum={}{mean}", logged(sum))
}

fn logged(value: f64) -> String {
    if value.is_infinite() { (if value > 0.0 { "+Inf" } else { "-Inf" }).to_owned() } else { value.to_string() }
}

proptest! {
    #[test]
    fn all_ways_out_agree_on_one_snapshot(drawn in vec(drawn(), 0..5)) {
        let plan = Plan::of(drawn);
        for format in Format::ALL {
            plan.check(format);
        }
        let snapshot = Snapshot::of(&plan.fake());
        let told = of_snapshot(&snapshot);
        prop_assert!(alike(&of_json(&snapshot), &told), "{:?} is not {:?}", of_json(&snapshot), told);
        prop_assert_eq!(of_otlp(&snapshot), finite(told));
    }

    #[test]
    fn the_log_agrees_too(counts in vec(any::<u64>(), 1..3), values in vec(any::<f64>(), 1..3)) {
        let counters: Vec<_> = counts.iter().map(|count| (&[][..], *count)).collect();
        let gauges: Vec<_> = values.iter().map(|value| (&[][..], *value)).collect();
        let quantiles = [values[0], f64::NAN, f64::INFINITY];
        let fake = Fake::new()
            .counter("a_total", "A.", &counters)
            .gauge("b", "B.", &gauges)
            .histogram("c", "C.", &[1.0], &[(&[], &[counts[0] / 4, 1], values[0])])
            .native("d", "D.", 2, &[(&[], 1, &[(3, counts[0] / 4)], &[], values[0])])
            .summary("e", "E.", &[(&[], quantiles, values[0], counts[0])]);
        let snapshot = Snapshot::of(&fake);
        prop_assert_eq!(line::of(&snapshot, &|_| true), lines(&snapshot));
    }
}

/// A gauge that is no finite number, and what each way out makes of it.
#[test]
fn what_is_no_finite_number_is_a_word_in_texts_a_text_in_json_and_counted_where_it_is_left_out() {
    for (value, word) in [(f64::NAN, "NaN"), (f64::INFINITY, "+Inf"), (f64::NEG_INFINITY, "-Inf")] {
        let fake = Fake::new().gauge("load", "Load.", &[(&[], value)]).counter("jobs_total", "Jobs.", &[(&[], 3)]);
        let snapshot = Snapshot::of(&fake);
        for format in Format::ALL.into_iter().filter(|format| !matches!(format, Format::Protobuf(_))) {
            let text = String::from_utf8(format.encode(&snapshot, false).concat()).expect("it is text");
            assert!(text.contains(&format!("\nload {word}\n")), "{text}");
        }
        for format in Format::ALL.into_iter().filter(|format| matches!(format, Format::Protobuf(_))) {
            let bytes = format.encode(&snapshot, false).concat();
            assert!(bytes.windows(8).any(|held| held == value.to_le_bytes()), "{value} is a number there");
        }
        let json = snapshot.to_json();
        assert!(json.contains(&format!("\"value\":\"{word}\"")), "{json}");
        serde_json::from_str::<serde_json::Value>(&json).expect("nothing of it is a bare word");
        let points = Points::of(&snapshot, Histograms::AsTheyAre, None);
        assert_eq!((points.len(), points.left_out()), (1, 1), "the counter is sent without it");
        assert_eq!(line::of(&snapshot, &|_| true), format!("load={word} jobs_total=3"));
    }
}
