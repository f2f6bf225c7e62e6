//! The bytes on the wire, read by OpenTelemetry for Python, and beside those that its own exporter sends.

use std::{
    io::Write,
    path::PathBuf,
    process::{Command, Stdio},
};

use opentelemetry_proto::tonic::{
    collector::metrics::v1::ExportMetricsServiceRequest,
    metrics::v1::{Metric, metric::Data},
};
use prost::Message;
use serde_json::{Value, json};
use tachometer::{metric::bounds::Native, outlets::Otlp};

use super::{
    LONG, quiet,
    receiver::{Receiver, Request},
};

/// Prints a request as JSON.
const READ: &str = "
import json, sys
from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
request = ExportMetricsServiceRequest()
request.ParseFromString(sys.stdin.buffer.read())
print(json.dumps(MessageToDict(request)))
";

/// Records what the test records, and sends it by the exporter that OpenTelemetry has.
const SEND: &str = "
import sys
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.metrics.view import ExplicitBucketHistogramAggregation, ExponentialBucketHistogramAggregation, View
from opentelemetry.sdk.resources import Resource
reader = PeriodicExportingMetricReader(OTLPMetricExporter(endpoint=sys.argv[1]), export_interval_millis=3600000)
views = [View(instrument_name='job', aggregation=ExplicitBucketHistogramAggregation([0.25, 10.0])),
         View(instrument_name='width', aggregation=ExponentialBucketHistogramAggregation(max_scale=3))]
provider = MeterProvider([reader], resource=Resource.create({'service.name': 'scorer'}), views=views)
meter = provider.get_meter('reference')
meter.create_counter('jobs', description='Jobs.').add(3, {'n': '1'})
meter.create_gauge('load', description='Load.').set(1.5)
job = meter.create_histogram('job', unit='s', description='Time.')
[job.record(value) for value in (0.25, 0.5, 11.0)]
width = meter.create_histogram('width', unit='By', description='Width.')
[width.record(value) for value in (0.0, 3.0, 4.0)]
provider.force_flush()
";

fn python(program: &str, arguments: &[&str], input: &[u8]) -> String {
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let target = target.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target"));
    let mut child = Command::new("python3")
        .args(["-c", program])
        .args(arguments)
        .env("PYTHONPATH", target.join("python-otlp"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("./scripts/setup installs it");
    child.stdin.take().expect("it is piped").write_all(input).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "python has failed; ./scripts/setup installs what it imports");
    String::from_utf8(output.stdout).expect("it is text")
}

/// What our outlet sends of the values that `SEND` records.
fn ours(receiver: &Receiver) -> Request {
    let outlet = Otlp::new(&receiver.url()).expect("it is a URL").attribute("service.name", "scorer");
    let of = |name: &str| name.parse().expect("it is a name");
    let builder = quiet().buckets(of("job_seconds"), [0.25, 10.0]).buckets(of("width_bytes"), Native::new());
    let telemetry = builder.push(outlet).install().expect("it is the only one");
    metrics::describe_counter!("jobs_total", "Jobs.");
    metrics::describe_gauge!("load", "Load.");
    metrics::describe_histogram!("job_seconds", "Time.");
    metrics::describe_histogram!("width_bytes", "Width.");
    metrics::counter!("jobs_total", "n" => "1").increment(3);
    metrics::gauge!("load").set(1.5);
    [0.25, 0.5, 11.0].into_iter().for_each(|value| metrics::histogram!("job_seconds").record(value));
    [0.0, 3.0, 4.0].into_iter().for_each(|value| metrics::histogram!("width_bytes").record(value));
    telemetry.flush(LONG).expect("it is taken");
    receiver.requests().remove(0)
}

fn metrics_of(request: &Request) -> Vec<Metric> {
    let export = ExportMetricsServiceRequest::decode(&*request.body).expect("it is a request");
    let scopes = export.resource_metrics.into_iter().flat_map(|all| all.scope_metrics);
    scopes.flat_map(|scope| scope.metrics).collect()
}

/// A metric without what is another one at each run: times, and the ways to count zeros.
fn timeless(requests: &[Request], name: &str) -> Metric {
    let found = requests.iter().flat_map(metrics_of).find(|metric| metric.name == name);
    let mut metric = found.unwrap_or_else(|| panic!("{name} is missing"));
    match metric.data.as_mut().expect("there is some") {
        Data::Gauge(gauge) => gauge.data_points.iter_mut().for_each(|point| {
            (point.start_time_unix_nano, point.time_unix_nano) = (0, 0);
        }),
        Data::Sum(sum) => sum.data_points.iter_mut().for_each(|point| {
            assert!((1..=point.time_unix_nano).contains(&point.start_time_unix_nano));
            (point.start_time_unix_nano, point.time_unix_nano) = (0, 0);
        }),
        Data::Histogram(histogram) => histogram.data_points.iter_mut().for_each(|point| {
            assert!((1..=point.time_unix_nano).contains(&point.start_time_unix_nano));
            (point.start_time_unix_nano, point.time_unix_nano) = (0, 0);
            // We keep none.
            (point.min, point.max) = (None, None);
        }),
        Data::ExponentialHistogram(histogram) => histogram.data_points.iter_mut().for_each(|point| {
            (point.start_time_unix_nano, point.time_unix_nano) = (0, 0);
            (point.min, point.max, point.zero_threshold, point.flags) = (None, None, 0.0, 0);
            point.negative =
                point.negative.take().filter(|buckets| buckets.bucket_counts.iter().any(|count| *count > 0));
        }),
        Data::Summary(_) => panic!("{name} is a summary"),
    }
    metric
}

#[test]
fn opentelemetry_for_python_reads_what_is_pushed() {
    let request = ours(&Receiver::start([]));
    let read: Value = serde_json::from_str(&python(READ, &[], &request.body)).expect("it is JSON");
    let resource = &read["resourceMetrics"][0];
    let attributes = resource["resource"]["attributes"].as_array().expect("there are some");
    assert!(attributes.contains(&json!({"key": "service.name", "value": {"stringValue": "scorer"}})), "{attributes:?}");
    let metrics = resource["scopeMetrics"][0]["metrics"].as_array().expect("there are some");
    let metric = |name: &str| metrics.iter().find(|metric| metric["name"] == name).expect("it is there");
    let jobs = &metric("jobs")["sum"];
    assert_eq!((&jobs["dataPoints"][0]["asInt"], &jobs["isMonotonic"]), (&json!("3"), &json!(true)));
    assert_eq!(jobs["aggregationTemporality"], "AGGREGATION_TEMPORALITY_CUMULATIVE");
    assert_eq!(metric("load")["gauge"]["dataPoints"][0]["asDouble"], 1.5);
    let job = &metric("job")["histogram"]["dataPoints"][0];
    assert_eq!((&job["explicitBounds"], &job["bucketCounts"]), (&json!([0.25, 10.0]), &json!(["1", "1", "1"])));
    let width = &metric("width")["exponentialHistogram"]["dataPoints"][0];
    assert_eq!((&width["scale"], &width["zeroCount"], &width["count"]), (&json!(3), &json!("1"), &json!("3")));
}

#[test]
fn the_reference_exporter_sends_the_same() {
    let receiver = Receiver::start([]);
    python(SEND, &[&receiver.url()], &[]);
    let theirs = receiver.requests();
    let receiver = Receiver::start([]);
    let ours = [ours(&receiver)];
    assert_eq!(ours[0].header("content-type"), theirs[0].header("content-type"));
    assert_eq!(ours[0].line, theirs[0].line);
    for name in ["jobs", "load", "job", "width"] {
        assert_eq!(timeless(&ours, name), timeless(&theirs, name));
    }
}
