//! A store of a test's own, which is recorded into through the facade while its recorder is the current one.
//!
//! Its address is never used again, as it is kept until the process ends; so it is known by it. Whatever else the
//! program remembers between calls has a place of its own here.

use std::{
    cell::Cell,
    collections::{HashMap, HashSet},
    fmt,
    sync::{Mutex, PoisonError},
};

use metrics::{Label, LocalRecorderGuard, Recorder};

use crate::{
    call::{backend, cap::Cap, labels::named, site::Site},
    store::registry::Store,
};

/// What a test records into.
pub(crate) struct Local {
    pub(crate) store: &'static Store,
    recorder: &'static (dyn Recorder + Sync),
    /// The sites that the store knows, by their addresses.
    sites: Mutex<HashSet<usize>>,
    /// The limits on the values of labels, by the addresses of those that the program has.
    caps: Mutex<HashMap<usize, Cap>>,
}

/// Makes a [`Local`] current on this thread until it is dropped.
pub(crate) struct Entered {
    outer: Option<&'static Local>,
    _guard: LocalRecorderGuard<'static>,
}

thread_local! {
    /// What was entered last; a recorder of somebody else's may have been set since then.
    static ENTERED: Cell<Option<&'static Local>> = const { Cell::new(None) };
}

impl Local {
    /// A store, and the recorder that writes to it.
    pub(crate) fn new(store: &'static Store, recorder: &'static (dyn Recorder + Sync)) -> Self {
        Self { store, recorder, sites: Mutex::default(), caps: Mutex::default() }
    }

    /// Declares a site's metrics, and makes the series of these label sets.
    fn make(&self, site: &Site, sets: &[Vec<Label>]) {
        for metric in site.metrics() {
            let agreed = backend::agreed(self.store, &metric).inspect_err(|by| self.store.contradicted(by));
            let Ok(family) = agreed else { continue };
            for labels in sets {
                for end in site.endings().iter().flat_map(|ending| metric.ends(*ending)) {
                    self.store.series(family, &metric.key(end, labels));
                }
            }
        }
    }

    pub(crate) fn enter(&'static self) -> Entered {
        let guard = metrics::set_default_local_recorder(self.recorder);
        Entered { outer: ENTERED.replace(Some(self)), _guard: guard }
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        ENTERED.set(self.outer);
    }
}

/// What calls and handles on this thread record into, if that is a test's.
pub(crate) fn current() -> Option<&'static Local> {
    let entered = ENTERED.get()?;
    metrics::with_recorder(|recorder| std::ptr::addr_eq(recorder, entered.recorder)).then_some(entered)
}

pub(crate) fn is_current() -> bool {
    current().is_some()
}

/// Declares a site's metrics to the current store, which shows its series at 0 from then on.
pub(crate) fn declare(site: &Site) {
    let Some(local) = current() else { return };
    // Held to the end: whoever comes second must find the metrics declared.
    let mut sites = local.sites.lock().unwrap_or_else(PoisonError::into_inner);
    if !sites.insert(std::ptr::from_ref(site).addr()) {
        return;
    }
    local.make(site, &site.known_labels());
}

/// Shows a label set of a site's that the program has got to know in the current store.
pub(crate) fn show(site: &Site, values: &[&str]) {
    declare(site);
    if let Some(local) = current() {
        local.make(site, &[named(site, values)]);
    }
}

/// Whether the limit admits a value, of those that the current store has seen.
pub(crate) fn admits(cap: &Cap, value: &str) -> bool {
    match current() {
        Some(local) => {
            let mut caps = local.caps.lock().unwrap_or_else(PoisonError::into_inner);
            caps.entry(std::ptr::from_ref(cap).addr()).or_insert_with(|| Cap::new(cap.most)).admits(value)
        }
        None => cap.admits(value),
    }
}

impl fmt::Debug for Local {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Local").finish_non_exhaustive()
    }
}
