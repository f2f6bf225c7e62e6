//! Which request is for what. It knows methods and paths, and nothing else of a request.

use hyper::Method;

use crate::config::{Route, Routes};

/// What a request is answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Goal {
    /// The metrics.
    Metrics,
    /// What else there is.
    Other(Route),
    /// That there is nothing.
    Nothing,
    /// That the path exists, and takes other methods; the path is as in [`Goal::label`].
    OtherMethod(&'static str),
}

/// The label of requests for none of the paths.
pub(super) const OTHER: &str = "other";

impl Goal {
    pub(super) fn of(routes: &Routes, method: &Method, path: &str) -> Self {
        let other = || Route::ALL.into_iter().find(|route| routes.path(*route) == Some(path));
        let goal = if path == Routes::METRICS { Self::Metrics } else { other().map_or(Self::Nothing, Self::Other) };
        let is_read = method == Method::GET || method == Method::HEAD;
        if is_read || goal == Self::Nothing { goal } else { Self::OtherMethod(goal.label()) }
    }

    /// The value of the label `route`: one of few, whatever clients ask for and wherever routes are.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Metrics => Routes::METRICS,
            Self::Other(route) => route.default_path(),
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
        let routes = Routes::default();
        for (path, goal) in [
            ("/metrics", Goal::Metrics),
            ("/snapshot", Goal::Other(Route::Snapshot)),
            ("/healthz", Goal::Other(Route::Health)),
            ("/", Goal::Other(Route::Landing)),
            ("", Goal::Nothing),
            ("*", Goal::Nothing),
            ("/metrics/", Goal::Nothing),
            ("/Metrics", Goal::Nothing),
            ("//metrics", Goal::Nothing),
        ] {
            assert_eq!(Goal::of(&routes, &Method::GET, path), goal, "{path}");
            assert_eq!(Goal::of(&routes, &Method::HEAD, path), goal, "{path}");
        }
    }

    #[test]
    fn other_methods_are_refused_where_there_is_something() {
        let routes = Routes::default().without(Route::Snapshot).rename(Route::Health, "/live");
        for method in [Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS, Method::TRACE] {
            assert_eq!(Goal::of(&routes, &method, "/metrics"), Goal::OtherMethod("/metrics"));
            assert_eq!(Goal::of(&routes, &method, "/live").label(), "/healthz");
            assert_eq!(Goal::of(&routes, &method, "/snapshot"), Goal::Nothing);
        }
    }
}
