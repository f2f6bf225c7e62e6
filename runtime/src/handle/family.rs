//! A metric with labels: a handle for each set of their values, made when it is asked for and remembered for a while.

use std::{fmt, marker::PhantomData, sync::Arc};

use crate::{
    call::value::LabelValue,
    handle::{
        backend,
        counter::Counter,
        declared::{Declared, Shape},
        float_counter::{self, FloatCounter},
        gauge::Gauge,
        histogram::Histogram,
        label_set::{LabelArg, LabelSet, Labels},
        lazy::Lazy,
        local,
        members::Members,
        metric::Series,
        summary::Summary,
    },
    metric::{bounds::Native, kind::Kind},
    reentry,
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
/// A family keeps no handles. Each thread remembers those of the last few thousand sets of values, which it finds again
/// without an allocation; what else was asked for before is looked up once more, and is the same series. So values that
/// come once and never again cost no memory, also without a recorder. A series is shown at 0 from the `with`
/// that names it on. Where all values of all labels are known, because each is a [`FiniteLabel`](crate::FiniteLabel),
/// and there are no more than 256 sets of them, all series are shown at 0: those of a static from its first use on,
/// those of a struct's field as soon as the struct exists; unless it is made [`without_zero`](Family::without_zero).
/// How many series there may be is the guard's affair, see [`Policy`](crate::Policy); one that is over can be
/// [removed](Self::retain).
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

    #[doc(hidden)]
    fn nowhere(declared: Declared) -> Self;
}

macro_rules! handles {
    ($($handle:ident: $shape:expr;)*) => {
        $(impl Handle for $handle {
            const SHAPE: Shape = $shape;

            fn of(declared: Declared, series: Arc<Series>) -> Self {
                Self(Lazy::of(declared, series))
            }

            fn nowhere(declared: Declared) -> Self {
                Self(Lazy::nowhere(declared))
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
    pub(crate) fn of(declared: Declared, members: Members) -> Self {
        Self { members: Lazy::of(declared, Arc::new(members)), types: PhantomData }
    }

    fn member(&self, values: &[&dyn LabelValue]) -> M {
        let declared = self.members.declared;
        // An allocator records what our own work allocates.
        if reentry::is_inside() {
            return M::nowhere(declared);
        }
        let _inside = reentry::enter();
        M::of(declared, self.members.get().member(values))
    }

    fn end(&self, values: &[&dyn LabelValue]) -> bool {
        self.members.get().end(values)
    }

    /// Removes the series for which `keep`, which is told the names and values of their labels, is false.
    ///
    /// They are shown no more, and what they have counted is part of the metric's total of retired series, see
    /// [`Telemetry::cardinality`](crate::Telemetry::cardinality). A handle that is recorded into later begins a new
    /// series. Series that the attributes make known before the first call stay, as do those of another crate's recorder.
    ///
    /// ```
    /// use tachometer::{Family, Gauge};
    ///
    /// static LAG: Family<Gauge, (String, u16)> = Family::new("peer_lag_seconds", &["peer", "shard"]);
    ///
    /// # #[cfg(feature = "runtime")] {
    /// let telemetry = tachometer::builder().no_listener().install()?;
    /// LAG.with("north", 1).set(0.5);
    /// LAG.with("north", 2).set(0.7);
    /// LAG.with("south", 1).set(0.1);
    /// LAG.retain(|labels| !labels.contains(&("peer", "north"))); // it has left
    /// assert!(LAG.remove("south", 1));
    /// assert!(telemetry.snapshot().family("peer_lag_seconds").is_none_or(|lag| lag.series().len() == 0));
    /// # }
    /// # Ok::<(), tachometer::Error>(())
    /// ```
    pub fn retain(&self, mut keep: impl FnMut(&[(&str, &str)]) -> bool) {
        let metric = &self.members.get().metric;
        if !local::retain(metric, &mut keep) {
            backend::retain(metric, &mut keep);
        }
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

    /// Removes the series of these values, as [`retain`](Self::retain) does, and says whether it was there.
    pub fn remove(&self, labels: impl Labels<Kept = L>) -> bool {
        labels.visit(|values| self.end(values))
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

            /// Removes the series of these values, as [`retain`](Self::retain) does, and says whether it was there.
            #[allow(clippy::too_many_arguments)]
            pub fn remove(&self, $($value: impl LabelArg<$label>),*) -> bool {
                self.end(&[$(&$value),*])
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
