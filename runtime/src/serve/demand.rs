//! What a request's head asks for. It does not know how that comes about.

use std::{collections::HashSet, time::Duration};

use hyper::{
    Request,
    header::{ACCEPT, ACCEPT_ENCODING, HeaderMap, HeaderName},
};
use tokio::time::Instant;

use super::{coding::Coding, filter, route::Route};
use crate::{config::settings::Routes, exporters::prometheus::negotiation::Format};

/// How long Prometheus waits, in seconds.
const TIMEOUT: HeaderName = HeaderName::from_static("x-prometheus-scrape-timeout-seconds");

/// Longer than any scraper waits.
const PATIENCE: f64 = 3600.0;

/// A request, as far as its answer depends on it.
#[derive(Debug)]
pub(super) struct Demand {
    pub(super) route: Route,
    pub(super) format: Format,
    pub(super) coding: Coding,
    /// The names of the families that are wanted; `None` for all.
    pub(super) names: Option<HashSet<String>>,
    /// When nobody waits for the answer any more.
    pub(super) deadline: Option<Instant>,
}

impl Demand {
    pub(super) fn of<B>(request: &Request<B>, routes: &Routes) -> Self {
        Self::for_route(request, Route::of(routes, request.method(), request.uri().path()))
    }

    /// The same where it is known what the request is for.
    pub(super) fn for_route<B>(request: &Request<B>, route: Route) -> Self {
        let headers = request.headers();
        Self {
            route,
            format: Format::negotiate(texts(headers, &ACCEPT)),
            coding: Coding::negotiate(texts(headers, &ACCEPT_ENCODING)),
            names: request.uri().query().and_then(filter::names),
            deadline: timeout(headers).map(|timeout| Instant::now() + timeout),
        }
    }
}

/// The values of a header that are text. What is more than ASCII in it spoils only the clause that it stands in.
fn texts<'h>(headers: &'h HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'h str> {
    headers.get_all(name).iter().filter_map(|value| str::from_utf8(value.as_bytes()).ok())
}

/// The time that the scraper waits, where it says so and waits at all.
fn timeout(headers: &HeaderMap) -> Option<Duration> {
    let seconds: f64 = headers.get(TIMEOUT)?.to_str().ok()?.trim().parse().ok()?;
    (seconds > 0.0).then(|| Duration::from_secs_f64(seconds.min(PATIENCE)))
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    #[test]
    fn a_clause_that_is_not_ascii_spoils_no_other() {
        let request = |accept: &str| {
            let accept = HeaderValue::from_bytes(accept.as_bytes()).expect("a header may hold this");
            Request::builder().header(ACCEPT, accept).body(()).expect("a request")
        };
        let demand = |accept| Demand::for_route(&request(accept), Route::Metrics).format;
        assert_eq!(demand("text/plain;of=\"é\", application/openmetrics-text"), demand("application/openmetrics-text"));
        assert_eq!(demand("téxt/plain"), Format::Text);
    }

    #[test]
    fn a_timeout_is_a_time() {
        for (text, expected) in [
            ("10", Some(10.0)),
            ("0.25", Some(0.25)),
            ("1e9", Some(PATIENCE)),
            ("inf", Some(PATIENCE)),
            ("0", None),
            ("-1", None),
            ("NaN", None),
            ("ten", None),
            ("", None),
        ] {
            let headers = HeaderMap::from_iter([(TIMEOUT, text.parse().expect("a header"))]);
            assert_eq!(timeout(&headers).map(|timeout| timeout.as_secs_f64()), expected, "{text}");
        }
        assert_eq!(timeout(&HeaderMap::new()), None);
    }
}
