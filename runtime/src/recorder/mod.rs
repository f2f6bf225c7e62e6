//! The composition root: settings, store, recorder and endpoint become a running installation, and stop again.
//!
//! It sees all other modules and none of them sees it.

pub(crate) mod builder;

mod fleet;

mod guard;

mod printing;

pub(crate) mod prometheus;

mod rounds;

mod shared;

pub(crate) mod telemetry;

pub(crate) mod routes;

mod installation;

mod listening;

mod live;

mod objectives;

mod sites;

mod watching;
