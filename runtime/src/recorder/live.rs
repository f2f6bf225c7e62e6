//! What an installation itself has to say: the endpoint's requests, and which build of the program runs.

use std::sync::{Arc, Mutex};

use metrics::{Key, Label};

use crate::{
    metric::kind::Kind,
    recorder::builder::BuildInfo,
    store::{family::Family, registry::Store, value::Place, view::View},
};

const REQUESTS: (&str, &str) = ("tachometer_http_requests_total", "Requests to the metrics endpoint.");
const RELOADS: (&str, &str) = (
    "tachometer_access_reload_errors_total",
    "Changed files of access settings that could not be used, so that what was read before is in force.",
);
const HANDSHAKES: (&str, &str) =
    ("tachometer_tls_handshake_errors_total", "Connections to the metrics endpoint that came to no agreement on TLS.");
const BUILD_INFO: (&str, &str) = ("build_info", "Which build of the program runs; always 1.");

/// A running installation's values.
#[derive(Clone)]
pub(crate) struct Live {
    store: &'static Store,
    view: Arc<View>,
}

impl Live {
    /// The store with labels that stand on all series.
    pub(crate) fn new(store: &'static Store, labels: &[(String, String)]) -> Self {
        for (name, help) in [REQUESTS, RELOADS, HANDSHAKES, BUILD_INFO] {
            store.describe(name, None, help);
        }
        Self { store, view: Arc::new(View::new(store, labels)) }
    }

    /// All families, for encoders.
    pub(crate) fn view(&self) -> Arc<View> {
        self.view.clone()
    }

    /// Counts an answer of the endpoint.
    pub(crate) fn answered(&self, route: &'static str, status: u16) {
        let labels = vec![Label::from_static_parts("route", route), Label::new("code", status.to_string())];
        self.with(REQUESTS.0, Kind::Counter, labels, |family, place| family.count(place, 1));
    }

    /// Shows the series of successful scrapes from the start.
    pub(crate) fn expect_scrapes(&self) {
        let labels = vec![Label::from_static_parts("route", "/metrics"), Label::from_static_parts("code", "200")];
        self.with(REQUESTS.0, Kind::Counter, labels, |family, place| family.count(place, 0));
    }

    /// Counts changes of a file that could not be used.
    pub(crate) fn reload_failed(&self, file: &'static str, times: u64) {
        let labels = vec![Label::from_static_parts("file", file)];
        self.with(RELOADS.0, Kind::Counter, labels, |family, place| family.count(place, times));
    }

    /// Counts connections that could not be encrypted.
    pub(crate) fn handshake_failed(&self, times: u64) {
        self.with(HANDSHAKES.0, Kind::Counter, Vec::new(), |family, place| family.count(place, times));
    }

    /// Sets the gauge `build_info`, and the one of an earlier installation that said otherwise to 0.
    pub(crate) fn set_build_info(&self, build: &BuildInfo) {
        static LAST: Mutex<Option<BuildInfo>> = Mutex::new(None);
        let mut last = LAST.lock().expect("nothing panics under this lock");
        if let Some(last) = last.replace(build.clone()).filter(|last| last != build) {
            self.with(BUILD_INFO.0, Kind::Gauge, last.labels(), |family, place| family.set(place, 0.0));
        }
        self.with(BUILD_INFO.0, Kind::Gauge, build.labels(), |family, place| family.set(place, 1.0));
    }

    fn with(&self, name: &'static str, kind: Kind, labels: Vec<Label>, change: impl FnOnce(&Family, Place)) {
        if let Some(family) = self.store.family(name, kind)
            && let Some(found) = self.store.series(family, &Key::from_parts(name, labels))
        {
            change(family, found.place);
        }
    }
}

impl BuildInfo {
    fn labels(&self) -> Vec<Label> {
        [("version", &self.version), ("commit", &self.commit), ("branch", &self.branch)]
            .map(|(name, value)| Label::new(name, value.clone()))
            .into()
    }
}
