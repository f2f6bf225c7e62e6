//! The one table of all settings: their keys, what they may hold, and what they are without a word. It drives the
//! file's keys, the variables' names, the documentation and how a `Config` prints itself.
//!
//! A new setting is a field and a method of `Config`, a row here, and what is made of it in `settings`.

use std::time::Duration;

use super::{
    access,
    checks::{is_positive, valid, within},
    collectors, fleet, guard,
    lists::{self, Labels},
    outlets,
    setting::{Field, Setting},
    shown,
    value::Route,
};
use crate::cardinality::{
    check,
    policy::{Cap, Limit, MAX_LABELS},
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

/// The same of a limit of the guard.
macro_rules! limit {
    ($limit:ident, $check:expr) => {
        Field {
            get: |config| &config.guard.limits[Limit::$limit as usize],
            get_mut: |config| &mut config.guard.limits[Limit::$limit as usize],
            check: $check,
        }
    };
}

/// What a host may be, for messages.
pub(super) const HOST: &str = "a host is an IP address, or a name that resolves to one";

/// What most rows have in common.
pub(super) const ROW: Setting = Setting {
    key: "",
    also: None,
    default: "",
    meaning: "",
    allowed: "",
    reloads: false,
    is_address: false,
    is_access: false,
    field: &field!(enabled),
};

/// A page of the endpoint that can be turned off.
const PAGE: Setting = Setting { allowed: PATH, reloads: true, ..ROW };

const PATH: &str = "write a path such as /pulse, of letters, digits and -._~/, or false for no such page";
const CAP: &str = "write a number from 1, or \"unlimited\"";
const TIME: &str = "write a number of seconds from 0.001 to 3600";

/// All settings, in the order in which they are documented.
pub(super) static SETTINGS: [Setting; 67] = [
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
    lists::BUCKETS,
    Setting {
        key: "listen_required",
        default: "true",
        meaning: "`false`: an address that is taken is a warning, and is tried again while the program runs",
        allowed: "write true or false",
        field: &field!(listen_required),
        ..ROW
    },
    shown::CREATED,
    shown::OFFERED,
    shown::ALLOW,
    shown::DENY,
    shown::EXEMPLAR_AGE,
    shown::EXEMPLAR_FILTER,
    collectors::WHICH,
    collectors::INTERVAL,
    collectors::INTERVALS,
    fleet::INTERVAL,
    fleet::PULL_TIMEOUT,
    fleet::CHILDREN,
    fleet::SERIES_PER_CHILD,
    fleet::FRAME_BYTES,
    fleet::STATE_FILE,
    access::TOKEN,
    access::TOKEN_FILE,
    access::TOKENS_FILE,
    access::TENANT_LABEL,
    access::WEB_CONFIG,
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
        key: "endpoint.document_bytes",
        default: "268435456",
        meaning: "bytes of texts that are held for those who read them; beyond it the slowest are cut off",
        allowed: "write a number of bytes, 1048576 or more",
        field: &field!(document_bytes, |bytes| valid(*bytes >= 1 << 20)),
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
        meaning: "time in which a client may take nothing of its answer, in seconds",
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
        field: &field!(snapshot_route, |route: &Route| valid(route.is_path())),
        ..PAGE
    },
    Setting {
        key: "routes.cardinality",
        default: "/cardinality",
        meaning: "path of what the guard over labels and series knows; `false` turns it off",
        field: &field!(cardinality_route, |route: &Route| valid(route.is_path())),
        ..PAGE
    },
    Setting {
        key: "routes.catalog",
        default: "/catalog",
        meaning: "path of what the program measures: metrics and functions; `false` turns it off",
        field: &field!(catalog_route, |route: &Route| valid(route.is_path())),
        ..PAGE
    },
    Setting {
        key: "routes.health",
        default: "/healthz",
        meaning: "path of the answer that the process is alive; `false` turns it off",
        field: &field!(health_route, |route: &Route| valid(route.is_path())),
        ..PAGE
    },
    Setting {
        key: "routes.landing",
        default: "/",
        meaning: "path of a page that links the others; `false` turns it off",
        field: &field!(landing_route, |route: &Route| valid(route.is_path())),
        ..PAGE
    },
    Setting {
        key: "guard.values",
        default: "1000",
        meaning: "different values of each label of each metric; of those beyond the label becomes `other`",
        allowed: CAP,
        reloads: true,
        field: &limit!(Values, is_positive),
        ..ROW
    },
    Setting {
        key: "guard.series_per_metric",
        default: "20000",
        meaning: "series of each metric",
        allowed: CAP,
        reloads: true,
        field: &limit!(SeriesPerMetric, is_positive),
        ..ROW
    },
    Setting {
        key: "guard.series",
        default: "200000",
        meaning: "series of all metrics together",
        allowed: CAP,
        reloads: true,
        field: &limit!(Series, is_positive),
        ..ROW
    },
    Setting {
        key: "guard.bytes",
        default: "67108864",
        meaning: "bytes of the labels and values of all series",
        allowed: CAP,
        reloads: true,
        field: &limit!(Bytes, is_positive),
        ..ROW
    },
    Setting {
        key: "guard.samples_per_scrape",
        default: "unlimited",
        meaning: "samples of one scrape, for a server that refuses more",
        allowed: CAP,
        reloads: true,
        field: &limit!(Samples, is_positive),
        ..ROW
    },
    Setting {
        key: "guard.metrics",
        default: "10000",
        meaning: "metrics",
        allowed: CAP,
        reloads: true,
        field: &limit!(Metrics, is_positive),
        ..ROW
    },
    Setting {
        key: "guard.labels",
        default: "32",
        meaning: "labels of a series; those beyond are left out",
        allowed: "write a number from 1 to 32",
        reloads: true,
        field: &limit!(Labels, |most: &Cap| valid((1..=MAX_LABELS).contains(&most.0))),
        ..ROW
    },
    Setting {
        key: "guard.value_bytes",
        default: "256",
        meaning: "bytes of a label's value; longer ones are cut off",
        allowed: CAP,
        reloads: true,
        field: &limit!(ValueBytes, is_positive),
        ..ROW
    },
    Setting {
        key: "guard.gauges",
        default: "drop",
        meaning: "what gauges beyond a limit record into the series `other`: drop, sum, max or last",
        allowed: guard::GAUGES,
        reloads: true,
        field: &field!(guard.gauges),
        ..ROW
    },
    Setting {
        key: "guard.passive",
        default: "false",
        meaning: "`true`: nothing is folded, and what would be is counted",
        allowed: "write true or false",
        reloads: true,
        field: &field!(guard.passive),
        ..ROW
    },
    Setting {
        key: "guard.expire_after",
        default: "0",
        meaning: "seconds without a record after which a series ends; 0 is never",
        allowed: "write a number of seconds from 1, or 0 for never",
        reloads: true,
        field: &field!(guard.expiry, |time: &Duration| valid(time.is_zero() || *time >= check::SOONEST)),
        ..ROW
    },
    Setting {
        key: "guard.expire_kinds",
        meaning: "the same by the kind of metric, as `{ gauge = 300, counter = 0 }`; it counts more than `expire_after`",
        allowed: "write kinds as gauge=300,counter=0, with a number of seconds from 1, or 0 for never",
        reloads: true,
        field: &field!(guard.expiry_of_kinds),
        ..ROW
    },
    Setting {
        key: "guard.hash_reported_values",
        default: "false",
        meaning: "`true`: the report shows hashes of the values that were turned away",
        allowed: "write true or false",
        reloads: true,
        field: &field!(guard.hashed),
        ..ROW
    },
    Setting {
        key: "guard.override",
        meaning: "what is said of some metrics only: values, allow or allow_only of a label, values within another one, drop_label, series, gauges, expire_after",
        allowed: "write overrides as [{ match = \"http_*\", label = \"route\", values = 50 }]",
        reloads: true,
        field: &field!(guard.overrides),
        ..ROW
    },
    outlets::REDIS_URL,
    outlets::REDIS_KEY,
    outlets::REDIS_INTERVAL,
    outlets::REDIS_BATCH,
    outlets::PUSHGATEWAY_URL,
    outlets::PUSHGATEWAY_JOB,
    outlets::PUSHGATEWAY_GROUP,
    outlets::PUSHGATEWAY_USER,
    outlets::PUSHGATEWAY_PASSWORD,
    outlets::PUSHGATEWAY_INTERVAL,
    outlets::TEXTFILE_PATH,
    outlets::TEXTFILE_INTERVAL,
    outlets::LOG_FAMILIES,
    outlets::LOG_INTERVAL,
];
