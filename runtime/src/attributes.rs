//! The attributes and `time!`, documented where users look for them; it knows nothing of what they expand to.

/// Counts the calls of a function.
///
/// | key | meaning | without it |
/// |---|---|---|
/// | `name = "x_total"` | the metric's whole name: a literal or a constant; ends in `_total` | `function_calls_total` with the labels `function`, `module` and `result` |
/// | `function = ".."` | the label `function`, where there is no `name` | the function's name, under an attribute on its `impl` block behind its type's: `Type::method` |
/// | `help = ".."` | its HELP | the first paragraph of the function's docs |
/// | `labels(k = expr, arg)` | labels of your own, which need a `name`; the expressions see the arguments and `self`, are borrowed, and evaluated when the call begins; see [`LabelValue`](crate::LabelValue) | none |
/// | `known = CALLS` | label sets that become known while the program runs, shown at 0 from then on: the path of a static [`KnownLabels`](crate::KnownLabels) | those of literals and types, see below |
/// | `result` | the label `result`, by what the function returns; see [`Outcome`](crate::Outcome); an error where its type tells nothing | with a `name`, none; else by what the function returns, and `ok` where its type tells nothing |
/// | `ok_if = f`, `error_if = f` | `result` by a function of the returned value, a path or a closure: `ok_if = \|status\| *status < 500` | |
/// | `error_kind` | `result`, and the label `error` with the kind of the error, empty if there is none; needs a `name`, see [`ErrorKind`](trait@crate::ErrorKind) | none |
/// | `error_kind = f` | the same by a function of the error, a path or a closure, for errors of a type that is not your own: it returns an [`ErrorKind`](trait@crate::ErrorKind), whose kinds are at 0 from the start, or a `&'static str` | |
/// | `items` | for streams, how many items they had: `x_items_total`, or without a name `function_calls_items_total`; an item that is an error makes the call one, with `items = last` the last one decides, with `items = ignore` none | an error makes the call one |
/// | `making` | the call is the body, whatever future or stream it makes | the call lasts until that ends |
/// | `slo = CHECKOUT` | labels that say how many calls shall be `ok`: a constant [`Slo`](crate::Slo) with a success rate; with a `name`, needs a key for the outcome | none |
/// | `rolling` | each call is added, as a one, to [`Rolling::named`](crate::Rolling::named) by the metric's name, or without one by the function's, `module::function`; all labels together, and while there is a recorder | none |
/// | `as_is` | the `name` as it is written: no suffix and no unit is asked for, only its syntax is checked | the name is checked |
/// | `team = ".."` | the team that the function belongs to, in the [catalogue](crate::catalog) and in what is made of it | none |
/// | `zero = false` | no series before the first call | series whose labels are known are at 0 from the installation on |
/// | `crate = path` | where this crate is, if it was renamed | `::tachometer` |
///
/// # Labels
///
/// | written as | is |
/// |---|---|
/// | `tenant` | the argument `tenant`, as a label of that name |
/// | `model = self.model` | any expression over the arguments and `self` whose value is a [`LabelValue`](crate::LabelValue); it is read before the call begins, so that `?`, `return` and `.await` cannot leave it |
/// | `function`, where that is no argument | the function's name, under an attribute on its `impl` block behind its type's |
/// | `"mcp.tool.name" = tool.name` | a label whose name is no identifier: any text that is not empty and does not begin with `__`. Who asks with `escaping=allow-utf-8`, as Prometheus 3 does, gets it as it is written, all others as `mcp_tool_name` |
/// | `%peer`, `peer = %self.peer` | a value that is displayed |
/// | `cap(tenant, 100)`, `tenant = cap(%self.tenant, 100)` | a value of which the first 100 different ones at this place are recorded as they are, and all others as `other` |
///
/// A value that panics does so before the call begins, and the call is not recorded. One that fails to display itself is as
/// much as it has written, and one that calls annotated functions itself is recorded beside these.
///
/// Where all values of all labels are known, their series are at 0 from the installation on. Known are those of
/// literals and comparisons, and of arguments whose type is `bool` or a [`FiniteLabel`](crate::FiniteLabel), or an `Option`
/// of one, whose `None` is the empty text. The values of a
/// type that is a parameter are not known. An attribute on an `impl` block sees the block's parameters, and so does one
/// on a method inside. A method whose block has no attribute takes a type of a few capital letters for a parameter; with
/// one of another name, which a static cannot use, write `zero = false` there, and with more than 256 such series.
///
/// What becomes known while the program runs, such as an organisation that comes, is shown by
/// [`KnownLabels`](crate::KnownLabels), which the key `known` names.
///
/// Attributes of one function are merged and measure once. `#[track_caller]` is kept, and all that returns is `ok`, unless a
/// key asks what is returned; with one the location seen in the body is that of the attribute.
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
/// | `name = "x_seconds"` | the metric's whole name: a literal or a constant; ends in `_seconds` | `function_calls_duration_seconds` with the labels `function` and `module` |
/// | `function = ".."` | the label `function`, where there is no `name` | the function's name, under an attribute on its `impl` block behind its type's: `Type::method` |
/// | `help = ".."` | its HELP | the first paragraph of the function's docs |
/// | `labels(k = expr, arg)`, `known = CALLS` | as for [`counted`] | none |
/// | `result` | the label `result`; needs a `name` | none |
/// | `ok_if = f`, `error_if = f`, `error_kind` | as for [`counted`], on the histogram; need a `name` | none |
/// | `buckets = [0.01, 0.1]` | the upper bounds, increasing, without `+Inf`: a list or a constant; or `native`, or `native(schema = 4, max_buckets = 80)`, which is what [`Native`](crate::metric::bounds::Native) says, or both as `native([0.01, 0.1])`; needs a `name` | 0.005 0.01 0.025 0.05 0.1 0.25 0.5 1 2.5 5 10 |
/// | `poll` | for futures, how long their polls took together and how many there were: `x_poll_duration_seconds` and `x_polls_total`, or without a name `function_calls_poll_duration_seconds` and `function_calls_polls_total`; costs two readings of the clock a poll | none |
/// | `items`, `making` | as for [`counted`] | as for [`counted`] |
/// | `first_item` | for streams, how long the first item took: `x_first_item_seconds`, or without a name `function_calls_first_item_seconds` | none |
/// | `rolling` | as for [`counted`], with how long each call took, in seconds | none |
/// | `slo = CHECKOUT` | labels that say how many calls shall take how long: a constant [`Slo`](crate::Slo) with a latency that is one of the buckets | none |
/// | `as_is`, `zero = false`, `team` | as for [`counted`] | as for [`counted`] |
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
/// | `labels(k = expr, arg)`, `known = CALLS` | as for [`counted`] | none |
/// | `as_is`, `zero = false`, `team` | as for [`counted`] | as for [`counted`] |
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
/// | `labels(k = expr, arg)`, `known = CALLS` | as for [`counted`], on all three | none |
/// | `result` | the label `result` on the counter | as for [`counted`] |
/// | `ok_if = f`, `error_if = f`, `error_kind` | as for [`counted`], on the counter | as for [`counted`] |
/// | `buckets = [0.01, 0.1]` | as for [`timed`] | as for [`timed`] |
/// | `poll` | as for [`timed`] | none |
/// | `items`, `making` | as for [`counted`] | as for [`counted`] |
/// | `first_item` | as for [`timed`] | none |
/// | `rolling` | as for [`timed`]: `x_duration_seconds` | none |
/// | `slo = CHECKOUT` | as for [`counted`] on the counter and as for [`timed`] on the histogram | none |
/// | `as_is`, `zero = false`, `team` | as for [`counted`] | as for [`counted`] |
/// | `crate = path` | as for [`counted`] | `::tachometer` |
///
/// ```
/// use tachometer::measured;
///
/// struct Index;
/// # struct Unknown;
///
/// impl Index {
///     /// Looks a word up.
///     #[measured(name = "lookup", labels(shard), result)]
///     async fn look_up(&self, shard: u16, word: &str) -> Result<u64, Unknown> {
///         if shard == 0 { Ok(word.len() as u64) } else { Err(Unknown) }
///     }
/// }
/// # drop(Index.look_up(0, "word"));
/// ```
///
/// With `rolling` the program knows by itself how long calls took in the last minutes:
///
/// ```
/// use tachometer::{Rolling, measured};
///
/// #[measured(name = "score", rolling)]
/// fn score(text: &str) -> usize {
///     text.len()
/// }
///
/// # #[cfg(feature = "runtime")] {
/// let telemetry = tachometer::builder().no_listener().install()?;
/// score("word");
/// let rolling = Rolling::named("score_duration_seconds");
/// assert_eq!(rolling.count(None), 1);
/// assert!(rolling.quantile(Rolling::ONE_MINUTE, 0.99) < Some(1.0), "else it is time to shed load");
/// # }
/// # Ok::<(), tachometer::Error>(())
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
