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
//! | `-> impl Future<Output = T>`, `-> Pin<Box<dyn Future<Output = T>>>`, `-> Self::Future` and any alias of such a box | the same; what makes the future is no part of the call |
//! | `-> impl Stream<Item = T>`, `BoxStream`, `Pin<Box<dyn Stream<Item = T>>>` | from the first poll of the stream to its end |
//! | `-> Result<F, E>`, `-> Option<F>` of one of these | from the beginning of its body to the end of what it returns |
//!
//! | a block that is | is measured |
//! |---|---|
//! | `impl` block, inherent or of a trait | method by method |
//! | `mod` with its body | function by function, and so are the `impl` blocks and modules inside |
//!
//! An attribute on a block stands for one on each function, with the same keys: with a `name` they share its metrics, and
//! with `result` functions whose type tells of no errors are `ok` there. A function's own attribute replaces the block's,
//! [`skip`] leaves it out, and `const fn` is left alone.
//!
//! Where the future is made by a function, labels are read when the function is called, and the outcome is that of `T`.
//! A box that is not made by `Box::pin(..)` at the end of the body costs one allocation more.
//!
//! A call is followed to its end, or refused: what returns a future or a stream that no other can take the place of, such as
//! `JoinHandle` or `impl Future + Clone`, is an error of the compiler, and left alone in a block. With `making` its making is
//! the call. A `const fn` cannot be measured.
//!
//! # How a call ends
//!
//! A call ends once, in one of four ways, which are the values of the label `result`:
//!
//! | `result` | when |
//! |---|---|
//! | `ok` | it returned, and not an error |
//! | `error` | it returned `Err`, `Some(Err)`, `Poll::Ready(Err)` or `Poll::Ready(Some(Err))`, by whatever alias, or what [`Outcome`], `ok_if` or `error_if` call an error |
//! | `panicked` | it panicked; never counted in a program built with `panic = "abort"` |
//! | `cancelled` | its future or stream was dropped after its first poll and before its end |
//!
//! The type of what is returned decides, as far as it is known where the function is written: what only a caller makes a
//! `Result` is a value, and so is what lies deeper. `None` is `ok`, and so is an error that is
//! [`is_ok`](ErrorKind::is_ok).
//!
//! A future that is never polled is no call. Time is that of the body, for a future from its first poll to its end.
//! Series whose labels are known exist at 0 from the installation on; of a label set that a call brings, `ok` and
//! `error` appear together and the others when they happen.
//!
//! What a function is meant to achieve, so many calls that succeed and so many within a time, is a constant, and labels
//! for alerting rules: see [`slo`].
//!
//! # Record by hand
//!
//! What is no call is recorded by handles: [`Counter`], [`FloatCounter`], [`Gauge`], [`Histogram`] and [`Summary`], and
//! by labels a [`Family`] of them. They are statics, or fields of a struct with [`#[derive(Metrics)]`](derive@Metrics), or come by
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
//! | to know | take | it costs |
//! |---|---|---|
//! | how often, how much | [`Counter`], [`FloatCounter`] | one addition |
//! | how much now | [`Gauge`] | one store |
//! | how values are spread, over any time and all processes | [`Histogram`] | two additions |
//! | the same, without choosing buckets | [`Histogram`] with [`native`](Histogram::native) ones | two shared additions |
//! | the quantiles of the last minute, here, without choosing buckets | [`Summary`] | a logarithm and two additions |
//!
//! They take every integer, floating-point number and `Duration`, see [`Number`] and [`Count`]. A [`Histogram::time`] and a
//! [`Gauge::hold`] can be kept in a struct and sent to a thread.
//!
//! Calls of code that bears no attribute, another crate's client say, are measured where they are made, by [`Calls`]:
//!
//! ```
//! use tachometer::Calls;
//!
//! static UPSTREAM: Calls<(&'static str,)> = Calls::new("upstream", &["route"]); // upstream_total, ..
//!
//! async fn search(client: &Client) -> Result<u16, ClientError> {
//!     UPSTREAM.with("search").measure_future(client.get()).await
//! }
//! # struct Client;
//! # struct ClientError;
//! # impl Client { async fn get(&self) -> Result<u16, ClientError> { Ok(200) } }
//! ```
//!
//! Averages of the last minutes that the program itself looks at are a [`Rolling`].
//!
//! What has to be fetched rather than recorded, the length of somebody else's queue for example, is what
//! [`collectors`] are for.
//!
//! # Install
//!
//! A library annotates and leaves the rest to programs: it depends on this crate with `default-features = false`, and
//! [a page of its own](guide::library) tells what else it should know. A program installs once, in `main`:
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
//! Where it listens, and all else that can be set, is said by the program, by variables or by a file that is watched:
//! [`Config`] has the table of settings.
//!
//! `install` sets the recorder of the [`metrics`] facade. What is not a call is recorded with that crate, and what other
//! crates record through it comes out at the same endpoint. Under any other recorder the attributes record through the
//! facade; see [`adopt_global`].
//!
//! What is not scraped is pushed, to a receiver of OpenTelemetry's protocol, a list of Redis, a Pushgateway or a file:
//! [`push`].
//!
//! # Test
//!
//! With the feature `testing` a test has a recorder of its own, whatever other tests record at the same time:
//!
//! ```
//! # #[cfg(feature = "testing")] {
//! # use tachometer::{counted, testing};
//! #[counted(name = "greetings_total", error_if = Option::is_none)]
//! fn greet(name: &str) -> Option<String> {
//!     (!name.is_empty()).then(|| format!("Hello, {name}!"))
//! }
//!
//! let recorded = testing::record(|| greet(""));
//! assert_eq!(*recorded.value(), None);
//! recorded.assert_counter("greetings_total", &[("result", "error")], 1);
//! # }
//! ```
//!
//! # Features
//!
//! | feature | brings |
//! |---|---|
//! | `server` (default) | the HTTP endpoint: `/metrics`, `/snapshot`, `/cardinality` and `/catalog` as JSON, `/healthz` |
//! | `tls` | TLS, client certificates and users by `web.yml`; see [`Builder::web_config`] |
//! | `tower` | [`routes`] for a router of your own, and layers that measure HTTP and gRPC: [`tower::HttpMetrics`] for servers, [`tower::HttpClientMetrics`] for clients |
//! | `gpu` | [`collectors::gpu`]: what NVIDIA's driver says of GPUs, where there is one |
//! | `process` | [`collectors::process`]: what the system says of the process, its container and its machine; Linux |
//! | `fleet` | `fleet`: a parent process that exports its children; Linux |
//! | `otlp` | `outlets::Otlp`: pushes to a receiver of OpenTelemetry's protocol, by its standard variables |
//! | `log` | warnings reach the `log` crate as well, in programs that have no subscriber of `tracing` |
//! | `redis` | `outlets::Redis`: pushes documents to a list of Redis |
//! | `pushgateway` | `outlets::Pushgateway`: pushes to a Prometheus Pushgateway when a job ends |
//! | `opentelemetry` | exemplars: the trace that a value was recorded in, as OpenTelemetry's current span says |
//! | `tokio` | [`collectors::tokio`]: how async runtimes do, first of all the lag of their loops |
//! | `runtime` (implied by `server`) | the store, `install` and what reads it |
//! | `opentelemetry` | exemplars by the current span of opentelemetry 0.33, which is also that of `tracing-opentelemetry` 0.34; for any other version see [`Builder::exemplars`] |
//! | `prometheus-recorder` | [`Builder::with_prometheus`]: metrics-exporter-prometheus' recorder in the place of the store |
//! | `testing` | `tachometer::testing`: recorders and assertions for tests of what is annotated |
//! | `full` | all of them |
//! | none | the attributes, for libraries |
//!
//! # Limits
//!
//! Recording is not async-signal-safe. A child that is forked without `exec` starts from zero and has neither an endpoint
//! nor collectors; it may install its own. Two versions of this crate can be in one program, and each has its own sites.
//!
//! A global allocator may record by handles, families and annotated functions, and by the facade's macros where name and
//! labels are constants; a macro with other labels allocates before it asks for a recorder, and so never ends there. What
//! an allocator records of the memory that recording itself needs is dropped, and counted in
//! `tachometer_dropped_records_total{reason="within_tachometer"}`. For exact numbers count in atomics of your own there,
//! and show them by a [`Collector`](collectors::Collector).

#![cfg_attr(not(feature = "runtime"), expect(dead_code, reason = "call sites declare what only the store reads"))]

#[cfg(feature = "runtime")]
pub use crate::{
    cardinality::{
        policy::{GaugeFold, Policy},
        report::{LabelReport, MetricReport, OffenderReport, Report, WithinReport},
    },
    config::Config,
    families::trace::TraceContext,
    recorder::{
        builder::{BuildInfo, Builder, builder, install},
        telemetry::Telemetry,
    },
    snapshot::{FamilySnapshot, SeriesSnapshot, Snapshot},
    termination::Termination,
};

#[cfg(feature = "tower")]
pub use crate::recorder::routes::routes;

pub use crate::{
    call::{
        adopt::adopt_global,
        displayed::Displayed,
        kind::ErrorKind,
        outcome::Outcome,
        shown::KnownLabels,
        value::{FiniteLabel, LabelBuffer, LabelValue},
    },
    error::Error,
    handle::{
        begun::{Call, Measure},
        calls::{CallErrors, CallLabels, Calls},
        counter::Counter,
        family::{Family, Handle},
        field::{Field, Metrics},
        float_counter::FloatCounter,
        gauge::Gauge,
        held::Held,
        histogram::Histogram,
        label_set::{LabelArg, LabelSet, Labels},
        number::{Count, Number},
        summary::Summary,
        timing::Timing,
    },
    metric::matcher::Matcher,
    rolling::Rolling,
    slo::Slo,
};

pub use attributes::{counted, in_flight, measured, skip, timed};

pub use crate::derive::{ErrorKind, Label, Labels, Metrics};

pub mod dynamic;

/// What [`Builder::with_prometheus`] takes, in the version that it is made for.
#[cfg(feature = "prometheus-recorder")]
pub use metrics_exporter_prometheus::PrometheusBuilder;

#[cfg(feature = "testing")]
pub mod testing;

pub mod metric;

pub mod slo;

#[cfg(feature = "tower")]
pub mod tower;

#[cfg(feature = "runtime")]
pub mod families;

#[cfg(feature = "runtime")]
pub mod catalog;

#[cfg(feature = "runtime")]
pub mod collectors;

#[cfg(feature = "runtime")]
pub mod push;

#[cfg(feature = "runtime")]
pub mod outlets;

#[cfg(all(feature = "fleet", target_os = "linux"))]
pub mod fleet;

pub mod guide;

mod attributes;

mod derive;

mod call;

mod handle;

mod rolling;

#[cfg(feature = "runtime")]
mod facade;

#[cfg(feature = "runtime")]
mod store;

#[cfg(feature = "runtime")]
mod cardinality;

#[cfg(feature = "runtime")]
mod snapshot;

#[cfg(feature = "runtime")]
mod exporters;

#[cfg(feature = "runtime")]
mod serve;

#[cfg(feature = "runtime")]
mod config;

#[cfg(feature = "runtime")]
mod credentials;

#[cfg(feature = "runtime")]
mod recorder;

#[cfg(feature = "runtime")]
mod traces;

#[cfg(feature = "runtime")]
mod termination;

#[cfg(feature = "runtime")]
mod clock;

#[cfg(feature = "runtime")]
mod time;

#[cfg(feature = "runtime")]
mod sync;

mod gate;

mod known;

mod lost;

mod reentry;

mod remembered;

mod error;

#[cfg(tachometer_fuzzing)]
#[doc(hidden)]
pub mod fuzzing;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
