//! What the macros' expansions name. Not for people: it changes without notice.

pub use tachometer_macros::{deferred, time};

#[doc(inline)]
pub use crate::{__site as site, __source as source, __within as within};
pub use crate::{
    call::{
        cap::{Cap, capped},
        displayed::displayed,
        extras::{Beside, Items},
        finite::{Values, checked_values},
        guard::{Call, begin, body, enter},
        judged::{Carried, Judged, Kinded},
        kind::{ErrorKind, KindList},
        labels::Labels,
        lazily::lazily,
        outcome::{Carries, Outcome},
        polls::Polled,
        probe::{Probe, Unknown, ending_with, future_by, made, output_of, probe, returned_by},
        returned::{Asked, AtOnce, Last, Lasts, LastsOpen, Start},
        rolled::Rolled,
        shown::checked_known,
        site::{Counted, Declaration, Found, InFlight, Lasting, Left, More, Site, Source, Timed, shared},
        value::{FiniteLabel, KnownValues, LabelBuffer, LabelValue},
        verdict::{AsOk, asked, error_if, judging, ok_if, told_by},
        watch::{Watch, never, watch},
    },
    handle::{
        declared::{Declared, Shape, quanta as checked_scale},
        field::{
            Field, Metrics, Scope, check_buckets, check_labels, check_scale, checked_prefix, declared, declared_as_is,
            global,
        },
        label_set::Labels as LabelNames,
    },
    metric::{
        bounds::{Native, checked as checked_bounds, checked_max_buckets, checked_schema},
        label::checked as checked_label,
        name::Name,
    },
    rolling::attached::attached,
    slo::Slo,
};

/// Declares a call site: a static that is in the program's list of sites where the platform has one.
///
/// What all functions without metrics of their own declare is put together here, so that an expansion has few tokens.
#[doc(hidden)]
#[macro_export]
macro_rules! __site {
    ($name:ident $function:literal $shared:ident) => {
        $crate::__listed! { $name $crate::__source!($function), $crate::__private::shared::$shared }
    };
    ($name:ident $function:literal = $declaration:expr) => {
        // A static of its own: what is wrong with it is one error, and not another one of the site's.
        $crate::__listed! { $name $crate::__source!($function), {
            static DECLARED: $crate::__private::Declaration = $declaration;
            &DECLARED
        } }
    };
    ($name:ident of $site:ident = $declaration:expr) => {
        $crate::__listed! { $name $site.source, &$declaration }
    };
    ($name:ident $function:literal $shared:tt $($more:tt)*) => {
        $crate::__listed! { $name $crate::__source!($function), &$crate::__private::Declaration::shared($shared) $($more)* }
    };
}

/// Where a function stands.
#[doc(hidden)]
#[macro_export]
macro_rules! __source {
    ($function:literal) => {
        $crate::__private::Source {
            package: ::core::env!("CARGO_PKG_NAME"),
            module: ::core::module_path!(),
            file: ::core::file!(),
            line: ::core::line!(),
            function: $function,
        }
    };
}

/// Its tokens. What names this crate by a path of the user's stands in here, so that a wrong path is one error.
#[doc(hidden)]
#[macro_export]
macro_rules! __within {
    ($($body:tt)*) => {
        $($body)*
    };
}
