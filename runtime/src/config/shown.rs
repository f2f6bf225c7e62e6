//! Settings of what scrapers are shown: in which formats, which metrics, and what beside their values. It writes none and shows none.

use std::time::Duration;

use super::{
    Config,
    checks::valid,
    setting::{Field, Setting},
    suggest,
    table::ROW,
    value::{Misplaced, Mistake, Node, Value, because, malformed, quoted},
};
use crate::metric::matcher::{MATCHERS, Matcher};

/// The formats by the names that settings have for them.
const FORMATS: [&str; 3] = ["text", "openmetrics", "protobuf"];

/// Names of formats.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Formats(pub(super) Vec<String>);

/// Which values may be exemplars, by OpenTelemetry's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Filter(&'static str);

impl Filter {
    const ALL: [&str; 3] = ["trace_based", "always_on", "always_off"];
    const OFF: Self = Self(Self::ALL[2]);

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| name.eq_ignore_ascii_case(known)).map(Self)
    }
}

/// Which metrics are meant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Matchers(pub(super) Vec<Matcher>);

/// Which metrics the endpoint shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Lists {
    /// These alone; all, if none is named.
    pub(crate) allow: Vec<Matcher>,
    /// None of these, whatever else is said.
    pub(crate) deny: Vec<Matcher>,
}

pub(super) const CREATED: Setting = Setting {
    key: "created",
    default: "false",
    meaning: "`true`: OpenMetrics says when each series began",
    allowed: "write true or false",
    reloads: true,
    field: &Field { get: |config| &config.created, get_mut: |config| &mut config.created, check: |_| Ok(()) },
    ..ROW
};

pub(super) const EXEMPLAR_AGE: Setting = Setting {
    key: "exemplar_age",
    default: "300",
    meaning: "seconds for which an exemplar is shown; 0 is until a newer one comes",
    allowed: "write a number of seconds from 1, or 0 for no end",
    reloads: true,
    field: &Field {
        get: |config| &config.exemplar_age,
        get_mut: |config| &mut config.exemplar_age,
        check: |age: &Duration| valid(age.is_zero() || age.as_secs() >= 1),
    },
    ..ROW
};

pub(super) const EXEMPLAR_FILTER: Setting = Setting {
    key: "exemplar_filter",
    also: Some("OTEL_METRICS_EXEMPLAR_FILTER"),
    default: "trace_based",
    meaning: "`always_off`: no exemplars are kept, unless the program has a source of its own; `always_on` is as `trace_based`, since a value that is in no trace has none",
    allowed: "write trace_based, always_on or always_off",
    field: &Field {
        get: |config| &config.exemplar_filter,
        get_mut: |config| &mut config.exemplar_filter,
        check: |_| Ok(()),
    },
    ..ROW
};

pub(super) const OFFERED: Setting = Setting {
    key: "formats",
    default: "text,openmetrics,protobuf",
    meaning: "the formats that scrapers can have; who takes none of them gets `text`",
    allowed: "write some of text,openmetrics,protobuf",
    reloads: true,
    field: &Field { get: |config| &config.formats, get_mut: |config| &mut config.formats, check: check_formats },
    ..ROW
};

pub(super) const ALLOW: Setting = Setting {
    key: "families.allow",
    meaning: "the metrics that the endpoint shows, by names such as `http_*`; all unless this is said",
    allowed: MATCHERS,
    reloads: true,
    field: &Field { get: |config| &config.allow, get_mut: |config| &mut config.allow, check: |_| Ok(()) },
    ..ROW
};

pub(super) const DENY: Setting = Setting {
    key: "families.deny",
    meaning: "the metrics that the endpoint does not show, by names such as `*_bytes`",
    allowed: MATCHERS,
    reloads: true,
    field: &Field { get: |config| &config.deny, get_mut: |config| &mut config.deny, check: |_| Ok(()) },
    ..ROW
};

impl Config {
    /// Whether values may be exemplars, unless the program says itself in which trace a thread is.
    pub(crate) fn keeps_exemplars(&self) -> bool {
        self.exemplar_filter != Some(Filter::OFF)
    }

    /// Keeps exemplars, or not: `false` is `always_off`. What the program says by
    /// [`Builder::exemplars`](crate::Builder::exemplars) counts more.
    pub fn exemplar_filter(mut self, keeps: bool) -> Self {
        self.exemplar_filter = Some(if keeps { Filter(Filter::ALL[0]) } else { Filter::OFF });
        self
    }

    /// The formats that scrapers can have: some of `text`, `openmetrics` and `protobuf`. Prometheus 2 asks for OpenMetrics
    /// unless it is told otherwise, which writes a bucket's `le="10"` as `le="10.0"`; with `text` alone it stays what it was.
    pub fn formats(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.formats = Some(Formats(names.into_iter().map(Into::into).collect()));
        self
    }

    /// The metrics that the endpoint shows, and no others.
    pub fn allow_families(mut self, metrics: impl IntoIterator<Item = Matcher>) -> Self {
        self.allow = Some(Matchers(metrics.into_iter().collect()));
        self
    }

    /// The metrics that the endpoint does not show. They are recorded as ever, and the program itself sees them.
    pub fn deny_families(mut self, metrics: impl IntoIterator<Item = Matcher>) -> Self {
        self.deny = Some(Matchers(metrics.into_iter().collect()));
        self
    }
}

impl Value for Filter {
    fn of_text(text: &str) -> Result<Self, Mistake> {
        Self::named(text).ok_or(Mistake::Malformed)
    }

    fn of_toml(node: &Node<'_>) -> Result<Self, Misplaced> {
        node.get_ref().as_str().and_then(Self::named).ok_or_else(|| malformed(node))
    }

    fn to_toml(&self) -> String {
        quoted(self.0)
    }
}

/// In a variable, names with commas between them.
impl Value for Formats {
    fn of_text(text: &str) -> Result<Self, Mistake> {
        Ok(Self(text.split(',').map(|name| name.trim().to_owned()).collect()))
    }

    fn of_toml(node: &Node<'_>) -> Result<Self, Misplaced> {
        texts(node, "`formats` is no list of names; write it as [\"text\", \"openmetrics\"]").map(Self)
    }

    fn to_toml(&self) -> String {
        list(&self.0)
    }
}

/// In a variable, names with commas between them. Each source adds its own.
impl Value for Matchers {
    const JOINS: bool = true;

    fn joined(mut self, stronger: Self) -> Self {
        self.0.extend(stronger.0);
        self
    }

    fn of_text(text: &str) -> Result<Self, Mistake> {
        let matchers: Result<_, _> = text.split(',').map(|name| name.trim().parse()).collect();
        matchers.map(Self).map_err(|_| Mistake::Malformed)
    }

    fn of_toml(node: &Node<'_>) -> Result<Self, Misplaced> {
        let texts = texts(node, "this is no list of names; write it as [\"http_*\", \"jobs_total\"]")?;
        let matchers: Result<_, _> = texts.iter().map(|text| text.parse()).collect();
        matchers.map(Self).map_err(|_| because(node, format!("this holds what is no matcher; {MATCHERS}")))
    }

    fn to_toml(&self) -> String {
        list(&self.0)
    }
}

fn texts(node: &Node<'_>, wrong: &str) -> Result<Vec<String>, Misplaced> {
    let items = node.get_ref().as_array().ok_or_else(|| because(node, wrong))?;
    let texts: Option<_> = items.iter().map(|item| item.get_ref().as_str().map(str::to_owned)).collect();
    texts.ok_or_else(|| because(node, wrong))
}

fn list<T: ToString>(items: &[T]) -> String {
    let items: Vec<_> = items.iter().map(|item| quoted(&item.to_string())).collect();
    format!("[{}]", items.join(", "))
}

fn check_formats(formats: &Formats) -> Result<(), Mistake> {
    match formats.0.iter().find(|name| !FORMATS.contains(&name.as_str())) {
        Some(unknown) => {
            Err(Mistake::Because(format!("there is no format `{unknown}`{}", suggest::remedy(unknown, FORMATS))))
        }
        None if formats.0.is_empty() => Err(Mistake::Malformed),
        None => Ok(()),
    }
}
