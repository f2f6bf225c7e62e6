//! The documents that can be asked for, and who may: for everything once, and for each tenant that asks.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use super::{
    access::{Access, Visible},
    answer::{Answer, Document},
    budget::Budget,
    demand::Demand,
    documents::{Documents, Form},
    filter::Named,
    route::Route,
};
use crate::{
    exporters::{prometheus::negotiation::Format, shown::Shown},
    families::Families,
};

/// Documents that are written at a time, in all formats.
const WRITTEN: usize = 4;

/// The same of what one tenant sees, so that none takes the others' share.
const WRITTEN_OF_TENANT: usize = 1;

/// Tenants whose documents are kept, as long as nobody reads more of them.
const TENANTS: usize = 1024;

/// What is shown, and to whom.
pub(super) struct Pages {
    shown: Shown,
    /// The label that tells tenants apart.
    label: String,
    /// The bytes of all documents, of whichever tenant.
    budget: Arc<Budget<Document>>,
    all: Arc<Part>,
    tenants: Mutex<HashMap<Arc<str>, Arc<Part>>>,
}

/// The documents of those who see the same.
pub(super) struct Part {
    shown: Shown,
    /// All that there is, for those who see all of it.
    whole: Option<Shown>,
    metrics: Documents,
    snapshots: Documents,
    catalogs: Documents,
}

impl Pages {
    /// Pages of what is `shown`; what the guard knows is of `whole`.
    pub(super) fn new(shown: Shown, whole: Shown, label: &str, budget: Arc<Budget<Document>>) -> Self {
        let all = Arc::new(Part::new(shown.clone(), Some(whole), WRITTEN, &budget));
        Self { shown, label: label.to_owned(), budget, all, tenants: Mutex::default() }
    }

    /// What someone may see; none if that is nothing.
    pub(super) fn shown_to(&self, access: Access) -> Option<Arc<Part>> {
        match access {
            Access::Denied | Access::Busy => None,
            Access::All => Some(Arc::clone(&self.all)),
            Access::Tenant(tenant) => self.tenant(&tenant),
        }
    }

    fn tenant(&self, tenant: &Arc<str>) -> Option<Arc<Part>> {
        // Of a text, nobody can tell whose which line is.
        let Shown::Families(families) = &self.shown else { return None };
        let mut tenants = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        if tenants.len() >= TENANTS && !tenants.contains_key(tenant) {
            tenants.retain(|_, part| Arc::strong_count(part) > 1);
        }
        let make = || {
            let visible = Visible::new(Arc::clone(families), &self.label, Arc::clone(tenant));
            Arc::new(Part::new(Shown::Families(Arc::new(visible)), None, WRITTEN_OF_TENANT, &self.budget))
        };
        Some(Arc::clone(tenants.entry(Arc::clone(tenant)).or_insert_with(make)))
    }
}

/// Whether a route is answered to anybody, because it shows nothing of the program but that it lives. A route that
/// shows more than series, of which a tenant gets its own, is not for tenants at all.
pub(super) fn is_open(route: Route) -> bool {
    match route {
        Route::Health => true,
        Route::Metrics
        | Route::Snapshot
        | Route::Cardinality
        | Route::Catalog
        | Route::Landing
        | Route::Nothing
        | Route::OtherMethod(_) => false,
    }
}

impl Part {
    fn new(shown: Shown, whole: Option<Shown>, most: usize, budget: &Arc<Budget<Document>>) -> Self {
        let scrapes = |created| Format::ALL.map(|format| Form::Scrape { format, created });
        let metrics = Documents::new([false, true].into_iter().flat_map(scrapes), most, budget);
        // Of JSON, twice as much exists while it is written.
        let snapshots = Documents::new([Form::Json], 1, budget);
        Self { shown, whole, metrics, snapshots, catalogs: Documents::new([Form::Catalog], 1, budget) }
    }

    /// Whether there is nothing to show but a text, which is all or nothing.
    pub(super) fn is_text(&self) -> bool {
        self.shown.families().is_none()
    }

    /// The metrics; with `created`, also when each series began, where the format has a place for it. A text that is
    /// written already is in the format that it is in.
    pub(super) async fn metrics(&self, created: bool, demand: Demand) -> Answer {
        let format = if self.is_text() { Format::Text } else { demand.format };
        self.document(&self.metrics, Form::Scrape { format, created }, demand).await
    }

    /// The metrics as JSON.
    pub(super) async fn snapshot(&self, demand: Demand) -> Answer {
        self.document(&self.snapshots, Form::Json, demand).await
    }

    /// What the guard knows, which is more than series, and so for no tenant.
    pub(super) fn cardinality(&self) -> Answer {
        let report = self.whole.as_ref().and_then(Shown::families).and_then(Families::cardinality);
        report.map_or_else(Answer::forbidden, |report| Answer::json(report.to_json()))
    }

    /// What the program measures, which is more than series, and so for no tenant.
    pub(super) async fn catalog(&self, demand: Demand) -> Answer {
        match &self.whole {
            Some(whole) => self.catalogs.shared(Form::Catalog, demand.coding, whole, demand.deadline).await,
            None => Answer::forbidden(),
        }
    }

    async fn document(&self, documents: &Documents, form: Form, demand: Demand) -> Answer {
        let Demand { coding, chosen, deadline, .. } = demand;
        match (chosen, &self.shown) {
            (Some(chosen), Shown::Families(families)) => {
                let named = Named { families: Arc::clone(families), chosen };
                documents.single(form, coding, Shown::Families(Arc::new(named)), deadline).await
            }
            _ => documents.shared(form, coding, &self.shown, deadline).await,
        }
    }
}
