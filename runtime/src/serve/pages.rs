//! The documents that can be asked for, and who may: for everything once, and for each tenant that asks.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{sync::Semaphore, task};

use super::{
    access::{Access, Visible},
    answer::{Answer, Document},
    limits::Limits,
    route::Route,
    shared::Shared,
};
use crate::{exporters::prometheus::text::Text, families::Families, snapshot::Snapshot};

/// The media types. Prometheus 3 fails a scrape without one that it knows.
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";
const JSON: &str = "application/json";

/// Tenants whose documents are kept, as long as nobody reads more of them.
const TENANTS: usize = 1024;

/// What is shown, and to whom.
pub(super) struct Pages {
    families: Arc<dyn Families + Send + Sync>,
    /// The label that tells tenants apart.
    label: String,
    /// Documents of one kind that exist at a time for one tenant, so that none takes the others' share.
    of_tenant: usize,
    all: Arc<Shown>,
    tenants: Mutex<HashMap<Arc<str>, Arc<Shown>>>,
}

/// The documents of those who see the same.
pub(super) struct Shown {
    families: Arc<dyn Families + Send + Sync>,
    metrics: Documents,
    snapshots: Documents,
}

/// The documents of one kind.
struct Documents {
    content_type: &'static str,
    write: fn(&dyn Families) -> Vec<Vec<u8>>,
    shared: Shared<Document>,
    permits: Arc<Semaphore>,
}

impl Pages {
    pub(super) fn new(families: Arc<dyn Families + Send + Sync>, label: &str, limits: &Limits) -> Self {
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
        Route::Metrics | Route::Snapshot | Route::Nothing | Route::OtherMethod(_) => false,
    }
}

impl Shown {
    fn new(families: Arc<dyn Families + Send + Sync>, documents: usize) -> Self {
        let write_snapshot = |families: &dyn Families| vec![Snapshot::of(families).to_json().into_bytes()];
        Self {
            families,
            metrics: Documents::new(TEXT, Text::encode, documents),
            snapshots: Documents::new(JSON, write_snapshot, documents),
        }
    }

    pub(super) async fn metrics(&self) -> Answer {
        self.metrics.answer(&self.families).await
    }

    pub(super) async fn snapshot(&self) -> Answer {
        self.snapshots.answer(&self.families).await
    }
}

impl Documents {
    fn new(content_type: &'static str, write: fn(&dyn Families) -> Vec<Vec<u8>>, documents: usize) -> Self {
        let permits = Arc::new(Semaphore::new(documents));
        Self { content_type, write, shared: Shared::new(), permits }
    }

    async fn answer(&self, families: &Arc<dyn Families + Send + Sync>) -> Answer {
        match self.shared.get(|| self.write(Arc::clone(families))).await {
            Some(document) => Answer::ok(document),
            None => Answer::failed(),
        }
    }

    /// Writes a document on a thread that may block, once there are few enough others; `None` if that panics.
    fn write(&self, families: Arc<dyn Families + Send + Sync>) -> impl Future<Output = Option<Document>> + use<> {
        let Self { content_type, write, .. } = *self;
        let permits = Arc::clone(&self.permits);
        async move {
            let permit = permits.acquire_owned().await.expect("the semaphore is never closed");
            let pieces = task::spawn_blocking(move || write(&*families)).await.ok()?;
            Some(Document::new(content_type, pieces).holding(permit))
        }
    }
}
