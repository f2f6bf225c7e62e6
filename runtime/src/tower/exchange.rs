//! One request and its response: recorded once, however it ends.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Instant,
};

use hyper::{
    Method, StatusCode,
    header::{HOST, HeaderMap},
    http::{request, response, uri::Authority},
};

use super::{
    claim::Claim,
    grpc,
    named::Beginning,
    names::Kind,
    plan::{Metrics, Plan},
    route::Route,
};
use crate::{Held, LabelValue};

/// The methods that are told apart, so that clients cannot make up series.
const METHODS: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];
const OTHER: &str = "_OTHER";

/// A request that is under way. Dropped before its end, it was cancelled.
#[derive(Debug)]
pub(super) struct Exchange {
    plan: Arc<Plan>,
    beginning: Beginning,
    claim: Arc<Claim>,
    began: Instant,
    method: &'static str,
    /// What a client talks to: an address and a port.
    peer: Option<(String, String)>,
    call: Option<grpc::Call>,
    status: Option<StatusCode>,
    own: Vec<String>,
    /// Bytes of the request's body, where sizes are measured.
    sent: Option<Arc<AtomicU64>>,
    /// Bytes of the response's body.
    received: u64,
    active: Option<Held>,
}

/// Why an exchange has ended otherwise than with its whole response.
#[derive(Debug, Clone, Copy)]
pub(super) enum Failure {
    /// The service or the response's body returned an error.
    Error,
    /// Dropped before its end.
    Cancelled,
    /// The service or the response's body panicked.
    Panicked,
}

impl Exchange {
    /// Begins an exchange, unless nothing is recorded, the request is left out, or a layer further outside measures it.
    pub(super) fn begin(plan: &Arc<Plan>, request: &mut request::Parts) -> Option<Box<Self>> {
        let beginning = Beginning::now()?;
        let settings = &plan.settings;
        let call = grpc::Call::of(&request.headers, request.uri.path());
        let route = Route::of(settings, request, call.is_some());
        let ignored = route.ignored;
        let claim = Claim::place(settings.side.kind, &plan.name, route, &mut request.extensions)?;
        if ignored {
            return None;
        }
        let own = settings.request_labels.iter().map(|label| (label.value)(request)).collect();
        let method = method_label(&request.method);
        let peer = (settings.side.kind == Kind::Client).then(|| settings.peer.clone().unwrap_or_else(|| peer(request)));
        let mut values: Vec<&dyn LabelValue> = vec![&method];
        if let Some((address, port)) = &peer {
            values.extend([address as &dyn LabelValue, port]);
        }
        let metrics = plan.metrics();
        let active = Some(metrics.active.hold(&values));
        let sent = metrics.sizes.is_some().then(Arc::default);
        let (plan, began) = (Arc::clone(plan), Instant::now());
        let (status, received) = (None, 0);
        Some(Box::new(Self { plan, beginning, claim, began, method, peer, call, status, own, sent, received, active }))
    }

    /// What the request's body adds its bytes to.
    pub(super) fn sent(&self) -> Option<Arc<AtomicU64>> {
        self.sent.clone()
    }

    /// The head of the response has come.
    pub(super) fn answered(&mut self, head: &response::Parts) {
        self.status = Some(head.status);
        if let Some(call) = &mut self.call {
            call.head(head.status, &head.headers);
        }
        let plan = &self.plan;
        self.own.extend(plan.settings.response_labels.iter().map(|label| (label.value)(head)));
    }

    /// So many bytes of the response's body have passed.
    pub(super) fn passed(&mut self, bytes: u64) {
        self.received += bytes;
        if let Some(call) = &mut self.call
            && call.answered
        {
            call.has_message = true;
        }
    }

    /// The trailers of the response have passed, after which nothing comes.
    pub(super) fn trailed(&mut self, trailers: &HeaderMap) {
        if let Some(call) = &mut self.call {
            call.trailers(trailers);
        }
    }

    /// Whether a response with this status is only a head, to whatever was asked.
    pub(super) fn is_only_head(&self) -> bool {
        let status = self.status.unwrap_or_default();
        self.method == "HEAD"
            || status.is_informational()
            || [StatusCode::NO_CONTENT, StatusCode::NOT_MODIFIED].contains(&status)
            || self.method == "CONNECT" && status.is_success()
    }

    /// Whether a body that has sent all its bytes is whole.
    pub(super) fn needs_no_trailers(&self) -> bool {
        self.call.as_ref().is_none_or(grpc::Call::needs_no_trailers)
    }

    /// All of the response has gone out.
    pub(super) fn succeed(mut self: Box<Self>) {
        if let Some(call) = &mut self.call {
            call.complete();
        }
        self.end(None);
    }

    pub(super) fn fail(mut self: Box<Self>, failure: Failure) {
        self.end(Some(failure));
    }

    /// Records it; the second time does nothing.
    fn end(&mut self, failure: Option<Failure>) {
        let Some(active) = self.active.take() else { return };
        drop(active);
        let route = self.claim.end();
        if route.ignored {
            return;
        }
        let plan = Arc::clone(&self.plan);
        let (settings, metrics) = (&plan.settings, plan.metrics());
        let grpc = self.call.as_ref().and_then(|call| call.status);
        let status = self.status.map_or_else(String::new, |status| status.as_str().to_owned());
        let error = match failure {
            Some(Failure::Error) => "error",
            Some(Failure::Cancelled) => "cancelled",
            Some(Failure::Panicked) => "panicked",
            None if self.status.is_some_and(|status| status.as_u16() >= settings.side.first_error) => &status,
            None => grpc.filter(|grpc| is_error(settings.side.kind, *grpc)).map_or("", grpc::Status::as_str),
        };
        let method = self.called_method(metrics);
        let route = route.said.or(method).or(route.found).unwrap_or_else(|| settings.side.unmatched.to_owned());
        let grpc = grpc.map_or("", grpc::Status::as_str);
        self.own.resize(settings.request_labels.len() + settings.response_labels.len(), String::new());
        let mut values: Vec<&dyn LabelValue> = vec![&self.method];
        if let Some((address, port)) = &self.peer {
            values.extend([address as &dyn LabelValue, port]);
        }
        values.extend([&route as &dyn LabelValue, &status, &error, &grpc]);
        values.extend(self.own.iter().map(|own| own as &dyn LabelValue));
        self.record(metrics, &values);
    }

    fn record(&self, metrics: &Metrics, values: &[&dyn LabelValue]) {
        metrics.duration.record(&self.beginning, values, self.began.elapsed().as_secs_f64());
        let (Some(sizes), Some(sent)) = (&metrics.sizes, &self.sent) else { return };
        // Relaxed: the number guards nothing else.
        sizes.request.record(&self.beginning, values, sent.load(Ordering::Relaxed) as f64);
        if self.status.is_some() {
            sizes.response.record(&self.beginning, values, self.received as f64);
        }
    }

    /// The method that a call of gRPC went to.
    fn called_method(&mut self, metrics: &Metrics) -> Option<String> {
        let call = self.call.take()?;
        match self.plan.settings.side.kind {
            Kind::Server if !call.answered && self.status.is_some() => None,
            Kind::Server => call.into_method(&metrics.methods),
            Kind::Client => call.into_path(),
        }
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.end(Some(if thread::panicking() { Failure::Panicked } else { Failure::Cancelled }));
    }
}

fn is_error(kind: Kind, status: grpc::Status) -> bool {
    match kind {
        Kind::Server => status.is_error_of_server(),
        Kind::Client => !status.is_ok(),
    }
}

fn method_label(method: &Method) -> &'static str {
    METHODS.into_iter().find(|known| *known == method.as_str()).unwrap_or(OTHER)
}

/// The address and the port that a request goes to, as far as it says them.
fn peer(request: &request::Parts) -> (String, String) {
    let named = request.headers.get(HOST).and_then(|host| Authority::try_from(host.as_bytes()).ok());
    let Some(authority) = request.uri.authority().or(named.as_ref()) else { return (String::new(), String::new()) };
    let port = match (authority.port_u16(), request.uri.scheme_str()) {
        (Some(port), _) => port.to_string(),
        (None, Some("http")) => "80".to_owned(),
        (None, Some("https")) => "443".to_owned(),
        (None, _) => String::new(),
    };
    (authority.host().trim_matches(['[', ']']).to_ascii_lowercase(), port)
}
