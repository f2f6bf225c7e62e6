//! What an installation itself has to say: the endpoint's requests, and which build of the program runs.

use std::{
    sync::{Arc, Mutex},
    time::SystemTime,
};

use metrics::{Key, Label};

use crate::{
    Error, Snapshot,
    catalog::Catalog,
    collectors::{fence::Fence, merged::Merged},
    exporters::shown::Shown,
    metric::kind::Kind,
    push::{self, Outlets, Report, Taken},
    recorder::{
        builder::BuildInfo,
        fleet::{Fleet, WithChildren, joined},
        prometheus::{Beside, Prometheus},
        watching::{self, Watching},
    },
    serve::Gate,
    store::{family::Family, registry::Store, value::Place, view::View},
};

const REQUESTS: (&str, &str) = ("tachometer_http_requests_total", "Requests to the metrics endpoint.");
const RELOADS: (&str, &str) = (
    "tachometer_access_reload_errors_total",
    "Changed files of access settings that could not be used, so that what was read before is in force.",
);
const HANDSHAKES: (&str, &str) =
    ("tachometer_tls_handshake_errors_total", "Connections to the metrics endpoint that came to no agreement on TLS.");
const LOOKED_AT: (&str, &str) = (
    "tachometer_access_last_look_timestamp_seconds",
    "When files of access settings were last looked at, in seconds since 1970; a file system that hangs holds it up.",
);
const LISTENING: (&str, &str) = (
    "tachometer_endpoint_listening",
    "1 if the endpoint listens, 0 while its address is taken. Only where METRICS_LISTEN_REQUIRED is false.",
);
pub(crate) const BUILD_INFO: (&str, &str) = ("build_info", "Which build of the program runs; always 1.");
const RELOAD_ERRORS: (&str, &str) =
    ("tachometer_config_reload_errors_total", "Changes of the configuration that were not taken over.");
const RELOADED: (&str, &str) =
    ("tachometer_config_last_reload_successful", "Whether the configuration was taken over when it was last read.");
const RELOADED_AT: (&str, &str) = (
    "tachometer_config_last_reload_success_timestamp_seconds",
    "When the configuration was last taken over, in seconds since 1970.",
);

/// A running installation's values.
#[derive(Clone)]
pub(crate) struct Live {
    kept: Kept,
}

/// Who keeps them.
#[derive(Clone)]
enum Kept {
    Store(&'static Store, Arc<Watching<WithChildren<Merged<View>>>>),
    Prometheus(Arc<Prometheus>, Arc<Beside>),
}

impl Live {
    /// The store, what these collectors find, and what child processes tell, with labels that stand on all series.
    pub(crate) fn of_store(
        store: &'static Store,
        labels: &[(String, String)],
        fences: Arc<[Arc<Fence>]>,
        fleet: Fleet,
    ) -> Self {
        let tell = |samples| store.set_foreign_samples(samples);
        let own = Merged::new(View::new(store, labels), Arc::clone(&fences), tell);
        let view = Arc::new(Watching { families: joined(own, fleet), store, fences });
        let live = Self { kept: Kept::Store(store, Arc::clone(&view)) }.described();
        // What collectors find takes room from the first record on.
        drop(Snapshot::of(&*view));
        live
    }

    /// Another crate's recorder, and what these collectors find, with these labels.
    pub(crate) fn of_prometheus(
        prometheus: Arc<Prometheus>,
        labels: &[(String, String)],
        fences: Arc<[Arc<Fence>]>,
    ) -> Self {
        Self { kept: Kept::Prometheus(prometheus, Arc::new(Beside::new(labels, fences))) }.described()
    }

    fn described(self) -> Self {
        self.describe(&[
            REQUESTS,
            RELOADS,
            LOOKED_AT,
            HANDSHAKES,
            BUILD_INFO,
            RELOAD_ERRORS,
            RELOADED,
            RELOADED_AT,
            LISTENING,
        ]);
        self
    }

    fn describe(&self, about: &[(&'static str, &'static str)]) {
        for &(name, help) in about {
            match &self.kept {
                Kept::Store(store, _) => store.describe(name, None, None, help),
                Kept::Prometheus(prometheus, _) => prometheus.describe(name, help),
            }
        }
    }

    /// What readers are shown.
    pub(crate) fn shown(&self) -> Shown {
        match &self.kept {
            Kept::Store(_, view) => Shown::Families(view.clone()),
            Kept::Prometheus(prometheus, beside) => {
                let (prometheus, beside) = (prometheus.clone(), beside.clone());
                Shown::Text(Arc::new(move || beside.append(prometheus.render())))
            }
        }
    }

    /// What the program measures, with what these collectors find.
    pub(crate) fn catalog(&self, fences: &[Arc<Fence>]) -> Catalog {
        match &self.kept {
            Kept::Store(_, view) => view.listed(),
            Kept::Prometheus(..) => watching::of_collectors(fences).finish(),
        }
    }

    /// Warns of names that Prometheus' conventions advise against.
    pub(crate) fn warn_of_names(&self) {
        if let Kept::Store(_, view) = &self.kept {
            view.warn_of_names();
        }
    }

    /// Counts an answer of the endpoint.
    pub(crate) fn answered(&self, route: &'static str, status: u16) {
        let labels = vec![Label::from_static_parts("route", route), Label::new("code", status.to_string())];
        self.count(REQUESTS.0, labels, 1);
    }

    /// Shows from the start what can go wrong, and successful scrapes where there is an endpoint.
    pub(crate) fn expect(&self, gate: &Gate, is_bound: bool) {
        self.expect_keys(gate);
        if is_bound {
            self.expect_scrapes();
        }
    }

    /// Shows from the start what can go wrong with files of keys and with handshakes, where there are any.
    fn expect_keys(&self, gate: &Gate) {
        gate.files().for_each(|file| self.reload_failed(file, 0));
        if gate.is_encrypted() {
            self.handshake_failed(0);
        }
    }

    /// Shows the series of successful scrapes from the start.
    fn expect_scrapes(&self) {
        let labels = vec![Label::from_static_parts("route", "/metrics"), Label::from_static_parts("code", "200")];
        self.count(REQUESTS.0, labels, 0);
    }

    /// Counts changes of a file that could not be used.
    pub(crate) fn reload_failed(&self, file: &'static str, times: u64) {
        let labels = vec![Label::from_static_parts("file", file)];
        self.count(RELOADS.0, labels, times);
    }

    /// Notes that the files of this kind have been looked at.
    pub(crate) fn looked(&self, file: &'static str) {
        self.set(LOOKED_AT.0, vec![Label::from_static_parts("file", file)], since_1970());
    }

    /// Counts connections that could not be encrypted.
    pub(crate) fn handshake_failed(&self, times: u64) {
        self.count(HANDSHAKES.0, Vec::new(), times);
    }

    /// Starts outlets, which are shown from the start what they count.
    ///
    /// # Errors
    /// If the operating system has no thread left.
    pub(crate) fn push_to(&self, outlets: push::Wanted) -> Result<Outlets, Error> {
        if !outlets.0.is_empty() {
            self.describe(&push::ABOUT);
        }
        let shown = self.shown();
        let take = move || match shown.families() {
            Some(families) => Snapshot::of(families).into(),
            None => Taken { snapshot: Snapshot::empty(), text: Some(shown.render()) },
        };
        Outlets::start(outlets, take, self.clone())
    }

    /// Says whether the address is listened on that was asked for.
    pub(crate) fn listens(&self, listens: bool) {
        self.set(LISTENING.0, Vec::new(), f64::from(u8::from(listens)));
    }

    /// Sets the gauge `build_info`, and the one of an earlier installation that said otherwise to 0.
    pub(crate) fn set_build_info(&self, build: &BuildInfo) {
        static LAST: Mutex<Option<BuildInfo>> = Mutex::new(None);
        let mut last = LAST.lock().expect("nothing panics under this lock");
        if let Some(last) = last.replace(build.clone()).filter(|last| last != build) {
            self.set(BUILD_INFO.0, last.labels(), 0.0);
        }
        self.set(BUILD_INFO.0, build.labels(), 1.0);
    }

    /// Shows that the configuration was read at the start.
    pub(crate) fn expect_reloads(&self) {
        self.count(RELOAD_ERRORS.0, Vec::new(), 0);
        self.reloaded(true);
    }

    /// Says whether the configuration was taken over.
    pub(crate) fn reloaded(&self, is_ok: bool) {
        self.set(RELOADED.0, Vec::new(), f64::from(u8::from(is_ok)));
        if is_ok {
            self.set(RELOADED_AT.0, Vec::new(), since_1970());
        } else {
            self.count(RELOAD_ERRORS.0, Vec::new(), 1);
        }
    }

    fn count(&self, name: &'static str, labels: Vec<Label>, amount: u64) {
        match &self.kept {
            Kept::Store(store, _) => {
                with(store, name, Kind::Counter, labels, |family, place| family.count(place, amount));
            }
            Kept::Prometheus(prometheus, _) => prometheus.count(name, labels, amount),
        }
    }

    fn set(&self, name: &'static str, labels: Vec<Label>, value: f64) {
        match &self.kept {
            Kept::Store(store, _) => with(store, name, Kind::Gauge, labels, |family, place| family.set(place, value)),
            Kept::Prometheus(prometheus, _) => prometheus.set(name, labels, value),
        }
    }
}

/// Outlets count where the endpoint does.
impl Report for Live {
    fn count(&self, metric: &'static str, outlet: &str, reason: Option<&'static str>, amount: u64) {
        let mut labels = vec![Label::new("outlet", outlet.to_owned())];
        labels.extend(reason.map(|reason| Label::from_static_parts("reason", reason)));
        self.count(metric, labels, amount);
    }

    fn set(&self, metric: &'static str, outlet: &str, value: f64) {
        self.set(metric, vec![Label::new("outlet", outlet.to_owned())], value);
    }
}

fn since_1970() -> f64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

fn with(store: &Store, name: &'static str, kind: Kind, labels: Vec<Label>, change: impl FnOnce(&Family, Place)) {
    if let Some(family) = store.family(name, kind)
        && let Ok(found) = family.known_series(&Key::from_parts(name, labels))
    {
        change(family, found.place);
    }
}

impl BuildInfo {
    fn labels(&self) -> Vec<Label> {
        [("version", &self.version), ("commit", &self.commit), ("branch", &self.branch)]
            .map(|(name, value)| Label::new(name, value.clone()))
            .into()
    }
}
