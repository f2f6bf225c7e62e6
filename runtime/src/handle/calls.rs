//! Calls of code that bears no attribute, declared by hand and measured where they are made.

use std::{
    fmt,
    marker::PhantomData,
    panic::Location,
    sync::{Arc, OnceLock, Weak},
};

use crate::{
    call::{
        backend, facade,
        finite::Values,
        kind::ErrorKind,
        labels::Labels,
        pending::{self, Pending, Spread},
        site::{Counted, Declaration, InFlight, Site, Source, Timed},
        target::{self, Target},
        value::LabelValue,
        verdict::{ByKind, ByOutcome},
    },
    gate,
    handle::{
        begun::Call,
        declared::{Arity, Declared, EachLabel, Shape},
        label_set::{LabelArg, LabelSet, Labels as LabelNames},
    },
    metric::{
        bounds::{Ladder, Native},
        kind::Kind,
        name::Name,
        unit::Unit,
    },
    reentry,
};

/// Calls of code that cannot be annotated, such as another crate's client: each is measured where it is made, as
/// [`#[measured(name = "..", labels(..), result)]`](macro@crate::measured) measures those of a function.
///
/// `L` are the types of the labels, a tuple of up to eight [`LabelValue`]s, or a [struct](Self::labelled) that names them. With an `E` that is an
/// [`ErrorKind`](trait@crate::ErrorKind) errors are told apart by their kinds, as `error_kind` does.
///
/// ```
/// use std::io;
/// use tachometer::Calls;
///
/// /// Another crate's.
/// struct Client;
///
/// impl Client {
///     async fn get(&self) -> io::Result<u16> {
///         // ...
/// #       Ok(200)
///     }
/// }
///
/// static UPSTREAM: Calls<(&'static str,)> = Calls::new("upstream", &["route"]).help("Calls of the search service.");
///
/// async fn search(client: &Client) -> io::Result<u16> {
///     UPSTREAM.with("search").measure_future(client.get()).await
/// }
///
/// # #[cfg(feature = "runtime")] {
/// # use tachometer::families::Value;
/// let telemetry = tachometer::builder().no_listener().install()?;
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().expect("it needs nothing");
/// # let _ = runtime.block_on(search(&Client));
/// let parsed = UPSTREAM.with("parse").measure(|| "7".parse::<u8>());
/// # assert_eq!(parsed, Ok(7));
/// let calls = |route| telemetry.snapshot().get("upstream_total", &[("route", route), ("result", "ok")]) == Some(Value::Counter(1));
/// assert!(calls("search") && calls("parse"));
/// # }
/// # Ok::<(), tachometer::Error>(())
/// ```
///
/// What is recorded here is `upstream_total` by `route` and `result`, `upstream_duration_seconds` and
/// `upstream_in_flight` by `route`. A call ends in one of the ways that [functions](crate#how-a-call-ends) do; a set of
/// labels is at 0 for `ok` and `error` from its first call on. If all values of all labels are known, or there are no
/// labels, all of them are from the first use of the static on, unless it is made [`without_zero`](Self::without_zero).
/// A call whose labels were seen before allocates nothing.
#[must_use = "calls that are not measured by it are not recorded"]
pub struct Calls<L, E = ()> {
    declared: Declared,
    made: OnceLock<Arc<Made>>,
    types: PhantomData<fn(L) -> E>,
}

/// What the labels of [`Calls`] can be: a tuple of up to eight label types, or a struct with `#[derive(Labels)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no set of labels",
    label = "expected a tuple of up to 8 label types, or a struct with `#[derive(Labels)]`",
    note = "write `()` for none, and `(Codec,)` for one"
)]
pub trait CallLabels {
    #[doc(hidden)]
    const ARITY: Arity;

    #[doc(hidden)]
    const VALUES: EachLabel;
}

/// What tells the errors of [`Calls`] apart: nothing, `()`, or an [`ErrorKind`](trait@crate::ErrorKind).
pub trait CallErrors {
    #[doc(hidden)]
    type Judge: Default;

    #[doc(hidden)]
    const KINDS: Option<&'static [&'static str]>;
}

impl CallErrors for () {
    type Judge = ByOutcome;

    const KINDS: Option<&'static [&'static str]> = None;
}

impl<E: ErrorKind> CallErrors for E {
    type Judge = ByKind;

    const KINDS: Option<&'static [&'static str]> = Some(E::KINDS);
}

/// Where no call is recorded.
static NOWHERE: Site = Site::of(Source::new("this program", module_path!(), "", 0, ""), &Declaration::new());

/// What stands for a function here. It is made once and lives as long as the program.
struct Made {
    site: &'static Site,
    /// The name of the histogram.
    duration: String,
}

impl<L: CallLabels, E: CallErrors> Calls<L, E> {
    /// Calls whose metrics begin with this stem, with names for each label.
    ///
    /// # Panics
    /// If a name breaks the naming rules, or there are not as many names as types; in a static that is a compile error.
    #[track_caller]
    pub const fn new(stem: &'static str, labels: &'static [&'static str]) -> Self {
        if let Some(mistake) = L::ARITY.mistake(labels.len()) {
            mistake.panic();
        }
        let shape = Shape { labels: L::ARITY, values: L::VALUES, ..Shape::of(Kind::Histogram) };
        let declared = shape.declared(Name::stem(stem)).with_labels(labels);
        Self { declared, made: OnceLock::new(), types: PhantomData }
    }

    /// With this HELP. Without effect after the first use.
    pub const fn help(mut self, help: &'static str) -> Self {
        self.declared.help = help;
        self
    }

    /// With these upper bounds of the histogram, in seconds; see [`Histogram::buckets`](crate::Histogram::buckets).
    /// Without effect after the first use.
    ///
    /// # Panics
    /// If the bounds are not increasing; in a static that is a compile error.
    #[track_caller]
    pub const fn buckets(mut self, buckets: &'static [f64]) -> Self {
        self.declared = self.declared.with_buckets(buckets);
        self
    }

    /// With native buckets; see [`Histogram::native`](crate::Histogram::native). Without effect after the first use.
    ///
    /// # Panics
    /// If there is no such resolution, or the number of buckets is out of bounds; in a static that is a compile error.
    #[track_caller]
    pub const fn native(mut self, native: Native) -> Self {
        self.declared = self.declared.with_native(native);
        self
    }

    /// Whose series are shown when a call has named them, also where all values are known. Without effect after the
    /// first use.
    pub const fn without_zero(mut self) -> Self {
        self.declared = self.declared.without_zero();
        self
    }

    #[inline]
    fn call<const N: usize>(&self, values: [&dyn LabelValue; N]) -> Call<E::Judge> {
        self.resolved(|labels, target, site| labels.resolve(target, site, &values))
    }

    #[inline]
    fn resolved(&self, resolve: impl FnOnce(&mut Labels, Target, &'static Site)) -> Call<E::Judge> {
        let mut labels = Labels::none();
        // Within our own work nothing is recorded, nor made to record with.
        let made = self.made.get().or_else(|| reentry::alone(|| self.make()));
        let Some(Made { site, .. }) = made.map(|made| &**made) else {
            return Call::new(&NOWHERE, labels, E::Judge::default());
        };
        match target::current() {
            Target::Nobody => {}
            target => resolve(&mut labels, target, site),
        }
        Call::new(site, labels, E::Judge::default())
    }

    /// Two threads may each make one, of which the first is kept.
    #[cold]
    fn make(&self) -> &Arc<Made> {
        let made = Arc::new(Made::of(&self.declared, E::KINDS));
        let kept = gate::within(|| self.made.get_or_init(|| made.clone()));
        if Arc::ptr_eq(kept, &made) && self.declared.zero {
            let series: Weak<Made> = Arc::downgrade(kept);
            pending::announce(series);
        }
        kept
    }
}

impl Made {
    fn of(declared: &Declared, kinds: Option<&'static [&'static str]>) -> Self {
        let help =
            if declared.help.is_empty() { "Calls that are measured where they are made." } else { declared.help };
        let stem = declared.name;
        let counted = Counted::new(stem.total(), help);
        let counted = if kinds.is_some() { counted.error() } else { counted.result() };
        let timed = Timed::new(stem.duration(), help);
        let timed = match declared.buckets {
            Ladder::OfUnit => timed,
            Ladder::Bounds(bounds) => timed.buckets(bounds),
            Ladder::Native(native) => timed.native(native),
            Ladder::Both(bounds, native) => timed.buckets(bounds).native(native),
        };
        let (file, line) = declared.source.map_or(("", 0), |at: &Location<'_>| (at.file(), at.line()));
        let source = Source::new("this program", module_path!(), file, line, "");
        let site = Declaration::new()
            .asynchronous()
            .labels(declared.labels)
            .values(values(declared))
            .kinds(kinds.unwrap_or_default())
            .counter(counted)
            .timer(timed)
            .gauge(InFlight::new(stem.in_flight(), help));
        let site = if declared.zero { site } else { site.without_zero() };
        // A static's, and as few as those.
        Self { site: Site::made(source, site), duration: stem.duration().to_string() }
    }
}

/// The values of the labels, as far as they are known.
fn values(declared: &Declared) -> &'static [Values] {
    let mut values: Vec<Values> = Vec::new();
    (declared.values)(&mut |known| {
        values.push(known.map(|known| &*Box::leak(known.into_owned().into_boxed_slice())));
    });
    Box::leak(values.into_boxed_slice())
}

impl Pending for Made {
    fn join_store(&self) {
        backend::register(self.site);
    }

    fn join_adopted(&self) {
        facade::register(self.site);
    }

    fn histogram(&self) -> Option<Spread<'_>> {
        let buckets = self.site.metrics().find(|metric| metric.kind == Kind::Histogram)?.buckets;
        Some(Spread { name: &self.duration, buckets, unit: Some(Unit::SECONDS) })
    }
}

impl<L: LabelNames<Kept = L>, E: CallErrors> Calls<L, E> {
    /// Calls whose metrics begin with this stem, with the labels of a struct that derives
    /// [`Labels`](derive@crate::Labels).
    ///
    /// ```
    /// use tachometer::{Calls, Labels, testing};
    ///
    /// #[derive(Labels)]
    /// struct Request<'a> {
    ///     tenant: &'a str,
    ///     cached: bool,
    /// }
    ///
    /// static UPSTREAM: Calls<Request<'static>> = Calls::labelled("upstream");
    ///
    /// # #[cfg(feature = "testing")] {
    /// let recorded = testing::record(|| {
    ///     let tenant = String::from("acme");
    ///     UPSTREAM.with(Request { tenant: &tenant, cached: true }).measure(|| "7".parse::<u8>())
    /// });
    /// recorded.assert_counter("upstream_total", &[("tenant", "acme"), ("cached", "true"), ("result", "ok")], 1);
    /// # }
    /// ```
    ///
    /// # Panics
    /// If a name breaks the naming rules; in a static that is a compile error.
    #[track_caller]
    pub const fn labelled(stem: &'static str) -> Self {
        let shape =
            Shape { labels: <L as LabelSet>::ARITY, values: <L as LabelSet>::VALUES, ..Shape::of(Kind::Histogram) };
        let declared = shape.declared(Name::stem(stem)).with_labels(L::NAMES);
        Self { declared, made: OnceLock::new(), types: PhantomData }
    }

    /// A call that is about to be made, with these labels.
    #[inline]
    pub fn with(&self, labels: impl LabelNames<Kept = L>) -> Call<E::Judge> {
        labels.visit(|values| self.resolved(|labels, target, site| labels.resolve_each(target, site, values)))
    }
}

impl<E: CallErrors> Calls<(), E> {
    /// A call that is about to be made.
    #[inline]
    pub fn with(&self) -> Call<E::Judge> {
        self.call([])
    }
}

impl<L: LabelSet> CallLabels for L {
    const ARITY: Arity = L::ARITY;

    const VALUES: EachLabel = L::VALUES;
}

impl CallLabels for () {
    const ARITY: Arity = Arity::Tuple(0);

    const VALUES: EachLabel = |_| {};
}

macro_rules! tuples {
    ($($($label:ident $value:ident)*;)*) => {
        $(
            impl<$($label: LabelValue,)* E: CallErrors> Calls<($($label,)*), E> {
                /// A call that is about to be made, with these values of its labels.
                #[allow(clippy::too_many_arguments)]
                #[inline]
                pub fn with(&self, $($value: impl LabelArg<$label>),*) -> Call<E::Judge> {
                    self.call([$(&$value),*])
                }
            }
        )*
    };
}

tuples! {
    A a;
    A a B b;
    A a B b C c;
    A a B b C c D d;
    A a B b C c D d F f;
    A a B b C c D d F f G g;
    A a B b C c D d F f G g H h;
    A a B b C c D d F f G g H h I i;
}

impl<L, E> fmt::Debug for Calls<L, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Calls").field("name", &self.declared.name.to_string()).finish_non_exhaustive()
    }
}
