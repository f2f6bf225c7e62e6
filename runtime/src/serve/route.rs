//! Which request is for what. It knows methods and paths, and nothing else of a request.

use hyper::Method;

/// The path of the metrics.
pub(super) const METRICS: &str = "/metrics";
/// The path of the JSON.
pub(super) const SNAPSHOT: &str = "/snapshot";
/// The path at which a living process answers.
pub(super) const HEALTH: &str = "/healthz";

/// What a request is answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Route {
    /// The metrics as text.
    Metrics,
    /// The metrics as JSON.
    Snapshot,
    /// That the process is alive.
    Health,
    /// That there is nothing.
    Nothing,
    /// That the path exists, and takes other methods; the path is as in [`Route::label`].
    OtherMethod(&'static str),
}

/// The label of requests for none of the paths.
pub(super) const OTHER: &str = "other";

impl Route {
    pub(super) fn of(method: &Method, path: &str) -> Self {
        let route = match path {
            METRICS => Self::Metrics,
            SNAPSHOT => Self::Snapshot,
            HEALTH => Self::Health,
            _ => Self::Nothing,
        };
        let is_read = method == Method::GET || method == Method::HEAD;
        if is_read || route == Self::Nothing { route } else { Self::OtherMethod(route.label()) }
    }

    /// The value of the label `route`: one of few, whatever clients ask for.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Metrics => METRICS,
            Self::Snapshot => SNAPSHOT,
            Self::Health => HEALTH,
            Self::Nothing => OTHER,
            Self::OtherMethod(path) => path,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_exact() {
        for (path, route) in [
            ("/metrics", Route::Metrics),
            ("/snapshot", Route::Snapshot),
            ("/healthz", Route::Health),
            ("/", Route::Nothing),
            ("", Route::Nothing),
            ("*", Route::Nothing),
            ("/metrics/", Route::Nothing),
            ("/Metrics", Route::Nothing),
            ("//metrics", Route::Nothing),
        ] {
            assert_eq!(Route::of(&Method::GET, path), route, "{path}");
            assert_eq!(Route::of(&Method::HEAD, path), route, "{path}");
        }
    }

    #[test]
    fn other_methods_are_refused_where_there_is_something() {
        for method in [Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS, Method::TRACE] {
            assert_eq!(Route::of(&method, "/metrics"), Route::OtherMethod("/metrics"));
            assert_eq!(Route::of(&method, "/healthz").label(), "/healthz");
            assert_eq!(Route::of(&method, "/nothing"), Route::Nothing);
        }
    }
}
