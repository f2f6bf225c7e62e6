//! A metric with labels: a handle for each set of their values, made when it is asked for and kept.

use std::{
    cell::RefCell,
    fmt,
    hash::{BuildHasher, RandomState},
    marker::PhantomData,
    sync::{Arc, Mutex, PoisonError},
};

use metrics::Label;

use crate::{
    call::{
        finite::combinations,
        value::{LabelBuffer, LabelValue},
    },
    gate,
    handle::{
        backend,
        counter::Counter,
        declared::{Declared, Shape},
        float_counter::{self, FloatCounter},
        gauge::Gauge,
        histogram::Histogram,
        label_set::{LabelArg, LabelSet, Labels},
        lazy::{Lazy, Made},
        metric::{Metric, Series},
        summary::Summary,
    },
    known::Known,
    metric::{bounds::Native, kind::Kind},
};

/// A metric whose series are told apart by labels `L`, each of them a handle `M`.
///
/// `L` is a tuple of one to eight label types, whose names stand in the declaration, or a struct with
/// [`#[derive(Labels)]`](derive@crate::Labels), which names them itself. A label type is whatever is a
/// [`LabelValue`]: texts, `bool`, `char`, integers, an `Option` of these, what
/// [`#[derive(Label)]`](derive@crate::Label) is on, and [`Displayed`](crate::Displayed). For the type `String` a `&str` is
/// taken as well, and for any type a reference to it; a literal `None` says of what it is one, `None::<&str>`.
///
/// ```
/// use tachometer::{Counter, Family, Label};
///
/// #[derive(Label)]
/// enum Codec {
///     Raw,
///     Gzip,
/// }
///
/// static RECEIVED: Family<Counter, (String, Codec)> =
///     Family::new("received_bytes_total", &["peer", "codec"]).help("Bytes received.");
///
/// # #[cfg(feature = "runtime")] {
/// # use tachometer::families::Value;
/// let telemetry = tachometer::builder().no_listener().install()?;
/// RECEIVED.with("north", Codec::Raw).increment(512);
/// let south = RECEIVED.with("south", Codec::Gzip); // a Counter to keep
/// south.increment(64);
///
/// let snapshot = telemetry.snapshot();
/// let labels = [("peer", "south"), ("codec", "gzip")];
/// assert_eq!(snapshot.get("received_bytes_total", &labels), Some(Value::Counter(64)));
/// # }
/// # Ok::<(), tachometer::Error>(())
/// ```
///
/// A set of values that was seen before is found again without an allocation. A series is shown at 0 from the `with`
/// that names it on. Where all values of all labels are known, because each is a [`FiniteLabel`](crate::FiniteLabel),
/// and there are no more than 256 sets of them, all series are shown at 0: those of a static from its first use on,
/// those of a struct's field as soon as the struct exists; unless it is made [`without_zero`](Family::without_zero).
/// How many series there may be is the guard's affair, see [`Policy`](crate::Policy).
///
/// The number of names must be that of the types:
///
/// ```compile_fail,E0080
/// # use tachometer::{Counter, Family};
/// static RECEIVED: Family<Counter, (String, bool)> = Family::new("received_total", &["peer"]);
/// ```
#[must_use = "a family that nobody records into measures nothing"]
pub struct Family<M, L> {
    pub(crate) members: Lazy<Members>,
    types: PhantomData<fn(L) -> M>,
}

/// A handle that a [`Family`] can consist of: [`Counter`], [`FloatCounter`], [`Gauge`], [`Histogram`] and [`Summary`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no metric that a family could consist of",
    label = "expected `Counter`, `FloatCounter`, `Gauge`, `Histogram` or `Summary`"
)]
pub trait Handle: Sized {
    #[doc(hidden)]
    const SHAPE: Shape;

    #[doc(hidden)]
    fn of(declared: Declared, series: Arc<Series>) -> Self;
}

macro_rules! handles {
    ($($handle:ident: $shape:expr;)*) => {
        $(impl Handle for $handle {
            const SHAPE: Shape = $shape;

            fn of(declared: Declared, series: Arc<Series>) -> Self {
                Self(Lazy::of(declared, series))
            }
        })*
    };
}

handles! {
    Counter: Shape::of(Kind::Counter);
    FloatCounter: float_counter::SHAPE;
    Gauge: Shape::of(Kind::Gauge);
    Histogram: Shape::of(Kind::Histogram);
    Summary: Shape::of(Kind::Summary);
}

/// The series of a family, by their labels' values.
pub(crate) struct Members {
    metric: Arc<Metric>,
    /// Labels that all of them have.
    fixed: Vec<Label>,
    known: Known<Member>,
    hasher: RandomState,
    /// Keeps two from adding at once.
    adding: Mutex<()>,
}

/// A series, by the text that its values make.
struct Member {
    values: Box<[u8]>,
    series: Arc<Series>,
}

/// Series that there is room for in a family's first table.
const FIRST_MEMBERS: usize = 8;

/// What stands between two values in a look-up: a byte that no UTF-8 text holds.
const SEPARATOR: u8 = 0xFF;

impl<M: Handle, L: LabelSet> Family<M, L> {
    /// What such a metric is, as far as its type tells.
    pub(crate) const SHAPE: Shape = Shape { labels: L::ARITY, values: L::VALUES, ..M::SHAPE };

    /// The metric of this name, whose labels are a tuple, with names for each of them.
    ///
    /// # Panics
    /// If a name breaks the naming rules, or there are not as many names as types; in a static that is a compile error.
    #[track_caller]
    pub const fn new(name: &'static str, labels: &'static [&'static str]) -> Self {
        if let Some(mistake) = L::ARITY.mistake(labels.len()) {
            mistake.panic();
        }
        Self { members: Lazy::new(Declared::new(Self::SHAPE, name).with_labels(labels)), types: PhantomData }
    }

    /// The same for names that are taken as they are written, because they were there before: no `_total` is asked for,
    /// any unit will do, and only what Prometheus would refuse is refused.
    ///
    /// # Panics
    /// If a name is none to Prometheus, or there are not as many names as types; in a static that is a compile error.
    #[track_caller]
    pub const fn as_is(name: &'static str, labels: &'static [&'static str]) -> Self {
        if let Some(mistake) = L::ARITY.mistake(labels.len()) {
            mistake.panic();
        }
        let declared = Declared::as_written(Self::SHAPE, name).with_labels(labels);
        Self { members: Lazy::new(declared), types: PhantomData }
    }

    /// With this HELP. Without effect after the first use.
    pub const fn help(mut self, help: &'static str) -> Self {
        self.members.declared.help = help;
        self
    }

    /// Whose series are shown when [`with`](Self::new) has named them, also where all values are known. Without effect
    /// after the first use.
    pub const fn without_zero(mut self) -> Self {
        self.members.declared = self.members.declared.without_zero();
        self
    }

    /// One that a struct of metrics holds.
    pub(crate) fn of(declared: Declared, metric: Metric, fixed: Vec<Label>) -> Self {
        Self { members: Lazy::of(declared, Arc::new(Members::new(&declared, metric, fixed))), types: PhantomData }
    }

    fn member(&self, values: &[&dyn LabelValue]) -> M {
        M::of(self.members.declared, self.members.get().member(values))
    }
}

impl<L: LabelSet> Family<Histogram, L> {
    /// With these upper bounds, inclusive and increasing, without `+Inf`. Without effect after the first use.
    ///
    /// # Panics
    /// If the bounds break these rules; in a static that is a compile error.
    #[track_caller]
    pub const fn buckets(mut self, buckets: &'static [f64]) -> Self {
        self.members.declared = self.members.declared.with_buckets(buckets);
        self
    }

    /// With native buckets; see [`Histogram::native`]. Without effect after the first use.
    ///
    /// # Panics
    /// If there is no such resolution, or the number of buckets is out of bounds; in a static that is a compile error.
    #[track_caller]
    pub const fn native(mut self, native: Native) -> Self {
        self.members.declared = self.members.declared.with_native(native);
        self
    }
}

impl<L: LabelSet> Family<FloatCounter, L> {
    /// In multiples of this fraction of the unit; see [`FloatCounter::scale`]. Without effect after the first use.
    ///
    /// # Panics
    /// If a unit is no whole multiple of it; in a static that is a compile error.
    #[track_caller]
    pub const fn scale(mut self, scale: f64) -> Self {
        self.members.declared = self.members.declared.with_scale(scale);
        self
    }
}

impl<M: Handle, L: Labels<Kept = L>> Family<M, L> {
    /// The metric of this name, with the labels that the struct names.
    ///
    /// # Panics
    /// If a name breaks the naming rules; in a static that is a compile error.
    #[track_caller]
    pub const fn labelled(name: &'static str) -> Self {
        Self { members: Lazy::new(Declared::new(Self::SHAPE, name).with_labels(L::NAMES)), types: PhantomData }
    }

    /// The same for a name that is taken as it is written; see [`as_is`](Self::as_is).
    ///
    /// # Panics
    /// If a name is none to Prometheus; in a static that is a compile error.
    #[track_caller]
    pub const fn labelled_as_is(name: &'static str) -> Self {
        let declared = Declared::as_written(Self::SHAPE, name).with_labels(L::NAMES);
        Self { members: Lazy::new(declared), types: PhantomData }
    }

    /// The handle for these values.
    pub fn with(&self, labels: impl Labels<Kept = L>) -> M {
        labels.visit(|values| self.member(values))
    }
}

macro_rules! tuples {
    ($($($label:ident $value:ident)*;)*) => {
        $(impl<M: Handle, $($label: LabelValue),*> Family<M, ($($label,)*)> {
            /// The handle for these values.
            #[allow(clippy::too_many_arguments)]
            pub fn with(&self, $($value: impl LabelArg<$label>),*) -> M {
                self.member(&[$(&$value),*])
            }
        })*
    };
}

tuples! {
    A a;
    A a B b;
    A a B b C c;
    A a B b C c D d;
    A a B b C c D d E e;
    A a B b C c D d E e F f;
    A a B b C c D d E e F f G g;
    A a B b C c D d E e F f G g H h;
}

impl<M, L> Clone for Family<M, L> {
    fn clone(&self) -> Self {
        Self { members: self.members.clone(), types: PhantomData }
    }
}

impl<M, L> fmt::Debug for Family<M, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Family").field("name", &self.members.get().metric.name).finish_non_exhaustive()
    }
}

impl Made for Members {
    fn of(declared: &Declared) -> Self {
        Self::new(declared, Metric::new(declared, declared.name.to_string(), &[]), Vec::new())
    }
}

impl Members {
    /// No members but those whose values are known.
    pub(crate) fn new(declared: &Declared, metric: Metric, fixed: Vec<Label>) -> Self {
        let (known, hasher) = (Known::new(FIRST_MEMBERS), RandomState::new());
        let members = Self { metric: Arc::new(metric), fixed, known, hasher, adding: Mutex::new(()) };
        let mut values = Vec::new();
        if declared.zero {
            (declared.values)(&mut |label| values.push(label));
        }
        for set in combinations(&values).iter().filter(|set| !set.is_empty()) {
            let set: Vec<&dyn LabelValue> = set.iter().map(|value| value as &dyn LabelValue).collect();
            members.member(&set);
        }
        members
    }

    pub(crate) fn metric(&self) -> &Metric {
        &self.metric
    }

    pub(crate) fn member(&self, values: &[&dyn LabelValue]) -> Arc<Series> {
        encoded(values, |key| {
            let hash = self.hasher.hash_one(key);
            self.find(hash, key).map_or_else(|| self.add(hash, key), |found| found.series.clone())
        })
    }

    fn find(&self, hash: u64, key: &[u8]) -> Option<&Member> {
        self.known.find(hash, |member| *member.values == *key)
    }

    /// Two threads may each make the series, which is the same in the store, and the first one is kept.
    #[cold]
    fn add(&self, hash: u64, key: &[u8]) -> Arc<Series> {
        let names = &self.metric.labels[self.fixed.len()..];
        // Values are not asked again: they may say something else.
        let texts = key.split(|byte| *byte == SEPARATOR).map(|text| String::from_utf8_lossy(text).into_owned());
        let own = names.iter().zip(texts).map(|(name, text)| Label::new(name.clone(), text));
        let labels = self.fixed.iter().cloned().chain(own).collect();
        let series = Series::passing(self.metric.clone(), labels);
        if backend::is_folded(&series) {
            // There may be any number of such values, and room that appears later is found by looking again.
            return series;
        }
        let member = Member { values: key.into(), series };
        gate::within(|| {
            // Nothing is left half-done by a panic under this lock, and a user's allocator may panic.
            let _alone = self.adding.lock().unwrap_or_else(PoisonError::into_inner);
            self.find(hash, key).unwrap_or_else(|| self.known.insert(hash, member)).series.clone()
        })
    }
}

/// Calls `find` with all values as one text.
fn encoded<R>(values: &[&dyn LabelValue], find: impl FnOnce(&[u8]) -> R) -> R {
    thread_local! {
        static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    }
    // Taken out: a measured allocator may come by here again.
    let mut buffer = BUFFER.try_with(RefCell::take).unwrap_or_default();
    buffer.clear();
    for value in values {
        buffer.extend_from_slice(value.text(&mut LabelBuffer::new()).as_bytes());
        buffer.push(SEPARATOR);
    }
    let found = find(&buffer);
    let _ = BUFFER.try_with(|kept| kept.replace(buffer));
    found
}
