//! Metrics whose names or labels are known only when the program runs. Knows no more of values than handles do.
//!
//! ```
//! use tachometer::dynamic;
//!
//! let queues = ["mail", "invoices"]; // from the program's configuration, say
//! for queue in queues {
//!     dynamic::gauge("jobs_queued", &[("queue", queue)])?.set(0);
//!     dynamic::histogram("job_wait_seconds", &[("queue", queue)])?.record(0.25);
//! }
//!
//! let error = dynamic::counter("jobs", &[]).expect_err("a counter's name ends in `_total`");
//! assert!(error.is_name());
//! # Ok::<(), tachometer::Error>(())
//! ```
//!
//! What these return are ordinary handles, which may be kept, and record from the installation on. Each call looks the
//! series up or makes it, so a handle that is used often is better kept. Series are never forgotten: names and label
//! values must be of a bounded number.
//!
//! A metric is declared by whoever comes first. Another kind, other label names or other buckets under its name are a
//! conflict, and an error here where tachometer is installed already. Before that nobody can tell; a handle that turns
//! out to conflict then records nothing, which is counted in `tachometer_conflicts_total`. Under another crate's
//! recorder conflicts are that crate's affair.

use std::sync::Arc;

use metrics::Label;

use crate::{
    Counter, Error, FloatCounter, Gauge, Histogram, Summary,
    call::target,
    error::Kind as ErrorKind,
    handle::{
        backend,
        declared::Declared,
        family::Handle,
        local,
        metric::{Metric, Series},
    },
    metric::{bounds::Buckets, label, name},
};

pub mod sanitized;

/// How many labels the store gives to one series.
const MAX_LABELS: usize = 32;

/// The counter of this name with these labels.
///
/// # Errors
/// - [`Error::is_name`]: the name or one of the labels' names breaks the naming rules; the message says which.
/// - [`Error::is_conflict`]: the metric is declared otherwise already.
pub fn counter(name: &str, labels: &[(&str, &str)]) -> Result<Counter, Error> {
    handle(name, labels)
}

/// The counter of this name, which counts fractions, with these labels.
///
/// # Errors
/// As [`counter`].
pub fn float_counter(name: &str, labels: &[(&str, &str)]) -> Result<FloatCounter, Error> {
    handle(name, labels)
}

/// The gauge of this name with these labels.
///
/// # Errors
/// As [`counter`].
pub fn gauge(name: &str, labels: &[(&str, &str)]) -> Result<Gauge, Error> {
    handle(name, labels)
}

/// The histogram of this name with these labels, in the buckets that the metric has.
///
/// A new metric gets those of its unit, see [`Histogram`].
///
/// # Errors
/// As [`counter`].
pub fn histogram(name: &str, labels: &[(&str, &str)]) -> Result<Histogram, Error> {
    handle(name, labels)
}

/// The histogram of this name with these labels and these buckets: upper bounds, increasing and without `+Inf`, or
/// [`Native`](crate::metric::bounds::Native) ones.
///
/// # Errors
/// As [`counter`]; [`Error::is_name`] too if the buckets break these rules.
pub fn histogram_with_buckets(
    name: &str,
    labels: &[(&str, &str)],
    buckets: impl Into<Buckets>,
) -> Result<Histogram, Error> {
    let buckets = buckets.into();
    if let Some(mistake) = buckets.mistake() {
        return Err(Error::new(ErrorKind::Name, format!("metric `{name}`: {}", mistake.as_str())));
    }
    check::<Histogram>(name, labels)?;
    made(name.to_owned(), owned(labels), Some(buckets))
}

/// The summary of this name with these labels.
///
/// # Errors
/// As [`counter`].
pub fn summary(name: &str, labels: &[(&str, &str)]) -> Result<Summary, Error> {
    handle(name, labels)
}

fn handle<M: Handle>(name: &str, labels: &[(&str, &str)]) -> Result<M, Error> {
    check::<M>(name, labels)?;
    made(name.to_owned(), owned(labels), None)
}

fn owned(labels: &[(&str, &str)]) -> Vec<Label> {
    labels.iter().map(|(name, value)| Label::new((*name).to_owned(), (*value).to_owned())).collect()
}

/// Whether names are what a declaration may use.
fn check<M: Handle>(name: &str, labels: &[(&str, &str)]) -> Result<(), Error> {
    if let Some(mistake) = name::mistake(name, M::SHAPE.kind) {
        return Err(Error::new(ErrorKind::Name, mistake.as_str()));
    }
    for (label, _) in labels {
        if let Some(mistake) = label::mistake(label) {
            return Err(Error::new(ErrorKind::Name, format!("metric `{name}`: {}", mistake.as_str())));
        }
    }
    Ok(())
}

/// The handle of a series whose names have been checked or sanitized.
fn made<M: Handle>(name: String, labels: Vec<Label>, buckets: Option<Buckets>) -> Result<M, Error> {
    if let Some(twice) = repeated(&labels) {
        let message = format!("metric `{name}`: label `{twice}` is given twice; drop one");
        return Err(Error::new(ErrorKind::Name, message));
    }
    if labels.len() > MAX_LABELS {
        let message = format!("metric `{name}` has {} labels; at most {MAX_LABELS} are allowed", labels.len());
        return Err(Error::new(ErrorKind::Name, message));
    }
    let declared = Declared::nameless(M::SHAPE);
    let mut metric = Metric::new(&declared, name, &labels);
    let any_buckets = buckets.is_none();
    metric.buckets = buckets;
    if let Some(settled) = local::settle(&metric) {
        settled?;
    } else if target::is_ours_set() {
        backend::settle(&metric, any_buckets)?;
    }
    Ok(M::of(declared, Series::new(Arc::new(metric), labels).announce()))
}

fn repeated(labels: &[Label]) -> Option<&str> {
    let mut all = labels.iter().enumerate();
    all.find(|(n, label)| labels[..*n].iter().any(|earlier| earlier.key() == label.key())).map(|(_, label)| label.key())
}
