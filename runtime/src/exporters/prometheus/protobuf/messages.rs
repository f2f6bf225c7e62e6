//! The messages of Prometheus' protobuf format, `io.prometheus.client` in client_model's `metrics.proto`, as far as they
//! are written here. They know nothing of families.
//!
//! Every field has a presence of its own, as in that file: a value of zero is written, and so is its sign.

use prost::Message;

/// One family, or a part of one: two such messages, one behind the other, are one with the fields of both.
#[derive(Clone, PartialEq, Message)]
pub(in crate::exporters::prometheus) struct MetricFamily {
    #[prost(string, optional, tag = "1")]
    pub(in crate::exporters::prometheus) name: Option<String>,
    #[prost(string, optional, tag = "2")]
    pub(in crate::exporters::prometheus) help: Option<String>,
    #[prost(enumeration = "MetricType", optional, tag = "3")]
    pub(in crate::exporters::prometheus) r#type: Option<i32>,
    #[prost(message, repeated, tag = "4")]
    pub(in crate::exporters::prometheus) metric: Vec<Metric>,
    #[prost(string, optional, tag = "5")]
    pub(in crate::exporters::prometheus) unit: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, prost::Enumeration)]
#[repr(i32)]
pub(in crate::exporters::prometheus) enum MetricType {
    Counter = 0,
    Gauge = 1,
    Summary = 2,
    Histogram = 4,
}

/// One series.
#[derive(Clone, PartialEq, Message)]
pub(in crate::exporters::prometheus) struct Metric {
    #[prost(message, repeated, tag = "1")]
    pub(in crate::exporters::prometheus) label: Vec<LabelPair>,
    #[prost(message, optional, tag = "2")]
    pub(in crate::exporters::prometheus) gauge: Option<Gauge>,
    #[prost(message, optional, tag = "3")]
    pub(in crate::exporters::prometheus) counter: Option<Counter>,
    #[prost(message, optional, tag = "4")]
    pub(in crate::exporters::prometheus) summary: Option<Summary>,
    #[prost(message, optional, tag = "7")]
    pub(in crate::exporters::prometheus) histogram: Option<Histogram>,
}

#[derive(Clone, PartialEq, Eq, Message)]
pub(in crate::exporters::prometheus) struct LabelPair {
    #[prost(string, optional, tag = "1")]
    pub(in crate::exporters::prometheus) name: Option<String>,
    #[prost(string, optional, tag = "2")]
    pub(in crate::exporters::prometheus) value: Option<String>,
}

#[derive(Clone, PartialEq, Message)]
pub(in crate::exporters::prometheus) struct Gauge {
    #[prost(double, optional, tag = "1")]
    pub(in crate::exporters::prometheus) value: Option<f64>,
}

#[derive(Clone, PartialEq, Message)]
pub(in crate::exporters::prometheus) struct Counter {
    #[prost(double, optional, tag = "1")]
    pub(in crate::exporters::prometheus) value: Option<f64>,
    #[prost(message, optional, tag = "2")]
    pub(in crate::exporters::prometheus) exemplar: Option<Exemplar>,
    #[prost(message, optional, tag = "3")]
    pub(in crate::exporters::prometheus) created_timestamp: Option<Timestamp>,
}

#[derive(Clone, PartialEq, Message)]
pub(in crate::exporters::prometheus) struct Summary {
    #[prost(uint64, optional, tag = "1")]
    pub(in crate::exporters::prometheus) sample_count: Option<u64>,
    #[prost(double, optional, tag = "2")]
    pub(in crate::exporters::prometheus) sample_sum: Option<f64>,
    #[prost(message, repeated, tag = "3")]
    pub(in crate::exporters::prometheus) quantile: Vec<Quantile>,
    #[prost(message, optional, tag = "4")]
    pub(in crate::exporters::prometheus) created_timestamp: Option<Timestamp>,
}

#[derive(Clone, PartialEq, Message)]
pub(in crate::exporters::prometheus) struct Quantile {
    #[prost(double, optional, tag = "1")]
    pub(in crate::exporters::prometheus) quantile: Option<f64>,
    #[prost(double, optional, tag = "2")]
    pub(in crate::exporters::prometheus) value: Option<f64>,
}

#[derive(Clone, PartialEq, Message)]
pub(in crate::exporters::prometheus) struct Histogram {
    #[prost(uint64, optional, tag = "1")]
    pub(in crate::exporters::prometheus) sample_count: Option<u64>,
    #[prost(double, optional, tag = "2")]
    pub(in crate::exporters::prometheus) sample_sum: Option<f64>,
    #[prost(message, repeated, tag = "3")]
    pub(in crate::exporters::prometheus) bucket: Vec<Bucket>,
    #[prost(sint32, optional, tag = "5")]
    pub(in crate::exporters::prometheus) schema: Option<i32>,
    #[prost(double, optional, tag = "6")]
    pub(in crate::exporters::prometheus) zero_threshold: Option<f64>,
    #[prost(uint64, optional, tag = "7")]
    pub(in crate::exporters::prometheus) zero_count: Option<u64>,
    #[prost(message, repeated, tag = "9")]
    pub(in crate::exporters::prometheus) negative_span: Vec<BucketSpan>,
    #[prost(sint64, repeated, packed = "false", tag = "10")]
    pub(in crate::exporters::prometheus) negative_delta: Vec<i64>,
    #[prost(message, repeated, tag = "12")]
    pub(in crate::exporters::prometheus) positive_span: Vec<BucketSpan>,
    #[prost(sint64, repeated, packed = "false", tag = "13")]
    pub(in crate::exporters::prometheus) positive_delta: Vec<i64>,
    #[prost(message, optional, tag = "15")]
    pub(in crate::exporters::prometheus) created_timestamp: Option<Timestamp>,
    #[prost(message, repeated, tag = "16")]
    pub(in crate::exporters::prometheus) exemplars: Vec<Exemplar>,
}

/// Buckets of a native histogram that stand side by side.
#[derive(Clone, Copy, PartialEq, Eq, Message)]
pub(in crate::exporters::prometheus) struct BucketSpan {
    /// How many there are between these and those before; of the first ones, their index.
    #[prost(sint32, optional, tag = "1")]
    pub(in crate::exporters::prometheus) offset: Option<i32>,
    #[prost(uint32, optional, tag = "2")]
    pub(in crate::exporters::prometheus) length: Option<u32>,
}

#[derive(Clone, PartialEq, Message)]
pub(in crate::exporters::prometheus) struct Bucket {
    #[prost(uint64, optional, tag = "1")]
    pub(in crate::exporters::prometheus) cumulative_count: Option<u64>,
    #[prost(double, optional, tag = "2")]
    pub(in crate::exporters::prometheus) upper_bound: Option<f64>,
    #[prost(message, optional, tag = "3")]
    pub(in crate::exporters::prometheus) exemplar: Option<Exemplar>,
}

#[derive(Clone, PartialEq, Message)]
pub(in crate::exporters::prometheus) struct Exemplar {
    #[prost(message, repeated, tag = "1")]
    pub(in crate::exporters::prometheus) label: Vec<LabelPair>,
    #[prost(double, optional, tag = "2")]
    pub(in crate::exporters::prometheus) value: Option<f64>,
    #[prost(message, optional, tag = "3")]
    pub(in crate::exporters::prometheus) timestamp: Option<Timestamp>,
}

/// `google.protobuf.Timestamp`: the time since 1970.
#[derive(Clone, Copy, PartialEq, Eq, Message)]
pub(in crate::exporters::prometheus) struct Timestamp {
    #[prost(int64, tag = "1")]
    pub(in crate::exporters::prometheus) seconds: i64,
    #[prost(int32, tag = "2")]
    pub(in crate::exporters::prometheus) nanos: i32,
}
