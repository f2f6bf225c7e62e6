//! From a request to its answer. It knows nothing of connections.

use std::{convert::Infallible, fmt, pin::Pin, sync::Arc, time::Instant};

use hyper::{Request, Response, StatusCode, body::Body, body::Incoming, service::Service};
use tokio::{sync::watch, task, time};

use super::{
    answer::{Answer, Sending},
    current::Current,
    demand::Demand,
    documents::{Documents, Form},
    filter::Named,
    progress::Progress,
    route::{self, Route},
};
use crate::exporters::{prometheus::negotiation::Format, shown::Shown};

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

impl Endpoint {
    pub(super) fn new(
        current: Current,
        shown: Shown,
        answered: Box<dyn Fn(&'static str, u16) + Send + Sync>,
        stopping: watch::Receiver<Option<Instant>>,
    ) -> Self {
        let most = current.limits().documents;
        let scrapes = |created| Format::ALL.map(|format| Form::Scrape { format, created });
        let metrics = Documents::new([false, true].into_iter().flat_map(scrapes), most);
        let snapshots = Documents::new([Form::Json], most);
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

    async fn answer(&self, demand: Demand) -> Answer {
        let route = demand.route;
        let answer = match route {
            Route::Metrics => {
                // A text that is written already is in the format that it is in.
                let format = if self.shown.families().is_some() { demand.format } else { Format::Text };
                let form = Form::Scrape { format, created: self.current.created() };
                self.document(&self.metrics, form, demand).await
            }
            Route::Snapshot if self.shown.families().is_none() => Answer::only_text(&self.current.routes().metrics),
            Route::Snapshot => self.document(&self.snapshots, Form::Json, demand).await,
            Route::Health => Answer::healthy(),
            Route::Landing => Answer::landing(&self.current.routes()),
            Route::Nothing => Answer::not_found(&self.current.routes().metrics),
            Route::OtherMethod(_) => Answer::other_method(),
        };
        (self.answered)(route.label(), answer.status().as_u16());
        answer
    }

    async fn document(&self, documents: &Documents, form: Form, demand: Demand) -> Answer {
        let Demand { coding, names, deadline, .. } = demand;
        match (names, &self.shown) {
            (Some(names), Shown::Families(families)) => {
                let named = Named { families: Arc::clone(families), names };
                documents.single(form, coding, Shown::Families(Arc::new(named)), deadline).await
            }
            _ => documents.shared(form, coding, &self.shown, deadline).await,
        }
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
        let demand = Demand::of(&request, &self.endpoint.current.routes());
        let (endpoint, progress, is_refused) =
            (Arc::clone(&self.endpoint), Arc::clone(&self.progress), self.is_refused);
        // A task of its own is the fence: a panic in there is an answer here, and the connection goes on.
        let answer = task::spawn(async move {
            if is_refused { endpoint.refuse(demand.route) } else { endpoint.answer(demand).await }
        });
        Box::pin(async move {
            let answer = answer.await.unwrap_or_else(|_| Answer::failed());
            progress.answer_begins();
            Ok(answer.into_response(progress))
        })
    }
}
