//! Buckets that another crate's recorder cannot be told, since the facade has no word for them: a warning says what to
//! write instead.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use crate::{
    call::{
        adopt,
        pending::{self, Spread},
        site::{self, Site},
    },
    gate,
    metric::bounds::Ladder,
};

/// The metrics that a warning has named.
static NAMED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Warns of all histograms that are known by now and declare buckets; for a recorder that is there to stay.
pub(crate) fn warn_of_all() {
    let mut settings = Settings::default();
    for metric in site::all().iter().filter_map(Site::timer_metric) {
        settings.add(&metric.name(), metric.buckets);
    }
    pending::each_histogram(|Spread { name, buckets, .. }| settings.add(name, buckets));
    settings.warn();
}

/// The same, the first time that a histogram with these buckets is recorded in a recorder that nothing is known of.
pub(crate) fn warn_once(buckets: Ladder<'_>) {
    static WARNED: AtomicBool = AtomicBool::new(false);
    let is_untold = buckets.bounds().is_some() && !adopt::is_told();
    if is_untold && !WARNED.load(Ordering::Relaxed) && !WARNED.swap(true, Ordering::Relaxed) {
        warn_of_all();
    }
}

/// Warns of one histogram, unless it was named before.
pub(crate) fn warn_of(name: &str, buckets: Ladder<'_>) {
    let mut settings = Settings::default();
    settings.add(name, buckets);
    settings.warn();
}

/// What a program would write to the builder of metrics-exporter-prometheus.
#[derive(Default)]
struct Settings(String);

impl Settings {
    fn add(&mut self, name: &str, buckets: Ladder<'_>) {
        let Some(bounds) = buckets.bounds() else { return };
        let is_new = gate::within(|| NAMED.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned()));
        if is_new {
            // Writing to a string does not fail.
            let _ = write!(self.0, ".set_buckets_for_metric(Matcher::Full({name:?}.to_owned()), &{bounds:?})?");
        }
    }

    fn warn(&self) {
        if !self.0.is_empty() {
            tracing::warn!(
                "histograms declare buckets, which the `metrics` facade cannot tell the program's recorder; for \
                 metrics-exporter-prometheus, which makes summaries of them otherwise, write `{}` to its builder, or hand \
                 that to `Builder::with_prometheus` of tachometer",
                self.0
            );
        }
    }
}
