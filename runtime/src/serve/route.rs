//! Which request is for what. It knows methods and paths, and nothing else of a request.

use hyper::Method;

use crate::config::settings::Routes;

/// What the pages are called in labels, whatever their paths are.
const METRICS: &str = "/metrics";
const SNAPSHOT: &str = "/snapshot";
const CARDINALITY: &str = "/cardinality";
const CATALOG: &str = "/catalog";
const HEALTH: &str = "/healthz";
const LANDING: &str = "/";

/// What a request is answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Route {
    /// The metrics as text.
    Metrics,
    /// The metrics as JSON.
    Snapshot,
    /// What the guard knows, as JSON.
    Cardinality,
    /// What the program measures, as JSON.
    Catalog,
    /// That the process is alive.
    Health,
    /// Links to all of these.
    Landing,
    /// That there is nothing.
    Nothing,
    /// That the path exists, and takes other methods; the page is as in [`Route::label`].
    OtherMethod(&'static str),
}

/// The label of requests for none of the paths.
pub(super) const OTHER: &str = "other";

impl Route {
    pub(super) fn of(routes: &Routes, method: &Method, path: &str) -> Self {
        Self::at(routes, path).by(method)
    }

    /// What stands at a path.
    fn at(routes: &Routes, path: &str) -> Self {
        let is = |route: &Option<String>| route.as_deref() == Some(path);
        if path == routes.metrics {
            Self::Metrics
        } else if is(&routes.snapshot) {
            Self::Snapshot
        } else if is(&routes.cardinality) {
            Self::Cardinality
        } else if is(&routes.catalog) {
            Self::Catalog
        } else if is(&routes.health) {
            Self::Health
        } else if is(&routes.landing) {
            Self::Landing
        } else {
            Self::Nothing
        }
    }

    /// The same as a method asks for it.
    pub(super) fn by(self, method: &Method) -> Self {
        let is_read = method == Method::GET || method == Method::HEAD;
        if is_read || self == Self::Nothing { self } else { Self::OtherMethod(self.label()) }
    }

    /// The value of the label `route`: one of few, whatever clients ask for.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Metrics => METRICS,
            Self::Snapshot => SNAPSHOT,
            Self::Cardinality => CARDINALITY,
            Self::Catalog => CATALOG,
            Self::Health => HEALTH,
            Self::Landing => LANDING,
            Self::Nothing => OTHER,
            Self::OtherMethod(path) => path,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Reloadable;

    fn of(method: &Method, path: &str) -> Route {
        Route::of(&Reloadable::default().routes, method, path)
    }

    #[test]
    fn pages_are_where_settings_have_them() {
        let health = Some("/metrics".to_owned());
        let metrics = "/a/b".to_owned();
        let routes = Routes { metrics, snapshot: None, cardinality: None, catalog: None, health, landing: None };
        let of = |path| Route::of(&routes, &Method::GET, path);
        assert_eq!([of("/a/b"), of("/metrics"), of("/snapshot")], [Route::Metrics, Route::Health, Route::Nothing]);
        assert_eq!(of("/metrics").label(), "/healthz");
    }

    #[test]
    fn paths_are_exact() {
        for (path, route) in [
            ("/metrics", Route::Metrics),
            ("/snapshot", Route::Snapshot),
            ("/cardinality", Route::Cardinality),
            ("/catalog", Route::Catalog),
            ("/healthz", Route::Health),
            ("/", Route::Landing),
            ("", Route::Nothing),
            ("*", Route::Nothing),
            ("/metrics/", Route::Nothing),
            ("/Metrics", Route::Nothing),
            ("//metrics", Route::Nothing),
        ] {
            assert_eq!(of(&Method::GET, path), route, "{path}");
            assert_eq!(of(&Method::HEAD, path), route, "{path}");
        }
    }

    #[test]
    fn other_methods_are_refused_where_there_is_something() {
        for method in [Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS, Method::TRACE] {
            assert_eq!(of(&method, "/metrics"), Route::OtherMethod("/metrics"));
            assert_eq!(of(&method, "/healthz").label(), "/healthz");
            assert_eq!(of(&method, "/nothing"), Route::Nothing);
        }
    }
}
