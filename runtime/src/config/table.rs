//! The one table of all settings: their keys, what they may hold, and what they are without a word. It drives the
//! file's keys, the variables' names, the documentation and how a `Config` prints itself.
//!
//! A new setting is a field and a method of `Config`, a row here, and what is made of it in `settings`.

use std::time::Duration;

use super::{
    lists::{self, Labels},
    setting::{Field, Setting},
    value::{Mistake, Route},
};

/// The field of `Config` that a row is about, and what is demanded of its value.
macro_rules! field {
    ($($name:ident).+) => {
        field!($($name).+, |_| Ok(()))
    };
    ($($name:ident).+, $check:expr) => {
        Field { get: |config| &config.$($name).+, get_mut: |config| &mut config.$($name).+, check: $check }
    };
}

/// What a host may be, for messages.
pub(super) const HOST: &str = "a host is an IP address, or a name that resolves to one";

/// What most rows have in common.
const ROW: Setting = Setting {
    key: "",
    also: None,
    default: "",
    meaning: "",
    allowed: "",
    reloads: false,
    is_address: false,
    field: &field!(enabled),
};

const PATH: &str = "write a path such as /pulse, of letters, digits and -._~/, or false for no such page";
const TIME: &str = "write a number of seconds from 0.001 to 3600";

/// All settings, in the order in which they are documented.
pub(super) static SETTINGS: [Setting; 17] = [
    Setting {
        key: "enabled",
        default: "true",
        meaning: "`false`: nothing is recorded, and no port is opened",
        allowed: "write true or false",
        field: &field!(enabled),
        ..ROW
    },
    Setting {
        key: "host",
        also: Some("OTEL_EXPORTER_PROMETHEUS_HOST"),
        default: "127.0.0.1",
        meaning: "where the endpoint listens: an IP address, or a name that resolves to one",
        allowed: HOST,
        is_address: true,
        field: &field!(host, |host: &String| valid(!host.is_empty())),
        ..ROW
    },
    Setting {
        key: "port",
        also: Some("OTEL_EXPORTER_PROMETHEUS_PORT"),
        default: "9464",
        meaning: "and at which port; 0 is any that is free",
        allowed: "a port is a number from 0 to 65535",
        is_address: true,
        field: &field!(port),
        ..ROW
    },
    Setting {
        key: "labels",
        meaning: "labels on every series",
        allowed: "write labels as name=value,name2=value2",
        field: &field!(labels, Labels::check),
        ..ROW
    },
    Setting {
        key: "buckets",
        meaning: "upper bounds of the buckets of histograms that declare none, by the metric's name",
        allowed: "write buckets as http_*=0.1,1,10;*_bytes=256,1024",
        reloads: true,
        field: &field!(buckets, lists::check_ladders),
        ..ROW
    },
    Setting {
        key: "created",
        default: "false",
        meaning: "`true`: OpenMetrics says when each series began",
        allowed: "write true or false",
        reloads: true,
        field: &field!(created),
        ..ROW
    },
    Setting {
        key: "reload_interval",
        default: "5",
        meaning: "how often the file is looked at, in seconds; 0 is never",
        allowed: "write a number of seconds from 0.05 to 3600, or 0 for never",
        field: &field!(reload_interval, |time| valid(time.is_zero() || within(time, 0.05))),
        ..ROW
    },
    Setting {
        key: "endpoint.connections",
        default: "512",
        meaning: "connections that are served at a time; one more is answered 503",
        allowed: "write a number from 1 to 65536",
        field: &field!(connections, |count| valid((1..=65_536).contains(count))),
        ..ROW
    },
    Setting {
        key: "endpoint.documents",
        default: "16",
        meaning: "texts of one kind that exist at a time, because slow readers still read them",
        allowed: "write a number from 1 to 1024",
        field: &field!(documents, |count| valid((1..=1024).contains(count))),
        ..ROW
    },
    Setting {
        key: "endpoint.header_bytes",
        default: "16384",
        meaning: "size of a request's head, in bytes; a larger one is answered 431",
        allowed: "write a number of bytes from 8192 to 1048576",
        reloads: true,
        field: &field!(header_bytes, |count| valid((8192..=1_048_576).contains(count))),
        ..ROW
    },
    Setting {
        key: "endpoint.header_timeout",
        default: "10",
        meaning: "time for a request's head, in seconds",
        allowed: TIME,
        reloads: true,
        field: &field!(header_timeout, |time| valid(within(time, 0.001))),
        ..ROW
    },
    Setting {
        key: "endpoint.idle_timeout",
        default: "120",
        meaning: "time between two requests of a connection, in seconds",
        allowed: TIME,
        reloads: true,
        field: &field!(idle_timeout, |time| valid(within(time, 0.001))),
        ..ROW
    },
    Setting {
        key: "endpoint.write_timeout",
        default: "30",
        meaning: "time that a client gets to take an answer, in seconds",
        allowed: TIME,
        reloads: true,
        field: &field!(write_timeout, |time| valid(within(time, 0.001))),
        ..ROW
    },
    Setting {
        key: "routes.metrics",
        default: "/metrics",
        meaning: "path of the metrics",
        allowed: "write a path such as /metrics, of letters, digits and -._~/",
        reloads: true,
        field: &field!(metrics_route, |route: &Route| valid(route.0.is_some() && route.is_path())),
        ..ROW
    },
    Setting {
        key: "routes.snapshot",
        default: "/snapshot",
        meaning: "path of the same as JSON; `false` turns it off",
        allowed: PATH,
        reloads: true,
        field: &field!(snapshot_route, |route: &Route| valid(route.is_path())),
        ..ROW
    },
    Setting {
        key: "routes.health",
        default: "/healthz",
        meaning: "path of the answer that the process is alive; `false` turns it off",
        allowed: PATH,
        reloads: true,
        field: &field!(health_route, |route: &Route| valid(route.is_path())),
        ..ROW
    },
    Setting {
        key: "routes.landing",
        default: "/",
        meaning: "path of a page that links the others; `false` turns it off",
        allowed: PATH,
        reloads: true,
        field: &field!(landing_route, |route: &Route| valid(route.is_path())),
        ..ROW
    },
];

fn valid(is_valid: bool) -> Result<(), Mistake> {
    if is_valid { Ok(()) } else { Err(Mistake::Malformed) }
}

/// Whether a time is at least so many seconds, and at most an hour.
fn within(time: &Duration, least: f64) -> bool {
    (least..=3600.0).contains(&time.as_secs_f64())
}
