//! The route of a request: what axum has found, below which path a service is nested, or what the program's patterns
//! say.

use std::{
    pin::pin,
    task::{Context, Poll, Waker},
};

use axum::{Router, body::Body, extract::MatchedPath, routing::any};
use hyper::{
    Request, Response,
    http::{Extensions, request::Parts},
};
use tower_service::Service;

use super::{
    names::Kind,
    settings::{Rule, Settings},
};

/// What is known of a request's route when it comes.
#[derive(Debug, Clone, Default)]
pub(super) struct Route {
    /// Whether the program leaves the request out.
    pub(super) ignored: bool,
    /// The route that the program says.
    pub(super) said: Option<String>,
    /// The route that a router has found.
    pub(super) found: Option<String>,
}

impl Route {
    /// Finds the route of a request. A pattern that covers the path decides, then one that covers the route.
    pub(super) fn of(settings: &Settings, request: &Parts, is_grpc: bool) -> Self {
        let mut route = Self::default();
        if let Some(rule) = rule(&settings.rules, request.uri.path()) {
            route.follow(rule);
            return route;
        }
        match settings.route_by {
            Some(route_by) => route.said = route_by(&request.extensions).map(str::to_owned),
            None if settings.side.kind == Kind::Server => route.found = of_router(&request.extensions, is_grpc),
            None => {}
        }
        let known = route.said.as_deref().or(route.found.as_deref());
        if let Some(rule) = known.and_then(|known| rule(&settings.rules, known)) {
            route.follow(rule);
        }
        route
    }

    /// Takes what a layer further inside knows, which is better.
    pub(super) fn improve(&mut self, inner: Self) {
        self.ignored |= inner.ignored;
        self.said = inner.said.or(self.said.take());
        self.found = inner.found.or(self.found.take());
    }

    fn follow(&mut self, rule: &Rule) {
        match &rule.route {
            Some(route) => self.said = Some((**route).to_owned()),
            None => self.ignored = true,
        }
    }
}

fn rule<'a>(rules: &'a [Rule], path: &str) -> Option<&'a Rule> {
    rules.iter().find(|rule| rule.pattern.covers(path))
}

/// The route that axum's routers have found by now. That of a call of gRPC is its method, and nothing is nested below
/// it.
fn of_router(extensions: &Extensions, is_grpc: bool) -> Option<String> {
    match extensions.get::<MatchedPath>() {
        Some(path) => Some(path.as_str().to_owned()),
        None if is_grpc || extensions.is_empty() => None,
        None => nest(extensions),
    }
}

/// The one route of the router that is asked for a nest.
const TAIL: &str = "/{*tail}";

thread_local! {
    /// A router that answers with the route that it has found.
    static ASKED: Router = Router::new().route(TAIL, any(async |path: MatchedPath| {
        let mut response = Response::new(Body::empty());
        response.extensions_mut().insert(path);
        response
    }));
}

/// The path below which the service is nested that a request has come to, as `/path/*`.
///
/// axum keeps that path to itself until another router finds a route below it, whose [`MatchedPath`] then begins with
/// it. So a router is asked with the same extensions.
fn nest(extensions: &Extensions) -> Option<String> {
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = hyper::Uri::from_static("/tail");
    *request.extensions_mut() = extensions.clone();
    let mut router = ASKED.try_with(Router::clone).ok()?;
    let answer = pin!(router.call(request)).poll(&mut Context::from_waker(Waker::noop()));
    let Poll::Ready(Ok(response)) = answer else { return None };
    let nest = response.extensions().get::<MatchedPath>()?.as_str().strip_suffix(TAIL)?;
    (!nest.is_empty()).then(|| format!("{nest}/*"))
}
