//! What an expanded attribute does at run time: a call begins, ends once in one of four ways, and is recorded.
//!
//! A call goes to the recorder that is current on its thread. When that is the one which
//! [`install`](crate::install) has set, the call adds straight to the store through what its site has cached. Under
//! any other recorder it records through the facade. Knows nothing of families, encoders or endpoints.

pub(crate) mod site;

pub(crate) mod value;

pub(crate) mod labels;

pub(crate) mod cap;

pub(crate) mod displayed;

pub(crate) mod finite;

pub(crate) mod outcome;

pub(crate) mod kind;

mod io;

pub(crate) mod verdict;

pub(crate) mod judged;

pub(crate) mod guard;

pub(crate) mod watch;

pub(crate) mod lazily;

pub(crate) mod returned;

pub(crate) mod stream;

pub(crate) mod extras;

pub(crate) mod polls;

pub(crate) mod rolled;

pub(crate) mod probe;

pub(crate) mod target;

pub(crate) mod local;

pub(crate) mod pending;

pub(crate) mod shown;

pub(crate) mod facade;

pub(crate) mod adopt;

pub(crate) mod backend;
