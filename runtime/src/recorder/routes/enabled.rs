//! A running installation's routes on the program's own server, and what measures that server's requests.

use axum::Router;

use crate::{Telemetry, config::Reloadable, serve::router, tower};

/// The histograms of these requests, and their buckets unless they are those of the unit.
pub(crate) fn histograms() -> impl Iterator<Item = (&'static str, Option<&'static [f64]>)> {
    tower::histograms()
}

/// The endpoint's routes, `/metrics`, `/snapshot` and `/healthz`, or wherever the settings have them by now, to be merged
/// into a router of the program's own or nested below a path. The page that links them is left out.
///
/// They answer as the endpoint does, to whom it would: tokens, tenants and the users and headers of `web.yml` count here
/// as well. TLS and client certificates do not: connections are the program's. Where metrics are switched off, there are
/// no routes. The endpoint itself can be left out by [`Builder::no_listener`](crate::Builder::no_listener).
///
/// A router with a state takes them by `routes(&telemetry).with_state(())`.
///
/// ```
/// use axum::{Router, routing::get};
///
/// let telemetry = tachometer::builder().no_listener().install()?;
/// let app: Router = Router::new()
///     .route("/", get(async || "hello"))
///     .nest("/api", tachometer::routes(&telemetry)); // /api/metrics
/// # let _ = app;
/// # Ok::<(), tachometer::Error>(())
/// ```
#[must_use = "it answers nothing until a server has it"]
pub fn routes(telemetry: &Telemetry) -> Router {
    match &telemetry.running {
        Some(running) => {
            let counted = running.live.clone();
            let answered = move |route, status| counted.answered(route, status);
            let settings = Reloadable::new(&running.reloader.config());
            router(&settings, &running.served, running.live.shown(), answered)
        }
        None => Router::new(),
    }
}
