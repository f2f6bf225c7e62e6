//! A call site: what an attribute declares about a function, and where all declarations of a program are listed.

mod beside;
mod found;
mod in_flight;
mod late;
mod linked;
mod metric;
mod more;
mod rolled;
pub mod shared;
mod source;
mod timed;

use std::{cell::UnsafeCell, fmt, ops::Deref};

pub use self::{
    found::Found,
    in_flight::InFlight,
    late::Lasting,
    more::{Left, More},
    source::Source,
    timed::Timed,
};
pub(crate) use self::{linked::all, metric::Metric};
use crate::{
    call::{
        finite::Values,
        rolled::Rolled,
        shown::Shown,
        target::{self, Target},
    },
    metric::name::Name,
    slo::Slo,
};

/// A call site: what an expansion declares, and what calls have found out about it.
///
/// An expansion puts it together itself, of which the compiler asks less than of a function that returns one: where a
/// value with cells comes from a call, each of its fields is searched for them, for each site again. A bare cell is one at
/// first sight, and what most sites declare stands elsewhere, once for all of them.
pub struct Site {
    #[doc(hidden)]
    pub source: Source,
    #[doc(hidden)]
    pub declaration: &'static Declaration,
    #[doc(hidden)]
    pub found: UnsafeCell<Found>,
}

/// What one expansion declares: at most one metric of each kind, with the same labels.
///
/// Nothing in it changes, so that the compiler has little to ask of a static which is put together from it: there is one
/// for every function.
#[derive(Clone, Copy)]
pub struct Declaration {
    /// The value of the labels `function` and, with the module of the source, `module`.
    function: Function,
    pub(crate) labels: &'static [&'static str],
    /// The values of these labels, where all of them are known.
    pub(crate) values: &'static [Values],
    /// Label sets that the program gets to know.
    pub(crate) known: Option<&'static Shown>,
    /// The kinds of errors that are known before the first one.
    pub(crate) kinds: &'static [&'static str],
    pub(crate) asynchronous: bool,
    /// Whether the series that are known are there before the first call.
    pub(crate) zero: bool,
    pub(crate) counter: Option<Counted>,
    pub(crate) timer: Option<Timed>,
    pub(crate) gauge: Option<InFlight>,
    only_counted: bool,
    /// Whether calls are added to something besides the metrics.
    pub(crate) is_rolled: bool,
    /// Why no call of the function is recorded, if that is known before the first one.
    skipped: Option<&'static str>,
    more: Option<&'static More>,
}

/// Which function a site's series say that they are of.
#[derive(Clone, Copy)]
enum Function {
    /// None: the metrics have names of their own.
    Unsaid,
    /// The one that its source tells.
    OfSource,
    Said(&'static str),
}

/// A counter of calls.
#[derive(Debug, Clone, Copy)]
pub struct Counted {
    name: Named,
    help: &'static str,
    result: bool,
    error: bool,
    slo: Option<Slo>,
    rolled: Option<&'static Rolled>,
}

/// A name of its own, or one that all functions share.
#[derive(Debug, Clone, Copy)]
enum Named {
    Own(Name),
    Shared(&'static str),
}

impl Counted {
    /// The counter of all functions without a name of their own.
    pub const FUNCTION: Self = Self {
        name: Named::Shared("function_calls_total"),
        help: "Calls of functions, by how they ended.",
        result: true,
        error: false,
        slo: None,
        rolled: None,
    };

    #[doc(hidden)]
    #[must_use]
    pub const fn new(name: Name, help: &'static str) -> Self {
        Self { name: Named::Own(name), help, result: false, error: false, slo: None, rolled: None }
    }

    /// With the label `result`.
    #[must_use]
    pub const fn result(mut self) -> Self {
        self.result = true;
        self
    }

    /// With the labels `result` and `error`.
    #[must_use]
    pub const fn error(mut self) -> Self {
        self.error = true;
        self.result()
    }

    /// With the labels of this objective, which has been checked, if it has a success rate.
    pub const fn slo(mut self, slo: Slo) -> Self {
        self.slo = Some(slo);
        self
    }
}

impl Declaration {
    #[doc(hidden)]
    #[must_use]
    pub const fn new() -> Self {
        Self {
            function: Function::Unsaid,
            labels: &[],
            values: &[],
            known: None,
            kinds: &[],
            asynchronous: false,
            zero: true,
            counter: None,
            timer: None,
            gauge: None,
            only_counted: false,
            is_rolled: false,
            skipped: None,
            more: None,
        }
    }

    /// With those metrics that all functions without a name of their own share: the counter, the histogram, the gauge.
    #[doc(hidden)]
    #[must_use]
    pub const fn shared([counter, timer, gauge]: [bool; 3]) -> Self {
        Self {
            function: Function::OfSource,
            counter: if counter { Some(Counted::FUNCTION) } else { None },
            timer: if timer { Some(Timed::FUNCTION) } else { None },
            gauge: if gauge { Some(InFlight::FUNCTION) } else { None },
            only_counted: counter && !timer && !gauge,
            ..Self::new()
        }
    }

    /// With the labels `function` and `module`.
    #[must_use]
    pub const fn function(mut self, function: &'static str) -> Self {
        self.function = Function::Said(function);
        self
    }

    /// For a future, which can be dropped before its end.
    #[must_use]
    pub const fn asynchronous(mut self) -> Self {
        self.asynchronous = true;
        self
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn counter(mut self, counter: Counted) -> Self {
        self.counter = Some(counter);
        self.settled()
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn timer(mut self, timer: Timed) -> Self {
        self.timer = Some(timer);
        self.settled()
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn gauge(mut self, gauge: InFlight) -> Self {
        self.gauge = Some(gauge);
        self.settled()
    }

    /// With labels whose values are known at each call.
    #[must_use]
    pub const fn labels(mut self, labels: &'static [&'static str]) -> Self {
        self.labels = labels;
        self
    }

    /// Whose series are not there before the first call.
    #[must_use]
    pub const fn without_zero(mut self) -> Self {
        self.zero = false;
        self
    }

    /// With these values of its labels, which have been checked.
    #[must_use]
    pub const fn values(mut self, values: &'static [Values]) -> Self {
        self.values = values;
        self
    }

    /// With these label sets, which have as many values as the site has labels.
    #[doc(hidden)]
    #[must_use]
    pub const fn known(mut self, known: &'static Shown) -> Self {
        self.known = Some(known);
        self
    }

    /// With these kinds of errors, for metrics that have the label `error`.
    #[must_use]
    pub const fn kinds(mut self, kinds: &'static [&'static str]) -> Self {
        self.kinds = kinds;
        self
    }
}

impl Site {
    #[must_use]
    pub(crate) const fn of(source: Source, declaration: &'static Declaration) -> Self {
        Self { source, declaration, found: Found::NOTHING }
    }

    /// The same of a declaration that a test makes.
    #[cfg(test)]
    pub(crate) fn leaked(source: Source, declaration: Declaration) -> Self {
        Self::of(source, Box::leak(Box::new(declaration)))
    }

    /// A site that is made while the program runs, and lives as long as it does.
    pub(crate) fn made(source: Source, declaration: Declaration) -> &'static Self {
        Box::leak(Box::new(Self::of(source, Box::leak(Box::new(declaration)))))
    }

    /// What its calls have found out.
    #[inline]
    pub(crate) const fn found(&self) -> &Found {
        // SAFETY: nothing has the cell as a whole but this, which only lends it; what is in it is made to be shared.
        unsafe { &*self.found.get() }
    }

    /// The value of the labels `function` and, with the module of the source, `module`.
    pub(crate) fn function(&self) -> Option<&'static str> {
        match self.declaration.function {
            Function::Unsaid => None,
            Function::OfSource => Some(self.source.function),
            Function::Said(function) => Some(function),
        }
    }

    /// Where a call that begins now is recorded, if it is.
    #[inline]
    #[must_use]
    pub fn live(&self) -> Option<Target> {
        match target::current() {
            Target::Nobody => None,
            target => Some(target),
        }
    }
}

// SAFETY: what a site is made of may be shared between threads, as the compiler is asked once below. Without this line it
// finds that out anew for each site.
unsafe impl Sync for Site {}

const _: () = {
    const fn is_sync<T: Sync>() {}
    is_sync::<(Source, &Declaration, Found)>();
};

impl Deref for Site {
    type Target = Declaration;

    #[inline]
    fn deref(&self) -> &Declaration {
        self.declaration
    }
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Site").field("source", &self.source).finish_non_exhaustive()
    }
}

impl fmt::Debug for Declaration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Declaration").finish_non_exhaustive()
    }
}
