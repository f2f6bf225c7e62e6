//! What the macros' expansions name. Not for people: it changes without notice.

pub use linkme;
pub use tachometer_macros::time;

#[doc(inline)]
pub use crate::{__site as site, __within as within};
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
        probe::{Probe, Unknown, ending_with, future_by, made, output_of, returned_by},
        returned::{AtOnce, Last, Lasts, LastsOpen, Start},
        shown::checked_known,
        site::{Counted, InFlight, Lasting, Site, Source, Timed},
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
    slo::Slo,
};

/// Declares a call site: a static that is in the program's list of sites where the platform has one.
#[cfg(linked_sites)]
#[doc(hidden)]
#[macro_export]
macro_rules! __site {
    ($name:ident = $site:expr) => {
        #[$crate::__private::linkme::distributed_slice($crate::__private::SITES_0_1)]
        #[linkme(crate = $crate::__private::linkme)]
        static $name: $crate::__private::Site = $site;
    };
}

/// Where there is no such list, a site is known from its first call on.
#[cfg(not(linked_sites))]
#[doc(hidden)]
#[macro_export]
macro_rules! __site {
    ($name:ident = $site:expr) => {
        static $name: $crate::__private::Site = $site;
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

/// The sites that are linked into the program. The name carries the version, because two lists of one name cannot be
/// in one program, and two versions of this crate can.
#[cfg(linked_sites)]
#[linkme::distributed_slice]
pub static SITES_0_1: [Site];

/// The sites that are known before their first call.
pub(crate) fn sites() -> &'static [Site] {
    #[cfg(linked_sites)]
    // Miri has no linker.
    if !cfg!(miri) {
        return &SITES_0_1;
    }
    &[]
}
