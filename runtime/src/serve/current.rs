//! How the endpoint treats its clients at the moment, which settings may change. It knows nothing of requests.

use std::sync::{Arc, PoisonError, RwLock};

use super::{access::Gate, answer::Document, budget::Budget, limits::Limits};
use crate::{
    config::{Commit, Reload, Reloadable, settings::Routes, shown::Lists},
    error::Error,
    exporters::prometheus::negotiation::Format,
};

/// What the listener and all routers of a program share: how they treat their clients, and what they hold for them.
#[derive(Debug, Clone)]
pub(crate) struct Served {
    /// Who may see what.
    pub(crate) gate: Arc<Gate>,
    pub(super) current: Current,
    pub(super) budget: Arc<Budget<Document>>,
}

impl Served {
    /// As settings say.
    pub(crate) fn new(settings: &Reloadable, gate: Arc<Gate>) -> Self {
        Self::within(Limits::new(&settings.endpoint), settings, gate)
    }

    pub(super) fn within(limits: Limits, settings: &Reloadable, gate: Arc<Gate>) -> Self {
        let budget = Budget::new(limits.document_bytes);
        Self { gate, current: Current::new(limits, settings), budget }
    }

    /// The part of it that takes over changed settings.
    pub(crate) fn reload(&self) -> Box<dyn Reload> {
        Box::new(self.current.clone())
    }
}

/// What holds now.
#[derive(Debug, Clone)]
pub(super) struct Current(Arc<RwLock<Now>>);

#[derive(Debug, Clone)]
struct Now {
    limits: Arc<Limits>,
    routes: Arc<Routes>,
    created: bool,
    formats: Arc<[Format]>,
    lists: Arc<Lists>,
}

impl Current {
    pub(super) fn new(limits: Limits, settings: &Reloadable) -> Self {
        Self(Arc::new(RwLock::new(Now::new(limits, settings))))
    }

    pub(super) fn limits(&self) -> Arc<Limits> {
        self.now().limits
    }

    pub(super) fn routes(&self) -> Arc<Routes> {
        self.now().routes
    }

    /// Whether OpenMetrics says when series began.
    pub(super) fn created(&self) -> bool {
        self.now().created
    }

    /// The formats that scrapers can have.
    pub(super) fn formats(&self) -> Arc<[Format]> {
        self.now().formats
    }

    /// Which metrics are shown.
    pub(super) fn lists(&self) -> Arc<Lists> {
        self.now().lists
    }

    fn now(&self) -> Now {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Now {
    fn new(limits: Limits, settings: &Reloadable) -> Self {
        Self {
            limits: Arc::new(limits),
            routes: Arc::new(settings.routes.clone()),
            created: settings.created,
            formats: offered(&settings.formats).collect(),
            lists: Arc::new(settings.lists.clone()),
        }
    }
}

/// New limits are those of connections that begin later, all else holds for all later requests.
impl Reload for Current {
    fn prepare<'a>(&'a self, settings: &'a Reloadable) -> Result<Commit<'a>, Error> {
        let now = Now::new(Limits::new(&settings.endpoint), settings);
        Ok(Box::new(|| *self.0.write().unwrap_or_else(PoisonError::into_inner) = now))
    }
}

/// The formats that settings have these names for.
fn offered(names: &[String]) -> impl Iterator<Item = Format> {
    let name = |format: &Format| match format {
        Format::Text | Format::Text1(_) => "text",
        Format::OpenMetrics0 | Format::OpenMetrics1(_) => "openmetrics",
        Format::Protobuf(_) => "protobuf",
    };
    Format::ALL.into_iter().filter(move |format| names.iter().any(|wanted| wanted == name(format)))
}
