//! What dashboards and rules are to be like, where programs differ.

use std::fmt::Write as _;

/// What [`rules`](super::Catalog::rules), [`dashboards`](super::Catalog::dashboards) and the like are to be like.
///
/// ```
/// use tachometer::catalog::Options;
///
/// let options = Options::new("shop").job("shop").period_days(28);
/// let rules = tachometer::catalog::current().rules(&options);
/// assert!(rules.contains(r#"up{job=\"shop\"} == 0"#));
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use = "it has no effect until a catalogue gets it"]
pub struct Options {
    pub(super) name: String,
    pub(super) job: Option<String>,
    pub(super) period_days: u32,
    pub(super) failures: u32,
    pub(super) interval_seconds: u32,
    pub(super) target: Option<String>,
    pub(super) path: String,
}

impl Options {
    /// Those of a program of this name, which is in titles, groups of rules and names of files.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            job: None,
            period_days: 30,
            failures: 5,
            interval_seconds: 15,
            target: None,
            path: "/metrics".to_owned(),
        }
    }

    /// Looks at this job of Prometheus alone; without it rules look at all jobs, and tell them apart.
    pub fn job(mut self, job: impl Into<String>) -> Self {
        self.job = Some(job.into());
        self
    }

    /// Over how many days an objective is held to, 30 unless this is said. The factors of alerts follow from it.
    ///
    /// # Panics
    /// If it is 0 or more than 366.
    pub fn period_days(mut self, days: u32) -> Self {
        assert!((1..=366).contains(&days), "a period of {days} days makes no objective; write 1 to 366, such as 28");
        self.period_days = days;
        self
    }

    /// How many calls must have missed an objective before an alert fires, 5 unless this is said: of few calls each single
    /// one is a large share.
    pub fn failures(mut self, failures: u32) -> Self {
        self.failures = failures;
        self
    }

    /// How often Prometheus scrapes the program, in seconds, 15 unless this is said. Panels ask for no finer steps.
    ///
    /// # Panics
    /// If it is 0.
    pub fn scrape_interval_seconds(mut self, seconds: u32) -> Self {
        assert!(seconds > 0, "a scrape interval of 0 s is none; write one such as 15");
        self.interval_seconds = seconds;
        self
    }

    /// Where the program serves its metrics, for example `127.0.0.1:9464`: then there is a configuration of Prometheus, too.
    pub fn target(mut self, address: impl Into<String>) -> Self {
        self.target = Some(address.into());
        self
    }

    /// At which path it does, `/metrics` unless this is said.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// A configuration of Prometheus that scrapes the program and evaluates its rules, if it is known where it is.
    pub(super) fn scrape(&self) -> Option<String> {
        let (target, seconds) = (self.target.as_ref()?, self.interval_seconds);
        let job = self.job.as_ref().unwrap_or(&self.name);
        Some(format!(
            "# Made from the catalogue of {}; what is written here by hand is lost.\nglobal:\n  scrape_interval: {seconds}s\n  \
             scrape_timeout: {seconds}s\n  evaluation_interval: {seconds}s\nrule_files: [rules.yml]\nscrape_configs:\n  - \
             job_name: {}\n    metrics_path: {}\n    static_configs:\n      - targets: [{}]\n",
            self.name,
            quoted(job),
            quoted(&self.path),
            quoted(target)
        ))
    }

    /// The name in what allows small letters, digits and hyphens only, as Kubernetes does.
    pub(super) fn slug(&self) -> String {
        let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
        self.name.chars().map(letter).collect::<String>().trim_matches('-').to_owned()
    }

    /// A selector of the job and of these labels, each a matcher; empty where there is neither.
    pub(super) fn selector(&self, matchers: &[String]) -> String {
        let job = self.job.iter().map(|job| format!("job={}", quoted(job)));
        braced(job.chain(matchers.iter().cloned()))
    }
}

/// Matchers in braces; nothing where there are none.
pub(super) fn braced(matchers: impl Iterator<Item = String>) -> String {
    let matchers: Vec<String> = matchers.collect();
    if matchers.is_empty() { String::new() } else { format!("{{{}}}", matchers.join(",")) }
}

/// A text as PromQL writes it.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                quoted.push('\\');
                quoted.push(c);
            }
            '\n' => quoted += "\\n",
            // Writing to a string does not fail.
            c if c.is_control() => drop(write!(quoted, "\\x{:02x}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_quoted_as_promql_reads_them() {
        assert_eq!(quoted("a\"b\\c\nd"), r#""a\"b\\c\nd""#);
        assert_eq!(Options::new("x").job("a b").selector(&["c!=\"d\"".to_owned()]), r#"{job="a b",c!="d"}"#);
        assert_eq!(Options::new("The Shop!").slug(), "the-shop");
    }
}
