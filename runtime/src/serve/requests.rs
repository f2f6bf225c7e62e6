//! From a request to its answer. It knows nothing of connections.

use std::{convert::Infallible, fmt, pin::Pin, sync::Arc, time::Instant};

use hyper::{HeaderMap, Request, Response, StatusCode, body::Body, body::Incoming, service::Service};
use tokio::{sync::watch, task::JoinSet, time};

use super::{
    access::{Access, Gate},
    answer::{Answer, Sending},
    current::{Current, Served},
    demand::Demand,
    pages::{self, Pages},
    progress::Progress,
    route::{self, Route},
};
use crate::{config::settings::Routes, exporters::shown::Shown};

/// What all connections share.
pub(super) struct Endpoint {
    pub(super) current: Current,
    /// Until when to end; `None` as long as connections are served.
    stopping: watch::Receiver<Option<Instant>>,
    pub(super) gate: Arc<Gate>,
    answered: Box<dyn Fn(&'static str, u16) + Send + Sync>,
    pages: Pages,
    /// Whether only this machine can ask.
    is_local: bool,
}

impl Endpoint {
    pub(super) fn new(
        served: &Served,
        shown: Shown,
        answered: Box<dyn Fn(&'static str, u16) + Send + Sync>,
        stopping: watch::Receiver<Option<Instant>>,
        is_local: bool,
    ) -> Self {
        let Served { gate, current, budget } = served.clone();
        let pages = Pages::new(shown.clone().listed(&current), shown, gate.label(), budget);
        Self { current, stopping, gate, answered, pages, is_local }
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

    async fn answer(&self, demand: Demand, headers: &HeaderMap) -> Answer {
        let route = demand.route;
        let access = if pages::is_open(route) { Access::All } else { self.gate.judge(headers).await };
        if self.is_local && demand.is_for_a_name && !pages::is_open(route) && self.gate.is_open() {
            let answer = Answer::for_a_name();
            (self.answered)(route.label(), answer.status().as_u16());
            return answer;
        }
        let is_busy = access == Access::Busy;
        let answer = match self.pages.shown_to(access) {
            None if is_busy => Answer::checking(),
            None => Answer::unauthorized(),
            Some(part) => match route {
                Route::Metrics => part.metrics(self.current.created(), demand).await,
                Route::Snapshot | Route::Cardinality | Route::Catalog if part.is_text() => {
                    Answer::only_text(&self.current.routes().metrics)
                }
                Route::Snapshot => part.snapshot(demand).await,
                Route::Cardinality => part.cardinality(),
                Route::Catalog => part.catalog(demand).await,
                Route::Health => Answer::healthy(),
                Route::Landing if part.is_text() => Answer::landing(&of_text(&self.current.routes())),
                Route::Landing => Answer::landing(&self.current.routes()),
                Route::Nothing => Answer::not_found(&self.current.routes().metrics),
                Route::OtherMethod(_) => Answer::other_method(),
            },
        };
        (self.answered)(route.label(), answer.status().as_u16());
        answer
    }

    /// Answers a request, or says that there are too many; `progress` is told when the answer begins and ends.
    pub(super) async fn respond(
        self: Arc<Self>,
        demand: Demand,
        headers: HeaderMap,
        progress: Arc<Progress>,
        is_refused: bool,
    ) -> Response<Sending> {
        let endpoint = Arc::clone(&self);
        // A task of its own is the fence: a panic in there is an answer here, and the connection goes on. It ends with the
        // client that waits for it.
        let mut answer = JoinSet::new();
        answer.spawn(async move {
            if is_refused { endpoint.refuse(demand.route) } else { endpoint.answer(demand, &headers).await }
        });
        let answer = answer.join_next().await.and_then(Result::ok).unwrap_or_else(Answer::failed);
        progress.answer_begins();
        let mut response = answer.into_response(progress);
        let is_denied = response.status() == StatusCode::UNAUTHORIZED;
        self.gate.dress(response.headers_mut(), is_denied);
        response
    }

    fn refuse(&self, route: Route) -> Answer {
        let answer = Answer::busy();
        (self.answered)(route.label(), answer.status().as_u16());
        answer
    }
}

/// The pages that there are where there is nothing to show but a text.
fn of_text(routes: &Routes) -> Routes {
    Routes { snapshot: None, cardinality: None, catalog: None, ..routes.clone() }
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
        let demand = Demand::of(&request, &self.endpoint.current);
        let (endpoint, progress, is_refused) =
            (Arc::clone(&self.endpoint), Arc::clone(&self.progress), self.is_refused);
        let (head, _) = request.into_parts();
        Box::pin(async move { Ok(endpoint.respond(demand, head.headers, progress, is_refused).await) })
    }
}
