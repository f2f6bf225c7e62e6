//! A request is measured once, by the outermost layer that it passes; those inside report the route, which they know
//! better.

use std::sync::{Arc, Mutex, PoisonError};

use hyper::http::Extensions;

use super::{names::Kind, route::Route};
use crate::gate;

/// What the layer that measures a request leaves in its extensions for layers further inside.
#[derive(Debug)]
pub(super) struct Claim {
    /// The name of the histogram: layers with other names measure something else.
    metric: Arc<str>,
    /// The claim of a layer further outside with other names.
    outer: Option<Arc<Claim>>,
    report: Mutex<Report>,
}

/// What is known of a request by now.
#[derive(Debug)]
struct Report {
    route: Route,
    /// Whether the exchange has ended, so that a request made of its extensions is another one.
    ended: bool,
}

/// Claims of servers' layers, and of clients' layers: a proxy's requests pass both, with the same extensions.
#[derive(Clone)]
struct OfServer(Arc<Claim>);

#[derive(Clone)]
struct OfClient(Arc<Claim>);

impl Claim {
    /// Claims a request for the metric of this name; `None` if a layer further outside has done so, which is told the
    /// route.
    pub(super) fn place(kind: Kind, metric: &Arc<str>, route: Route, extensions: &mut Extensions) -> Option<Arc<Self>> {
        let outer = match kind {
            Kind::Server => extensions.get::<OfServer>().map(|claim| claim.0.clone()),
            Kind::Client => extensions.get::<OfClient>().map(|claim| claim.0.clone()),
        };
        let mut next = outer.as_ref();
        while let Some(claim) = next {
            if claim.metric == *metric && !claim.with_report(|report| report.ended) {
                claim.with_report(|report| report.route.improve(route));
                return None;
            }
            next = claim.outer.as_ref();
        }
        let report = Mutex::new(Report { route, ended: false });
        let claim = Arc::new(Self { metric: Arc::clone(metric), outer, report });
        match kind {
            Kind::Server => drop(extensions.insert(OfServer(claim.clone()))),
            Kind::Client => drop(extensions.insert(OfClient(claim.clone()))),
        }
        Some(claim)
    }

    /// Ends it, and returns what is known of the route.
    pub(super) fn end(&self) -> Route {
        self.with_report(|report| {
            report.ended = true;
            std::mem::take(&mut report.route)
        })
    }

    fn with_report<T>(&self, change: impl FnOnce(&mut Report) -> T) -> T {
        gate::within(|| change(&mut self.report.lock().unwrap_or_else(PoisonError::into_inner)))
    }
}
