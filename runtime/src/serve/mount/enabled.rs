//! The endpoint's routes on a program's own server: no listener, no connections, and the program's own async runtime.

use std::sync::Arc;

use axum::{Router, extract::Request, routing::any};
use tokio::{sync::watch, time};

use super::super::{
    access::Gate,
    answer::Answer,
    limits::Limits,
    requests::Endpoint,
    route::{HEALTH, METRICS, Route, SNAPSHOT},
};
use crate::families::Families;

/// A router that answers as the endpoint does. Who is cut off and who is too many is for the server to decide; who waits
/// for a document while slow readers hold too many of them is told to come again.
pub(crate) fn router(
    families: Arc<dyn Families + Send + Sync>,
    gate: Arc<Gate>,
    answered: impl Fn(&'static str, u16) + Send + Sync + 'static,
) -> Router {
    // Nobody is left who could stop it: it ends with its server.
    let (_, stopping) = watch::channel(None);
    let endpoint = Arc::new(Endpoint::new(Limits::default(), families, gate, Box::new(answered), stopping));
    [METRICS, SNAPSHOT, HEALTH].into_iter().fold(Router::new(), |router, path| {
        let endpoint = Arc::clone(&endpoint);
        let answer = move |request: Request| {
            let endpoint = Arc::clone(&endpoint);
            async move {
                let (head, _) = request.into_parts();
                let wait = endpoint.limits.answer;
                // A nested router is asked for the rest of the path, which is not always all of it.
                let answer = endpoint.respond(Route::of(&head.method, path), head.headers, Arc::default(), false);
                let busy = || Answer::busy().into_response(Arc::default());
                time::timeout(wait, answer).await.unwrap_or_else(|_| busy())
            }
        };
        router.route(path, any(answer))
    })
}
