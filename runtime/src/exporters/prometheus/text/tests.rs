//! The text, read back by a small parser, for arbitrary families.

use std::collections::{BTreeMap, BTreeSet};

use proptest::{collection::vec, prelude::*};

use super::*;
use crate::exporters::fake::{Fake, Labels};

#[test]
fn writes_each_kind() {
    let fake = Fake::new()
        .counter("jobs_total", "Jobs \\ of\ntwo \"lines\".", &[(&[], u64::MAX), (&[("queue", "a\"b\\c\nd")], 2)])
        .gauge("load", "Load.", &[(&[("k", "1")], 0.5), (&[("k", "2")], f64::NAN), (&[("k", "3")], 1e300)])
        .histogram("wait_seconds", "Wait.", &[0.005, 10.0], &[(&[], &[1, 2, 3], 4.5), (&[("k", "1")], &[0, 0, 0], 0.0)])
        .summary("x_seconds", "X.", &[(&[], [0.5, 1.0, 1e300], 2.5, 4), (&[("k", "1")], [f64::NAN; 3], 0.0, 0)])
        .native("y", "Y.", -1, &[(&[], 1, &[(0, 2)], &[(3, 4)], -7.5), (&[("k", "1")], 0, &[], &[], 0.0)]);
    let expected = "\
# HELP jobs_total Jobs \\\\ of\\ntwo \"lines\".
# TYPE jobs_total counter
jobs_total 18446744073709551615
jobs_total{queue=\"a\\\"b\\\\c\\nd\"} 2
# HELP load Load.
# TYPE load gauge
load{k=\"1\"} 0.5
load{k=\"2\"} NaN
load{k=\"3\"} 1e300
# HELP wait_seconds Wait.
# TYPE wait_seconds histogram
wait_seconds_bucket{le=\"0.005\"} 1
wait_seconds_bucket{le=\"10\"} 3
wait_seconds_bucket{le=\"+Inf\"} 6
wait_seconds_sum 4.5
wait_seconds_count 6
wait_seconds_bucket{k=\"1\",le=\"0.005\"} 0
wait_seconds_bucket{k=\"1\",le=\"10\"} 0
wait_seconds_bucket{k=\"1\",le=\"+Inf\"} 0
wait_seconds_sum{k=\"1\"} 0
wait_seconds_count{k=\"1\"} 0
# HELP x_seconds X.
# TYPE x_seconds summary
x_seconds{quantile=\"0.5\"} 0.5
x_seconds{quantile=\"0.9\"} 1
x_seconds{quantile=\"0.99\"} 1e300
x_seconds_sum 2.5
x_seconds_count 4
x_seconds{k=\"1\",quantile=\"0.5\"} NaN
x_seconds{k=\"1\",quantile=\"0.9\"} NaN
x_seconds{k=\"1\",quantile=\"0.99\"} NaN
x_seconds_sum{k=\"1\"} 0
x_seconds_count{k=\"1\"} 0
# HELP y Y.
# TYPE y histogram
y_bucket{le=\"+Inf\"} 7
y_sum -7.5
y_count 7
y_bucket{k=\"1\",le=\"+Inf\"} 0
y_sum{k=\"1\"} 0
y_count{k=\"1\"} 0
";
    assert_eq!(Text::encode_to_string(&fake), expected);
}

#[test]
fn puts_common_labels_on_every_line() {
    let fake = Fake::new()
        .common("zone", "z")
        .counter("a_total", "A.", &[(&[], 1), (&[("k", "1")], 2), (&[("zone", "own")], 3)])
        .histogram("b", "B.", &[1.0], &[(&[], &[1, 0], 0.5), (&[("zone", "own")], &[0, 0], 0.0)])
        .summary("s", "S.", &[(&[], [1.0; 3], 3.0, 3), (&[("zone", "own"), ("quantile", "x")], [2.0; 3], 4.0, 2)]);
    let expected = "\
# HELP a_total A.
# TYPE a_total counter
a_total{zone=\"z\"} 1
a_total{zone=\"z\",k=\"1\"} 2
a_total{zone=\"own\"} 3
# HELP b B.
# TYPE b histogram
b_bucket{zone=\"z\",le=\"1\"} 1
b_bucket{zone=\"z\",le=\"+Inf\"} 1
b_sum{zone=\"z\"} 0.5
b_count{zone=\"z\"} 1
b_bucket{zone=\"own\",le=\"1\"} 0
b_bucket{zone=\"own\",le=\"+Inf\"} 0
b_sum{zone=\"own\"} 0
b_count{zone=\"own\"} 0
# HELP s S.
# TYPE s summary
s{zone=\"z\",quantile=\"0.5\"} 1
s{zone=\"z\",quantile=\"0.9\"} 1
s{zone=\"z\",quantile=\"0.99\"} 1
s_sum{zone=\"z\"} 3
s_count{zone=\"z\"} 3
s{zone=\"own\",exported_quantile=\"x\",quantile=\"0.5\"} 2
s{zone=\"own\",exported_quantile=\"x\",quantile=\"0.9\"} 2
s{zone=\"own\",exported_quantile=\"x\",quantile=\"0.99\"} 2
s_sum{zone=\"own\",exported_quantile=\"x\"} 4
s_count{zone=\"own\",exported_quantile=\"x\"} 2
";
    assert_eq!(Text::encode_to_string(&fake), expected);
}

#[test]
fn sanitizes_names_that_are_not_classic() {
    let fake = Fake::new().counter("http.requests", "R.", &[(&[("http.route", "/")], 1)]).histogram(
        "b",
        "B.",
        &[1.0],
        &[(&[("le", "x")], &[0, 1], 2.0)],
    );
    let text = Text::encode_to_string(&fake);
    assert!(text.contains("\nhttp_requests{http_route=\"/\"} 1\n"), "{text}");
    assert!(text.contains("\nb_bucket{exported_le=\"x\",le=\"1\"} 0\n"), "{text}");
    assert!(text.contains("\nb_count{exported_le=\"x\"} 1\n"), "{text}");
}

#[test]
fn pieces_end_with_lines_and_join_to_the_text() {
    let rows: Vec<_> = (0..100).map(|n| n.to_string()).collect();
    let labels: Vec<[(&str, &str); 1]> = rows.iter().map(|row| [("row", row.as_str())]).collect();
    let series: Vec<(Labels<'_>, u64)> = labels.iter().map(|labels| (labels.as_slice(), 1)).collect();
    let fake = Fake::new().counter("a_total", "A help that is longer than a piece of the output.", &series);
    let pieces = Text::write(Classic, Escaping::Underscores, &fake, Chunks::with_piece(40));
    assert!(pieces.len() > 10);
    assert!(pieces.iter().all(|piece| piece.ends_with(b"\n")));
    assert_eq!(pieces.concat(), Text::encode_to_string(&fake).into_bytes());
    assert_eq!(Text::encode(&fake).concat(), pieces.concat());
}

#[test]
fn nothing_is_an_empty_text() {
    assert_eq!(Text::encode_to_string(&Fake::new()), "");
    assert!(Text::encode(&Fake::new()).is_empty());
}

/// One sample line, read back.
type Sample = (String, BTreeMap<String, String>, String);

/// Reads text 0.0.4 by its grammar alone, and knows nothing of how it was written.
fn read(text: &str) -> Vec<Sample> {
    text.lines().filter(|line| !line.starts_with('#')).map(read_line).collect()
}

fn read_line(line: &str) -> Sample {
    let end = line.find(['{', ' ']).expect("a name ends");
    let (name, rest) = line.split_at(end);
    let mut labels = BTreeMap::new();
    let mut chars = rest.chars().peekable();
    if chars.next() == Some('{') {
        while chars.peek() != Some(&'}') {
            let key: String = chars.by_ref().take_while(|c| *c != '=').collect();
            assert_eq!(chars.next(), Some('"'), "{line}");
            let mut value = String::new();
            loop {
                match chars.next().expect("a value ends") {
                    '"' => break,
                    '\\' => value.push(match chars.next().expect("an escape is two characters") {
                        'n' => '\n',
                        other => other,
                    }),
                    other => value.push(other),
                }
            }
            assert!(labels.insert(key, value).is_none(), "a label stands twice: {line}");
            if chars.peek() == Some(&',') {
                chars.next();
            }
        }
        assert_eq!(chars.next(), Some('}'));
        assert_eq!(chars.next(), Some(' '));
    }
    (name.to_owned(), labels, chars.collect())
}

fn classic_name() -> impl Strategy<Value = String> {
    "_?[a-zA-Z][a-zA-Z0-9_]{0,6}"
}

/// Label sets with distinct classic names and any values at all.
fn label_set() -> impl Strategy<Value = Vec<(String, String)>> {
    proptest::collection::btree_map(classic_name(), any::<String>(), 0..4).prop_map(|map| map.into_iter().collect())
}

fn borrowed(labels: &[(String, String)]) -> Vec<(&str, &str)> {
    labels.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

fn to_map(labels: &[(String, String)]) -> BTreeMap<String, String> {
    labels.iter().cloned().collect()
}

proptest! {
    #[test]
    fn counters_and_gauges_read_back(
        rows in vec((label_set(), any::<u64>(), any::<f64>()), 1..5),
        common in label_set(),
        help in any::<String>(),
    ) {
        let mut fake = Fake::new();
        for (name, value) in &common {
            fake = fake.common(name, value);
        }
        let labels: Vec<_> = rows.iter().map(|(labels, ..)| borrowed(labels)).collect();
        let counters: Vec<_> = rows.iter().zip(&labels).map(|((_, count, _), labels)| (&**labels, *count)).collect();
        let gauges: Vec<_> = rows.iter().zip(&labels).map(|((.., value), labels)| (&**labels, *value)).collect();
        let fake = fake.counter("c_total", &help, &counters).gauge("g", &help, &gauges);
        let text = Text::encode_to_string(&fake);
        prop_assert_eq!(&text, &Text::encode_to_string(&fake));

        let samples = read(&text);
        prop_assert_eq!(samples.len(), 2 * rows.len());
        for ((own, count, value), (as_counter, as_gauge)) in rows.iter().zip(samples.iter().zip(&samples[rows.len()..])) {
            let mut expected = to_map(&common);
            expected.extend(to_map(own));
            prop_assert_eq!(&as_counter.1, &expected);
            prop_assert_eq!(&as_gauge.1, &expected);
            prop_assert_eq!(as_counter.2.parse::<u64>().expect("a count"), *count);
            let read = as_gauge.2.replace("+Inf", "inf").parse::<f64>().expect("a number");
            prop_assert!(read == *value || (read.is_nan() && value.is_nan()));
        }
    }

    #[test]
    fn histograms_read_back(
        labels in label_set(),
        bounds in proptest::collection::btree_set(-1_000_i32..1_000, 1..6),
        seed in vec(0_u64..1 << 40, 6),
        sum in -1e9..1e9,
    ) {
        let bounds: Vec<f64> = bounds.into_iter().map(|bound| f64::from(bound) / 8.0).collect();
        let counts = &seed[..=bounds.len().min(5)];
        let bounds = &bounds[..counts.len() - 1];
        let labels: Vec<_> = labels.into_iter().filter(|(name, _)| name != "le").collect();
        let fake = Fake::new().histogram("h", "H.", bounds, &[(&borrowed(&labels), counts, sum)]);
        let samples = read(&Text::encode_to_string(&fake));
        prop_assert_eq!(samples.len(), counts.len() + 2);

        let mut count = 0;
        for (at, (name, read, value)) in samples[..counts.len()].iter().enumerate() {
            count += counts[at];
            let mut read = read.clone();
            let le = read.remove("le").expect("a bucket has a bound");
            let le = le.replace("+Inf", "inf").parse::<f64>().expect("a number");
            prop_assert_eq!(name, "h_bucket");
            prop_assert_eq!(le, bounds.get(at).copied().unwrap_or(f64::INFINITY));
            prop_assert_eq!(&read, &to_map(&labels));
            prop_assert_eq!(value.parse::<u64>().expect("a count"), count);
        }
        let (of_sum, of_count) = (&samples[counts.len()], &samples[counts.len() + 1]);
        prop_assert_eq!((&*of_sum.0, of_sum.2.parse::<f64>().expect("a number")), ("h_sum", sum));
        prop_assert_eq!((&*of_count.0, of_count.2.parse::<u64>().expect("a count")), ("h_count", count));
        prop_assert_eq!(&of_sum.1, &to_map(&labels));
        prop_assert_eq!(&of_count.1, &to_map(&labels));
    }

    #[test]
    fn two_label_sets_never_print_alike(sets in proptest::collection::btree_set(vec("[\\\\\"\n,=}{nab]{0,4}", 2), 2..6)) {
        let labels: Vec<_> = sets.iter().map(|values| [("a", &*values[0]), ("b", &*values[1])]).collect();
        let series: Vec<(Labels<'_>, u64)> = labels.iter().map(|labels| (labels.as_slice(), 0)).collect();
        let text = Text::encode_to_string(&Fake::new().counter("c_total", "C.", &series));
        let lines: BTreeSet<_> = text.lines().skip(2).collect();
        prop_assert_eq!(lines.len(), sets.len());
    }

    #[test]
    fn any_name_becomes_a_classic_one(name in any::<String>(), label in any::<String>(), value in any::<String>()) {
        let text = Text::encode_to_string(&Fake::new().counter(&name, "C.", &[(&[(&label, &value)], 7)]));
        let samples = read(&text);
        prop_assert_eq!(samples.len(), 1);
        let (read_name, labels, count) = &samples[0];
        prop_assert!(crate::metric::name::is_valid(read_name));
        prop_assert!(labels.keys().all(|label| crate::metric::label::is_valid(label)));
        prop_assert_eq!(labels.values().next(), Some(&value));
        prop_assert_eq!(&**count, "7");
    }
}
