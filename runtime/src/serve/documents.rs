//! Documents of one kind: written where that may take its time, once for all who ask meanwhile. It knows nothing of
//! requests.

use std::{
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use tokio::{
    sync::Semaphore,
    task,
    time::{self, Instant},
};

use super::{
    answer::{Answer, Document},
    budget::Budget,
    coding::Coding,
    gzip,
    shared::Shared,
};
use crate::{
    exporters::{prometheus::negotiation::Format, shown::Shown},
    snapshot::Snapshot,
};

/// No answer is made of a document that was written longer ago.
const RECENT: Duration = Duration::from_secs(10);

/// What the metrics are written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// As a scraper reads them; with `created`, also when each series began, where the format has a place for it.
    Scrape { format: Format, created: bool },
    /// As JSON.
    Json,
    /// What the program measures, as JSON.
    Catalog,
}

/// The documents of all forms for those who see the same.
pub(super) struct Documents {
    kinds: Vec<Kind>,
    budget: Arc<Budget<Document>>,
    /// One for each that may be written at a time.
    writing: Arc<Semaphore>,
}

/// The documents of one form.
struct Kind {
    form: Form,
    coding: Coding,
    shared: Shared<Document>,
    latest: Mutex<Latest>,
}

/// The last document of a form, which is there as long as it is read.
#[derive(Default)]
struct Latest {
    document: Weak<Document>,
    bytes: u64,
}

impl Documents {
    pub(super) fn new(forms: impl IntoIterator<Item = Form>, most: usize, budget: &Arc<Budget<Document>>) -> Self {
        let codings = |form| [Coding::Identity, Coding::Gzip].map(|coding| Kind::new(form, coding));
        let kinds = forms.into_iter().flat_map(codings).collect();
        Self { kinds, budget: Arc::clone(budget), writing: Arc::new(Semaphore::new(most)) }
    }

    /// The answer that all who ask for this meanwhile share, or that it takes longer than until `deadline`. Where there is
    /// no room for another one, it is what was written a moment ago.
    pub(super) async fn shared(&self, form: Form, coding: Coding, shown: &Shown, deadline: Option<Instant>) -> Answer {
        let kind = self.kinds.iter().find(|kind| (kind.form, kind.coding) == (form, coding));
        let Some(kind) = kind else { return Answer::failed() };
        let (recent, bytes) = kind.recent();
        if let Some(recent) = recent.filter(|_| self.budget.is_short(bytes)) {
            return Answer::ok(recent);
        }
        let document = kind.shared.get(|| self.write(form, coding, shown.clone(), bytes));
        until(deadline, async { document.await.inspect(|document| kind.remember(document)) }).await
    }

    /// The same for one who wants what nobody else does.
    pub(super) async fn single(&self, form: Form, coding: Coding, shown: Shown, deadline: Option<Instant>) -> Answer {
        let document = self.write(form, coding, shown, 0);
        until(deadline, async { document.await.map(Arc::new) }).await
    }

    /// Writes a document, which will have about so many bytes, on a thread that may block, once there are few enough others;
    /// `None` if that panics. Readers that are slow make room for it.
    fn write(
        &self,
        form: Form,
        coding: Coding,
        shown: Shown,
        bytes: u64,
    ) -> impl Future<Output = Option<Document>> + use<> {
        let (writing, budget) = (Arc::clone(&self.writing), Arc::clone(&self.budget));
        async move {
            let permit = writing.acquire_owned().await.ok()?;
            let document = task::spawn_blocking(move || {
                budget.make_room(bytes);
                let pieces = form.write(&shown);
                let packed = if coding == Coding::Gzip { gzip::pack(pieces) } else { Err(pieces) };
                let is_packed = packed.is_ok();
                let pieces = packed.unwrap_or_else(|plain| plain);
                let document = Document::new(form.content_type(), pieces, &budget).chosen(form.vary(), is_packed);
                // The estimate may have been too low, and of the first one there is none.
                budget.make_room(0);
                drop(permit);
                document
            });
            document.await.ok()
        }
    }
}

impl Kind {
    fn new(form: Form, coding: Coding) -> Self {
        Self { form, coding, shared: Shared::new(), latest: Mutex::default() }
    }

    /// The last document, if it is still there and not too old; and how many bytes it had.
    fn recent(&self) -> (Option<Arc<Document>>, u64) {
        let latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        let document = latest.document.upgrade().filter(|document| document.written().elapsed() < RECENT);
        (document, latest.bytes)
    }

    fn remember(&self, document: &Arc<Document>) {
        let latest = Latest { document: Arc::downgrade(document), bytes: document.bytes() };
        *self.latest.lock().unwrap_or_else(PoisonError::into_inner) = latest;
    }
}

async fn until(deadline: Option<Instant>, document: impl Future<Output = Option<Arc<Document>>>) -> Answer {
    let document = match deadline {
        Some(deadline) => time::timeout_at(deadline, document).await,
        None => Ok(document.await),
    };
    match document {
        // It may have been there already when the time was up.
        Ok(_) if deadline.is_some_and(|deadline| deadline <= Instant::now()) => Answer::too_slow(),
        Ok(Some(document)) => Answer::ok(document),
        Ok(None) => Answer::failed(),
        Err(_) => Answer::too_slow(),
    }
}

impl Form {
    fn write(self, shown: &Shown) -> Vec<Vec<u8>> {
        match (self, shown.families()) {
            (Self::Scrape { format, created }, Some(families)) => format.encode(families, created),
            (Self::Json, Some(families)) => vec![Snapshot::of(families).to_json().into_bytes()],
            (Self::Catalog, Some(families)) => vec![families.catalog().unwrap_or_default().into_bytes()],
            (_, None) => vec![shown.render().into_bytes()],
        }
    }

    fn content_type(self) -> &'static str {
        match self {
            Self::Scrape { format, .. } => format.content_type(),
            Self::Json | Self::Catalog => "application/json",
        }
    }

    /// The headers of a request that the document depends on.
    fn vary(self) -> &'static str {
        match self {
            Self::Scrape { .. } => "Accept, Accept-Encoding",
            Self::Json | Self::Catalog => "Accept-Encoding",
        }
    }
}
