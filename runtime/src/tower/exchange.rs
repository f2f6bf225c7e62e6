//! One request and its response: recorded once, however it ends.

use std::{thread, time::Instant};

use hyper::{Method, StatusCode};

use crate::handle::{family::Family, gauge::Gauge, histogram::Histogram};

/// The name of the duration of whole exchanges, which is OpenTelemetry's, as its buckets are.
pub(super) const NAME: &str = "http_server_request_duration_seconds";
pub(super) const BUCKETS: &[f64] = &[0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// The duration of whole exchanges.
static DURATION: Family<Histogram, (String, String, String, String)> =
    Family::new(NAME, &["http_request_method", "http_route", "http_response_status_code", "error_type"])
        .help("Time from a request to the end of its response.")
        .buckets(BUCKETS);

/// Exchanges that have begun and not ended.
static ACTIVE: Family<Gauge, (String,)> = Family::new("http_server_active_requests", &["http_request_method"])
    .help("Requests whose response has not ended yet.");

/// The methods that are told apart, so that clients cannot make up series.
const METHODS: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];
const OTHER: &str = "_OTHER";

/// A request that is under way. Dropped before its end, it was cancelled.
#[derive(Debug)]
pub(super) struct Exchange {
    method: &'static str,
    route: String,
    status: Option<StatusCode>,
    began: Instant,
    active: Gauge,
    has_ended: bool,
}

/// Why an exchange has ended otherwise than with its whole response.
#[derive(Debug, Clone, Copy)]
pub(super) enum Failure {
    /// The service or the response's body returned an error.
    Error,
    /// Nobody wanted the rest any more.
    Cancelled,
    /// The service or the response's body panicked.
    Panicked,
}

impl Exchange {
    pub(super) fn begin(method: &Method, route: String) -> Self {
        let method = method_label(method);
        let active = ACTIVE.with(method);
        active.increment(1);
        Self { method, route, status: None, began: Instant::now(), active, has_ended: false }
    }

    /// The head of the response has come.
    pub(super) fn answered(&mut self, status: StatusCode) {
        self.status = Some(status);
    }

    /// Whether a response with this status is only a head, to whatever was asked.
    pub(super) fn is_only_head(&self) -> bool {
        let status = self.status.unwrap_or_default();
        self.method == "HEAD"
            || status.is_informational()
            || [StatusCode::NO_CONTENT, StatusCode::NOT_MODIFIED].contains(&status)
    }

    /// All of the response has gone out.
    pub(super) fn succeed(mut self) {
        self.end(None);
    }

    pub(super) fn fail(mut self, failure: Failure) {
        self.end(Some(failure));
    }

    fn end(&mut self, failure: Option<Failure>) {
        self.has_ended = true;
        let status = self.status.map_or_else(String::new, |status| status.as_str().to_owned());
        let error = match failure {
            Some(Failure::Error) => "error",
            Some(Failure::Cancelled) => "cancelled",
            Some(Failure::Panicked) => "panicked",
            None if self.status.is_some_and(|status| status.is_server_error()) => &status,
            None => "",
        };
        DURATION.with(self.method, &self.route, &status, error).record(self.began.elapsed());
        self.active.decrement(1);
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        if !self.has_ended {
            self.end(Some(if thread::panicking() { Failure::Panicked } else { Failure::Cancelled }));
        }
    }
}

fn method_label(method: &Method) -> &'static str {
    METHODS.into_iter().find(|known| *known == method.as_str()).unwrap_or(OTHER)
}
