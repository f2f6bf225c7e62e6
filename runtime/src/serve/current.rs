//! How the endpoint treats its clients at the moment, which settings may change. It knows nothing of requests.

use std::sync::{Arc, PoisonError, RwLock};

use super::limits::Limits;
use crate::{
    config::{Commit, Reload, Reloadable, settings::Routes},
    error::Error,
};

/// What holds now.
#[derive(Debug, Clone)]
pub(super) struct Current(Arc<RwLock<Now>>);

#[derive(Debug, Clone)]
struct Now {
    limits: Arc<Limits>,
    routes: Arc<Routes>,
}

impl Current {
    pub(super) fn new(limits: Limits, routes: Routes) -> Self {
        Self(Arc::new(RwLock::new(Now { limits: Arc::new(limits), routes: Arc::new(routes) })))
    }

    pub(super) fn limits(&self) -> Arc<Limits> {
        self.now().limits
    }

    pub(super) fn routes(&self) -> Arc<Routes> {
        self.now().routes
    }

    fn now(&self) -> Now {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// New limits are those of connections that begin later, new routes those of all later requests.
impl Reload for Current {
    fn prepare<'a>(&'a self, settings: &'a Reloadable) -> Result<Commit<'a>, Error> {
        let routes = Arc::new(settings.routes.clone());
        let limits = Arc::new(Limits::new(&settings.endpoint));
        Ok(Box::new(|| *self.0.write().unwrap_or_else(PoisonError::into_inner) = Now { limits, routes }))
    }
}
