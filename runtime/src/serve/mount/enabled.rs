//! The endpoint's routes on a program's own server: no listener, no connections, and the program's own async runtime.

use std::sync::Arc;

use axum::{Router, extract::Request, routing::any};
use tokio::{sync::watch, time};

use super::super::{answer::Answer, current::Served, demand::Demand, requests::Endpoint, route::Route};
use crate::{config::Reloadable, exporters::shown::Shown};

/// A router that answers as the endpoint does. Who is cut off and who is too many is for the server to decide; who waits
/// for a document for too long is told to come again. The paths stay what the settings say now; all else is what they say
/// when a request comes.
pub(crate) fn router(
    settings: &Reloadable,
    served: &Served,
    shown: Shown,
    answered: impl Fn(&'static str, u16) + Send + Sync + 'static,
) -> Router {
    // Nobody is left who could stop it: it ends with its server.
    let (_, stopping) = watch::channel(None);
    let endpoint = Arc::new(Endpoint::new(served, shown, Box::new(answered), stopping, false));
    let routes = &settings.routes;
    let pages = [
        (Some(&routes.metrics), Route::Metrics),
        (routes.snapshot.as_ref(), Route::Snapshot),
        (routes.cardinality.as_ref(), Route::Cardinality),
        (routes.catalog.as_ref(), Route::Catalog),
        (routes.health.as_ref(), Route::Health),
    ];
    let pages = pages.into_iter().filter_map(|(path, route)| Some((path?, route)));
    pages.fold(Router::new(), |router, (path, route)| {
        let endpoint = Arc::clone(&endpoint);
        let answer = move |request: Request| {
            let endpoint = Arc::clone(&endpoint);
            async move {
                // A nested router is asked for the rest of the path, which is not always all of it.
                let demand = Demand::for_route(&request, route.by(request.method()), &endpoint.current.formats());
                let (head, _) = request.into_parts();
                let wait = endpoint.current.limits().answer;
                let answer = endpoint.respond(demand, head.headers, Arc::default(), false);
                let busy = || Answer::busy().into_response(Arc::default());
                time::timeout(wait, answer).await.unwrap_or_else(|_| busy())
            }
        };
        router.route(path, any(answer))
    })
}
