//! The executor's push by OTLP, to a receiver that reads it by OpenTelemetry's types.

use opentelemetry_proto::tonic::{
    collector::metrics::v1::ExportMetricsServiceRequest, common::v1::any_value::Value, metrics::v1::metric::Data,
};
use prost::Message;
use rustix::process::Signal;

use super::super::support::executor::Executor;
use crate::outlets::{
    receiver::{Receiver, Request},
    until,
};

/// The values of `mcp.tool.name` that a request has.
fn tools(request: &Request) -> Vec<String> {
    let export = ExportMetricsServiceRequest::decode(&*request.body).expect("it is a request");
    let scopes = export.resource_metrics.into_iter().flat_map(|all| all.scope_metrics);
    let points = scopes.flat_map(|scope| scope.metrics).filter_map(|metric| match metric.data {
        Some(Data::Sum(sum)) => Some(sum.data_points),
        _ => None,
    });
    let attributes = points.flatten().flat_map(|point| point.attributes);
    let tools = attributes.filter(|attribute| attribute.key == "mcp.tool.name").filter_map(|attribute| match attribute
        .value
        .and_then(|value| value.value)
    {
        Some(Value::StringValue(tool)) => Some(tool),
        _ => None,
    });
    tools.collect()
}

#[test]
fn it_pushes_for_the_life_of_the_process_and_at_its_end() {
    let receiver = Receiver::start([]);
    let url = receiver.url();
    let executor = Executor::local_with(
        &["--no-load"],
        &[
            ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", &url),
            ("OTEL_EXPORTER_OTLP_METRICS_HEADERS", "Authorization=Bearer xxx,X-Axiom-Dataset=y"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "100"),
        ],
    );
    until("it pushes without a request", || receiver.requests().len() > 2);
    let request = receiver.requests().remove(0);
    assert_eq!(request.header("authorization"), Some("Bearer xxx"));
    assert_eq!(request.header("x-axiom-dataset"), Some("y"));
    assert!(tools(&request).iter().any(|tool| tool == "text.case.upper"), "{:?}", tools(&request));
    let before = receiver.requests().len();
    let end = executor.stop(Signal::TERM);
    assert_eq!(end.code, Some(0), "{}", end.errors);
    assert!(receiver.requests().len() > before, "there is a last push");
}
