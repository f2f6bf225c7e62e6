//! Settings of the outlets that this crate brings, but for OTLP's, which are OpenTelemetry's own variables. It makes no
//! outlet.

use std::{path::PathBuf, time::Duration};

use super::{
    Config,
    checks::{path, valid},
    lists::Labels,
    setting::{Field, Setting},
    shown::Matchers,
    table::ROW,
    value::Mistake,
};
use crate::{
    credentials::Secret,
    metric::matcher::{MATCHERS, Matcher},
};

/// What one source says of outlets, each of which may be left open.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Said {
    redis_url: Option<Secret>,
    redis_key: Option<String>,
    redis_interval: Option<Duration>,
    redis_batch: Option<usize>,
    pushgateway_url: Option<String>,
    pushgateway_job: Option<String>,
    pushgateway_group: Option<Labels>,
    pushgateway_user: Option<String>,
    pushgateway_password: Option<Secret>,
    pushgateway_interval: Option<Duration>,
    textfile_path: Option<PathBuf>,
    textfile_interval: Option<Duration>,
    log_families: Option<Matchers>,
    log_interval: Option<Duration>,
}

/// The outlets that settings ask for.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Outlets {
    pub(crate) redis: Option<List>,
    pub(crate) pushgateway: Option<Gateway>,
    /// The file, and how often it is written; at the end only without an interval.
    pub(crate) textfile: Option<(PathBuf, Option<Duration>)>,
    /// The families, and how often there is a line.
    pub(crate) log: Option<(Vec<Matcher>, Duration)>,
}

/// A list of Redis.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct List {
    pub(crate) url: Secret,
    pub(crate) key: String,
    pub(crate) interval: Duration,
    pub(crate) batch: usize,
}

/// A Pushgateway.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Gateway {
    pub(crate) url: String,
    /// The program's name without one.
    pub(crate) job: Option<String>,
    pub(crate) group: Vec<(String, String)>,
    pub(crate) user: Option<(String, Secret)>,
    /// At the end only without one.
    pub(crate) interval: Option<Duration>,
}

macro_rules! of_outlets {
    ($name:ident) => {
        of_outlets!($name, |_| Ok(()))
    };
    ($name:ident, $check:expr) => {
        Field { get: |config| &config.outlets.$name, get_mut: |config| &mut config.outlets.$name, check: $check }
    };
}

const INTERVAL: &str = "write a number of seconds from 0.05 to 86400";
const OR_AT_THE_END: &str = "write a number of seconds from 0.05 to 86400, or 0 for at the end only";

pub(super) const REDIS_URL: Setting = Setting {
    key: "redis.url",
    meaning: "pushes to a list of the Redis at this URL: `redis://`, `rediss://` with TLS, or `unix://`; needs the feature `redis`",
    allowed: "write a URL such as redis://user:password@host:6379/0",
    field: &of_outlets!(redis_url, |url: &Secret| valid(has_scheme(
        url.reveal(),
        &["redis", "rediss", "unix", "redis+unix"]
    ))),
    ..ROW
};

pub(super) const REDIS_KEY: Setting = Setting {
    key: "redis.key",
    default: "tachometer",
    meaning: "the key of that list",
    allowed: "write the name of a key",
    field: &of_outlets!(redis_key, |key: &String| valid(!key.is_empty())),
    ..ROW
};

pub(super) const REDIS_INTERVAL: Setting = Setting {
    key: "redis.interval",
    default: "60",
    meaning: "seconds between two documents for it",
    allowed: INTERVAL,
    field: &of_outlets!(redis_interval, |time: &Duration| valid(is_interval(time))),
    ..ROW
};

pub(super) const REDIS_BATCH: Setting = Setting {
    key: "redis.batch",
    default: "1",
    meaning: "documents that travel together to it",
    allowed: "write a number from 1 to 1024",
    field: &of_outlets!(redis_batch, |count: &usize| valid((1..=1024).contains(count))),
    ..ROW
};

pub(super) const PUSHGATEWAY_URL: Setting = Setting {
    key: "pushgateway.url",
    meaning: "pushes to the Prometheus Pushgateway at this URL; needs the feature `pushgateway`",
    allowed: "write a URL such as http://host:9091",
    field: &of_outlets!(pushgateway_url, |url: &String| match url.contains('@') {
        // A password may stand before it.
        true => Err(Mistake::Because(
            "the Pushgateway's URL holds a user; write that as pushgateway.user and pushgateway.password".to_owned(),
        )),
        false => valid(has_scheme(url, &["http", "https"])),
    }),
    ..ROW
};

pub(super) const PUSHGATEWAY_JOB: Setting = Setting {
    key: "pushgateway.job",
    meaning: "the label `job` of what is pushed there; the program's name unless this is said",
    allowed: "write the name of a job",
    field: &of_outlets!(pushgateway_job, |job: &String| valid(!job.is_empty())),
    ..ROW
};

pub(super) const PUSHGATEWAY_GROUP: Setting = Setting {
    key: "pushgateway.group",
    meaning: "further labels of the grouping key",
    allowed: "write labels as name=value,name2=value2",
    field: &of_outlets!(pushgateway_group, |labels: &Labels| match labels.has("job") {
        true => Err(Mistake::Because(
            "the grouping key has the label `job` in any case; write it as pushgateway.job".to_owned()
        )),
        false => labels.check(),
    }),
    ..ROW
};

pub(super) const PUSHGATEWAY_USER: Setting = Setting {
    key: "pushgateway.user",
    meaning: "the user that it is told",
    allowed: "write a name without a colon",
    field: &of_outlets!(pushgateway_user, |user: &String| valid(!user.is_empty() && !user.contains(':'))),
    ..ROW
};

pub(super) const PUSHGATEWAY_PASSWORD: Setting = Setting {
    key: "pushgateway.password",
    meaning: "and the password",
    allowed: "write a password",
    field: &of_outlets!(pushgateway_password, |password: &Secret| valid(!password.reveal().is_empty())),
    ..ROW
};

pub(super) const PUSHGATEWAY_INTERVAL: Setting = Setting {
    key: "pushgateway.interval",
    default: "0",
    meaning: "seconds between two pushes to it; 0 is at the end only",
    allowed: OR_AT_THE_END,
    field: &of_outlets!(pushgateway_interval, |time: &Duration| valid(time.is_zero() || is_interval(time))),
    ..ROW
};

pub(super) const TEXTFILE_PATH: Setting = Setting {
    key: "textfile.path",
    meaning: "writes this file for node_exporter's textfile collector; its name ends in `.prom`",
    allowed: "write the path of a file",
    field: &of_outlets!(textfile_path, |file: &PathBuf| path(file)),
    ..ROW
};

pub(super) const TEXTFILE_INTERVAL: Setting = Setting {
    key: "textfile.interval",
    default: "15",
    meaning: "seconds between two times that it is written; 0 is at the end only",
    allowed: OR_AT_THE_END,
    field: &of_outlets!(textfile_interval, |time: &Duration| valid(time.is_zero() || is_interval(time))),
    ..ROW
};

pub(super) const LOG_FAMILIES: Setting = Setting {
    key: "log.families",
    meaning: "writes these metrics to the program's log, by names such as `jobs_*`",
    allowed: MATCHERS,
    field: &of_outlets!(log_families),
    ..ROW
};

pub(super) const LOG_INTERVAL: Setting = Setting {
    key: "log.interval",
    default: "60",
    meaning: "seconds between two lines of them",
    allowed: INTERVAL,
    field: &of_outlets!(log_interval, |time: &Duration| valid(is_interval(time))),
    ..ROW
};

fn is_interval(time: &Duration) -> bool {
    (0.05..=86_400.0).contains(&time.as_secs_f64())
}

/// Whether a URL has one of these schemes, and something behind it.
fn has_scheme(url: &str, schemes: &[&str]) -> bool {
    url.split_once("://").is_some_and(|(scheme, rest)| schemes.contains(&scheme) && !rest.is_empty())
}

impl Said {
    /// What they come to, of a config in which none is open that has a default.
    pub(super) fn outlets(&self) -> Outlets {
        let Self { redis_url, pushgateway_url, textfile_path, log_families, .. } = self;
        let or_at_the_end = |time: Option<Duration>| time.filter(|time| !time.is_zero());
        Outlets {
            redis: redis_url.clone().map(|url| List {
                url,
                key: self.redis_key.clone().unwrap_or_default(),
                interval: self.redis_interval.unwrap_or_default(),
                batch: self.redis_batch.unwrap_or_default(),
            }),
            pushgateway: pushgateway_url.clone().map(|url| Gateway {
                url,
                job: self.pushgateway_job.clone(),
                group: self.pushgateway_group.clone().unwrap_or_default().0,
                user: self
                    .pushgateway_user
                    .clone()
                    .map(|user| (user, self.pushgateway_password.clone().unwrap_or_else(|| Secret::new("")))),
                interval: or_at_the_end(self.pushgateway_interval),
            }),
            textfile: textfile_path.clone().map(|path| (path, or_at_the_end(self.textfile_interval))),
            log: log_families.clone().map(|families| (families.0, self.log_interval.unwrap_or_default())),
        }
    }
}

impl Config {
    /// The outlets that it asks for, of a config in which none is open that has a default.
    pub(crate) fn outlets(&self) -> Outlets {
        self.outlets.outlets()
    }

    /// Pushes to a list of the Redis at this URL, as [`Redis`](crate::outlets) does. Needs the feature `redis`. It prints itself
    /// as `***`, because there may be a password in it.
    pub fn redis_url(mut self, url: impl Into<String>) -> Self {
        self.outlets.redis_url = Some(Secret::new(url));
        self
    }

    /// The key of that list.
    pub fn redis_key(mut self, key: impl Into<String>) -> Self {
        self.outlets.redis_key = Some(key.into());
        self
    }

    /// How often there is a document for it.
    pub fn redis_interval(mut self, interval: Duration) -> Self {
        self.outlets.redis_interval = Some(interval);
        self
    }

    /// How many documents travel together to it.
    pub fn redis_batch(mut self, documents: usize) -> Self {
        self.outlets.redis_batch = Some(documents);
        self
    }

    /// Pushes to the Prometheus Pushgateway at this URL, as [`Pushgateway`](crate::outlets) does. Needs the feature
    /// `pushgateway`.
    pub fn pushgateway_url(mut self, url: impl Into<String>) -> Self {
        self.outlets.pushgateway_url = Some(url.into());
        self
    }

    /// The label `job` of what is pushed there; the program's name unless this is said.
    pub fn pushgateway_job(mut self, job: impl Into<String>) -> Self {
        self.outlets.pushgateway_job = Some(job.into());
        self
    }

    /// Adds a label to the grouping key.
    pub fn pushgateway_group(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.outlets.pushgateway_group.get_or_insert_default().set(name.into(), value.into());
        self
    }

    /// The user that the Pushgateway is told.
    pub fn pushgateway_user(mut self, user: impl Into<String>) -> Self {
        self.outlets.pushgateway_user = Some(user.into());
        self
    }

    /// And the password. It is in no message, and prints itself as `***`.
    pub fn pushgateway_password(mut self, password: impl Into<String>) -> Self {
        self.outlets.pushgateway_password = Some(Secret::new(password));
        self
    }

    /// How often it is pushed to; zero is at the end only.
    pub fn pushgateway_interval(mut self, interval: Duration) -> Self {
        self.outlets.pushgateway_interval = Some(interval);
        self
    }

    /// Writes this file, as [`Textfile`](crate::outlets::Textfile) does.
    pub fn textfile_path(mut self, path: impl Into<PathBuf>) -> Self {
        self.outlets.textfile_path = Some(path.into());
        self
    }

    /// How often it is written; zero is at the end only.
    pub fn textfile_interval(mut self, interval: Duration) -> Self {
        self.outlets.textfile_interval = Some(interval);
        self
    }

    /// Writes these metrics to the program's log, as [`Log`](crate::outlets::Log) does.
    pub fn log_families(mut self, metrics: impl IntoIterator<Item = Matcher>) -> Self {
        self.outlets.log_families = Some(Matchers(metrics.into_iter().collect()));
        self
    }

    /// How often there is a line of them.
    pub fn log_interval(mut self, interval: Duration) -> Self {
        self.outlets.log_interval = Some(interval);
        self
    }
}
