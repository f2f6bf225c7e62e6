//! From a request to its answer. It knows nothing of connections.

use std::{convert::Infallible, fmt, pin::Pin, sync::Arc, time::Instant};

use hyper::{Request, Response, StatusCode, body::Body, body::Incoming, service::Service};
use tokio::{
    sync::{Semaphore, watch},
    task, time,
};

use super::{
    answer::{Answer, Document, Sending},
    current::Current,
    progress::Progress,
    route::{self, Route},
    shared::Shared,
};
use crate::{
    exporters::{prometheus::text::Text, shown::Shown},
    families::Families,
    snapshot::Snapshot,
};

/// The media types. Prometheus 3 fails a scrape without one that it knows.
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";
const JSON: &str = "application/json";

/// What all connections share.
pub(super) struct Endpoint {
    pub(super) current: Current,
    /// Until when to end; `None` as long as connections are served.
    stopping: watch::Receiver<Option<Instant>>,
    shown: Shown,
    answered: Box<dyn Fn(&'static str, u16) + Send + Sync>,
    metrics: Documents,
    snapshots: Documents,
}

/// Writes a document of values that can be read one by one. Who has none of these has a text.
type Write = fn(&dyn Families) -> Vec<Vec<u8>>;

/// The documents of one kind.
struct Documents {
    content_type: &'static str,
    write: Write,
    shared: Shared<Document>,
    permits: Arc<Semaphore>,
}

impl Endpoint {
    pub(super) fn new(
        current: Current,
        shown: Shown,
        answered: Box<dyn Fn(&'static str, u16) + Send + Sync>,
        stopping: watch::Receiver<Option<Instant>>,
    ) -> Self {
        let documents = current.limits().documents;
        let metrics = Documents::new(TEXT, Text::encode, documents);
        let write_snapshot = |families: &dyn Families| vec![Snapshot::of(families).to_json().into_bytes()];
        let snapshots = Documents::new(JSON, write_snapshot, documents);
        Self { current, stopping, shown, answered, metrics, snapshots }
    }

    /// Ready when the endpoint stops.
    pub(super) async fn stopped(&self) {
        // That nobody is left who could tell comes to the same.
        let _ = self.stopping.clone().wait_for(Option::is_some).await;
    }

    /// Until when everything has to be over.
    pub(super) fn deadline(&self) -> time::Instant {
        self.stopping.borrow().map_or_else(time::Instant::now, time::Instant::from_std)
    }

    /// Counts an answer to a request whose path is not known.
    pub(super) fn count_unread(&self, status: StatusCode) {
        (self.answered)(route::OTHER, status.as_u16());
    }

    async fn answer(&self, route: Route) -> Answer {
        let answer = match route {
            Route::Metrics => self.metrics.answer(&self.shown).await,
            Route::Snapshot if self.shown.families().is_none() => Answer::only_text(&self.current.routes().metrics),
            Route::Snapshot => self.snapshots.answer(&self.shown).await,
            Route::Health => Answer::healthy(),
            Route::Nothing => Answer::not_found(&self.current.routes().metrics),
            Route::OtherMethod(_) => Answer::other_method(),
        };
        (self.answered)(route.label(), answer.status().as_u16());
        answer
    }

    fn refuse(&self, route: Route) -> Answer {
        let answer = Answer::busy();
        (self.answered)(route.label(), answer.status().as_u16());
        answer
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint").field("current", &self.current).finish_non_exhaustive()
    }
}

impl Documents {
    fn new(content_type: &'static str, write: Write, most: usize) -> Self {
        let permits = Arc::new(Semaphore::new(most));
        Self { content_type, write, shared: Shared::new(), permits }
    }

    async fn answer(&self, shown: &Shown) -> Answer {
        match self.shared.get(|| self.write(shown.clone())).await {
            Some(document) => Answer::ok(document),
            None => Answer::failed(),
        }
    }

    /// Writes a document on a thread that may block, once there are few enough others; `None` if that panics.
    fn write(&self, shown: Shown) -> impl Future<Output = Option<Document>> + use<> {
        let Self { content_type, write, .. } = *self;
        let permits = Arc::clone(&self.permits);
        async move {
            let permit = permits.acquire_owned().await.expect("the semaphore is never closed");
            let write =
                move || shown.families().map_or_else(|| vec![shown.render().into_bytes()], |families| write(families));
            let pieces = task::spawn_blocking(write).await.ok()?;
            Some(Document::new(content_type, pieces).holding(permit))
        }
    }
}

/// The requests of one connection.
#[derive(Debug)]
pub(super) struct Requests {
    endpoint: Arc<Endpoint>,
    progress: Arc<Progress>,
    is_refused: bool,
}

impl Requests {
    pub(super) fn new(endpoint: Arc<Endpoint>, progress: Arc<Progress>, is_refused: bool) -> Self {
        Self { endpoint, progress, is_refused }
    }
}

impl Service<Request<Incoming>> for Requests {
    type Response = Response<Sending>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        self.progress.request_came(!request.body().is_end_stream());
        let route = Route::of(&self.endpoint.current.routes(), request.method(), request.uri().path());
        let (endpoint, progress, is_refused) =
            (Arc::clone(&self.endpoint), Arc::clone(&self.progress), self.is_refused);
        // A task of its own is the fence: a panic in there is an answer here, and the connection goes on.
        let answer =
            task::spawn(async move { if is_refused { endpoint.refuse(route) } else { endpoint.answer(route).await } });
        Box::pin(async move {
            let answer = answer.await.unwrap_or_else(|_| Answer::failed());
            progress.answer_begins();
            Ok(answer.into_response(progress))
        })
    }
}
