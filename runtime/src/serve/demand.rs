//! What a request's head asks for. It does not know how that comes about.

use std::{net::Ipv4Addr, time::Duration};

use hyper::{
    Request,
    header::{ACCEPT, ACCEPT_ENCODING, HOST, HeaderMap, HeaderName},
};
use tokio::time::Instant;

use super::{coding::Coding, current::Current, filter::Chosen, route::Route};
use crate::exporters::prometheus::negotiation::Format;

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
    /// The families that are wanted; `None` for all.
    pub(super) chosen: Option<Chosen>,
    /// When nobody waits for the answer any more.
    pub(super) deadline: Option<Instant>,
    /// Whether it was sent to a name that may have been made to point to this machine.
    pub(super) is_for_a_name: bool,
}

impl Demand {
    pub(super) fn of<B>(request: &Request<B>, current: &Current) -> Self {
        let route = Route::of(&current.routes(), request.method(), request.uri().path());
        Self::for_route(request, route, &current.formats())
    }

    /// The same where it is known what the request is for.
    pub(super) fn for_route<B>(request: &Request<B>, route: Route, formats: &[Format]) -> Self {
        let headers = request.headers();
        Self {
            route,
            format: Format::choose(formats, texts(headers, &ACCEPT)),
            coding: Coding::negotiate(texts(headers, &ACCEPT_ENCODING)),
            chosen: request.uri().query().and_then(Chosen::of),
            is_for_a_name: is_for_a_name(request),
            deadline: timeout(headers).map(|timeout| Instant::now() + timeout),
        }
    }
}

/// Whether a request is for a name of the public kind, with a dot, and not for an address or for this machine by a name of
/// its own: such a name can be made to point to any address, so that a page from there may ask what only this machine may.
fn is_for_a_name<B>(request: &Request<B>) -> bool {
    let is_name = |host: &str| {
        let (name, _) = host.rsplit_once(':').filter(|(_, port)| !port.contains(']')).unwrap_or((host, ""));
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        let is_address = name.starts_with('[') || name.parse::<Ipv4Addr>().is_ok();
        !is_address && name.contains('.') && !name.ends_with(".localhost")
    };
    let headers = request.headers().get_all(HOST).iter();
    let mut hosts = headers.map(|host| host.to_str().unwrap_or("not.ascii")).chain(request.uri().host());
    hosts.any(is_name)
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
        let demand = |accept| Demand::for_route(&request(accept), Route::Metrics, &Format::ALL).format;
        assert_eq!(demand("text/plain;of=\"é\", application/openmetrics-text"), demand("application/openmetrics-text"));
        assert_eq!(demand("téxt/plain"), Format::Text);
    }

    #[test]
    fn names_that_anybody_may_have_are_told_from_those_of_the_machine() {
        for (host, is_name) in [
            ("127.0.0.1:9464", false),
            ("127.0.0.1", false),
            ("[::1]:9464", false),
            ("[::1]", false),
            ("localhost:9464", false),
            ("LOCALHOST", false),
            ("api.localhost", false),
            ("web-1:9464", false),
            ("", false),
            ("evil.example:9464", true),
            ("evil.example.", true),
            ("127.0.0.1.evil.example", true),
            ("localhost.evil.example:80", true),
        ] {
            let request = Request::builder().uri("/metrics").header(HOST, host).body(()).expect("a request");
            assert_eq!(is_for_a_name(&request), is_name, "{host}");
        }
        let request = Request::builder().uri("http://evil.example/metrics").body(()).expect("a request");
        assert!(is_for_a_name(&request));
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
