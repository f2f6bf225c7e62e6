//! Metric names: which ones a declaration may use, and how any other text becomes one.
//!
//! Declared names (macros, `install`) are checked and refused; names that arrive through the facade at run time are
//! [sanitized](sanitize) instead, because a running program must not lose their samples.

mod beside;

use std::borrow::Cow;

use crate::metric::{kind::Kind, message::Message};

/// A declared metric name: a stem and the suffix that its kind demands, joined when it is registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Name {
    stem: &'static str,
    suffix: &'static str,
}

impl Name {
    /// A counter's whole name.
    ///
    /// # Panics
    /// While the constant is evaluated, if the name breaks the naming rules or lacks `_total`.
    #[track_caller]
    #[must_use]
    pub const fn counter(name: &'static str) -> Self {
        Self::whole(name, Kind::Counter)
    }

    /// A histogram's whole name; what `#[timed]` records is in seconds.
    ///
    /// # Panics
    /// While the constant is evaluated, if the name breaks the naming rules or does not end in `_seconds`.
    #[track_caller]
    #[must_use]
    pub const fn timer(name: &'static str) -> Self {
        let whole = Self::whole(name, Kind::Histogram);
        if !ends_with(name, "_seconds") {
            let mistake = Message::new("histogram name `").text(name).text("` does not say that it is in seconds");
            keepable(name, mistake.text("; rename it to `").text(name).text("_seconds`")).panic();
        }
        whole
    }

    /// A gauge's whole name.
    ///
    /// # Panics
    /// While the constant is evaluated, if the name breaks the naming rules.
    #[track_caller]
    #[must_use]
    pub const fn gauge(name: &'static str) -> Self {
        Self::whole(name, Kind::Gauge)
    }

    /// The whole name of a metric of any kind.
    ///
    /// # Panics
    /// While the constant is evaluated, if the name breaks the naming rules of its kind.
    #[track_caller]
    #[must_use]
    pub const fn whole(name: &'static str, kind: Kind) -> Self {
        if let Some(mistake) = mistake(name, kind) {
            keepable(name, mistake).panic();
        }
        Self { stem: name, suffix: "" }
    }

    /// A name to which a counter adds `_total`, if it does not end so.
    ///
    /// # Panics
    /// While the constant is evaluated, if the name breaks the naming rules of its kind.
    #[track_caller]
    #[must_use]
    pub const fn completed(name: &'static str, kind: Kind) -> Self {
        if !matches!(kind, Kind::Counter) || ends_with(name, "_total") {
            return Self::whole(name, kind);
        }
        if let Some(mistake) = syntax_mistake(name) {
            mistake.panic();
        }
        if let Some(mistake) = suffix_mistake(name, name.len()) {
            keepable(name, mistake).panic();
        }
        Self { stem: name, suffix: "_total" }
    }

    /// A name that is taken as it is written; only what Prometheus would refuse is refused.
    ///
    /// # Panics
    /// While the constant is evaluated, if the name is none to Prometheus, or starts with `__`.
    #[track_caller]
    #[must_use]
    pub const fn as_written(name: &'static str) -> Self {
        if let Some(mistake) = syntax_mistake(name) {
            mistake.panic();
        }
        Self { stem: name, suffix: "" }
    }

    /// The stem that `#[measured(name = "..")]` makes three names of.
    ///
    /// # Panics
    /// While the constant is evaluated, if the stem breaks the naming rules or carries a suffix that is added to it.
    #[track_caller]
    #[must_use]
    pub const fn stem(name: &'static str) -> Self {
        if let Some(mistake) = syntax_mistake(name) {
            mistake.panic();
        }
        let mut i = 0;
        while i < ADDED.len() {
            if ends_with(name, ADDED[i]) {
                Message::new("name `")
                    .text(name)
                    .text("` ends in `")
                    .text(ADDED[i])
                    .text("`, which `measured` adds itself; drop the suffix")
                    .panic();
            }
            i += 1;
        }
        if let Some(mistake) = suffix_mistake(name, name.len()) {
            mistake.panic();
        }
        Self { stem: name, suffix: "" }
    }

    /// A name that has been checked elsewhere.
    #[doc(hidden)]
    #[must_use]
    pub const fn assumed(name: &'static str) -> Self {
        Self { stem: name, suffix: "" }
    }

    /// This stem as a counter's name: `x_total`.
    #[must_use]
    pub const fn total(self) -> Self {
        Self { stem: self.stem, suffix: "_total" }
    }

    /// This stem as a histogram's name: `x_duration_seconds`.
    #[must_use]
    pub const fn duration(self) -> Self {
        Self { stem: self.stem, suffix: "_duration_seconds" }
    }

    /// This stem as the name of a gauge of calls: `x_in_flight`.
    #[must_use]
    pub const fn in_flight(self) -> Self {
        Self { stem: self.stem, suffix: "_in_flight" }
    }
}

impl core::fmt::Display for Name {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.stem)?;
        f.write_str(self.suffix)
    }
}

/// How names of durations end, the longer ones first.
const TIMED: [&str; 2] = ["_duration_seconds", "_seconds"];

/// The suffixes that [`Name::stem`]'s three names get.
const ADDED: [&str; 3] = ["_total", "_duration_seconds", "_in_flight"];

/// Suffixes that Prometheus gives to the samples of a family.
const RESERVED: [&str; 5] = ["_bucket", "_count", "_sum", "_created", "_info"];

/// Units that are not base units, with the one to use instead.
const UNITS: [(&str, &str); 29] = [
    ("_ns", "_seconds"),
    ("_nanos", "_seconds"),
    ("_nanoseconds", "_seconds"),
    ("_us", "_seconds"),
    ("_micros", "_seconds"),
    ("_microseconds", "_seconds"),
    ("_ms", "_seconds"),
    ("_millis", "_seconds"),
    ("_milliseconds", "_seconds"),
    ("_s", "_seconds"),
    ("_sec", "_seconds"),
    ("_secs", "_seconds"),
    ("_minutes", "_seconds"),
    ("_hours", "_seconds"),
    ("_days", "_seconds"),
    ("_kb", "_bytes"),
    ("_kib", "_bytes"),
    ("_kilobytes", "_bytes"),
    ("_kibibytes", "_bytes"),
    ("_mb", "_bytes"),
    ("_mib", "_bytes"),
    ("_megabytes", "_bytes"),
    ("_mebibytes", "_bytes"),
    ("_gb", "_bytes"),
    ("_gib", "_bytes"),
    ("_gigabytes", "_bytes"),
    ("_gibibytes", "_bytes"),
    ("_percent", "_ratio"),
    ("_pct", "_ratio"),
];

/// Whether `name` is made of the characters that every Prometheus accepts, `[a-zA-Z_:][a-zA-Z0-9_:]*`.
#[must_use]
pub const fn is_valid(name: &str) -> bool {
    is_word(name, true)
}

/// `name` with each character that Prometheus' classic names cannot hold replaced by `_`.
///
/// A leading digit gets a `_` in front; an empty name becomes `_`.
///
/// ```
/// assert_eq!(tachometer::metric::name::sanitize("http.requests"), "http_requests");
/// assert_eq!(tachometer::metric::name::sanitize("5xx"), "_5xx");
/// ```
#[must_use]
pub fn sanitize(name: &str) -> Cow<'_, str> {
    to_word(name, true)
}

/// Whether `name` is a word of ASCII letters, digits, `_` and perhaps `:`, and begins with no digit.
pub(crate) const fn is_word(name: &str, colons: bool) -> bool {
    let name = name.as_bytes();
    if name.is_empty() || name[0].is_ascii_digit() {
        return false;
    }
    let mut i = 0;
    while i < name.len() {
        if !(name[i].is_ascii_alphanumeric() || name[i] == b'_' || colons && name[i] == b':') {
            return false;
        }
        i += 1;
    }
    true
}

/// The [word](is_word) that is printed for `name`.
pub(crate) fn to_word(name: &str, colons: bool) -> Cow<'_, str> {
    if is_word(name, colons) {
        return Cow::Borrowed(name);
    }
    let mut word = String::with_capacity(name.len() + 1);
    if name.is_empty() || name.as_bytes()[0].is_ascii_digit() {
        word.push('_');
    }
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || colons && c == ':';
    word.extend(name.chars().map(|c| if fits(c) { c } else { '_' }));
    Cow::Owned(word)
}

/// What is wrong with a whole name of this kind.
pub(crate) const fn mistake(name: &str, kind: Kind) -> Option<Message> {
    if let Some(mistake) = syntax_mistake(name) {
        return Some(mistake);
    }
    let is_total = ends_with(name, "_total");
    match kind {
        Kind::Counter if is_total => suffix_mistake(name, name.len() - "_total".len()),
        Kind::Counter => match reserved_mistake(name) {
            None => Some(
                Message::new("counter name `")
                    .text(name)
                    .text("` lacks `_total`; rename it to `")
                    .text(name)
                    .text("_total`"),
            ),
            mistake => mistake,
        },
        Kind::Gauge | Kind::Histogram | Kind::Summary if is_total => Some(
            Message::new(kind.as_str())
                .text(" name `")
                .text(name)
                .text("` ends in `_total`, which belongs to counters; drop the suffix"),
        ),
        Kind::Gauge | Kind::Histogram | Kind::Summary => suffix_mistake(name, name.len()),
    }
}

/// The same with a way to keep the name, if it is one to Prometheus.
const fn keepable(name: &str, mistake: Message) -> Message {
    match syntax_mistake(name) {
        Some(_) => mistake,
        None => mistake.text(", or keep it with `as_is`"),
    }
}

const fn syntax_mistake(name: &str) -> Option<Message> {
    if name.is_empty() {
        return Some(Message::new("metric name is empty; name what is measured"));
    }
    if name.as_bytes()[0].is_ascii_digit() {
        return Some(Message::new("metric name `").text(name).text("` starts with a digit; put a word in front"));
    }
    if !is_valid(name) {
        return Some(
            Message::new("metric name `").text(name).text("` holds a character outside [a-zA-Z0-9_:]; rename it"),
        );
    }
    if starts_with(name, "__") {
        return Some(
            Message::new("metric name `")
                .text(name)
                .text("` starts with `__`, which Prometheus keeps for itself; rename it"),
        );
    }
    None
}

/// What is wrong with the end of a name, and with that of its part before `end`.
const fn suffix_mistake(name: &str, end: usize) -> Option<Message> {
    match reserved_mistake(name) {
        None => unit_mistake(name, end),
        mistake => mistake,
    }
}

const fn reserved_mistake(name: &str) -> Option<Message> {
    let mut i = 0;
    while i < RESERVED.len() {
        if ends_with(name, RESERVED[i]) {
            return Some(
                Message::new("metric name `")
                    .text(name)
                    .text("` ends in `")
                    .text(RESERVED[i])
                    .text("`, which Prometheus gives to samples; drop the suffix"),
            );
        }
        i += 1;
    }
    None
}

const fn unit_mistake(name: &str, end: usize) -> Option<Message> {
    let mut i = 0;
    while i < UNITS.len() {
        let (unit, base) = UNITS[i];
        if ends_at(name, end, unit) {
            return Some(
                Message::new("metric name `")
                    .text(name)
                    .text("` ends in `")
                    .text(unit)
                    .text("`, which is no base unit; use `")
                    .text(base)
                    .text("`"),
            );
        }
        i += 1;
    }
    None
}

pub(crate) const fn starts_with(text: &str, prefix: &str) -> bool {
    prefix.len() <= text.len() && ends_at(text, prefix.len(), prefix)
}

pub(crate) const fn ends_with(text: &str, suffix: &str) -> bool {
    ends_at(text, text.len(), suffix)
}

/// Whether the part of `text` before `end` ends in `suffix`.
const fn ends_at(text: &str, end: usize, suffix: &str) -> bool {
    let (text, suffix) = (text.as_bytes(), suffix.as_bytes());
    if suffix.len() > end {
        return false;
    }
    let mut i = 0;
    while i < suffix.len() {
        if text[end - suffix.len() + i] != suffix[i] {
            return false;
        }
        i += 1;
    }
    true
}
