//! The outlet `otlp` against a receiver that reads by OpenTelemetry's own types and answers what a test says.

use std::{
    collections::BTreeMap,
    io::Read,
    time::{Duration, Instant},
};

use flate2::read::GzDecoder;
use opentelemetry_proto::tonic::{
    collector::metrics::v1::{ExportMetricsPartialSuccess, ExportMetricsServiceRequest, ExportMetricsServiceResponse},
    common::v1::{KeyValue, any_value::Value as Any},
    metrics::v1::{Metric, metric::Data, number_data_point},
};
use prost::Message;
use tachometer::{families::Value, metric::bounds::Native, outlets::Otlp};

use super::{
    LONG, quiet,
    receiver::{Answer, Receiver, Request},
    told, with,
};

fn status(status: u16) -> Answer {
    Answer::Status(status, "", Vec::new())
}

fn otlp(receiver: &Receiver) -> Otlp {
    Otlp::new(&receiver.url()).expect("it is a URL")
}

fn export(request: &Request) -> ExportMetricsServiceRequest {
    ExportMetricsServiceRequest::decode(&*request.body).expect("it is a request")
}

fn metrics_of(request: &Request) -> Vec<Metric> {
    let export = export(request);
    export.resource_metrics.into_iter().flat_map(|all| all.scope_metrics).flat_map(|scope| scope.metrics).collect()
}

fn text(attributes: &[KeyValue], key: &str) -> Option<String> {
    match attributes.iter().find(|attribute| attribute.key == key)?.value.clone()?.value? {
        Any::StringValue(text) => Some(text),
        other => panic!("{key} is {other:?}"),
    }
}

/// The whole numbers of a sum, by the label `n`.
fn counts(requests: &[Request], name: &str) -> BTreeMap<String, i64> {
    let mut counts = BTreeMap::new();
    for metric in requests.iter().flat_map(metrics_of).filter(|metric| metric.name == name) {
        let Some(Data::Sum(sum)) = metric.data else { panic!("{name} is no sum") };
        for point in sum.data_points {
            let Some(number_data_point::Value::AsInt(count)) = point.value else { panic!("it is {point:?}") };
            let last = counts.insert(text(&point.attributes, "n").unwrap_or_default(), count);
            assert_eq!(last, None, "no point is there twice");
        }
    }
    counts
}

#[test]
fn a_receiver_of_opentelemetry_reads_what_is_pushed() {
    let receiver = Receiver::start([]);
    let outlet = otlp(&receiver).attribute("service.name", "scorer").header("x-key", "Bearer 7").expect("it is one");
    let widths = "width_bytes".parse().expect("it is a name");
    let builder = quiet().label("zone", "eu").buckets(widths, Native::new());
    let telemetry = builder.push(outlet).install().expect("it is the only one");
    metrics::counter!("jobs_total", "mcp.tool.name" => "text.case").increment(3);
    metrics::gauge!("load").set(1.5);
    metrics::gauge!("broken").set(f64::NAN);
    metrics::histogram!("job_seconds").record(0.3);
    metrics::histogram!("width_bytes").record(4.0);
    telemetry.flush(LONG).expect("it is taken");

    let request = receiver.requests().remove(0);
    assert_eq!(request.line.trim_end(), "POST /v1/metrics HTTP/1.1");
    assert_eq!(
        (request.header("content-type"), request.header("x-key")),
        (Some("application/x-protobuf"), Some("Bearer 7"))
    );
    assert!(request.header("user-agent").is_some_and(|agent| agent.starts_with("tachometer/")));
    let resource = export(&request).resource_metrics[0].resource.clone().expect("there is one");
    assert_eq!(text(&resource.attributes, "service.name").as_deref(), Some("scorer"));
    assert_eq!(text(&resource.attributes, "service.instance.id").map(|id| id.len()), Some(36));

    let metrics = metrics_of(&request);
    let data = |name: &str| metrics.iter().find(|metric| metric.name == name).and_then(|metric| metric.data.clone());
    let Some(Data::Sum(jobs)) = data("jobs") else { panic!("{metrics:?}") };
    assert!(jobs.is_monotonic && jobs.aggregation_temporality == 2);
    assert_eq!(jobs.data_points[0].value, Some(number_data_point::Value::AsInt(3)));
    assert_eq!(text(&jobs.data_points[0].attributes, "mcp.tool.name").as_deref(), Some("text.case"));
    assert_eq!(text(&jobs.data_points[0].attributes, "zone").as_deref(), Some("eu"));
    assert!((1..=jobs.data_points[0].time_unix_nano).contains(&jobs.data_points[0].start_time_unix_nano));
    let Some(Data::Gauge(load)) = data("load") else { panic!("{metrics:?}") };
    assert_eq!(load.data_points[0].value, Some(number_data_point::Value::AsDouble(1.5)));
    let Some(Data::Histogram(job)) = data("job") else { panic!("{metrics:?}") };
    let point = &job.data_points[0];
    assert_eq!((point.count, point.sum, point.bucket_counts.len()), (1, Some(0.3), point.explicit_bounds.len() + 1));
    let Some(Data::ExponentialHistogram(width)) = data("width") else { panic!("{metrics:?}") };
    let point = &width.data_points[0];
    assert_eq!((point.count, point.sum, point.scale), (1, Some(4.0), 3));
    // 4 is 2^(16/8), the upper end of the bucket whose lower one is 2^(15/8).
    assert_eq!(
        point.positive.as_ref().map(|buckets| (buckets.offset, buckets.bucket_counts.clone())),
        Some((15, vec![1]))
    );
    assert!(data("broken").is_none(), "a receiver would refuse all of it");

    let labels = [("outlet", "otlp"), ("reason", "not_finite")];
    let snapshot = telemetry.snapshot();
    assert_eq!(snapshot.get("tachometer_outlet_dropped_points_total", &labels), Some(Value::Counter(1)));
    assert_eq!((told(&snapshot, "otlp", "pushed"), told(&snapshot, "otlp", "failed")), (1, 0));
}

#[test]
fn requests_are_packed_where_that_is_wanted() {
    let receiver = Receiver::start([]);
    let telemetry = with(otlp(&receiver).gzip());
    metrics::counter!("jobs_total").increment(3);
    telemetry.flush(LONG).expect("it is taken");
    let mut request = receiver.requests().remove(0);
    assert_eq!(request.header("content-encoding"), Some("gzip"));
    let mut body = Vec::new();
    GzDecoder::new(&*request.body).read_to_end(&mut body).expect("it is packed");
    request.body = body;
    assert_eq!(counts(&[request], "jobs").into_values().collect::<Vec<_>>(), [3]);
}

#[test]
fn what_may_pass_is_tried_again_after_the_pause_that_is_asked_for() {
    let again = |status| Answer::Status(status, "retry-after: 0\r\n", Vec::new());
    let script = [again(429), again(502), again(503), again(504)];
    let receiver = Receiver::start(script);
    let telemetry = with(otlp(&receiver));
    telemetry.flush(LONG).expect("the fifth is taken");
    let requests = receiver.requests();
    assert_eq!(requests.len(), 5);
    assert!(requests.iter().all(|request| request.body == requests[0].body), "the same values at the same time");
    let snapshot = telemetry.snapshot();
    let counted = ["pushed", "failed", "dropped"].map(|what| told(&snapshot, "otlp", what));
    assert_eq!(counted, [1, 4, 0]);
}

#[test]
fn what_is_final_is_not_tried_again() {
    let script = [400, 401, 404, 500, 301].map(status);
    let receiver = Receiver::start(script.clone());
    let telemetry = with(otlp(&receiver));
    for number in 1..=script.len() {
        telemetry.flush(LONG).expect_err("it is refused");
        assert_eq!(receiver.requests().len(), number);
    }
    let snapshot = telemetry.snapshot();
    assert_eq!(["pushed", "failed", "dropped"].map(|what| told(&snapshot, "otlp", what)), [0, 5, 5]);
    telemetry.flush(LONG).expect("the next one is taken");
}

#[test]
fn a_connection_that_breaks_is_tried_again() {
    let receiver = Receiver::start([Answer::Reset, Answer::Close]);
    let telemetry = with(otlp(&receiver));
    telemetry.flush(LONG).expect("the third is taken");
    let snapshot = telemetry.snapshot();
    assert_eq!(["pushed", "failed", "dropped"].map(|what| told(&snapshot, "otlp", what)), [1, 2, 0]);
}

#[test]
fn half_a_connection_and_half_an_answer_are_broken_connections() {
    let receiver = Receiver::start([Answer::HalfClose, Answer::Torn, Answer::Torn]);
    let telemetry = with(otlp(&receiver).timeout(LONG));
    // Half an answer ends by the time of the push alone, which is all that is left then.
    telemetry.flush(Duration::from_secs(3)).expect_err("the second says nothing more");
    telemetry.flush(Duration::from_secs(3)).expect_err("nor does the third");
    telemetry.flush(LONG).expect("the fourth is taken");
    let snapshot = telemetry.snapshot();
    assert_eq!(["pushed", "failed", "dropped"].map(|what| told(&snapshot, "otlp", what)), [1, 3, 2]);
}

#[test]
fn a_receiver_that_speaks_no_tls_is_told_of_and_counted() {
    let receiver = Receiver::start([]);
    let telemetry = with(Otlp::new(&receiver.encrypted_url()).expect("it is a URL"));
    telemetry.flush(Duration::from_millis(500)).expect_err("they come to no agreement");
    let snapshot = telemetry.snapshot();
    assert!(told(&snapshot, "otlp", "failed") >= 1 && told(&snapshot, "otlp", "pushed") == 0);
    assert_eq!(told(&snapshot, "otlp", "dropped"), 1);
}

#[test]
fn a_request_that_is_too_large_is_halved() {
    let receiver = Receiver::start([status(413), status(413)]);
    let telemetry = with(otlp(&receiver));
    for n in 0..100 {
        metrics::counter!("jobs_total", "n" => n.to_string()).increment(n);
    }
    telemetry.flush(LONG).expect("the parts are taken");
    let requests = receiver.requests();
    assert_eq!(requests.len(), 5, "all, a half, two quarters, the other half");
    let counts = counts(&requests[2..], "jobs");
    assert_eq!(counts, (0..100).map(|n| (n.to_string(), n)).collect());
    let times = requests.iter().flat_map(metrics_of).filter_map(|metric| match metric.data {
        Some(Data::Sum(sum)) => Some(sum.data_points[0].time_unix_nano),
        _ => None,
    });
    let times: Vec<_> = times.collect();
    assert!(times.iter().all(|time| *time == times[0]), "all parts have one time");
    assert_eq!(told(&telemetry.snapshot(), "otlp", "failed"), 0);
}

#[test]
fn a_point_that_is_too_large_by_itself_is_counted_and_the_others_arrive() {
    let receiver = Receiver::start((0..200).map(|_| status(413)));
    let telemetry = with(otlp(&receiver));
    telemetry.flush(LONG).expect("there is nothing more to send");
    let labels = [("outlet", "otlp"), ("reason", "rejected")];
    let Some(Value::Counter(rejected)) = telemetry.snapshot().get("tachometer_outlet_dropped_points_total", &labels)
    else {
        panic!("it is counted");
    };
    assert!(rejected > 0);
}

#[test]
fn what_a_receiver_takes_in_part_is_counted_and_not_sent_again() {
    let partial = ExportMetricsPartialSuccess { rejected_data_points: 7, error_message: "too old".to_owned() };
    let response = ExportMetricsServiceResponse { partial_success: Some(partial) };
    let receiver = Receiver::start([Answer::Status(200, "", response.encode_to_vec())]);
    let telemetry = with(otlp(&receiver));
    telemetry.flush(LONG).expect("it is taken in part");
    assert_eq!(receiver.requests().len(), 1);
    let labels = [("outlet", "otlp"), ("reason", "rejected")];
    let snapshot = telemetry.snapshot();
    assert_eq!(snapshot.get("tachometer_outlet_dropped_points_total", &labels), Some(Value::Counter(7)));
    assert_eq!(["pushed", "failed", "dropped"].map(|what| told(&snapshot, "otlp", what)), [1, 0, 0]);
}

#[test]
fn a_receiver_that_hangs_holds_up_nobody() {
    let receiver = Receiver::start([Answer::Hang, Answer::Hang]);
    let telemetry = with(otlp(&receiver).timeout(Duration::from_secs(2)));
    telemetry.flush(Duration::from_secs(2)).expect_err("it says nothing");
    let begin = Instant::now();
    telemetry.shutdown(LONG).expect("the last push ends by its own limit");
    assert!(begin.elapsed() < LONG / 2);
    assert_eq!(receiver.requests().len(), 2);
}

#[test]
fn differences_are_pushed_where_they_are_wanted() {
    let receiver = Receiver::start([status(200), status(500)]);
    let telemetry = with(otlp(&receiver).delta());
    let jobs = metrics::counter!("jobs_total");
    for (more, arrives) in [(3, true), (4, false), (5, true)] {
        jobs.increment(more);
        assert_eq!(telemetry.flush(LONG).is_ok(), arrives);
    }
    let requests = receiver.requests();
    let told: Vec<_> = requests.iter().map(|request| counts(std::slice::from_ref(request), "jobs")[""]).collect();
    assert_eq!(told, [3, 4, 9], "what did not arrive is told again");
}
