//! Instrumentation for services: annotate a function, and its calls, failures, latency and load are on `/metrics`.
//!
//! # Annotate
//!
//! ```
//! use tachometer::measured;
//!
//! /// Orders brought to the till.
//! #[measured(name = "checkout", labels(payment = order.payment), result)]
//! async fn checkout(order: Order) -> Result<Receipt, Declined> {
//!     // ...
//! #   Ok(Receipt)
//! }
//! # struct Order { payment: &'static str }
//! # struct Receipt;
//! # struct Declined;
//! ```
//!
//! [`measured`] is three attributes in one: [`counted`], how often the function was called and how that ended;
//! [`timed`], how long its calls took; [`in_flight`], how many calls there are now. They go on functions and methods,
//! synchronous and asynchronous. What is recorded here is
//!
//! | metric | type | labels |
//! |---|---|---|
//! | `checkout_total` | counter | `payment`, `result` |
//! | `checkout_duration_seconds` | histogram, seconds | `payment` |
//! | `checkout_in_flight` | gauge, calls | `payment` |
//!
//! Without `name`, all functions share three metrics and are told apart by their labels:
//!
//! | metric | type | labels |
//! |---|---|---|
//! | `function_calls_total` | counter | `function`, `module`, `result` |
//! | `function_calls_duration_seconds` | histogram, seconds | `function`, `module` |
//! | `function_calls_concurrent` | gauge, calls | `function`, `module` |
//!
//! # What can be annotated
//!
//! | a function that is | is measured |
//! |---|---|
//! | `fn`, also `unsafe`, `extern`, generic, recursive, `-> !`, a method of any kind | while its body runs |
//! | `async fn`, also in traits and under `async_trait`, above or below it | from the first poll of its future to its end |
//! | `-> impl Future<Output = T>` | the same; what makes the future is no part of the call |
//! | `-> Pin<Box<dyn Future<Output = T>>>`, `BoxFuture`, `LocalBoxFuture` | the same; a body that does not end in `Box::pin(..)`, or has a `return`, costs one allocation more |
//!
//! | `impl` block, inherent or of a trait | method by method |
//! | `mod` with its body | function by function, and so are the `impl` blocks and modules inside |
//!
//! An attribute on a block stands for one on each function, with the same keys: with a `name` they share its metrics.
//! `result` reads a `Result` or an `Option` there, and any other function is `ok`. A function's own attribute replaces
//! the block's, [`skip`] leaves it out, and `const fn` is left alone.
//!
//! Where the future is made by a function, labels are read when the function is called, and the outcome is that of `T`.
//! Boxed futures are known by these names: behind an alias of your own the function is measured, not its future. A
//! `const fn` cannot be measured.
//!
//! # How a call ends
//!
//! A call ends once, in one of four ways, which are the values of the label `result`:
//!
//! | `result` | when |
//! |---|---|
//! | `ok` | it returned, and not an error |
//! | `error` | it returned an error, see [`Outcome`], or what `ok_if` or `error_if` call one |
//! | `panicked` | it panicked; never counted in a program built with `panic = "abort"` |
//! | `cancelled` | its future was dropped after its first poll |
//!
//! A future that is never polled is no call. Time is that of the body, for a future from its first poll to its end.
//! Series whose labels are known exist at 0 from the installation on; of a label set that a call brings, `ok` and
//! `error` appear together and the others when they happen.
//!
//! # Record by hand
//!
//! What is no call is recorded by handles: [`Counter`], [`FloatCounter`], [`Gauge`] and [`Histogram`], and by labels a
//! [`Family`] of them. They are statics, or fields of a struct with [`#[derive(Metrics)]`](derive@Metrics), or come by
//! name from [`dynamic`].
//!
//! ```
//! use tachometer::{Counter, Gauge, Metrics};
//!
//! static EVICTIONS: Counter = Counter::new("cache_evictions_total").help("Entries that had to go.");
//!
//! #[derive(Metrics)]
//! #[metrics(prefix = "queue")]
//! struct QueueMetrics {
//!     /// Jobs that wait.
//!     length: Gauge, // queue_length
//! }
//!
//! EVICTIONS.increment(1);
//! QueueMetrics::global().length.set(12);
//! ```
//!
//! # Install
//!
//! A library annotates and leaves the rest to programs: it depends on this crate with `default-features = false`. A
//! program installs once, in `main`:
//!
//! ```
//! # #[cfg(feature = "server")] {
//! # fn serve() {}
//! # let config = tachometer::Config::default().port(0);
//! # drop(tachometer::builder().config(config).install()?);
//! use std::time::Duration;
//!
//! fn main() -> Result<(), tachometer::Error> {
//!     let telemetry = tachometer::install()?; // 127.0.0.1:9464, or where METRICS_HOST and METRICS_PORT say
//!     serve();
//!     telemetry.shutdown(Duration::from_secs(5))
//! }
//! # }
//! # Ok::<(), tachometer::Error>(())
//! ```
//!
//! `install` sets the recorder of the [`metrics`] facade. What is not a call is recorded with that crate, and what other
//! crates record through it comes out at the same endpoint. Under any other recorder the attributes record through the
//! facade; see [`adopt_global`].
//!
//! # Features
//!
//! | feature | brings |
//! |---|---|
//! | `server` (default) | the HTTP endpoint: `/metrics`, `/snapshot` as JSON, `/healthz` |
//! | `runtime` (implied by `server`) | the store, `install` and what reads it |
//! | none | the attributes, for libraries |
//!
//! # Limits
//!
//! Recording is not async-signal-safe. A child that is forked without `exec` starts from zero and has no endpoint; it
//! may install its own. Two versions of this crate can be in one program, and each has its own sites.

#![cfg_attr(not(feature = "runtime"), expect(dead_code, reason = "call sites declare what only the store reads"))]

#[cfg(feature = "runtime")]
pub use crate::{
    config::Config,
    recorder::{
        builder::{BuildInfo, Builder, builder, install},
        telemetry::Telemetry,
    },
    snapshot::{FamilySnapshot, SeriesSnapshot, Snapshot},
    termination::Termination,
};

pub use crate::{
    call::{
        adopt::adopt_global,
        kind::ErrorKind,
        labels::{FiniteLabel, LabelValue},
        outcome::Outcome,
    },
    error::Error,
    handle::{
        counter::Counter,
        family::{Family, Handle},
        field::{Field, Metrics},
        float_counter::FloatCounter,
        gauge::Gauge,
        histogram::{Histogram, Timing},
        label_set::{LabelArg, LabelSet, Labels},
    },
};

/// Counts the calls of a function.
///
/// | key | meaning | without it |
/// |---|---|---|
/// | `name = "x_total"` | the metric's whole name: a literal or a constant; ends in `_total` | `function_calls_total` with the labels `function`, `module` and `result` |
/// | `function = ".."` | the label `function`, where there is no `name` | the function's name, under an attribute on its `impl` block behind its type's: `Type::method` |
/// | `help = ".."` | its HELP | the first paragraph of the function's docs |
/// | `labels(k = expr, arg)` | labels of your own, which need a `name`; the expressions see the arguments and `self`, are borrowed, and evaluated when the call begins; see [`LabelValue`] | none |
/// | `result` | the label `result`, by what the function returns; see [`Outcome`] | with a `name`, none; else `ok` unless the function returns a `Result` |
/// | `ok_if = f`, `error_if = f` | `result` by a function of the returned value, a path or a closure: `ok_if = \|status\| *status < 500` | |
/// | `error_kind` | `result`, and the label `error` with the kind of the error, empty if there is none; needs a `name`, see [`ErrorKind`] | none |
/// | `as_is` | the `name` as it is written: no suffix and no unit is asked for, only its syntax is checked | the name is checked |
/// | `zero = false` | no series before the first call | series whose labels are known are at 0 from the installation on |
/// | `crate = path` | where this crate is, if it was renamed | `::tachometer` |
///
/// # Labels
///
/// | written as | is |
/// |---|---|
/// | `tenant` | the argument `tenant`, as a label of that name |
/// | `model = self.model` | any expression over the arguments and `self` whose value is a [`LabelValue`] |
/// | `%peer`, `peer = %self.peer` | a value that is displayed |
/// | `cap(tenant, 100)`, `tenant = cap(%self.tenant, 100)` | a value of which the first 100 different ones at this place are recorded as they are, and all others as `other` |
///
/// Where all values of all labels are known, their series are at 0 from the installation on. Known are those of
/// literals and comparisons, and of arguments whose type is `bool` or a [`FiniteLabel`]. A type of a few capital letters
/// is taken for a parameter, whose values are not known. With parameters of another name, which a static cannot use,
/// and with more than 256 such series, write `zero = false`.
///
/// Attributes of one function are merged and measure once. `#[track_caller]` is kept without `result`; with it the
/// location seen in the body is that of the attribute.
///
/// ```
/// use tachometer::counted;
///
/// /// Letters taken to the post.
/// #[counted(name = "letters_total", labels(country, stamped = stamps > 0), result)]
/// fn post(country: &str, stamps: u32) -> Result<(), &'static str> {
///     if stamps == 0 { Err("no stamp") } else { Ok(()) }
/// }
///
/// #[counted] // function_calls_total{function="shred",module="..",result=".."}
/// fn shred() {}
/// # shred();
/// # post("nz", 1)?;
/// # Ok::<(), &'static str>(())
/// ```
pub use tachometer_macros::counted;

/// Records how long the calls of a function take, in seconds.
///
/// | key | meaning | without it |
/// |---|---|---|
/// | `name = "x_seconds"` | the metric's whole name: a literal or a constant | `function_calls_duration_seconds` with the labels `function` and `module` |
/// | `function = ".."` | the label `function`, where there is no `name` | the function's name, under an attribute on its `impl` block behind its type's: `Type::method` |
/// | `help = ".."` | its HELP | the first paragraph of the function's docs |
/// | `labels(k = expr, arg)` | as for [`counted`] | none |
/// | `result` | the label `result`; needs a `name` | none |
/// | `ok_if = f`, `error_if = f`, `error_kind` | as for [`counted`], on the histogram; need a `name` | none |
/// | `buckets = [0.01, 0.1]` | the upper bounds, increasing, without `+Inf`: a list or a constant; needs a `name` | 0.005 0.01 0.025 0.05 0.1 0.25 0.5 1 2.5 5 10 |
/// | `poll` | for futures, how long their polls took together and how many there were: `x_poll_duration_seconds` and `x_polls_total`, or without a name `function_calls_poll_duration_seconds` and `function_calls_polls_total`; costs two readings of the clock a poll | none |
/// | `as_is`, `zero = false` | as for [`counted`] | as for [`counted`] |
/// | `crate = path` | as for [`counted`] | `::tachometer` |
///
/// Calls that fail, panic or are cancelled are recorded too.
///
/// ```
/// use tachometer::timed;
///
/// #[timed(name = "inference_latency_seconds", buckets = [0.005, 0.05, 0.5, 5.0])]
/// fn infer(batch: &[f32]) -> f32 {
///     batch.iter().sum()
/// }
/// # infer(&[1.0]);
/// ```
pub use tachometer_macros::timed;

/// Shows how many calls of a function there are at the moment.
///
/// | key | meaning | without it |
/// |---|---|---|
/// | `name = "x_in_flight"` | the metric's whole name: a literal or a constant | `function_calls_concurrent` with the labels `function` and `module` |
/// | `function = ".."` | the label `function`, where there is no `name` | the function's name, under an attribute on its `impl` block behind its type's: `Type::method` |
/// | `help = ".."` | its HELP | the first paragraph of the function's docs |
/// | `labels(k = expr, arg)` | as for [`counted`] | none |
/// | `as_is`, `zero = false` | as for [`counted`] | as for [`counted`] |
/// | `crate = path` | as for [`counted`] | `::tachometer` |
///
/// A call counts from its beginning, a future from its first poll, to its end, whatever way it ends. Calls within calls
/// of one function are counted each.
///
/// ```
/// use tachometer::in_flight;
///
/// #[in_flight(name = "downloads_in_flight")]
/// async fn download(path: &str) -> Vec<u8> {
///     path.into()
/// }
/// # drop(download("/"));
/// ```
pub use tachometer_macros::in_flight;

/// Counts the calls of a function, records how long they take, and shows how many there are: [`counted`], [`timed`] and
/// [`in_flight`] in one.
///
/// | key | meaning | without it |
/// |---|---|---|
/// | `name = "x"` | what `x_total`, `x_duration_seconds` and `x_in_flight` begin with: a literal or a constant | `function_calls_total`, `function_calls_duration_seconds` and `function_calls_concurrent` |
/// | `function = ".."` | as for [`counted`] | as for [`counted`] |
/// | `help = ".."` | the HELP of all three | the first paragraph of the function's docs |
/// | `labels(k = expr, arg)` | as for [`counted`], on all three | none |
/// | `result` | the label `result` on the counter | as for [`counted`] |
/// | `ok_if = f`, `error_if = f`, `error_kind` | as for [`counted`], on the counter | as for [`counted`] |
/// | `buckets = [0.01, 0.1]` | as for [`timed`] | as for [`timed`] |
/// | `poll` | as for [`timed`] | none |
/// | `as_is`, `zero = false` | as for [`counted`] | as for [`counted`] |
/// | `crate = path` | as for [`counted`] | `::tachometer` |
///
/// ```
/// use tachometer::measured;
///
/// struct Index;
///
/// impl Index {
///     /// Looks a word up.
///     #[measured(name = "lookup", labels(shard), result)]
///     async fn look_up(&self, shard: u16, word: &str) -> Option<u64> {
///         (shard == 0).then_some(word.len() as u64)
///     }
/// }
/// # drop(Index.look_up(0, "word"));
/// ```
pub use tachometer_macros::measured;

/// Records how long an expression takes, in seconds, and is its value.
///
/// The name is that of a histogram of its own, checked as in [`timed`](macro@timed): a literal or a constant. An
/// expression that awaits, fails with `?`, returns, panics or is cancelled is recorded too.
///
/// ```
/// fn parse(text: &str) -> Result<u64, std::num::ParseIntError> {
///     let number: u64 = tachometer::time!("parse_seconds", text.parse()?);
///     Ok(number)
/// }
/// # assert_eq!(parse("5"), Ok(5));
/// ```
#[macro_export]
macro_rules! time {
    ($($tokens:tt)*) => { $crate::__private::time! { $crate; $($tokens)* } };
}

/// Leaves a function, an `impl` block or a module out of what an attribute on the block around it measures.
///
/// By itself it does nothing. It is known by its name, also within `cfg_attr`.
///
/// ```
/// use tachometer::measured;
///
/// struct Index(Vec<u64>);
///
/// #[measured] // function_calls_total{function="Index::add",module="..",result=".."} and so on
/// impl Index {
///     fn add(&mut self, key: u64) {
///         self.0.push(key);
///     }
///
///     #[tachometer::skip]
///     fn len(&self) -> usize {
///         self.0.len()
///     }
/// }
/// # let mut index = Index(Vec::new());
/// # index.add(1);
/// # assert_eq!(index.len(), 1);
/// ```
pub use tachometer_macros::skip;

pub use crate::derive::{ErrorKind, Label, Labels, Metrics};

pub mod dynamic;

pub mod metric;

#[cfg(feature = "runtime")]
pub mod families;

mod derive;

mod call;

mod handle;

#[cfg(feature = "runtime")]
mod store;

#[cfg(feature = "runtime")]
mod snapshot;

#[cfg(feature = "runtime")]
mod exporters;

#[cfg(feature = "runtime")]
mod serve;

#[cfg(feature = "runtime")]
mod config;

#[cfg(feature = "runtime")]
mod recorder;

#[cfg(feature = "runtime")]
mod termination;

#[cfg(feature = "runtime")]
mod clock;

#[cfg(feature = "runtime")]
mod sync;

mod error;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
use __private as private;
