//! Which crates, with which features, and whose tests are run. Their versions stand in `crates/Cargo.toml`.

/// A crate of the corpus.
pub(crate) struct Crate {
    pub(crate) name: &'static str,
    /// Beside those that are its default.
    pub(crate) features: &'static [&'static str],
    pub(crate) tests: Tests,
}

/// Whether the tests that a crate was published with are run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tests {
    No,
    Run,
    /// Also by `scripts/test`, since they take a moment.
    Often,
}

const fn compiled(name: &'static str, features: &'static [&'static str]) -> Crate {
    Crate { name, features, tests: Tests::No }
}

const fn tested(name: &'static str, features: &'static [&'static str]) -> Crate {
    Crate { name, features, tests: Tests::Run }
}

const fn often(name: &'static str) -> Crate {
    Crate { name, features: &[], tests: Tests::Often }
}

pub(crate) const CRATES: &[Crate] = &[
    // Futures, streams, sockets.
    tested("async-channel", &[]),
    tested("async-lock", &[]),
    compiled("axum-core", &[]),
    compiled("event-listener", &[]),
    compiled("futures-channel", &["sink"]),
    compiled("futures-util", &["channel", "io", "sink"]),
    compiled("h2", &["stream"]),
    compiled("http-body-util", &["channel"]),
    compiled("hyper", &["full"]),
    compiled("hyper-util", &["client-legacy", "http1", "http2", "server-auto", "service", "tokio"]),
    compiled("tokio-stream", &["io-util", "sync", "tokio-util"]),
    compiled("tokio-util", &["codec", "io", "io-util", "rt", "time"]),
    compiled("tower", &["full"]),
    // Types of types.
    compiled("clap_builder", &[]),
    compiled("either", &[]),
    tested("http", &[]),
    tested("indexmap", &[]),
    compiled("itertools", &[]),
    compiled("nom", &[]),
    tested("num-bigint", &[]),
    compiled("petgraph", &[]),
    compiled("regex-automata", &[]),
    tested("regex-syntax", &[]),
    compiled("url", &[]),
    compiled("winnow", &[]),
    // Unsafe code.
    often("arrayvec"),
    tested("bytes", &[]),
    compiled("crossbeam-channel", &[]),
    compiled("crossbeam-epoch", &[]),
    compiled("hashbrown", &[]),
    compiled("httparse", &[]),
    often("semver"),
    often("slab"),
    tested("smallvec", &["union"]),
];
