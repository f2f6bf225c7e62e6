//! The same for names of another system, which are made into what Prometheus can hold.
//!
//! Each character that a name cannot hold becomes `_`, a leading digit gets a `_` in front, and a counter's name gets
//! `_total` if it does not end so. Names that become alike by it are one metric.
//!
//! ```
//! use tachometer::dynamic::sanitized;
//!
//! # #[cfg(feature = "runtime")] {
//! let telemetry = tachometer::builder().no_listener().install()?;
//! sanitized::counter("http.requests", &[("mcp.tool", "search")])?.increment(1);
//! assert!(telemetry.render().contains("\nhttp_requests_total{mcp_tool=\"search\"} 1\n"));
//! # }
//! # Ok::<(), tachometer::Error>(())
//! ```

use metrics::Label;

use crate::{
    Counter, Error, FloatCounter, Gauge, Histogram, Summary,
    dynamic::made,
    handle::family::Handle,
    metric::{kind::Kind, label, name},
};

/// The counter of a sanitized name with sanitized labels.
///
/// # Errors
/// - [`Error::is_name`]: two labels have the same name afterwards, or there are too many.
/// - [`Error::is_conflict`]: the metric is declared otherwise already.
pub fn counter(name: &str, labels: &[(&str, &str)]) -> Result<Counter, Error> {
    handle(name, labels)
}

/// The counter of a sanitized name, which counts fractions, with sanitized labels.
///
/// # Errors
/// As [`counter`].
pub fn float_counter(name: &str, labels: &[(&str, &str)]) -> Result<FloatCounter, Error> {
    handle(name, labels)
}

/// The gauge of a sanitized name with sanitized labels.
///
/// # Errors
/// As [`counter`].
pub fn gauge(name: &str, labels: &[(&str, &str)]) -> Result<Gauge, Error> {
    handle(name, labels)
}

/// The histogram of a sanitized name with sanitized labels, in the buckets that the metric has.
///
/// # Errors
/// As [`counter`].
pub fn histogram(name: &str, labels: &[(&str, &str)]) -> Result<Histogram, Error> {
    handle(name, labels)
}

/// The summary of a sanitized name with sanitized labels.
///
/// # Errors
/// As [`counter`].
pub fn summary(name: &str, labels: &[(&str, &str)]) -> Result<Summary, Error> {
    handle(name, labels)
}

fn handle<M: Handle>(name: &str, labels: &[(&str, &str)]) -> Result<M, Error> {
    let mut name = name::sanitize(name).into_owned();
    if M::SHAPE.kind == Kind::Counter && !name.ends_with("_total") {
        name.push_str("_total");
    }
    let labels = labels.iter().map(|(name, value)| Label::new(label::sanitize(name).into_owned(), (*value).to_owned()));
    made(name, labels.collect(), None)
}
