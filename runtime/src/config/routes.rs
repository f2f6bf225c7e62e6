//! Where the endpoint answers what. Nothing here answers.

use crate::error::{Error, Kind};

/// Something that the endpoint can answer besides the metrics, which are always at `/metrics`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Route {
    /// The metrics as JSON, at `/snapshot` unless it is renamed.
    Snapshot,
    /// `ok` as long as the process is alive, at `/healthz` unless it is renamed.
    Health,
    /// A page that links the others, at `/` unless it is renamed.
    Landing,
}

impl Route {
    /// All of them, in the order of the landing page.
    pub const ALL: [Self; 3] = [Self::Snapshot, Self::Health, Self::Landing];

    /// The word for it in settings and messages.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Snapshot => "snapshot",
            Self::Health => "health",
            Self::Landing => "landing",
        }
    }

    /// Where it is unless it is renamed; also what it is called in metrics, whatever its path.
    #[must_use]
    pub const fn default_path(self) -> &'static str {
        match self {
            Self::Snapshot => "/snapshot",
            Self::Health => "/healthz",
            Self::Landing => "/",
        }
    }
}

/// The paths of the endpoint. Each can be renamed or turned off, except for `/metrics`.
///
/// ```
/// use tachometer::{Route, Routes};
///
/// let routes = Routes::default().rename(Route::Health, "/livez").without(Route::Snapshot);
/// # let telemetry =
/// tachometer::builder().routes(routes)
/// #   .listen(([127, 0, 0, 1], 0).into())
///     .install()?;
/// # Ok::<(), tachometer::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "it has no effect until `Builder::routes` gets it"]
pub struct Routes {
    /// As in [`Route::ALL`].
    paths: [Option<String>; Route::ALL.len()],
}

impl Default for Routes {
    fn default() -> Self {
        Self { paths: Route::ALL.map(|route| Some(route.default_path().to_owned())) }
    }
}

impl Routes {
    /// The path of the metrics, which every scraper expects.
    pub(crate) const METRICS: &str = "/metrics";

    /// Answers a route at another path: `/` and then letters, digits, `/` and `-._~`.
    pub fn rename(mut self, route: Route, path: impl Into<String>) -> Self {
        self.paths[route as usize] = Some(path.into());
        self
    }

    /// Does not answer a route: its path is one where there is nothing.
    pub fn without(mut self, route: Route) -> Self {
        self.paths[route as usize] = None;
        self
    }

    /// Where a route is answered, if it is.
    #[must_use]
    pub fn path(&self, route: Route) -> Option<&str> {
        self.paths[route as usize].as_deref()
    }

    /// Refuses paths that no request can have, and those that two routes have.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let mut taken = vec![(Self::METRICS, "metrics")];
        for route in Route::ALL {
            let Some(path) = self.path(route) else { continue };
            let name = route.as_str();
            let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte);
            if !path.starts_with('/') || !path.bytes().all(fits) {
                return Err(refused(name, path, "a path is `/` and then letters, digits, `/` and `-._~`"));
            }
            if let Some((_, other)) = taken.iter().find(|(taken, _)| *taken == path) {
                return Err(refused(name, path, &format!("route `{other}` is there already; choose another path")));
            }
            taken.push((path, name));
        }
        Ok(())
    }
}

#[cold]
fn refused(route: &str, path: &str, remedy: &str) -> Error {
    Error::new(Kind::Setting, format!("path of route `{route}` is `{path}`; {remedy}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_can_be_moved_and_left_out() {
        let routes = Routes::default().rename(Route::Snapshot, "/a/b-1.json").without(Route::Landing);
        routes.check().expect("the paths differ");
        let paths = Route::ALL.map(|route| routes.path(route));
        assert_eq!(paths, [Some("/a/b-1.json"), Some("/healthz"), None]);
        let swapped = Routes::default().rename(Route::Health, "/snapshot").rename(Route::Snapshot, "/healthz");
        swapped.check().expect("the paths differ");
        assert_eq!(Route::ALL.map(|route| Routes::default().path(route) == Some(route.default_path())), [true; 3]);
    }

    #[test]
    fn paths_that_cannot_be_are_refused() {
        for (path, message) in [
            ("healthz", "path of route `health` is `healthz`; a path is `/` and then letters, digits, `/` and `-._~`"),
            ("", "path of route `health` is ``; a path is `/` and then letters, digits, `/` and `-._~`"),
            ("/a b", "path of route `health` is `/a b`; a path is `/` and then letters, digits, `/` and `-._~`"),
            ("/x?y", "path of route `health` is `/x?y`; a path is `/` and then letters, digits, `/` and `-._~`"),
            ("/metrics", "path of route `health` is `/metrics`; route `metrics` is there already; choose another path"),
            (
                "/snapshot",
                "path of route `health` is `/snapshot`; route `snapshot` is there already; choose another path",
            ),
        ] {
            let error = Routes::default().rename(Route::Health, path).check().expect_err(path);
            assert!(error.is_setting());
            assert_eq!(error.to_string(), message);
        }
    }
}
