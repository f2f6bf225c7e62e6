//! Which metrics something is said of, and the buckets that are said of metrics. Knows names as texts only.

pub(crate) mod near;

use std::{fmt, str::FromStr};

use crate::metric::bounds::Buckets;

/// Which metrics a setting is for, by their names.
///
/// As a text, as settings have it, `*` stands for the rest of the name:
///
/// ```
/// use tachometer::metric::matcher::Matcher;
///
/// assert_eq!("checkout_duration_seconds".parse(), Ok(Matcher::Full("checkout_duration_seconds".to_owned())));
/// assert_eq!("http_*".parse(), Ok(Matcher::Prefix("http_".to_owned())));
/// assert_eq!("*_bytes".parse(), Ok(Matcher::Suffix("_bytes".to_owned())));
/// assert_eq!(Matcher::Prefix("http_".to_owned()).to_string(), "http_*");
/// assert!("http_*_seconds".parse::<Matcher>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Matcher {
    /// The metric of this name.
    Full(String),
    /// The metrics whose names begin so.
    Prefix(String),
    /// The metrics whose names end so.
    Suffix(String),
}

/// A text that is no [`Matcher`]: it is empty, nothing but `*`, or has a `*` that is neither first nor last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct NotAMatcher;

/// Buckets by the names of metrics: the nearest matcher first.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Ladders(Vec<Told>);

/// Buckets that are said of some metrics.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Told {
    pub(crate) matcher: Matcher,
    pub(crate) buckets: Buckets,
    /// Whether they are also for histograms that declare others.
    pub(crate) overrides: bool,
}

impl Matcher {
    /// Whether the metric of this name is meant.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        match self {
            Self::Full(full) => name == full,
            Self::Prefix(prefix) => name.starts_with(prefix.as_str()),
            Self::Suffix(suffix) => name.ends_with(suffix.as_str()),
        }
    }

    /// What is compared with names.
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Full(text) | Self::Prefix(text) | Self::Suffix(text) => text,
        }
    }

    /// Where it stands among others: what is said of one name counts more than what is said of many.
    pub(crate) fn rank(&self) -> (u8, std::cmp::Reverse<usize>, &str) {
        let kind = match self {
            Self::Full(_) => 0,
            Self::Prefix(_) => 1,
            Self::Suffix(_) => 2,
        };
        (kind, std::cmp::Reverse(self.text().len()), self.text())
    }
}

impl fmt::Display for Matcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full(name) => f.write_str(name),
            Self::Prefix(prefix) => write!(f, "{prefix}*"),
            Self::Suffix(suffix) => write!(f, "*{suffix}"),
        }
    }
}

impl FromStr for Matcher {
    type Err = NotAMatcher;

    fn from_str(text: &str) -> Result<Self, NotAMatcher> {
        let (make, part): (fn(String) -> Self, _) = if let Some(suffix) = text.strip_prefix('*') {
            (Self::Suffix, suffix)
        } else if let Some(prefix) = text.strip_suffix('*') {
            (Self::Prefix, prefix)
        } else {
            (Self::Full, text)
        };
        if part.is_empty() || part.contains('*') { Err(NotAMatcher) } else { Ok(make(part.to_owned())) }
    }
}

impl fmt::Display for NotAMatcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MATCHERS)
    }
}

impl std::error::Error for NotAMatcher {}

/// What a matcher may be, for messages.
pub(crate) const MATCHERS: &str = "write a metric's name, or one `*` before its end or after its beginning";

impl Ladders {
    /// Says it of these metrics, instead of what was said of the very same.
    pub(crate) fn insert(&mut self, matcher: Matcher, buckets: impl Into<Buckets>) {
        self.tell(Told { matcher, buckets: buckets.into(), overrides: false });
    }

    /// The same, also of those that declare others.
    pub(crate) fn tell(&mut self, told: Told) {
        self.0.retain(|other| other.matcher != told.matcher);
        let at = self.0.partition_point(|other| other.matcher.rank() < told.matcher.rank());
        self.0.insert(at, told);
    }

    /// All that is said.
    pub(crate) fn all(&self) -> &[Told] {
        &self.0
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&Matcher, &Buckets)> {
        self.0.iter().map(|told| (&told.matcher, &told.buckets))
    }

    /// The buckets for a metric that declares none, which a program may write otherwise than Prometheus prints it.
    pub(crate) fn of(&self, name: &str, printed: &str) -> Option<&Buckets> {
        self.meant(name, printed).next().map(|told| &told.buckets)
    }

    /// The buckets for a metric whatever it declares.
    pub(crate) fn over(&self, name: &str, printed: &str) -> Option<&Buckets> {
        self.meant(name, printed).find(|told| told.overrides).map(|told| &told.buckets)
    }

    /// All that is said of a metric, the nearest first.
    pub(crate) fn meant<'a, 'n>(
        &'a self,
        name: &'n str,
        printed: &'n str,
    ) -> impl Iterator<Item = &'a Told> + use<'a, 'n> {
        self.0.iter().filter(move |told| told.matcher.matches(name) || told.matcher.matches(printed))
    }

    /// What is wrong with these buckets, for a message that begins with the matcher.
    pub(crate) fn mistake(matcher: &Matcher, buckets: &Buckets) -> Option<String> {
        buckets.mistake().map(|mistake| format!("buckets of `{matcher}`: {}", mistake.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::bounds::Native;

    fn matcher(text: &str) -> Matcher {
        text.parse().expect("it is one")
    }

    fn ladders(texts: &[&str]) -> Ladders {
        let mut ladders = Ladders::default();
        texts.iter().zip(1_u8..).for_each(|(text, bound)| ladders.insert(matcher(text), vec![f64::from(bound)]));
        ladders
    }

    #[test]
    fn one_star_stands_for_the_rest() {
        assert!(matcher("http_*").matches("http_requests") && !matcher("http_*").matches("https_requests"));
        assert!(matcher("*_bytes").matches("sent_bytes") && !matcher("*_bytes").matches("sent_bytes_total"));
        assert!(matcher("sent").matches("sent") && !matcher("sent").matches("sent_bytes"));
        for text in ["", "*", "**", "a*b", "*a*", "a**"] {
            assert_eq!(text.parse::<Matcher>(), Err(NotAMatcher), "{text}");
        }
    }

    #[test]
    fn the_nearest_one_counts_whatever_the_order() {
        let names = ["http_*", "*_seconds", "http_request_*", "http_request_seconds", "*_request_seconds"];
        let mut turned = names;
        for _ in names {
            turned.rotate_left(1);
            let ladders = ladders(&turned);
            let order: Vec<_> = ladders.iter().map(|(matcher, _)| matcher.to_string()).collect();
            assert_eq!(order, ["http_request_seconds", "http_request_*", "http_*", "*_request_seconds", "*_seconds"]);
        }
    }

    #[test]
    fn declared_buckets_are_overridden_on_request() {
        let mut ladders = ladders(&["http_request", "http_*"]);
        assert_eq!(ladders.over("http_request", "http_request"), None);
        ladders.tell(Told { matcher: matcher("http_*"), buckets: [7.0].into(), overrides: true });
        assert_eq!(ladders.of("http_request", "http_request"), Some(&[1.0].into()), "the nearest one");
        assert_eq!(ladders.over("http_request", "http_request"), Some(&[7.0].into()));
        assert_eq!(ladders.over("sent", "sent"), None);
    }

    #[test]
    fn both_names_of_a_metric_count() {
        let ladders = ladders(&["http.request", "http_*"]);
        assert_eq!(ladders.of("http.request", "http_request"), Some(&[1.0].into()));
        assert_eq!(ladders.of("http.reply", "http_reply"), Some(&[2.0].into()));
        assert_eq!(ladders.of("other", "other"), None);
    }

    #[test]
    fn the_later_word_counts() {
        let ladders = ladders(&["a", "b", "a"]);
        assert_eq!(ladders.iter().count(), 2);
        assert_eq!(ladders.of("a", "a"), Some(&[3.0].into()));
    }

    #[test]
    fn mistakes_name_the_matcher() {
        let mistake = |buckets: Buckets| Ladders::mistake(&matcher("*_seconds"), &buckets);
        assert_eq!(mistake([0.1, 1.0].into()), None);
        let text = mistake([1.0, 0.1].into()).expect("it goes down");
        assert_eq!(text, "buckets of `*_seconds`: bucket 2 is not above the one before it; sort the buckets");
        let text = mistake(Native::new().max_buckets(0).into()).expect("there are none");
        assert_eq!(
            text,
            "buckets of `*_seconds`: native buckets cannot be at most 0; write a `max_buckets` from 1 to 1024"
        );
    }
}
