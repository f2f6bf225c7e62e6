//! What becomes of families, read back by messages of this file's own.

use std::time::{Duration, UNIX_EPOCH};

use prost::Message;

use super::{
    Histograms, Points, Request, Totals,
    messages::{ExponentialPoint, HistogramPoint, KeyValue, Number, NumberPoint, Scope, SummaryPoint, Text},
    resource,
};
use crate::{exporters::fake::Fake, snapshot::Snapshot};

#[derive(Clone, PartialEq, Message)]
pub(super) struct Export {
    #[prost(message, repeated, tag = "1")]
    pub(super) resource_metrics: Vec<ResourceMetrics>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct ResourceMetrics {
    #[prost(message, optional, tag = "1")]
    pub(super) resource: Option<super::messages::Resource>,
    #[prost(message, repeated, tag = "2")]
    pub(super) scope_metrics: Vec<ScopeMetrics>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct ScopeMetrics {
    #[prost(message, optional, tag = "1")]
    pub(super) scope: Option<Scope>,
    #[prost(message, repeated, tag = "2")]
    pub(super) metrics: Vec<Metric>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Metric {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(string, tag = "2")]
    pub(super) description: String,
    #[prost(string, tag = "3")]
    pub(super) unit: String,
    #[prost(message, optional, tag = "5")]
    pub(super) gauge: Option<Numbers>,
    #[prost(message, optional, tag = "7")]
    pub(super) sum: Option<Numbers>,
    #[prost(message, optional, tag = "9")]
    pub(super) histogram: Option<Explicit>,
    #[prost(message, optional, tag = "10")]
    pub(super) exponential: Option<Exponentials>,
    #[prost(message, optional, tag = "11")]
    pub(super) summary: Option<Summaries>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Numbers {
    #[prost(message, repeated, tag = "1")]
    pub(super) points: Vec<NumberPoint>,
    #[prost(int32, tag = "2")]
    pub(super) temporality: i32,
    #[prost(bool, tag = "3")]
    pub(super) is_monotonic: bool,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Explicit {
    #[prost(message, repeated, tag = "1")]
    pub(super) points: Vec<HistogramPoint>,
    #[prost(int32, tag = "2")]
    pub(super) temporality: i32,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Exponentials {
    #[prost(message, repeated, tag = "1")]
    pub(super) points: Vec<ExponentialPoint>,
    #[prost(int32, tag = "2")]
    pub(super) temporality: i32,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Summaries {
    #[prost(message, repeated, tag = "1")]
    pub(super) points: Vec<SummaryPoint>,
}

impl Export {
    pub(super) fn metrics(self) -> Vec<Metric> {
        self.resource_metrics.into_iter().flat_map(|all| all.scope_metrics).flat_map(|scope| scope.metrics).collect()
    }
}

/// The value of the first point of a sum in a request.
pub(crate) fn counted(body: &[u8], name: &str) -> i64 {
    let metrics = Export::decode(body).expect("it is a request").metrics();
    let sum = metrics.into_iter().find(|metric| metric.name == name).and_then(|metric| metric.sum);
    match sum.expect("it is there").points[0].value {
        Some(Number::Int(count)) => count,
        ref other => panic!("{name} is {other:?}"),
    }
}

const TAKEN: u64 = 1_735_689_700_000;
const STARTED: u64 = 1_735_689_600_500;

fn taken(fake: &Fake, millis: u64) -> Snapshot {
    Snapshot::at(fake, UNIX_EPOCH + Duration::from_millis(millis))
}

fn decoded(points: &Points, longest: usize) -> Vec<Vec<Metric>> {
    let resource = resource(&[("service.name".to_owned(), "x".to_owned())]);
    let requests = Request::all(points, &resource, longest);
    let decode = |request: Request| {
        let body = request.encode(points, &resource);
        assert!(body.len() <= longest || request.0.len() == 1, "{} bytes", body.len());
        let mut export = Export::decode(&*body).expect("it is a request");
        assert_eq!(export.resource_metrics.len(), 1);
        let mut resource_metrics = export.resource_metrics.remove(0);
        assert_eq!(attributes(&resource_metrics.resource.expect("it is there").attributes), "service.name=x");
        let scope_metrics = resource_metrics.scope_metrics.remove(0);
        assert_eq!(scope_metrics.scope.expect("it is there").name, "tachometer");
        scope_metrics.metrics
    };
    requests.into_iter().map(decode).collect()
}

fn all(fake: &Fake) -> Vec<Metric> {
    decoded(&Points::of(&taken(fake, TAKEN), Histograms::AsTheyAre, None), usize::MAX).into_iter().flatten().collect()
}

fn attributes(attributes: &[KeyValue]) -> String {
    let shown = attributes.iter().map(|attribute| match &attribute.value {
        Some(value) => match &value.value {
            Some(Text::String(text)) => format!("{}={text}", attribute.key),
            None => format!("{} is nothing", attribute.key),
        },
        None => format!("{} is missing", attribute.key),
    });
    shown.collect::<Vec<_>>().join(",")
}

#[test]
fn counters_and_gauges_are_sums_and_gauges() {
    let fake = Fake::new()
        .common("region", "eu")
        .counter("jobs_total", "Jobs.", &[(&[("mcp.tool", "a")], 3), (&[("region", "us"), ("e", "")], u64::MAX)])
        .float_counter("busy_seconds_total", "Busy.", &[(&[], 0.25)])
        .gauge("load", "Load.", &[(&[], 1.5), (&[("k", "1")], f64::NAN), (&[("k", "2")], f64::INFINITY)]);
    let metrics = all(&fake);
    let names: Vec<_> = metrics.iter().map(|metric| [&*metric.name, &*metric.unit, &*metric.description]).collect();
    assert_eq!(names, [["jobs", "", "Jobs."], ["busy", "s", "Busy."], ["load", "", "Load."]]);
    let jobs = metrics[0].sum.as_ref().expect("it is a sum");
    assert_eq!((jobs.temporality, jobs.is_monotonic), (2, true));
    let values: Vec<_> = jobs.points.iter().map(|point| (attributes(&point.attributes), point.value)).collect();
    let largest = Number::Double(u64::MAX as f64);
    assert_eq!(values[0], ("region=eu,mcp.tool=a".to_owned(), Some(Number::Int(3))));
    assert_eq!(values[1], ("region=us,e=".to_owned(), Some(largest)));
    assert_eq!((jobs.points[0].start, jobs.points[0].time), (STARTED * 1_000_000, TAKEN * 1_000_000));
    assert_eq!(metrics[1].sum.as_ref().expect("it is a sum").points[0].value, Some(Number::Double(0.25)));
    let load = metrics[2].gauge.as_ref().expect("it is a gauge");
    assert_eq!(load.points.len(), 1, "what is not finite is left out");
    assert_eq!((load.temporality, load.is_monotonic, load.points[0].start), (0, false, 0));
    let points = Points::of(&taken(&fake, TAKEN), Histograms::AsTheyAre, None);
    assert_eq!((points.len(), points.left_out()), (4, 2));
}

#[test]
fn histograms_keep_their_bounds_and_native_ones_their_resolution() {
    let fake = Fake::new()
        .exemplar(1, 0.5, UNIX_EPOCH + Duration::from_millis(STARTED))
        .histogram("job_seconds", "Time.", &[0.25, 10.0], &[(&[], &[1, 2, 3], 0.75)])
        .native("width_bytes", "Width.", 3, &[(&[], 4, &[(-7, 2), (-5, 1)], &[(0, 1)], f64::NAN)]);
    let metrics = all(&fake);
    let job = metrics[0].histogram.as_ref().expect("it has bounds");
    assert_eq!((job.temporality, &*metrics[0].name, &*metrics[0].unit), (2, "job", "s"));
    let point = &job.points[0];
    assert_eq!((&point.explicit_bounds[..], &point.bucket_counts[..]), (&[0.25, 10.0][..], &[1, 2, 3][..]));
    assert_eq!((point.count, point.sum, point.start), (6, Some(0.75), STARTED * 1_000_000));
    let exemplar = &point.exemplars[0];
    assert_eq!(exemplar.trace_id, 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736_u128.to_be_bytes());
    assert_eq!(
        (&exemplar.span_id[..], exemplar.time),
        (&0x00f0_67aa_0ba9_02b7_u64.to_be_bytes()[..], STARTED * 1_000_000)
    );
    let width = metrics[1].exponential.as_ref().expect("it is exponential");
    let point = &width.points[0];
    assert_eq!((point.count, point.sum, point.scale, point.zero_count), (8, None, 3, 4));
    let positive = point.positive.as_ref().expect("there are some");
    // Of the bucket -7 the upper end is 2^(-7/8), of OpenTelemetry's -8 the lower one is 2^(-8/8).
    assert_eq!((positive.offset, &positive.bucket_counts[..]), (-8, &[2, 0, 1][..]));
    let negative = point.negative.as_ref().expect("there are some");
    assert_eq!((negative.offset, &negative.bucket_counts[..]), (-1, &[1][..]));
}

#[test]
fn buckets_far_apart_get_a_coarser_scale() {
    let fake = Fake::new().native("width", "Width.", 8, &[(&[], 0, &[(-100_000, 2), (0, 3), (200_000, 1)], &[], 1.0)]);
    let metrics = all(&fake);
    let point = &metrics[0].exponential.as_ref().expect("it is exponential").points[0];
    let positive = point.positive.as_ref().expect("there are some");
    assert!((-4..=8).contains(&point.scale) && positive.bucket_counts.len() <= 160, "{}", point.scale);
    assert_eq!(positive.bucket_counts.iter().sum::<u64>(), 6);
    let holds = |index: f64, count| {
        // The value 2^(index / 256) is in the bucket whose ends are around it.
        let at = (index / 256.0 * f64::from(point.scale).exp2()).ceil() as i32 - 1 - positive.offset;
        assert_eq!(positive.bucket_counts[usize::try_from(at).expect("it is within")], count);
    };
    holds(-100_000.0, 2);
    holds(0.0, 3);
    holds(200_000.0, 1);
}

#[test]
fn native_histograms_have_bounds_where_a_receiver_wants_some() {
    let fake = Fake::new().native("width", "Width.", 0, &[(&[], 4, &[(1, 2), (3, 1)], &[(2, 5)], 1.0)]);
    let points = Points::of(&taken(&fake, TAKEN), Histograms::Explicit, None);
    let metrics = decoded(&points, usize::MAX).remove(0);
    let point = &metrics[0].histogram.as_ref().expect("it has bounds").points[0];
    assert_eq!(point.explicit_bounds, [-2.0, 0.001, 2.0, 8.0]);
    assert_eq!((&point.bucket_counts[..], point.count), (&[5, 4, 2, 1, 0][..], 12));
}

#[test]
fn a_histogram_with_both_kinds_of_buckets_has_those_that_a_receiver_wants() {
    let fake = |low| {
        let native = (&[][..], 1, &[(16, low)][..], &[][..], 4.5);
        Fake::new().both("width", "Width.", &[0.5], &[(native, &[1, low])])
    };
    let metrics = all(&fake(2));
    let native = &metrics[0].exponential.as_ref().expect("it is exponential").points[0];
    assert_eq!((native.count, native.scale, native.zero_count), (3, 3, 1));
    let mut totals = Totals::default();
    let mut push = |low: u64, at| {
        let points = Points::of(&taken(&fake(low), at), Histograms::Explicit, Some(&mut totals));
        totals.acknowledge(points.acks(0..points.len()).collect::<Vec<_>>());
        let metrics = decoded(&points, usize::MAX).remove(0);
        let point = &metrics[0].histogram.as_ref().expect("it has bounds").points[0];
        assert_eq!(point.explicit_bounds, [0.5], "its own ones");
        point.bucket_counts.clone()
    };
    assert_eq!(push(2, TAKEN), [1, 2]);
    assert_eq!(push(5, TAKEN + 1_000), [0, 3], "the difference");
}

#[test]
fn a_summary_has_the_quantiles_that_there_are() {
    let fake = Fake::new().summary("wait_seconds", "Wait.", &[(&[], [0.5, 1.0, f64::NAN], 2.5, 4)]);
    let metrics = all(&fake);
    let point = &metrics[0].summary.as_ref().expect("it is a summary").points[0];
    let quantiles: Vec<_> = point.quantiles.iter().map(|quantile| (quantile.quantile, quantile.value)).collect();
    assert_eq!((&quantiles[..], point.count, point.sum), (&[(0.5, 0.5), (0.9, 1.0)][..], 4, 2.5));
}

#[test]
fn a_short_name_that_is_taken_stays_long() {
    let fake = Fake::new()
        .gauge("a", "A.", &[(&[], 1.0)])
        .gauge("a_seconds", "A.", &[(&[], 1.0)])
        .counter("a_total", "A.", &[(&[], 1)])
        .counter("b_seconds_total", "B.", &[(&[], 1)])
        .counter("b_total", "B.", &[(&[], 1)])
        .gauge("_seconds", "No name.", &[(&[], 1.0)])
        .counter("c", "C.", &[(&[], 1)]);
    let metrics = all(&fake);
    let names: Vec<_> = metrics.iter().map(|metric| [&*metric.name, &*metric.unit]).collect();
    let expected =
        [["a", ""], ["a_seconds", ""], ["a_total", ""], ["b", "s"], ["b_total", ""], ["_seconds", ""], ["c", ""]];
    assert_eq!(names, expected);
    let points = Points::of(&taken(&fake, TAKEN), Histograms::AsTheyAre, None);
    assert_eq!(points.without_total(), Some("c"));
}

#[test]
fn requests_are_cut_by_bytes_and_have_one_time() {
    let values: Vec<_> = (0..500).map(|n| n.to_string()).collect();
    let labels: Vec<_> = values.iter().map(|value| [("number", value.as_str())]).collect();
    let series: Vec<_> = labels.iter().map(|labels| (&labels[..], 1)).collect();
    let fake = Fake::new().counter("a_total", "A.", &series).counter("b_total", "B.", &series);
    let points = Points::of(&taken(&fake, TAKEN), Histograms::AsTheyAre, None);
    let requests = decoded(&points, 4_096);
    assert!(requests.len() > 5, "{}", requests.len());
    let sums = requests.iter().flatten().map(|metric| metric.sum.as_ref().expect("it is a sum"));
    let told: Vec<_> = sums.flat_map(|sum| &sum.points).collect();
    assert_eq!(told.len(), 1_000);
    assert!(told.iter().all(|point| point.time == TAKEN * 1_000_000));
    let [first, second] = Request(10..13).halves().expect("there are three");
    assert_eq!((first.0, second.0), (10..11, 11..13));
    assert_eq!(Request(10..11).halves(), None);
    assert!(Request::all(&Points::default(), &[], 4_096).is_empty(), "there are no empty envelopes");
}

#[test]
fn differences_are_from_what_was_acknowledged() {
    let fake = |count: u64, buckets: &[u64], sum, native: u64, gauge| {
        Fake::new()
            .counter("a_total", "A.", &[(&[], count)])
            .histogram("b", "B.", &[1.0], &[(&[], buckets, sum)])
            .native("c", "C.", 2, &[(&[], 1, &[(3, native)], &[], 1.0)])
            .gauge("d", "D.", &[(&[], gauge)])
    };
    let mut totals = Totals::default();
    let mut push = |fake: &Fake, at, arrives: bool| {
        let points = Points::of(&taken(fake, at), Histograms::AsTheyAre, Some(&mut totals));
        if arrives {
            totals.acknowledge(points.acks(0..points.len()));
        }
        let metrics: Vec<_> = decoded(&points, usize::MAX).into_iter().flatten().collect();
        let sum =
            metrics.iter().find_map(|metric| metric.sum.clone()).map(|sum| (sum.temporality, sum.points[0].clone()));
        let buckets = metrics.iter().find_map(|metric| metric.histogram.clone()).map(|it| it.points[0].clone());
        let native = metrics.iter().find_map(|metric| metric.exponential.clone()).map(|it| it.points[0].clone());
        let gauge = metrics.iter().find_map(|metric| metric.gauge.clone()).map(|it| it.points[0].value);
        (
            sum.map(|(temporality, point)| (temporality, point.value, point.start / 1_000_000)),
            buckets.map(|point| (point.bucket_counts, point.sum)),
            native.map(|point| (point.count, point.zero_count)),
            gauge,
        )
    };
    let int = |value| Some(Number::Int(value));
    let gauge = |value| Some(Some(Number::Double(value)));
    let first = push(&fake(5, &[1, 2], 4.0, 7, 1.0), TAKEN, true);
    assert_eq!(first, (Some((1, int(5), STARTED)), Some((vec![1, 2], Some(4.0))), Some((8, 1)), gauge(1.0)));
    let lost = push(&fake(7, &[1, 3], 5.0, 9, 2.0), TAKEN + 10, false);
    assert_eq!(lost, (Some((1, int(2), TAKEN)), Some((vec![0, 1], Some(1.0))), Some((2, 0)), gauge(2.0)));
    let again = push(&fake(8, &[1, 3], 5.0, 9, 3.0), TAKEN + 20, true);
    assert_eq!(again, (Some((1, int(3), TAKEN)), Some((vec![0, 1], Some(1.0))), Some((2, 0)), gauge(3.0)));
    let unchanged = push(&fake(8, &[1, 3], 5.0, 9, 3.0), TAKEN + 30, true);
    assert_eq!(unchanged, (None, None, None, gauge(3.0)));
    let anew = push(&fake(2, &[0, 1], 1.0, 1, 3.0), TAKEN + 40, true);
    assert_eq!(anew, (Some((1, int(2), TAKEN + 20)), Some((vec![0, 1], Some(1.0))), Some((2, 1)), gauge(3.0)));
}
