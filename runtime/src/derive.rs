//! The derives, documented where the examples can name the runtime. No code.

/// Makes a struct's fields metrics.
///
/// Fields are [`Counter`], [`FloatCounter`], [`Gauge`], [`Histogram`], [`Summary`] or a [`Family`] of one of these. Each
/// is named after its field, behind the struct's prefix; a counter's name gets `_total`. Its HELP is the first paragraph of its
/// doc comment, which must be there.
///
/// ```
/// use tachometer::{Counter, Family, Gauge, Histogram, Label, Metrics};
///
/// #[derive(Label)]
/// enum Codec {
///     Raw,
///     Gzip,
/// }
///
/// #[derive(Metrics)]
/// #[metrics(prefix = "scorer")]
/// struct ScorerMetrics {
///     /// Tokens that are padding.
///     padded_tokens: Counter, // scorer_padded_tokens_total
///     /// Requests waiting for a batch.
///     queue_size: Gauge, // scorer_queue_size
///     /// Bytes received.
///     #[metric(unit = "bytes", labels(worker, codec))]
///     received: Family<Histogram, (u16, Codec)>, // scorer_received_bytes
/// }
///
/// # #[cfg(feature = "runtime")] {
/// # use tachometer::families::Value;
/// let telemetry = tachometer::builder().no_listener().install()?;
/// let metrics = ScorerMetrics::default();
/// metrics.queue_size.set(3);
/// metrics.received.with(1, Codec::Raw).record(512);
/// ScorerMetrics::global().padded_tokens.increment(7);
/// assert_eq!(telemetry.snapshot().get("scorer_padded_tokens_total", &[]), Some(Value::Counter(7)));
/// # }
/// # Ok::<(), tachometer::Error>(())
/// ```
///
/// It implements `Default` and the methods below. However often a struct is built, the metrics of one name are one
/// series. Metrics without labels are shown at 0 as soon as the struct exists and tachometer is installed, in whatever
/// order; those of a family too where all values of its labels are known, see [`Family`], and else from
/// the first [`with`](crate::Family::with) on.
///
/// | method | |
/// |---|---|
/// | `T::default()` | the metrics under the struct's own prefix |
/// | `T::with_prefix(&str)` | the same under another prefix, in which characters that no name can hold become `_`; an empty one is none |
/// | `T::global()` | the program's one instance, a `&'static T`; fields that are skipped must be `Send + Sync` |
/// | `T::with_labels(..)` | with `labels(..)` on the struct: the metrics of the instance with these values, instead of `default` and `global`; `with_prefix` then takes the values behind the prefix |
///
/// | key of `#[metrics(..)]` on the struct | meaning | without it |
/// |---|---|---|
/// | `prefix = ".."` | what all names begin with, a `_` behind it | names are those of the fields |
/// | `labels(shard)` | labels on all metrics of one instance | none |
/// | `owned` | with `labels`: the series of an instance end with it, see below | they stay |
/// | `crate = path` | where this crate is, if it was renamed | `::tachometer` |
///
/// With `owned`, series are shown for as long as their instance is there: when it is dropped, and with it the last handle
/// that was cloned from it, they are removed as by [`Family::retain`](crate::Family::retain), those of a family without regard to handles that
/// [`with`](crate::Family::with) has made. What they have counted is in the metrics' retired totals. Instances with the same
/// labels share their series, which end with the last of them. Nothing waits for that: where metrics are being read, the series
/// are gone from the next reader on.
///
/// | on a field | meaning | without it |
/// |---|---|---|
/// | `#[metric(rename = "..")]` | the name behind the prefix | the field's name |
/// | `#[metric(unit = "bytes")]` | the unit, a base unit, which the name ends in before `_total`; it picks the buckets | that of the name |
/// | `#[metric(buckets = [0.1, 1.0])]` | a histogram's upper bounds, increasing, without `+Inf`: a list or a constant; or `native`, or `native(schema = 4, max_buckets = 80)`, which is what [`Native`](crate::metric::bounds::Native) says, or both as `native([0.01, 0.1])` | those of the unit, see [`Histogram`] |
/// | `#[metric(scale = 1e-6)]` | the quantum of a [`FloatCounter`]; see [`FloatCounter::scale`](crate::FloatCounter::scale) | 10⁻⁹ |
/// | `#[metric(labels(a, b))]` | the names of the labels of a [`Family`] over a tuple, in its order | the family's labels are a struct |
/// | `#[metric(rolling)]` | what is recorded is added to [`Rolling::named`](crate::Rolling::named) by the metric's name as well, of all series together | it is not |
/// | `#[metric(as_is)]` | the name is taken as it is: no `_total`, no unit, and only syntax is checked | it is completed and checked |
/// | `#[metric(zero = false)]` | no series before it is recorded into, or before [`with`](crate::Family::with) names it | at 0 as told above |
/// | `#[metric(skip)]` | no metric; the field is `Default::default()` | a metric |
/// | `#[metrics(flatten)]` | another struct of metrics, whose prefix stands behind this one's | a metric |
/// | `#[metrics(flatten, prefix = "..")]` | the same with this prefix instead of that struct's own | its own |
///
/// ```
/// # use tachometer::{Counter, Gauge, Metrics};
/// #[derive(Metrics)]
/// #[metrics(prefix = "pool", labels(shard))]
/// struct PoolMetrics {
///     /// Connections in use.
///     connections: Gauge, // pool_connections{shard=".."}
///     #[metrics(flatten)]
///     errors: ErrorMetrics,
/// }
///
/// #[derive(Metrics)]
/// #[metrics(prefix = "errors")]
/// struct ErrorMetrics {
///     /// Connections that were refused.
///     refused: Counter, // pool_errors_refused_total{shard=".."}
/// }
///
/// #[derive(Metrics)]
/// #[metrics(prefix = "session", labels(peer), owned)]
/// struct SessionMetrics {
///     /// Frames of a session that lasts.
///     frames: Counter, // session_frames_total{peer=".."}, until the session ends
/// }
///
/// let pools: Vec<PoolMetrics> = (0..4).map(|shard| PoolMetrics::with_labels(shard)).collect();
/// pools[2].connections.increment(1);
/// ```
///
/// [`Counter`]: crate::Counter
/// [`Family`]: crate::Family
/// [`FloatCounter`]: crate::FloatCounter
/// [`Gauge`]: crate::Gauge
/// [`Histogram`]: crate::Histogram
/// [`Summary`]: crate::Summary
pub use tachometer_macros::Metrics;

/// Makes a type's values those of a label: the variants of an enum, what a newtype holds, or what a type displays.
///
/// It implements [`LabelValue`], and [`FiniteLabel`] for enums without data and parameters and for newtypes of them.
///
/// | key | meaning | without it |
/// |---|---|---|
/// | `#[label(rename_all = "..")]` on the enum | how variants are written: `snake_case`, `kebab-case`, `camelCase`, `PascalCase`, `lowercase`, `UPPERCASE`, `SCREAMING_SNAKE_CASE`, `SCREAMING-KEBAB-CASE` | `snake_case` |
/// | `#[label(rename = "..")]` on a variant | how this one is written | by the enum's case |
/// | `#[label(display)]` on a newtype's field | the value is what the field displays | it is that of the field, a `LabelValue` |
/// | `#[label(display)]` on any type | the value is what the type displays itself | as told above |
/// | `#[label(crate = path)]` on the type | where this crate is, if it was renamed | `::tachometer` |
///
/// ```
/// use tachometer::{FiniteLabel, Label, counted};
///
/// #[derive(Label)]
/// #[label(rename_all = "kebab-case")]
/// enum Shipping {
///     Overnight,
///     TwoDays,
///     #[label(rename = "pickup")]
///     CollectedInStore,
/// }
///
/// #[counted(name = "parcels_total", labels(shipping))]
/// fn send(shipping: Shipping) {}
/// # send(Shipping::Overnight);
///
/// assert_eq!(Shipping::VALUES, ["overnight", "two-days", "pickup"]);
///
/// #[derive(Label)]
/// struct Region(&'static str);
///
/// #[derive(Label)]
/// struct Peer(#[label(display)] std::net::IpAddr);
/// # let values: [&dyn tachometer::LabelValue; 2] = [&Region("north"), &Peer([127, 0, 0, 1].into())];
/// # assert_eq!(values[1].text(&mut Default::default()), "127.0.0.1");
/// ```
///
/// [`FiniteLabel`]: crate::FiniteLabel
/// [`LabelValue`]: crate::LabelValue
pub use tachometer_macros::Label;

/// Makes the fields of a struct the labels of a [`Family`].
///
/// Each field is a [`LabelValue`] and names its label. A struct that borrows stands in the family's type with
/// `'static`, and is given with any lifetime.
///
/// | key | meaning | without it |
/// |---|---|---|
/// | `#[label(rename = "..")]` on a field | the label's name | the field's name |
/// | `#[label(display)]` on a field | the value is what the field displays | the field is a `LabelValue` |
/// | `#[label(crate = path)]` on the struct | where this crate is, if it was renamed | `::tachometer` |
///
/// ```
/// use tachometer::{Counter, Family, Labels};
///
/// #[derive(Labels)]
/// struct Request<'a> {
///     method: &'a str,
///     #[label(rename = "status_code")]
///     status: u16,
/// }
///
/// static REQUESTS: Family<Counter, Request<'static>> = Family::labelled("requests_total");
///
/// # #[cfg(feature = "runtime")] {
/// # use tachometer::families::Value;
/// let telemetry = tachometer::builder().no_listener().install()?;
/// let method = String::from("GET");
/// REQUESTS.with(Request { method: &method, status: 200 }).increment(1);
/// let labels = [("method", "GET"), ("status_code", "200")];
/// assert_eq!(telemetry.snapshot().get("requests_total", &labels), Some(Value::Counter(1)));
/// # }
/// # Ok::<(), tachometer::Error>(())
/// ```
///
/// [`Family`]: crate::Family
/// [`LabelValue`]: crate::LabelValue
pub use tachometer_macros::Labels;

/// Tells the kind of an error by the variant of an enum.
///
/// It implements the trait [`ErrorKind`](trait@crate::ErrorKind) for enums of any variants. A type parameter that stands in a
/// nested error must have kinds as well.
///
/// | key | meaning | without it |
/// |---|---|---|
/// | `#[error_kind(rename_all = "..")]` on the enum | how variants are written, as for [`Label`] | `snake_case` |
/// | `#[error_kind(rename = "..")]` on a variant | the kind of this one | by the enum's case |
/// | `#[error_kind(nested)]` on a variant with one field | the kind is that of the error inside | the variant's own |
/// | `#[error_kind(result(ok))]` or `#[result(ok)]` on a variant | it is no failure of the call | it is one |
/// | `#[error_kind(crate = path)]` on the enum | where this crate is, if it was renamed | `::tachometer` |
///
/// ```
/// use tachometer::ErrorKind;
///
/// #[derive(ErrorKind)]
/// enum LoadError<E> {
///     #[result(ok)]
///     NotFound,
///     #[error_kind(rename = "bad_key")]
///     InvalidKey { key: String },
///     #[error_kind(nested)]
///     Store(Box<E>),
/// }
///
/// #[derive(ErrorKind)]
/// enum StoreError {
///     Full,
///     Offline,
/// }
///
/// type Error = LoadError<StoreError>;
/// assert_eq!(Error::KINDS, ["bad_key", "full", "offline"]);
/// assert_eq!(Error::Store(Box::new(StoreError::Full)).kind(), "full");
/// assert!(Error::NotFound.is_ok());
/// # Error::InvalidKey { key: String::new() }.kind();
/// # StoreError::Offline.kind();
/// ```
///
/// [`Label`]: derive@crate::Label
pub use tachometer_macros::ErrorKind;
