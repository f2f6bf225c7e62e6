//! Another crate's global recorder, as the one that call sites record into.

use std::{collections::HashSet, io, sync::OnceLock, thread};

use crate::{
    Error,
    call::{backend::untold, facade, pending, site, target},
    error::Kind,
    gate,
};

/// The histograms whose buckets an adopted recorder has been told, where it can be told any.
static TOLD: OnceLock<HashSet<String>> = OnceLock::new();

/// Tells call sites that the program's global recorder, which is another crate's, is there to stay.
///
/// Without this a call under a foreign recorder is right but looks its metrics up each time. From here on sites keep
/// their handles, and all sites whose labels are known show their series at 0. Not for a recorder that forgets idle
/// series, such as metrics-exporter-prometheus with an `idle_timeout`: a kept handle would record into nothing. Nor can
/// it be told the buckets that histograms declare: a warning says what to write to its builder instead. Who has a
/// `PrometheusBuilder` in hand gets more of tachometer by `Builder::with_prometheus`, of the feature `prometheus-recorder`.
///
/// ```
/// let recorder = metrics_util::debugging::DebuggingRecorder::new();
/// metrics::set_global_recorder(recorder).expect("it is the first");
/// tachometer::adopt_global()?;
/// # Ok::<(), tachometer::Error>(())
/// ```
///
/// # Errors
/// [`Error::is_no_recorder`] if there is no global recorder, or one without any data, which has no address to be known
/// by. If no thread can be started to look at it, the error says so.
pub fn adopt_global() -> Result<(), Error> {
    adopt(true, None)
}

/// The same; unless it `keeps` all series, handles are not kept. If it can be `told` buckets, it has been for these names.
pub(crate) fn adopt(keeps: bool, told: Option<HashSet<String>>) -> Result<(), Error> {
    let recorder = target::global().map_err(no_thread)?.ok_or_else(|| {
        Error::new(
            Kind::NoRecorder,
            "there is no global recorder to adopt; set one with `metrics::set_global_recorder`",
        )
    })?;
    if let Some(told) = told {
        gate::within(|| drop(TOLD.set(told)));
    }
    if keeps {
        target::set_adopted(recorder);
    }
    if TOLD.get().is_none() {
        untold::warn_of_all();
    }
    // On a thread of its own, as this one may have a local recorder.
    let register = || {
        site::all().iter().for_each(facade::register);
        pending::show_in_adopted();
    };
    thread::scope(|scope| thread::Builder::new().spawn_scoped(scope, register).map(drop)).map_err(no_thread)
}

/// Whether the adopted recorder has been told any buckets.
pub(crate) fn is_told() -> bool {
    TOLD.get().is_some()
}

/// Whether the buckets of a histogram are not known to the adopted recorder, which knows those of others.
pub(crate) fn is_late(name: &str) -> bool {
    TOLD.get().is_some_and(|told| !told.contains(name))
}

fn no_thread(error: io::Error) -> Error {
    Error::new(Kind::Environment, "cannot start a thread that looks at the global recorder; raise the process's limits")
        .with_source(error)
}
