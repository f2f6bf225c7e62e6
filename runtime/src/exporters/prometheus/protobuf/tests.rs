//! The messages, read back and byte by byte.

use super::{messages::BucketSpan, *};
use crate::exporters::fake::{Fake, Labels};

fn written(fake: &Fake) -> Vec<u8> {
    written_as(Escaping::Underscores, fake)
}

fn written_as(escaping: Escaping, fake: &Fake) -> Vec<u8> {
    Protobuf::write(escaping, fake, Chunks::new()).concat()
}

fn read(mut bytes: &[u8]) -> Vec<MetricFamily> {
    let mut families = Vec::new();
    while !bytes.is_empty() {
        families.push(MetricFamily::decode_length_delimited(&mut bytes).expect("a message behind its length"));
    }
    families
}

/// The only series of the only family.
fn series(fake: &Fake) -> Metric {
    let [family] = &read(&written(fake))[..] else { panic!("one family") };
    let [metric] = &family.metric[..] else { panic!("one series") };
    metric.clone()
}

fn pairs<'a>(metric: &'a Metric) -> Vec<(&'a str, &'a str)> {
    let text = |text: &'a Option<String>| text.as_deref().expect("it is written");
    metric.label.iter().map(|pair| (text(&pair.name), text(&pair.value))).collect()
}

/// 2025-01-01 00:00:00.5, which is when all series of a fake began.
const BEGAN: Timestamp = Timestamp { seconds: 1_735_689_600, nanos: 500_000_000 };

#[test]
fn a_family_is_a_message_behind_its_length() {
    let fake = Fake::new().gauge("up", "U.", &[(&[("k", "v")], 1.0)]);
    let expected = [
        [31].as_slice(),                             // so many bytes follow
        &[1 << 3 | 2, 2, b'u', b'p'],                // name
        &[2 << 3 | 2, 2, b'U', b'.'],                // help
        &[3 << 3, 1],                                // type: GAUGE
        &[4 << 3 | 2, 19],                           // metric
        &[1 << 3 | 2, 6],                            // label
        &[1 << 3 | 2, 1, b'k', 2 << 3 | 2, 1, b'v'], // name and value
        &[2 << 3 | 2, 9],                            // gauge
        &[1 << 3 | 1, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f], // value: 1.0
    ];
    assert_eq!(written(&fake), expected.concat());
}

#[test]
fn writes_each_kind() {
    let fake = Fake::new()
        .counter("jobs_total", "Jobs \\ of\ntwo \"lines\".", &[(&[], u64::MAX), (&[("queue", "a\"b\\c\nd")], 2)])
        .float_counter("used_seconds_total", "Used.", &[(&[], 0.25)])
        .gauge("load", "Load.", &[(&[("k", "1")], f64::NEG_INFINITY), (&[("k", "2")], -0.0)])
        .histogram("wait_seconds", "Wait.", &[0.005, 10.0], &[(&[("k", "1")], &[1, 2, 3], 4.5)])
        .summary("x", "X.", &[(&[("k", "1")], [0.5, 1.0, 2.0], 2.5, 4)]);
    let families = read(&written(&fake));
    let heads = families.iter().map(|it| (it.name.as_deref(), it.r#type(), it.unit.as_deref()));
    let expected = [
        ("jobs_total", MetricType::Counter, None),
        ("used_seconds_total", MetricType::Counter, Some("seconds")),
        ("load", MetricType::Gauge, None),
        ("wait_seconds", MetricType::Histogram, Some("seconds")),
        ("x", MetricType::Summary, None),
    ];
    assert_eq!(heads.collect::<Vec<_>>(), expected.map(|(name, kind, unit)| (Some(name), kind, unit)));
    assert_eq!(families[0].help.as_deref(), Some("Jobs \\ of\ntwo \"lines\"."));

    let counter = |at: usize, series: usize| families[at].metric[series].counter.as_ref().expect("a counter");
    assert_eq!(
        counter(0, 0),
        &Counter { value: Some(u64::MAX as f64), exemplar: None, created_timestamp: Some(BEGAN) }
    );
    assert_eq!(pairs(&families[0].metric[1]), [("queue", "a\"b\\c\nd")]);
    assert_eq!(counter(1, 0).value, Some(0.25));
    let gauges = families[2].metric.iter().map(|metric| metric.gauge.as_ref().and_then(|gauge| gauge.value));
    let bits: Vec<_> = gauges.map(|value| value.map(f64::to_bits)).collect();
    assert_eq!(bits, [Some(f64::NEG_INFINITY.to_bits()), Some((-0.0_f64).to_bits())]);

    let bucket = |count, bound| Bucket { cumulative_count: Some(count), upper_bound: Some(bound), exemplar: None };
    let histogram = Histogram {
        sample_count: Some(6),
        sample_sum: Some(4.5),
        bucket: vec![bucket(1, 0.005), bucket(3, 10.0)],
        created_timestamp: Some(BEGAN),
        ..Histogram::default()
    };
    assert_eq!(families[3].metric[0].histogram, Some(histogram));
    let quantile = |quantile, value| Quantile { quantile: Some(quantile), value: Some(value) };
    let summary = Summary {
        sample_count: Some(4),
        sample_sum: Some(2.5),
        quantile: vec![quantile(0.5, 0.5), quantile(0.9, 1.0), quantile(0.99, 2.0)],
        created_timestamp: Some(BEGAN),
    };
    assert_eq!(families[4].metric[0].summary, Some(summary));
}

/// What is written of native histograms: spans as offset and length, and the counts of their buckets, by differences.
fn native(positive: &[(i32, u64)], negative: &[(i32, u64)]) -> Histogram {
    let fake = Fake::new().native("n", "N.", 3, &[(&[], 7, positive, negative, -0.5)]);
    series(&fake).histogram.expect("a histogram")
}

fn spans_of(spans: &[BucketSpan]) -> Vec<(i32, u32)> {
    spans.iter().map(|span| (span.offset.expect("an offset"), span.length.expect("a length"))).collect()
}

#[test]
fn native_histograms_are_spans_and_differences() {
    let histogram = native(&[(-2, 5), (-1, 3), (0, 3), (3, 10), (7, 1)], &[(4, 2), (8, u64::MAX - 100)]);
    // A gap of two is filled, one of three is not.
    assert_eq!(spans_of(&histogram.positive_span), [(-2, 6), (3, 1)]);
    assert_eq!(histogram.positive_delta, [5, -2, 0, -3, 0, 10, -9]);
    assert_eq!(spans_of(&histogram.negative_span), [(4, 1), (3, 1)]);
    assert_eq!(histogram.negative_delta, [2, -103]);
    let head = (histogram.schema, histogram.zero_threshold, histogram.zero_count);
    assert_eq!(head, (Some(3), Some(0.001), Some(7)));
    let count = 7 + 22 + 2 + (u64::MAX - 100);
    assert_eq!((histogram.sample_count, histogram.sample_sum), (Some(count), Some(-0.5)));
    assert_eq!((histogram.bucket.len(), histogram.created_timestamp), (0, Some(BEGAN)));
}

#[test]
fn native_histograms_without_observations_are_native() {
    let histogram = native(&[], &[]);
    assert!(histogram.positive_span.is_empty() && histogram.negative_span.is_empty());
    assert!(histogram.zero_threshold.is_some_and(|threshold| threshold > 0.0), "Prometheus knows it by that");
}

#[test]
fn native_histograms_have_their_exemplars_together() {
    let at = UNIX_EPOCH + Duration::from_secs(1_735_689_600);
    let fake = Fake::new().exemplar(0, 0.25, at).exemplar(1, 4.0, at);
    let fake = fake.native("n", "N.", 3, &[(&[("le", "mine")], 0, &[(-15, 1), (16, 1)], &[], 4.25)]);
    let metric = series(&fake);
    assert_eq!(pairs(&metric), [("exported_le", "mine")]);
    let exemplars = metric.histogram.expect("a histogram").exemplars;
    assert_eq!(exemplars.iter().map(|it| it.value).collect::<Vec<_>>(), [Some(0.25), Some(4.0)]);
    let timestamp = Some(Timestamp { seconds: 1_735_689_600, nanos: 0 });
    assert!(exemplars.iter().all(|it| it.timestamp == timestamp && it.label.len() == 2), "{exemplars:?}");
}

#[test]
fn a_histogram_with_both_kinds_of_buckets_has_both() {
    let at = UNIX_EPOCH + Duration::from_secs(1_735_689_600);
    let fake = (0..12).fold(Fake::new(), |fake, n| fake.exemplar(n, 0.25, at));
    let fake = fake.both("n", "N.", &[0.5, 4.0], &[((&[], 1, &[(-15, 1), (16, 1)], &[], 4.5), &[2, 0, 1])]);
    let histogram = series(&fake).histogram.expect("a histogram");
    assert_eq!((histogram.sample_count, histogram.sample_sum, histogram.schema), (Some(3), Some(4.5), Some(3)));
    assert_eq!((&histogram.positive_delta[..], histogram.zero_count), (&[1, 0][..], Some(1)));
    let buckets = histogram.bucket.iter().map(|it| (it.upper_bound, it.cumulative_count, it.exemplar.is_some()));
    let [low, high, rest] = [(0.5, 2), (4.0, 2), (f64::INFINITY, 3)].map(|(le, count)| (Some(le), Some(count), true));
    assert_eq!(buckets.collect::<Vec<_>>(), [low, high, rest]);
    assert_eq!(histogram.exemplars.len(), 10, "those beside native buckets are bounded");
}

#[test]
fn nothing_is_no_message() {
    assert!(written(&Fake::new()).is_empty());
}

#[test]
fn exemplars_stand_in_counters_and_buckets() {
    let at = UNIX_EPOCH + Duration::from_millis(1_735_689_600_007);
    let fake = || Fake::new().exemplar(0, 0.25, at).exemplar(2, 1e300, at);
    let exemplar = |value| {
        let pair = |name: &str, value: &str| LabelPair { name: Some(name.to_owned()), value: Some(value.to_owned()) };
        let trace = pair("trace_id", "4bf92f3577b34da6a3ce929d0e0e4736");
        let timestamp = Timestamp { seconds: 1_735_689_600, nanos: 7_000_000 };
        Exemplar {
            label: vec![trace, pair("span_id", "00f067aa0ba902b7")],
            value: Some(value),
            timestamp: Some(timestamp),
        }
    };
    let metric = series(&fake().counter("seen", "S.", &[(&[], 3)]));
    assert_eq!(metric.counter.and_then(|counter| counter.exemplar), Some(exemplar(0.25)));
    let metric = series(&fake().histogram("wait", "W.", &[0.5, 1.0], &[(&[], &[1, 2, 3], 4.5)]));
    let buckets = metric.histogram.expect("a histogram").bucket;
    let read: Vec<_> = buckets.into_iter().map(|it| (it.cumulative_count, it.upper_bound, it.exemplar)).collect();
    // The last one is there for its exemplar.
    let expected = [
        (Some(1), Some(0.5), Some(exemplar(0.25))),
        (Some(3), Some(1.0), None),
        (Some(6), Some(f64::INFINITY), Some(exemplar(1e300))),
    ];
    assert_eq!(read, expected);
}

#[test]
fn labels_are_those_of_the_other_formats() {
    let fake =
        |labels: Labels<'_>| Fake::new().common("zone", "a").common("app.name", "x").counter("c", "C.", &[(labels, 1)]);
    let labels_of = |fake: &Fake| {
        let metric = series(fake);
        pairs(&metric).iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>()
    };
    assert_eq!(labels_of(&fake(&[])), ["zone=a", "app_name=x"]);
    assert_eq!(labels_of(&fake(&[("k", "1")])), ["zone=a", "app_name=x", "k=1"]);
    assert_eq!(labels_of(&fake(&[("zone", "own")])), ["zone=own", "app_name=x"]);
    assert_eq!(labels_of(&fake(&[("a.b", "1"), ("a-b", "2")])), ["zone=a", "app_name=x", "a_b=1;2"]);
    // Whoever reads a histogram or a summary needs these for itself.
    let fake = Fake::new().histogram("h", "H.", &[1.0], &[(&[("le", "x")], &[0, 1], 2.0)]);
    assert_eq!(labels_of(&fake), ["exported_le=x"]);
    let fake = Fake::new().summary("s", "S.", &[(&[("quantile", "x")], [1.0; 3], 2.0, 1)]);
    assert_eq!(labels_of(&fake), ["exported_quantile=x"]);

    let fake = Fake::new().common("app.name", "x").counter("http.requests", "R.", &[(&[("http.route", "/")], 1)]);
    let plain = &read(&written(&fake))[0];
    assert_eq!(plain.name.as_deref(), Some("http_requests"));
    assert_eq!(pairs(&plain.metric[0]), [("app_name", "x"), ("http_route", "/")]);
    let utf8 = &read(&written_as(Escaping::AllowUtf8, &fake))[0];
    assert_eq!(utf8.name.as_deref(), Some("http.requests"));
    assert_eq!(pairs(&utf8.metric[0]), [("app.name", "x"), ("http.route", "/")]);
}

#[test]
fn a_series_has_nothing_of_the_one_before() {
    let fake = Fake::new()
        .histogram(
            "a",
            "A.",
            &[1.0, 2.0],
            &[(&[("x", "1"), ("y", "2")], &[1, 1, 1], 4.5), (&[("z", "3")], &[0; 3], 0.0)],
        )
        .gauge("b", "B.", &[(&[], 1.0)])
        .native("c", "C.", 3, &[(&[], 1, &[(1, 2), (9, 3)], &[(0, 1)], 1.0), (&[("z", "3")], 0, &[(0, 1)], &[], 1.0)]);
    let families = read(&written(&fake));
    let last = families[2].metric[1].histogram.as_ref().expect("a histogram");
    assert_eq!((spans_of(&last.positive_span), &*last.positive_delta), (vec![(0, 1)], &[1][..]));
    assert!(last.negative_span.is_empty() && last.negative_delta.is_empty());
    let second = &families[0].metric[1];
    assert_eq!(pairs(second), [("z", "3")]);
    assert_eq!(second.histogram.as_ref().map(|it| (it.sample_count, it.bucket.len())), Some((Some(0), 2)));
    let gauge = Metric { gauge: Some(Gauge { value: Some(1.0) }), ..Metric::default() };
    assert_eq!(families[1].metric, [gauge]);
}

#[test]
fn a_family_may_be_longer_than_a_piece() {
    let rows: Vec<_> = (0..300).map(|n| n.to_string()).collect();
    let labels: Vec<[(&str, &str); 1]> = rows.iter().map(|row| [("row", row.as_str())]).collect();
    let series: Vec<(Labels<'_>, u64)> = labels.iter().map(|labels| (labels.as_slice(), 1)).collect();
    let fake = Fake::new().counter("a_total", "A.", &series).gauge("b", "B.", &[(&[], 1.0)]).counter(
        "c_seconds_total",
        "C.",
        &series,
    );
    let whole = written(&fake);
    for piece in [1, 40, 64, 1000] {
        let pieces = Protobuf::write(Escaping::Underscores, &fake, Chunks::with_piece(piece));
        assert!(pieces.len() > 10 && pieces.iter().all(|piece| !piece.is_empty()));
        assert_eq!(pieces.concat(), whole, "pieces of {piece} bytes");
    }
    assert_eq!(read(&whole).iter().map(|family| family.metric.len()).collect::<Vec<_>>(), [300, 1, 300]);
}
