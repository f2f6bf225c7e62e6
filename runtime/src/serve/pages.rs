//! The documents that can be asked for, and who may: for everything once, and for each tenant that asks.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use super::{
    access::{Access, Visible},
    answer::Answer,
    demand::Demand,
    documents::{Documents, Form, Source},
    filter::Named,
    limits::Limits,
    route::Route,
};
use crate::exporters::prometheus::negotiation::Format;

/// Tenants whose documents are kept, as long as nobody reads more of them.
const TENANTS: usize = 1024;

/// What is shown, and to whom.
pub(super) struct Pages {
    families: Source,
    /// The label that tells tenants apart.
    label: String,
    /// Documents of one kind that exist at a time for one tenant, so that none takes the others' share.
    of_tenant: usize,
    all: Arc<Shown>,
    tenants: Mutex<HashMap<Arc<str>, Arc<Shown>>>,
}

/// The documents of those who see the same.
pub(super) struct Shown {
    families: Source,
    metrics: Documents,
    snapshots: Documents,
}

impl Pages {
    pub(super) fn new(families: Source, label: &str, limits: &Limits) -> Self {
        let all = Arc::new(Shown::new(Arc::clone(&families), limits.documents));
        Self {
            families,
            label: label.to_owned(),
            of_tenant: limits.documents_of_tenant,
            all,
            tenants: Mutex::default(),
        }
    }

    /// What someone may see; none if that is nothing.
    pub(super) fn shown_to(&self, access: Access) -> Option<Arc<Shown>> {
        match access {
            Access::Denied => None,
            Access::All => Some(Arc::clone(&self.all)),
            Access::Tenant(tenant) => Some(self.tenant(&tenant)),
        }
    }

    fn tenant(&self, tenant: &Arc<str>) -> Arc<Shown> {
        let mut tenants = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        if tenants.len() >= TENANTS && !tenants.contains_key(tenant) {
            tenants.retain(|_, shown| Arc::strong_count(shown) > 1);
        }
        let make = || {
            let visible = Visible::new(Arc::clone(&self.families), &self.label, Arc::clone(tenant));
            Arc::new(Shown::new(Arc::new(visible), self.of_tenant))
        };
        Arc::clone(tenants.entry(Arc::clone(tenant)).or_insert_with(make))
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
        | Route::Landing
        | Route::Nothing
        | Route::OtherMethod(_) => false,
    }
}

impl Shown {
    fn new(families: Source, most: usize) -> Self {
        let scrapes = |created| Format::ALL.map(|format| Form::Scrape { format, created });
        let metrics = Documents::new([false, true].into_iter().flat_map(scrapes), most);
        Self { families, metrics, snapshots: Documents::new([Form::Json], most) }
    }

    /// The metrics; with `created`, also when each series began, where the format has a place for it.
    pub(super) async fn metrics(&self, created: bool, demand: Demand) -> Answer {
        self.document(&self.metrics, Form::Scrape { format: demand.format, created }, demand).await
    }

    /// The metrics as JSON.
    pub(super) async fn snapshot(&self, demand: Demand) -> Answer {
        self.document(&self.snapshots, Form::Json, demand).await
    }

    /// What the guard knows, which is more than series, and so for no tenant.
    pub(super) fn cardinality(&self) -> Answer {
        self.families.cardinality().map_or_else(Answer::forbidden, |report| Answer::json(report.to_json()))
    }

    async fn document(&self, documents: &Documents, form: Form, demand: Demand) -> Answer {
        let Demand { coding, names, deadline, .. } = demand;
        match names {
            None => documents.shared(form, coding, &self.families, deadline).await,
            Some(names) => {
                let named = Named { families: Arc::clone(&self.families), names };
                documents.single(form, coding, Arc::new(named), deadline).await
            }
        }
    }
}
