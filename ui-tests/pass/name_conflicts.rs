//! Names of the user's that are also names of ours, of the standard library's or of the facade's.

#![deny(warnings)]

mod metrics {}
mod core {}
mod std {}
mod tachometer {
    pub use ::tachometer::timed;
}
mod telemetry {
    pub use ::tachometer::*;
}
mod other {
    pub use ::tachometer::__private;
    pub use ::tachometer::measured as meter;
}

use ::tachometer::{counted, measured};

macro_rules! env {
    () => {};
}

macro_rules! through_crate {
    ($name:ident, $metric:literal) => {
        #[$crate::other::meter(name = $metric, labels(name = stringify!($name)), crate = $crate::other)]
        fn $name() {}
    };
}

through_crate!(by_dollar_crate, "by_dollar_crate");

#[allow(non_camel_case_types, dead_code)]
struct str;

#[allow(non_camel_case_types, dead_code)]
struct f64;

enum Result {
    Never,
}

impl ::tachometer::Outcome for Result {
    fn is_error(&self) -> bool {
        matches!(self, Self::Never)
    }
}

#[counted]
#[tachometer::timed]
fn qualified() -> Result {
    Result::Never
}

#[telemetry::measured(name = "renamed", labels(call = __tachometer_call), crate = telemetry)]
#[telemetry::counted(name = "renamed_too_total", labels(call = __tachometer_call))]
fn our_names(__tachometer_call: bool, __tachometer_labels: bool) -> bool {
    let __tachometer_stem = __tachometer_call;
    __tachometer_labels && __tachometer_stem
}

#[measured]
fn measured() {
    env!();
    #[measured]
    fn counted() {
        #[counted]
        #[allow(non_snake_case)]
        fn __TACHOMETER_SITE() {}
        __TACHOMETER_SITE();
    }
    counted();
}

#[measured]
async fn r#async() -> ::std::option::Option<bool> {
    None
}

/// Renamed below another attribute, it is not merged; each still measures the function.
mod renamed {
    use ::tachometer::{counted as tick, timed as tock};

    #[tick]
    #[tock]
    pub fn twice() {}
}

fn main() {
    by_dollar_crate();
    qualified();
    assert!(our_names(true, true));
    measured();
    renamed::twice();
    drop(r#async());
}
