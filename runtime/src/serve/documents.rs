//! Documents of one kind: written where that may take its time, once for all who ask meanwhile. It knows nothing of
//! requests.

use std::sync::Arc;

use tokio::{
    sync::Semaphore,
    task,
    time::{self, Instant},
};

use super::{
    answer::{Answer, Document},
    coding::Coding,
    gzip,
    shared::Shared,
};
use crate::{
    exporters::{prometheus::negotiation::Format, shown::Shown},
    snapshot::Snapshot,
};

/// What the metrics are written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// As a scraper reads them; with `created`, also when each series began, where the format has a place for it.
    Scrape { format: Format, created: bool },
    /// As JSON.
    Json,
}

/// The documents of all forms that share one bound.
pub(super) struct Documents {
    kinds: Vec<(Form, Coding, Shared<Document>)>,
    permits: Arc<Semaphore>,
}

impl Documents {
    pub(super) fn new(forms: impl IntoIterator<Item = Form>, most: usize) -> Self {
        let codings = |form| [Coding::Identity, Coding::Gzip].map(|coding| (form, coding, Shared::new()));
        let kinds = forms.into_iter().flat_map(codings).collect();
        Self { kinds, permits: Arc::new(Semaphore::new(most)) }
    }

    /// The answer that all who ask for this meanwhile share, or that it takes longer than until `deadline`.
    pub(super) async fn shared(&self, form: Form, coding: Coding, shown: &Shown, deadline: Option<Instant>) -> Answer {
        let kind = self.kinds.iter().find(|(of, by, _)| (*of, *by) == (form, coding));
        let Some((.., shared)) = kind else { return Answer::failed() };
        until(deadline, shared.get(|| self.write(form, coding, shown.clone()))).await
    }

    /// The same for one who wants what nobody else does.
    pub(super) async fn single(&self, form: Form, coding: Coding, shown: Shown, deadline: Option<Instant>) -> Answer {
        let document = self.write(form, coding, shown);
        until(deadline, async { document.await.map(Arc::new) }).await
    }

    /// Writes a document on a thread that may block, once there are few enough others; `None` if that panics.
    fn write(&self, form: Form, coding: Coding, shown: Shown) -> impl Future<Output = Option<Document>> + use<> {
        let permits = Arc::clone(&self.permits);
        async move {
            let permit = permits.acquire_owned().await.ok()?;
            let document = task::spawn_blocking(move || {
                let pieces = form.write(&shown);
                let packed = if coding == Coding::Gzip { gzip::pack(pieces) } else { Err(pieces) };
                let is_packed = packed.is_ok();
                Document::new(form.content_type(), packed.unwrap_or_else(|plain| plain)).chosen(form.vary(), is_packed)
            });
            Some(document.await.ok()?.holding(permit))
        }
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
            (_, None) => vec![shown.render().into_bytes()],
        }
    }

    fn content_type(self) -> &'static str {
        match self {
            Self::Scrape { format, .. } => format.content_type(),
            Self::Json => "application/json",
        }
    }

    /// The headers of a request that the document depends on.
    fn vary(self) -> &'static str {
        match self {
            Self::Scrape { .. } => "Accept, Accept-Encoding",
            Self::Json => "Accept-Encoding",
        }
    }
}
